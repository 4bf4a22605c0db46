"""A statement as its page shows it: components with their tiers, attainment with bars, tables of lines, the list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attain_web.access.viewer import Viewer
from attain_web.look.table import Cell, Grid, Header, Paging, cell, number, percent
from attain_web.payouts.models import Attainment
from attain_web.statements import lines, queries
from attain_web.statements.models import Statement, StatementLine
from attain_web.statements.tree import Record, in_words, walk
from attain_web.statements.words import KINDS, how_it_pays

UNITS = {"count", "ratio", "days"}
"""Units that are not money."""
_WHOLE = 1000
"""A full bar."""


@dataclass(frozen=True)
class Tier:
    """A row of a component's table: a tier of the plan, or a piece, with what fell in it; a bar out of 1000."""

    label: str
    start: str
    end: str
    rate: str
    credit: str
    amount: str
    bar: int
    node: int
    exact: Decimal | None
    """What fell in it, with all digits."""


@dataclass(frozen=True)
class Card:
    """A component of a period, or the attainment of a measure."""

    node: Record
    amount: str
    words: str | Promise
    measure: str
    exact: str
    """The measure with all digits."""
    unit: str
    """The currency of what falls in the tiers, where that is money."""
    quota: str
    tiers: list[Tier]
    has_bounds: bool
    is_nothing: bool


@dataclass(frozen=True)
class Attained:
    """A measure against its quota, with a bar out of 1000."""

    measure: str
    period: str
    value: str
    quota: str
    percent: str
    bar: int


def day_of(text: str) -> date | None:
    """A day as addresses tell it."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def number_of(text: str, unless: int = 0) -> int:
    """A whole number as addresses tell it."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else unless


def plain(query: QueryDict, name: str) -> str:
    """What an address asks for, without the character that no text in the database has."""
    return query.get(name, "").replace("\0", "").strip()[:200]


def lines_asked(query: QueryDict) -> lines.Asked:
    """Which lines an address asks for."""
    return lines.Asked(
        part=number_of(plain(query, "part")),
        search=plain(query, "q"),
        since=day_of(plain(query, "date.from")),
        until=day_of(plain(query, "date.to")),
        sort=plain(query, "sort"),
        page=number_of(plain(query, "page"), 1),
    )


def list_asked(query: QueryDict) -> queries.Asked:
    """Which statements an address asks for."""
    return queries.Asked(
        person=plain(query, "person"),
        plan=plain(query, "plan"),
        since=day_of(plain(query, "from")),
        until=day_of(plain(query, "to")),
        page=number_of(plain(query, "page"), 1),
    )


def address(query: QueryDict, **other: str | int) -> str:
    """The same address with something else; from the first page unless another one is asked for."""
    told = query.copy()
    for name in ("page", "node", "place"):
        told.pop(name, None)
    for name, value in other.items():
        told[name] = str(value)
    return f"?{told.urlencode()}"


def paging(query: QueryDict, page: lines.Page | queries.Page) -> Paging:
    """The pages beside this one."""
    before = address(query, page=page.number - 1) if page.number > 1 else ""
    after = address(query, page=page.number + 1) if page.number < page.pages else ""
    return Paging(page.number, page.pages, before, after)


def amount_of(node: Record) -> str:
    """A node's amount with all its digits."""
    return "–" if node["amount"] is None else shown_number(node["amount"], node["unit"])


def shown_number(text: str, unit: str) -> str:
    """An exact number as it was told, with marks between thousands; money with cents at least."""
    told = f"{Decimal(text):,f}"
    digits = len(told.partition(".")[2])
    return told if digits >= 2 or unit in UNITS else f"{told}{'' if digits else '.'}{'0' * (2 - digits)}"


def rounded(value: Decimal, unit: str) -> str:
    """A number for reading: ratios as per cent, money to the cent, others with six digits at most."""
    if unit == "ratio":
        return percent(value)
    return number(round(value, 6)) if unit in UNITS else number(round(value, 2), is_money=True)


def reading(value: Decimal | None, unit: str) -> str:
    """A number for reading with its currency, or the days that it counts."""
    behind = unit_behind(unit)
    return "–" if value is None else f"{rounded(value, unit)}{' ' if behind else ''}{behind}"


def unit_behind(unit: str) -> str:
    """What stands behind a number of a unit."""
    return "" if unit in {"count", "ratio"} else unit


def title_of(node: Record) -> str:
    """What the measure of a node is called."""
    return str(node.get("title") or in_words(node["source"].get("measure", node["label"])))


