"""The tables that a viewer sees, how many rows each has, and which of them they may add to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from attain_web.access.rights import Reach
from attain_web.access.viewer import Viewer
from attain_web.rows.queries import COUNTED, visible
from attain_web.rows.table import RowTable, row_tables


@dataclass(frozen=True)
class Size:
    """How many rows of a table somebody sees; beyond ``COUNTED`` they are not counted."""

    table: RowTable
    count: int
    is_capped: bool


def sizes(viewer: Viewer, names: Collection[str] = ()) -> list[Size]:
    """Every table that a viewer sees, or those of them that are named: one query each."""
    tables = [table for table in row_tables().values() if not names or table.name in names]
    seen = [table for table in tables if viewer.right(table.area).read]
    counts = [(table, visible(table, viewer)[: COUNTED + 1].count()) for table in seen]
    return [Size(table, min(count, COUNTED), count > COUNTED) for table, count in counts]


def may_make(table: RowTable, viewer: Viewer) -> bool:
    """Whether a viewer may add rows to a table: all, or where rows have owners at least their own."""
    reach = viewer.right(table.area).write
    return reach == Reach.ALL or bool(reach >= table.writes and reach and table.owner and viewer.participant)
