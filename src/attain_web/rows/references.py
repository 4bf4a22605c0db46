"""What rows refer to, and what refers to them, as far as a viewer may see it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F

from attain_web.access.viewer import Viewer
from attain_web.rows.base import Row
from attain_web.rows.queries import Asked, found, value_of, visible
from attain_web.rows.table import RowTable, row_tables

CHILDREN = 10
"""So many rows of each table are shown under the row that they refer to."""


@dataclass(frozen=True)
class Named:
    """The row behind a key: its id, its name (the key again, where it has none), and the currency of its amounts."""

    pk: int
    name: str
    currency: str = ""


@dataclass(frozen=True)
class Children:
    """The first rows of a table that refer to a row by one of their columns."""

    table: RowTable
    column: str
    rows: list[Row]
    is_more: bool


def named(table: RowTable, viewer: Viewer, rows: Iterable[Row], columns: Iterable[str]) -> dict[tuple[str, str], Named]:
    """What the rows refer to by these columns, by table and key: one query for each table referred to."""
    keys: dict[str, set[str]] = {}
    for column in columns:
        if refers_to := table.columns[column].refers_to:
            keys.setdefault(refers_to, set()).update(value_of(row, column) for row in rows if value_of(row, column))
    known: dict[tuple[str, str], Named] = {}
    for name, wanted in keys.items():
        target = row_tables().get(name)
        if target is None or not wanted:
            continue
        key = key_of(target)
        seen = visible(target, viewer).filter(**{f"{key}__in": wanted})
        if "start" in target.columns:
            seen = seen.order_by(F("start").asc(nulls_first=True))  # the latest version comes last, and stays
        for row in seen:
            known[name, value_of(row, key)] = Named(row.pk, str(row), getattr(row, "currency", "") or "")
    return known


def key_of(table: RowTable) -> str:
    """The column by which other tables refer to this one."""
    return table.schema.key[0]


def children(table: RowTable, viewer: Viewer, row: Row) -> list[Children]:
    """The first rows that refer to a row, by table and column; only where there are any to see."""
    told = []
    for child, column in referring(table):
        asked = Asked(filters={column: value_of(row, key_of(table))})
        rows = list(found(child, viewer, asked)[: CHILDREN + 1])
        if rows:
            told.append(Children(child, column, rows[:CHILDREN], len(rows) > CHILDREN))
    return told


def referring(table: RowTable) -> list[tuple[RowTable, str]]:
    """The tables and columns that refer to a table."""
    return [
        (child, name)
        for child in row_tables().values()
        for name, column in child.columns.items()
        if column.refers_to == table.name
    ]


def suggestions(table: RowTable, viewer: Viewer, text: str) -> list[tuple[str, str]]:
    """Keys and names of a few rows that begin with, or hold, what somebody types; the same key once."""
    rows = found(table, viewer, Asked(search=text, sort=key_of(table)))[:20]
    return list({value_of(row, key_of(table)): str(row) for row in rows}.items())[:10]