def _read(node: Record) -> str:
    return reading(None if node["amount"] is None else Decimal(node["amount"]), node["unit"])


def shown_money(amount: Decimal) -> str:
    """An amount of money with all its digits, at least two."""
    return number(amount, is_money=True)


def cards(tree: Record) -> list[Card]:
    """A card for each component and period."""
    return [_card(node) for node in tree.get("children", ()) if node["kind"] == "money"]


def _card(node: Record) -> Card:
    pieces = [child for child in node["children"] if "piece" in child["source"]]
    of_pool = [below for piece in pieces for below in piece["children"]]
    measures = [child for child in (*node["children"], *of_pool) if child["kind"] == "quantity"]
    is_quota = [child for child in measures if child["source"].get("table") == "quotas"]
    measured = [child for child in measures if child not in is_quota]
    unit = measured[0]["unit"] if measured else "count"
    return Card(
        node,
        amount_of(node),
        _("A part of what everybody in the pool earned together, by weight.")
        if of_pool
        else how_it_pays(node["source"].get("pays", "")),
        " · ".join(f"{title_of(one)} {_read(one)}" for one in measured),
        " · ".join(f"{one['label']} {amount_of(one)} {one['unit']}" for one in measured),
        "" if unit in UNITS else unit,
        " · ".join(f"{_read(one)} ({one['formula']})" for one in is_quota),
        _tiers(node, pieces, unit),
        has_bounds=bool(node.get("tiers")),
        is_nothing=not Decimal(node["amount"] or 0),
    )


def _tiers(node: Record, pieces: list[Record], unit: str) -> list[Tier]:
    """The tiers of the plan with what fell in each, and the pieces that are no tiers, such as what a cap takes."""
    most = max((abs(Decimal(piece["amount"] or 0)) for piece in pieces), default=Decimal(0))
    by_label = {piece["label"]: piece for piece in pieces}
    tiers = node.get("tiers") or []
    known = {told["label"] for told in tiers}
    others = [{"label": one["label"], "rate": one["source"]["rule"]} for one in pieces if one["label"] not in known]
    return [_tier(told, by_label.get(told["label"]), most, unit) for told in (*tiers, *others)]


def _tier(told: Mapping[str, str], piece: Record | None, most: Decimal, unit: str) -> Tier:
    amount = Decimal(piece["amount"] or 0) if piece else Decimal(0)
    base = piece.get("base") if piece else "0"
    exact = None if base is None else Decimal(base)
    return Tier(
        told["label"],
        _bound(told.get("from", ""), unit),
        _bound(told.get("to", ""), unit),
        told["rate"],
        "" if exact is None else rounded(exact, unit),
        amount_of(piece) if piece else "0.00",
        int(abs(amount) / most * _WHOLE) if most else 0,
        piece["n"] if piece else 0,
        exact,
    )


def _bound(text: str, unit: str) -> str:
    """Where a tier begins or ends: as the plan says it, or a number for reading."""
    try:
        return rounded(Decimal(text), unit)
    except InvalidOperation:
        return text


def attained(found: list[Attainment], tree: Record) -> list[Attained]:
    """Measures against quotas; periods by the names that the plan gives them."""
    names, known = dict[Any, str](), dict[str, Record]()
    for top in tree.get("children", ()):
        source, name = top["source"], top["label"].rpartition(", ")[2]
        if " .. " not in name:  # else the period has no name
            names[source.get("period_start"), source.get("period_end")] = name
        known |= {node["source"].get("measure"): node for below in top["children"] for node in walk(below)}
    return [_attained(one, names, known.get(one.measure)) for one in found]


def _attained(one: Attainment, names: Mapping[tuple[str, str], str], node: Record | None) -> Attained:
    unit = node["unit"] if node else "count"
    span = one.period_start, one.period_end
    return Attained(
        title_of(node) if node and "title" in node else in_words(one.measure),
        names.get((str(span[0]), str(span[1])), days(*span)),
        reading(one.value, unit),
        reading(one.quota, unit),
        "" if one.attainment is None else percent(one.attainment, 2),
        max(0, min(_WHOLE, int((one.attainment or 0) * _WHOLE))),
    )


def days(start: date, end: date) -> str:
    """A period by its first and its last day."""
    return f"{start} – {end - timedelta(days=1)}"


