"""Search by keyboard: rows of every table that a viewer sees, by the beginning of their key or name."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse

from attain_web.access.viewer import Viewer
from attain_web.rows.base import Row
from attain_web.rows.queries import path_of, value_of, visible
from attain_web.rows.references import key_of
from attain_web.rows.table import RowTable, row_tables

FOUND = 5
SHORTEST = 2
"""Letters before rows are looked for."""


@dataclass(frozen=True)
class Hit:
    """A row that was found: its key, and its name where it has another."""

    table: RowTable
    pk: int
    key: str
    name: str

    @property
    def url(self) -> str:
        """The page of the person, or of the row."""
        if self.table.name == "participants":
            return reverse("people:person", args=[self.key])
        return reverse("rows:row", args=[self.table.name, self.pk])


def rows_beginning(viewer: Viewer, text: str) -> list[tuple[RowTable, list[Hit]]]:
    """The first rows of each table whose key or name begins with a text, as typed or in capitals."""
    if len(text) < SHORTEST:
        return []
    found = [(table, _hits(table, viewer, text)) for table in row_tables().values() if _is_looked_into(table)]
    return [(table, hits) for table, hits in found if hits]


def _is_looked_into(table: RowTable) -> bool:
    """Tables whose rows people know by key: not lines, stages and other parts of them."""
    key = key_of(table)
    return table.schema.key in {(key,), (key, "start")} and not table.columns[key].refers_to


def _hits(table: RowTable, viewer: Viewer, text: str) -> list[Hit]:
    key = path_of(table, key_of(table))
    rows = visible(table, viewer)
    asked = Q(**{f"{key}__startswith": text}) | Q(**{f"{key}__startswith": text.upper()})
    if "name" in table.columns:
        asked |= Q(name__icontains=text)
    hits = [_hit(table, row) for row in rows.filter(asked).order_by(key)[: FOUND * 2]]
    return list({hit.key: hit for hit in hits}.values())[:FOUND]


def _hit(table: RowTable, row: Row) -> Hit:
    key, name = value_of(row, key_of(table)), str(row)
    return Hit(table, row.pk, key, "" if name == key else name)
