"""Mapping documents: how the columns of foreign files become the columns of Attain's tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from attain.documents import Document, read_document, validate
from attain.errors import Fault, raise_errors
from attain.tables import TABLES, ColumnType

_STRICT = ConfigDict(extra="forbid", frozen=True)


class Lookup(BaseModel):
    """Replace a value by what another file holds for it: the row whose ``match`` equals it gives ``take``."""

    model_config = _STRICT

    file: str
    match: str
    take: str


class ColumnMapping(BaseModel):
    """Where a column comes from (one of column, formula or value) and how its text is read."""

    model_config = _STRICT

    column: str | None = Field(None, description="column of the file")
    formula: str | None = Field(None, description="formula over the columns of the file, all of them text")
    value: str | None = Field(None, description="the same value for every row")
    type: ColumnType | None = Field(None, description="type of a column that Attain's tables do not know")
    format: str | None = Field(None, description="how dates are written, such as %d %b, %Y; default: ISO 8601")
    inclusive: bool = Field(default=False, description="the date is the last day, so that the day after is the end")
    decimal: str = Field(".", description="decimal mark")
    thousands: str = Field("", description="mark between thousands")
    strip: tuple[str, ...] = Field((), description="text to take out of numbers, such as a currency sign")
    percent: bool = Field(default=False, description="the number is in per cent: 5 is read as 0.05")
    aliases: dict[str, str] = Field({}, description="value in the file: value that it stands for")
    lookup: Lookup | None = Field(None, description="file that gives a key for a name")

    @field_validator("value", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return None if value is None else str(value)

    @model_validator(mode="after")
    def _one_origin(self) -> ColumnMapping:
        if sum(origin is not None for origin in (self.column, self.formula, self.value)) != 1:
            raise ValueError("a column comes from exactly one of column, formula and value")
        return self


class TableMapping(BaseModel):
    """The file of a table and where each of its columns comes from; columns not named stay empty."""

    model_config = _STRICT

    file: str
    encoding: str = "utf-8"
    delimiter: str = Field(",", min_length=1, max_length=1)
    nulls: tuple[str, ...] = Field(("", "NULL"), description="texts that mean that there is no value")
    columns: dict[str, ColumnMapping]

    @field_validator("columns", mode="before")
    @classmethod
    def _names_are_columns(cls, columns: Any) -> Any:
        if not isinstance(columns, dict):
            return columns
        return {name: {"column": origin} if isinstance(origin, (str, int)) else origin
                for name, origin in columns.items()}


class Mapping(BaseModel):
    """A mapping document: its name, and for each of Attain's tables the file that fills it."""

    model_config = _STRICT

    mapping: str
    tables: dict[str, TableMapping]


def read_mapping(source: Path | str) -> Mapping:
    """The mapping of a file or text; raises AttainError with every fault and its line."""
    document = read_document(source)
    mapping = validate(document, Mapping)
    raise_errors(_unknown_tables(mapping, document))
    return mapping


def _unknown_tables(mapping: Mapping, document: Document) -> list[Fault]:
    return [
        document.fault(("tables", name), check="unknown-table", message=f"'{name}' is no table of Attain",
                       advice=f"There are {', '.join(TABLES)}.")
        for name in mapping.tables
        if name not in TABLES
    ]
