"""What the API takes and gives for each table of rows, made from the library's columns."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from math import isfinite
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, create_model

from attain.columns import Column
from attain_web.access.cursors import LIMIT, MOST
from attain_web.access.viewer import Viewer
from attain_web.rows.base import Row
from attain_web.rows.queries import attributes_of, value_of
from attain_web.rows.table import RowTable

# What PostgreSQL can hold and index: no NUL, and keys that fit a page of an index three times over.
Text = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\u0000]+$")]
Note = Annotated[str, Field(max_length=2000, pattern=r"^[^\u0000]*$")]
_DECIMAL = r"^-?[0-9]{1,18}(\.[0-9]{1,6})?$"
_Number = Annotated[
    str,
    Field(max_length=26, pattern=_DECIMAL),
    WithJsonSchema({"type": "string", "format": "decimal", "maxLength": 26, "pattern": _DECIMAL}),
]
_Day = Annotated[
    str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), WithJsonSchema({"type": "string", "format": "date"})
]


def _day(text: Any) -> date:
    if not (isinstance(text, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text)):
        raise ValueError("Write a day as in 2026-03-02.")
    return date.fromisoformat(text)


Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]


def _a_day(text: str) -> str:
    date.fromisoformat(text)
    return text


def _attribute(value: Any) -> Any:
    is_text = isinstance(value, str) and not re.search(r"[\x00\ud800-\udfff]", value)
    is_number = isinstance(value, int) or (isinstance(value, float) and isfinite(value))  # true and false are such too
    if not (is_text or is_number or value is None):
        raise ValueError("Write a text, a number, true, false or null.")
    return value


_KINDS = [{"type": "string", "pattern": r"^[^\u0000]*$"}, *({"type": kind} for kind in ("number", "boolean", "null"))]
Attributes = dict[Text, Annotated[Any, AfterValidator(_attribute), WithJsonSchema({"anyOf": _KINDS})]]

_TAKEN: dict[str, Any] = {
    "text": Text,
    "decimal": Annotated[_Number, AfterValidator(Decimal)],
    "integer": Annotated[_Number, AfterValidator(Decimal)],
    "date": Annotated[_Day, AfterValidator(date.fromisoformat)],
}
_ASKED: dict[str, Any] = {
    "text": Text,
    "decimal": _Number,
    "integer": _Number,
    "date": Annotated[_Day, AfterValidator(_a_day)],
}


def _tidy(schema: dict[str, Any]) -> None:
    """What may be left out has no value then, so the document tells none; and a name needs no title beside it."""
    for one in schema["properties"].values():
        one.pop("default", None)
        one.pop("title", None)


CLOSED, OPEN = ConfigDict(extra="forbid", json_schema_extra=_tidy), ConfigDict(json_schema_extra=_tidy)


class Version(BaseModel):
    """A version of a row: when, how and by whom it came to be, and each value that changed, before and after."""

    label: Literal["made", "changed", "removed"]
    at: datetime
    by: str | None = Field(description="who; empty: the system itself")
    batch: int | None = Field(description="the import that did it")
    changed: dict[str, list[Any]]


class Versions(BaseModel):
    """Every version of a row, newest first."""

    items: list[Version]


@dataclass(frozen=True)
class Schemas:
    """What one table's addresses take and give."""

    given: type[BaseModel]
    """A row to be made: what is required must be there."""
    changed: type[BaseModel]
    """What to change in a row."""
    shown: type[BaseModel]
    page: type[BaseModel]
    asked: type[BaseModel]
    """What a list is asked for."""


@cache
def schemas_of(table: RowTable) -> Schemas:
    """The schemas of a table."""
    name = table.model.__name__
    columns = table.columns.values()
    further: Any = Field(default_factory=dict, max_length=100, description="further columns")
    attributes: Any = (Attributes, further)
    given = {one.name: _taken(one, is_needed=one.required) for one in columns} | {"attributes": attributes}
    changed = {one.name: _taken(one, is_needed=False) for one in columns} | {"attributes": attributes}
    told: dict[str, Any] = {
        "id": (int, ...),
        **{one.name: (str | None, Field(description=one.meaning, json_schema_extra=_format(one))) for one in columns},
        "attributes": (dict[str, Any], Field(description="further columns")),
        "batch": (int | None, Field(description="the import that it comes from")),
        "changed_at": (datetime, ...),
    }
    grain = f"{table.schema.grain[0].upper()}{table.schema.grain[1:]}."
    shown = create_model(name, __config__=OPEN, __doc__=grain, **told)
    return Schemas(
        given=create_model(f"{name}Given", __config__=CLOSED, **given),
        changed=create_model(f"{name}Changed", __config__=CLOSED, **changed),
        shown=shown,
        page=create_model(
            f"{name}Page", items=(list[shown], ...), next=(str | None, Field(description="the next page"))
        ),
        asked=_asked(table, f"{name}Asked"),
    )


def _taken(column: Column, *, is_needed: bool) -> Any:
    """A column of a row that is sent: empty only where it may be, and left out where it need not be told."""
    kind = _TAKEN[column.type]
    if is_needed:
        return kind, Field(description=column.meaning)
    return kind if column.required else kind | None, Field(None, description=column.meaning)


def _format(column: Column) -> dict[str, Any]:
    return {} if column.type == "text" else {"format": "date" if column.type == "date" else "decimal"}


def _asked(table: RowTable, name: str) -> type[BaseModel]:
    """Search, sorting and paging; each column's value, and bounds of dates and numbers."""
    filters: dict[str, Any] = {}
    for column in table.columns.values():
        kind = _ASKED[column.type]
        filters[column.name] = (kind, Field(None, description=column.meaning))
        if column.type != "text":
            for word, told in (("from", "at least"), ("to", "less than")):
                alias = f"{column.name}.{word}"
                filters[f"{column.name}_{word}"] = (kind, Field(None, alias=alias, description=told))
    sorts = tuple(f"{sign}{column}" for column in table.columns for sign in ("", "-"))
    fields: dict[str, Any] = {
        "search": (Text, Field(None, description="words to look for")),
        "sort": (Literal[sorts], Field(None, description="a column, with “-” before it backwards")),
        "cursor": (Note, Field(None, description="where the page before ended, as its `next` says")),
        "limit": (int, Field(LIMIT, ge=1, le=MOST, description=f"rows of a page; {LIMIT} unless told")),
    }
    return create_model(name, __config__=CLOSED, **fields, **filters)


def shown_rows(table: RowTable, viewer: Viewer, rows: Collection[Row]) -> list[dict[str, Any]]:
    """Rows as the API gives them: decimals as text without needless noughts, days in ISO's way."""
    attributes = attributes_of(table, viewer, rows)
    return [_shown_row(table, row, attributes[row.pk]) for row in rows]


def _shown_row(table: RowTable, row: Row, attributes: dict[str, Any]) -> dict[str, Any]:
    values = {name: _shown(value_of(row, name)) for name in table.columns}
    told = {"attributes": attributes, "batch": row.batch_id, "changed_at": row.changed_at}
    return {"id": row.pk, **values, **told}


def _shown(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    return value.isoformat() if isinstance(value, date) else value


def shown_version(version: dict[str, Any]) -> dict[str, Any]:
    """A version of a row as the API gives it."""
    event = version["event"]
    changed = {name: [_shown(before), _shown(value)] for name, (before, value) in version["changed"].items()}
    by = event.changed_by.name if event.changed_by else None
    return {"label": version["label"], "at": version["at"], "by": by, "batch": event.batch_id, "changed": changed}
