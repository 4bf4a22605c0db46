"""A table of rows as pages, API and imports know it: the library's table, the model that holds it, who sees what."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.utils.functional import Promise

from attain.columns import Column, Table
from attain.tables import TABLES
from attain_web.access.rights import Area, Reach
from attain_web.rows.base import Row


@dataclass(frozen=True, kw_only=True)
class RowTable:
    """One of the library's tables in the database. Each app lists its own in ``tables.py`` as ``TABLES``."""

    name: str
    """The name in the library, in addresses and in the API."""
    model: type[Row]
    title: str | Promise
    """What its rows are called together, and one of them."""
    one: str | Promise
    area: Area
    listed: tuple[str, ...]
    """Columns of the list; the first is the link to the row's own page."""
    order: tuple[str, ...]
    """How the list is sorted at first, as in ``order_by``."""
    searched: tuple[tuple[str, str], ...]
    """Columns that a search looks into, each with its lookup: ``startswith`` for many rows, ``icontains`` for few."""
    page: str = ""
    """The view of its own page, by key, where an app has one; else a row has its page in the table."""
    owner: str = "participant"
    """Path to the participant whose row it is; empty: nobody's, so whoever reads the area reads all."""
    dated: str = ""
    """Path to the day whose manager chain counts; empty: today's."""
    writes: Reach = Reach.SELF
    """How far a right to write must go for these rows: with ALL nobody writes their own."""
    attributes_area: Area | None = None
    """The area that must be read as well, as far as a row, to read its attributes; who may write rows reads them."""
    before_write: Callable[[Collection[str]], object] | None = None
    """Called in the transaction before rows are written, with their values in the first column of the key."""
    after_write: Callable[[], object] | None = None
    """Called in the transaction once after rows were written or taken out; may raise ValidationError."""

    @property
    def schema(self) -> Table:
        """The library's description: columns with types and meanings, key, what refers to what."""
        return TABLES[self.name]

    @property
    def columns(self) -> dict[str, Column]:
        """Every declared column by name; each is a field of the model."""
        return {column.name: column for column in self.schema.columns}

    @property
    def events(self) -> Any:
        """The model of the rows' versions, newest last: made, changed, removed."""
        return apps.get_model(self.model._meta.app_label, f"{self.model.__name__}Event")


@cache
def row_tables() -> dict[str, RowTable]:
    """Every table of every app by name, in the order of the apps."""
    found: dict[str, RowTable] = {}
    for app in apps.get_app_configs():
        if app.name.startswith("attain_web.") and find_spec(f"{app.name}.tables"):
            found |= {table.name: table for table in import_module(f"{app.name}.tables").TABLES}
    return found
