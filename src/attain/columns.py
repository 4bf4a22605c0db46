"""What a table and a column of it are: grain, key, types and references."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["text", "date", "decimal", "integer"]


SPLIT_KINDS = ("revenue", "overlay", "payout")
"""What a split shares: the credit, credit beside it, or what is paid for it."""

RELATED_TO = ("participants", "accounts", "territories", "products")
"""The tables of what a participant may stand in a relationship to."""

FACTS = ("leads", "opportunities", "stage_history", "activities", "orders", "order_lines", "objectives")
"""The tables of facts."""


@dataclass(frozen=True)
class Column:
    """One column: ``refers_to`` names the table whose key it holds; ``required`` means it may not be empty.

    One with ``choices`` holds one of them, or is empty.

    Where an empty value is allowed but should be known of (a deal without account), ``told_when_empty`` is true.
    """

    name: str
    type: ColumnType
    meaning: str
    required: bool = False
    refers_to: str | None = None
    told_when_empty: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One table: its grain in words, its key, and for facts who owns a row and which date it counts on.

    A table with a ``parent`` (lines of an order) also offers its parent's columns to measures. ``dated`` tables hold
    versions ``[start, end)`` that may not overlap for the same ``versions_of``; an empty end means "until further
    notice". Columns beyond these may be added by the user and are read as attributes.
    """

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    parent: str | None = None
    versions_of: tuple[str, ...] = ()
    is_fact: bool = False

    def column(self, name: str) -> Column | None:
        """The column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)