@dataclass(frozen=True)
class Lines:
    """A statement's lines as a table whose headers sort."""

    viewer: Viewer
    statement: Statement
    asked: lines.Asked
    query: QueryDict

    @cached_property
    def nodes(self) -> dict[int, tuple[Record, str]]:
        """Each node by its number, with the label of the part of the statement that it belongs to."""
        tops = self.statement.tree.get("children", ())
        return {node["n"]: (node, top["label"]) for top in tops for node in walk(top)}

    @cached_property
    def is_piece(self) -> bool:
        """Whether the lines of one tier or rate are asked for, not those of a whole part."""
        return self.asked.part in self.nodes and "piece" in self.nodes[self.asked.part][0]["source"]

    def grid(self, rows: list[StatementLine]) -> Grid:
        """The lines, each fact with a link to its page where the viewer may see it."""
        places = lines.places(self.viewer, self.statement.tree, rows)
        credit = [
            Header(_("Measure")),
            self._header("amount", _("Credited"), is_number=True),
            self._header("split", _("Split"), is_number=True),
        ]
        headers = [
            self._header("fact", _("Fact")),
            self._header("date", _("Date")),
            Header(_("Account")),
            *([] if self.is_piece else credit),
            Header(_("How it is paid") if self.is_piece else _("Why")),
            self._header("paid", _("Paid for it"), is_number=True),
        ]
        return Grid(headers, [self._cells(one, places.get((one.node, one.fact))) for one in rows], _("Facts"))

    def _cells(self, line: StatementLine, place: lines.Place | None) -> list[Cell]:
        place = place or lines.Place("")
        node, top = self.nodes[line.node]
        unit = node["unit"]
        credit = [
            Cell(title_of(node), behind=top),
            Cell(rounded(line.amount, unit), behind=unit_behind(unit), is_number=True),
            Cell("" if line.split is None else f"{number(round(line.split, 2))} %", is_number=True),
        ]
        return [
            cell(line.fact, url=place.url),
            cell(line.date),
            cell(place.account, url=place.account_url),
            *([] if self.is_piece else credit),
            Cell(line.formula, behind=str(KINDS.get(line.kind, line.kind))),
            Cell() if line.paid is None else cell(line.paid, behind=self.statement.currency, is_money=True),
        ]

    def _header(self, name: str, title: str, *, is_number: bool = False) -> Header:
        direction = {name: "ascending", f"-{name}": "descending"}.get(self.asked.sort, "")
        turned = f"-{name}" if direction == "ascending" else name
        return Header(title, is_number, address(self.query, sort=turned), direction)


def brought_forward(found: list[queries.Before]) -> list[dict[str, Any]]:
    """What was paid before, is paid now, and the difference, as the page shows it."""
    return [
        {
            "days": days(one.start, one.end),
            "run": one.run,
            "told": [shown_money(amount) for amount in (one.paid, one.now, one.difference)],
        }
        for one in found
    ]


def statement_url(statement: Statement) -> str:
    """Where a statement is."""
    return reverse("statements:statement", args=[statement.run_id, str(statement.participant_id)])


def list_grid(page: queries.Page, *, is_own: bool) -> Grid:
    """Statements, newest first: whose, for what, how much, and what replaces what; one's own begin with the period."""
    headers = [
        *([Header(_("Period"))] if is_own else [Header(_("Who")), Header(_("Period"))]),
        Header(_("Plan")),
        Header(_("Amount"), is_number=True),
        Header(_("Approved")),
        Header(_("Run"), is_number=True),
        Header(_("State")),
    ]
    return Grid(headers, [_listed(one, is_own=is_own) for one in page.rows], _("Statements"))


def _listed(one: queries.Listed, *, is_own: bool) -> list[Cell]:
    statement, run = one.statement, one.statement.run
    if one.replaced_by:
        told = _("replaced by run %s") if one.is_whole else _("in part replaced by run %s")
        state = Cell(told % one.replaced_by, badge="warn")
    elif one.replaces:
        told = ngettext("replaces run %s", "replaces runs %s", len(one.replaces))
        state = Cell(told % ", ".join(map(str, one.replaces)), badge="note")
    else:
        state = Cell(_("counts"), badge="good")
    url, key = statement_url(statement), str(statement.participant_id)
    first = [cell(run.period, url=url)] if is_own else [cell(one.name, url=url, behind=key), cell(run.period)]
    return [
        *first,
        cell(f"{run.version.plan.name} v{run.version.number}"),
        cell(statement.amount, behind=statement.currency, is_money=True),
        cell(run.decided_at.date() if run.decided_at else None),
        Cell(str(run.pk), is_number=True),
        state,
    ]
