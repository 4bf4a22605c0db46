"""The drill-down of a statement: a number, opened, shows the numbers and facts that it is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from attain_web.access.viewer import Viewer
from attain_web.rows.queries import PAGE
from attain_web.statements.lines import Place, facts_of, places
from attain_web.statements.models import Statement, StatementLine
from attain_web.statements.shown import amount_of, shown_number
from attain_web.statements.tree import Record, fact_record, find


@dataclass(frozen=True)
class Fact:
    """A fact in the drill-down, with the address of its own page."""

    id: str
    place: int
    label: str
    amount: str
    unit: str
    formula: str
    source: str
    url: str
    is_wanted: bool


@dataclass(frozen=True)
class Branch:
    """A node in the drill-down; ``children`` and ``facts`` are there where it stands open."""

    node: Record
    amount: str
    source: str
    is_open: bool = False
    is_wanted: bool = False
    children: list[Branch] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    more: int = 0
    """The page of facts that comes after these, or 0."""
    is_later: bool = False
    """Whether there are facts before these."""

    @property
    def has_more(self) -> bool:
        """Whether there is anything to open."""
        return bool(self.node["children"] or self.node["facts"])


def branch(viewer: Viewer, statement: Statement, way: list[Record], place: int | None = None) -> Branch:
    """The node at the beginning of a way, open down to its end; there with the page that holds a fact's place."""
    node, *rest = way
    children = []
    for child in node["children"]:
        is_next = bool(rest) and child["n"] == rest[0]["n"]
        children.append(branch(viewer, statement, rest, place) if is_next else closed(child))
    is_last = not rest
    page = place // PAGE + 1 if is_last and place is not None else 1
    found = facts(viewer, statement, node, page, wanted=place if is_last else None) if node["facts"] else []
    more = page + 1 if page * PAGE < node["facts"] else 0
    return Branch(
        node,
        amount_of(node),
        source_words(node["source"]),
        is_open=True,
        is_wanted=is_last and place is None,
        children=children,
        facts=found,
        more=more,
        is_later=page > 1,
    )


def closed(node: Record) -> Branch:
    """A node that stands closed."""
    return Branch(node, amount_of(node), source_words(node["source"]))


def facts(viewer: Viewer, statement: Statement, node: Record, page: int, wanted: int | None = None) -> list[Fact]:
    """A page of a node's facts."""
    rows = facts_of(statement, node, page)
    known = places(viewer, statement.tree, rows)
    return [_fact(node, line, known.get((line.node, line.fact)), is_wanted=line.place == wanted) for line in rows]


def _fact(node: Record, line: StatementLine, place: Place | None, *, is_wanted: bool) -> Fact:
    told = fact_record(node, line)
    return Fact(
        f"n{line.node}-{line.place}",
        line.place,
        told["label"],
        shown_number(told["amount"], told["unit"]),
        told["unit"],
        told["formula"],
        source_words(told["source"]),
        place.url if place else "",
        is_wanted,
    )


def source_words(source: dict[str, Any]) -> str:
    """Where a number comes from, in words."""
    told = [f"{name.replace('_', ' ')}: {value}" for name, value in source.items() if value not in (None, "")]
    return " · ".join(told)


def way_to(statement: Statement, number: int) -> list[Record]:
    """The way from the top to a node; where there is none, the top alone."""
    return find(statement.tree, number) or [statement.tree]
