"""A statement's lines: the facts behind its numbers, found by part of pay, words and days, sorted, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, Q, QuerySet
from django.urls import reverse

from attain_web.access.viewer import Viewer
from attain_web.rows.queries import COUNTED, PAGE, value_of, visible
from attain_web.rows.references import key_of
from attain_web.rows.table import row_tables
from attain_web.statements.models import Statement, StatementLine
from attain_web.statements.tree import Record, find, paid_on, walk

SORTED = {"fact": "fact", "date": "date", "amount": "amount", "paid": "paid", "kind": "kind", "split": "split"}
"""What lines are sorted by."""


@dataclass(frozen=True)
class Asked:
    """What the lines are asked for: a part of the statement by its node's number (0: all pay), words, days, page."""

    part: int = 0
    search: str = ""
    since: date | None = None
    until: date | None = None
    sort: str = ""
    page: int = 1


@dataclass(frozen=True)
class Part:
    """A part of a statement whose lines can be asked for: a component or attainment, or a piece of one."""

    number: int
    label: str
    is_piece: bool


@dataclass(frozen=True)
class Page:
    """One page of lines; ``count`` stops at ``COUNTED`` where they are filtered, and ``is_capped`` says so."""

    rows: list[StatementLine]
    count: int
    is_capped: bool
    number: int
    pages: int


@dataclass(frozen=True)
class Place:
    """Where a fact has its own page, and the account that it is with."""

    url: str
    account: str = ""
    account_url: str = ""


def parts(tree: Record) -> Iterator[Part]:
    """The parts of a statement that have facts."""
    for top in tree.get("children", ()):
        if not any(node["facts"] for node in walk(top)):
            continue
        yield Part(top["n"], top["label"], is_piece=False)
        for child in top["children"]:
            if "piece" in child["source"] and child["facts"]:
                yield Part(child["n"], child["label"], is_piece=True)


def nodes_of(tree: Record, part: int) -> list[Record]:
    """The nodes under which the lines of a part stand; of everything, the credits of all that is paid."""
    way = find(tree, part) if part else None
    if part and way is None:
        return []
    if way and "piece" in way[-1]["source"]:
        return [way[-1]]
    tops: list[Record] = [way[-1]] if way else [one for one in tree.get("children", ()) if one["kind"] == "money"]
    found = _credits(tops)
    return found if found or way else _credits(tree.get("children", ()))


def _credits(tops: Iterable[Record]) -> list[Record]:
    """The nodes below with credits; of an earning those that it pays on, not those that open or multiply it."""
    measures = [paid_on(top) if "component" in top["source"] else top for top in tops]
    return [node for one in measures for node in walk(one) if node["facts"] and node["kind"] == "quantity"]


def found_lines(statement: Statement, asked: Asked) -> QuerySet[StatementLine]:
    """The lines that filters find, sorted; else in order of the tree."""
    numbers = [node["n"] for node in nodes_of(statement.tree, asked.part)]
    found = StatementLine.objects.filter(statement=statement, node__in=numbers)
    if asked.search:
        found = found.filter(Q(fact__icontains=asked.search) | Q(formula__icontains=asked.search))
    if asked.since:
        found = found.filter(date__gte=asked.since)
    if asked.until:
        found = found.filter(date__lt=asked.until)
    name = SORTED.get(asked.sort.removeprefix("-"), "")
    if not name:
        return found.order_by("node", "place")
    by = F(name).desc(nulls_last=True) if asked.sort.startswith("-") else F(name).asc(nulls_last=True)
    return found.order_by(by, "node", "place")


def page_of(statement: Statement, asked: Asked) -> Page:
    """One page of the lines that are found."""
    found = found_lines(statement, asked)
    is_filtered = bool(asked.search or asked.since or asked.until)
    if is_filtered:
        count = found.order_by()[: COUNTED + 1].count()
    else:
        count = sum(node["facts"] for node in nodes_of(statement.tree, asked.part))
    is_capped = is_filtered and count > COUNTED
    count = min(count, COUNTED) if is_filtered else count
    pages = max(1, -(-count // PAGE))
    number = min(max(asked.page, 1), pages)
    return Page(list(found[(number - 1) * PAGE : number * PAGE]), count, is_capped, number, pages)


def facts_of(statement: Statement, node: Record, page: int) -> list[StatementLine]:
    """A page of the facts under one node, in their order."""
    begin = (page - 1) * PAGE
    lines = StatementLine.objects.filter(statement=statement, node=node["n"])
    return list(lines.filter(place__gte=begin, place__lt=begin + PAGE).order_by("place"))


def table_of(tree: Record) -> dict[int, str]:
    """The table of the facts of each node: of a part of pay, that of the measure which it pays."""
    found: dict[int, str] = {}
    for top in tree.get("children", ()):
        named = [node["table"] for node in walk(top) if node["table"]]
        found |= {node["n"]: node["table"] or (named[0] if named else "") for node in walk(top) if node["facts"]}
    return found


def places(viewer: Viewer, tree: Record, lines: Iterable[StatementLine]) -> dict[tuple[int, str], Place]:
    """Where facts have their pages, as far as the viewer may see them, by node and key."""
    tables, keys = table_of(tree), dict[str, set[str]]()
    lines = list(lines)
    for line in lines:
        keys.setdefault(tables.get(line.node, ""), set()).add(line.fact)
    known: dict[tuple[str, str], Place] = {}
    for name, facts in keys.items():
        known |= _places(viewer, name, facts)
    pairs = {(line.node, line.fact): known.get((tables.get(line.node, ""), line.fact)) for line in lines}
    return {pair: place for pair, place in pairs.items() if place}


def _places(viewer: Viewer, name: str, facts: set[str]) -> dict[tuple[str, str], Place]:
    table = row_tables().get(name)
    if table is None or len(table.schema.key) > 1:
        return {}
    key = key_of(table)
    rows = list(visible(table, viewer).filter(**{f"{key}__in": facts}))
    accounts = _accounts(viewer, rows) if "account" in table.columns else {}
    told = {}
    for row in rows:
        account = value_of(row, "account") if "account" in table.columns else None
        named, url = accounts.get(account, (account or "", ""))
        told[name, str(value_of(row, key))] = Place(reverse("rows:row", args=[name, row.pk]), named, url)
    return told


def _accounts(viewer: Viewer, rows: list[Any]) -> dict[str | None, tuple[str, str]]:
    table = row_tables()["accounts"]
    keys = {value_of(row, "account") for row in rows} - {None}
    if not keys:
        return {}
    found: Any = visible(table, viewer).filter(Q(account__in=keys))
    return {one.account: (str(one), reverse("rows:row", args=["accounts", one.pk])) for one in found}


def all_lines(statement: Statement, node: int | None) -> QuerySet[StatementLine]:
    """Every line of a statement, or those under one node."""
    found = StatementLine.objects.filter(statement=statement)
    return found if node is None else found.filter(node=node)
