"""Mapping documents: how the columns of foreign files become the columns of Attain's tables."""

from __future__ import annotations

import difflib
from collections import Counter
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Annotated, Any

import duckdb
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from attain.columns import ColumnType
from attain.documents import Document, read_document, validate
from attain.errors import Fault, raise_errors
from attain.tables import TABLES

EXCEL = "excel"
"""The format of dates that are numbers of days, as spreadsheets hold them."""

_STRICT = ConfigDict(extra="forbid", frozen=True)


def _inside(file: str) -> str:
    """A file's name that cannot lead out of the folder of the data."""
    for path in (PurePosixPath(file), PureWindowsPath(file)):
        if path.is_absolute() or path.drive or ".." in path.parts:
            raise ValueError("a mapping names files inside the folder of the data, without '/' at the start or '..'")
    return file


FileName = Annotated[str, Field(min_length=1), AfterValidator(_inside)]


class Lookup(BaseModel):
    """Replace a value by what another file holds for it: the row whose ``match`` equals it gives ``take``."""

    model_config = _STRICT

    file: FileName
    match: str
    take: str


class ColumnMapping(BaseModel):
    """Where a column comes from (one of column, formula or value) and how its text is read."""

    model_config = _STRICT

    column: str | None = Field(None, description="column of the file")
    formula: str | None = Field(None, description="formula over the columns of the file, all of them text")
    value: str | None = Field(None, description="the same value for every row")
    type: ColumnType | None = Field(None, description="type of a column that Attain's tables do not know")
    format: str | None = Field(
        None, description="how dates are written, such as %d %b, %Y, or excel for numbers of days; default: ISO 8601"
    )
    inclusive: bool = Field(default=False, description="the date is the last day, so that the day after is the end")
    decimal: str = Field(".", min_length=1, max_length=1, description="decimal mark")
    thousands: str = Field("", max_length=1, description="mark between thousands")
    strip: tuple[str, ...] = Field((), description="text to take out of numbers, such as a currency sign")
    parentheses: bool = Field(default=False, description="a number in parentheses is negative")
    percent: bool = Field(default=False, description="the number is in per cent: 5 is read as 0.05")
    aliases: dict[str, str] = Field({}, description="value in the file: value that it stands for")
    lookup: Lookup | None = Field(None, description="file that gives a key for a name")

    @field_validator("value", "column", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return None if value is None else str(value)

    @field_validator("aliases", mode="before")
    @classmethod
    def _aliases_as_text(cls, aliases: Any) -> Any:
        return {old: str(new) for old, new in aliases.items()} if isinstance(aliases, dict) else aliases

    @field_validator("aliases")
    @classmethod
    def _end_at_once(cls, aliases: dict[str, str]) -> dict[str, str]:
        for old, new in aliases.items():
            if aliases.get(new, new) != new:
                raise ValueError(f"'{old}' stands for '{new}', which itself stands for '{aliases[new]}'; write that")
        return aliases

    @field_validator("format")
    @classmethod
    def _is_a_format(cls, written: str | None) -> str | None:
        if written and written != EXCEL:
            try:
                duckdb.execute("SELECT try_strptime('', ?)", [written])
            except duckdb.Error as error:
                told = str(error).partition(":")[2].strip() or str(error)
                raise ValueError(f"this is no format of dates ({told}); write one such as %d/%m/%Y") from None
        return written

    @model_validator(mode="after")
    def _one_origin(self) -> ColumnMapping:
        if sum(origin is not None for origin in (self.column, self.formula, self.value)) != 1:
            raise ValueError("a column comes from exactly one of column, formula and value")
        if self.thousands == self.decimal:
            raise ValueError(f"'{self.decimal}' cannot be both the decimal mark and the mark between thousands")
        return self


class TableMapping(BaseModel):
    """The file of a table and where each of its columns comes from; columns not named stay empty."""

    model_config = _STRICT

    file: FileName
    encoding: str = "utf-8"
    delimiter: str = Field(",", min_length=1, max_length=1)
    nulls: tuple[str, ...] = Field(("", "NULL"), description="texts that mean that there is no value")
    columns: dict[str, ColumnMapping]

    @field_validator("delimiter")
    @classmethod
    def _parts_values(cls, sign: str) -> str:
        if not sign.isascii() or sign in '"\r\n\0':
            raise ValueError("this sign cannot part values; take one of ASCII, such as ',', ';', '|' or a tab")
        return sign

    @field_validator("columns", mode="before")
    @classmethod
    def _names_are_columns(cls, columns: Any) -> Any:
        if not isinstance(columns, dict):
            return columns
        return {name: {"column": one} if isinstance(one, (str, int)) else one for name, one in columns.items()}

    @field_validator("columns")
    @classmethod
    def _told_apart(cls, columns: dict[str, ColumnMapping]) -> dict[str, ColumnMapping]:
        twice = [name for name, count in Counter(name.lower() for name in columns).items() if count > 1]
        if twice:
            raise ValueError(f"'{twice[0]}' is filled twice; upper and lower case are the same")
        return columns


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
    faults = []
    for name in mapping.tables:
        if name not in TABLES:
            near = difflib.get_close_matches(name, TABLES, n=1)
            advice = f"Did you mean {near[0]}?" if near else f"There are {', '.join(TABLES)}."
            message = f"'{name}' is no table of Attain"
            place = ("tables", name)
            faults.append(document.fault(place, check="unknown-table", message=message, advice=advice, of="key"))
    return faults
