"""Tables of what a run found: which columns they have, what filters and sorting find, cells as a page shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from attain_web.access.rights import Area
from attain_web.access.viewer import Viewer
from attain_web.look.table import Cell, Grid, Header, Paging, cell, percent
from attain_web.payouts.models import Attainment, Difference, Earning, Payout, Run
from attain_web.payouts.queries import results
from attain_web.people.models import ParticipantVersion

PAGE = 50
Rows = QuerySet[Any, dict[str, Any]]


@dataclass(frozen=True)
class Column:
    """A column: its name in addresses and files, what it is called, and how its values are shown."""

    name: str
    title: str | Promise
    kind: str = "text"

    @property
    def is_number(self) -> bool:
        """Whether it holds numbers."""
        return self.kind in ("number", "money", "share")


@dataclass(frozen=True)
class Listing:
    """A table about a run. ``what`` is the column to choose a value of; ``amount`` the one that is bounded."""

    name: str
    title: str | Promise
    columns: tuple[Column, ...]
    rows: Callable[[Viewer, Run], Rows]
    what: str = ""
    amount: str = "amount"
    sort: str = "participant"


@dataclass(frozen=True)
class Asked:
    """What of a listing is asked for; ``page`` from 1."""

    search: str = ""
    what: str = ""
    period: str = ""
    least: str = ""
    most: str = ""
    sort: str = ""
    page: int = 1

    def address(self, **other: str | int) -> str:
        """The query of the same listing with something else."""
        query = QueryDict(mutable=True)
        told = {"q": self.search, "what": self.what, "period": self.period, "from": self.least, "to": self.most}
        told |= {"sort": self.sort, **{name: str(text) for name, text in other.items()}}
        query.update({name: text for name, text in told.items() if text})
        return f"?{query.urlencode()}"

    @property
    def is_filtered(self) -> bool:
        """Whether anything is left out."""
        return bool(self.search or self.what or self.period or self.least or self.most)


@dataclass(frozen=True)
class Page:
    """One page of a listing."""

    grid: Grid
    paging: Paging
    count: int
    choices: list[tuple[str, str]] = field(default_factory=list)


def _found(model: type[Attainment | Earning | Payout], *fields: str) -> Callable[[Viewer, Run], Rows]:
    def rows(viewer: Viewer, run: Run) -> Rows:
        return results(viewer, model).filter(run=run).values("participant", "period_start", "period_end", *fields)

    return rows


_NOTHING = Value(Decimal(0), DecimalField(max_digits=38, decimal_places=6))


def _differences(viewer: Viewer, run: Run) -> Rows:
    """One row for each person whose pay differs: before, after, and the part of each reason."""
    viewer.must_read(Area.PAY)
    paid = results(viewer, Payout).filter(run=run, participant=OuterRef("participant")).order_by()
    after = paid.values("participant").annotate(sum=Sum("amount")).values("sum")
    parts = {reason.value: Coalesce(Sum("amount", filter=Q(reason=reason)), _NOTHING) for reason in Difference.Reason}
    rows: Any = Difference.objects.filter(run=run).order_by().values("participant")
    rows = rows.annotate(difference=Sum("amount"), after=Coalesce(Subquery(after), _NOTHING), **parts)
    differing: Rows = rows.annotate(before=F("after") - F("difference"))
    return differing


_PERSON = Column("participant", _("Person"), "person")
_PERIOD = Column("period_start", _("Period"), "period")
_QUOTA = Column("quota", _("Quota"), "number")
LISTINGS = {
    one.name: one
    for one in (
        Listing(
            "attainment",
            _("Attainment"),
            (
                _PERSON,
                Column("measure", _("Measure"), "measure"),
                _PERIOD,
                Column("value", _("Value"), "number"),
                _QUOTA,
                Column("attainment", _("Attainment"), "share"),
            ),
            _found(Attainment, "measure", "value", "quota", "attainment"),
            what="measure",
            amount="attainment",
        ),
        Listing(
            "earnings",
            _("Earnings"),
            (
                _PERSON,
                Column("component", _("Component")),
                _PERIOD,
                Column("measure_value", _("Value"), "number"),
                _QUOTA,
                Column("rate", _("Last rate"), "share"),
                Column("amount", _("Amount"), "money"),
            ),
            _found(Earning, "component", "measure_value", "quota", "rate", "amount"),
            what="component",
        ),
        Listing(
            "payouts",
            _("Pay"),
            (_PERSON, _PERIOD, Column("amount", _("Amount"), "money")),
            _found(Payout, "amount"),
        ),
        Listing(
            "comparison",
            _("Differences"),
            (
                _PERSON,
                Column("before", _("Before"), "money"),
                Column("after", _("After"), "money"),
                Column("difference", _("Difference"), "money"),
                *(Column(reason.value, reason.label, "money") for reason in Difference.Reason),
            ),
            _differences,
            amount="difference",
        ),
    )
}
"""Every table about a run by its name."""


def asked_from(query: QueryDict | Mapping[str, str]) -> Asked:
    """What an address asks for; what is too long or no number asks for nothing."""
    given = {name: str(query.get(name, "")).replace("\x00", "").strip()[:200] for name in _ASKED}
    page = given["page"]
    is_number = page.isascii() and page.isdigit() and len(page) < 10
    search, what, period, least, most, sort = (given[name] for name in _ASKED[:-1])
    return Asked(search, what, period, least, most, sort, int(page) if is_number else 1)


_ASKED = ("q", "what", "period", "from", "to", "sort", "page")


def found(listing: Listing, viewer: Viewer, run: Run, asked: Asked) -> Rows:
    """The rows that filters find, sorted."""
    rows = listing.rows(viewer, run)
    if asked.search:
        named = ParticipantVersion.objects.filter(name__icontains=asked.search).values("participant")
        rows = rows.filter(Q(participant__in=named) | Q(participant=asked.search))
    if asked.what and listing.what:
        rows = rows.filter(**{listing.what: asked.what})
    elif asked.what and asked.what in Difference.Reason:
        rows = rows.exclude(**{asked.what: 0})
    if asked.period:
        rows = rows.filter(_in_period(run, asked.period)) if _PERIOD in listing.columns else rows.none()
    for text, bound in ((asked.least, "gte"), (asked.most, "lte")):
        if text:
            number = _number(text)
            rows = rows.none() if number is None else rows.filter(**{f"{listing.amount}__{bound}": number})
    return rows.order_by(*_order(listing, asked.sort))


def _in_period(run: Run, period: str) -> Q:
    """The condition that a row is of the period with a name."""
    spans = [span.split("..") for span, name in run.record.get("periods", {}).items() if name == period]
    start, end = spans[0] if spans else ("0001-01-01", "0001-01-01")
    return Q(period_start=start, period_end=end)


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 26 else None


def _order(listing: Listing, sort: str) -> list[Any]:
    name = sort.removeprefix("-")
    rest = [one.name for one in listing.columns if one.kind in ("person", "text", "period")]
    if _PERIOD in listing.columns:
        rest.append("period_end")
    if name not in {one.name for one in listing.columns}:
        return rest
    own = F(name).desc(nulls_last=True) if sort.startswith("-") else F(name).asc(nulls_last=True)
    return [own, *(one for one in rest if one != name)]


def page_of(listing: Listing, viewer: Viewer, run: Run, asked: Asked) -> Page:
    """One page of a listing."""
    rows = found(listing, viewer, run, asked)
    count = rows.count()
    pages = max(1, -(-count // PAGE))
    number = min(max(asked.page, 1), pages)
    shown = list(rows[(number - 1) * PAGE : number * PAGE])
    before = asked.address(page=number - 1) if number > 1 else ""
    after = asked.address(page=number + 1) if number < pages else ""
    return Page(_grid(listing, run, shown, asked), Paging(number, pages, before, after), count, _choices(listing, run))


def _choices(listing: Listing, run: Run) -> list[tuple[str, str]]:
    """The measures or components that a run has, and what they are called."""
    if listing.what == "component":
        return [(one["component"], one["component"]) for one in run.record.get("components", [])]
    return [(name, measure_title(run, name)) for name in run.record.get("measured", [])] if listing.what else []


def _grid(listing: Listing, run: Run, rows: list[dict[str, Any]], asked: Asked) -> Grid:
    names = names_of({row["participant"] for row in rows})
    show = Shown(run, names, listing.name == "comparison")
    headers = [_header(one, listing, asked) for one in listing.columns]
    cells = [[show.cell(column, row) for column in listing.columns] for row in rows]
    return Grid(headers, cells, format_lazy("{title}", title=listing.title))


def _header(column: Column, listing: Listing, asked: Asked) -> Header:
    sort = asked.sort or listing.sort
    direction = {column.name: "ascending", f"-{column.name}": "descending"}.get(sort, "")
    first, second = (f"-{column.name}", column.name) if column.is_number else (column.name, f"-{column.name}")
    turned = second if sort == first else first
    return Header(column.title, column.is_number, asked.address(sort=turned), direction)


def names_of(keys: set[str]) -> dict[str, str]:
    """What participants are called now, by key."""
    versions = ParticipantVersion.objects.filter(participant__participant__in=keys)
    named = versions.order_by(F("start").asc(nulls_first=True)).values_list("participant__participant", "name")
    return {key: name for key, name in named if name}


@dataclass(frozen=True)
class Shown:
    """Cells of a run's rows."""

    run: Run
    names: Mapping[str, str]
    is_comparison: bool = False

    def cell(self, column: Column, row: Mapping[str, Any]) -> Cell:
        """A value as its kind is shown."""
        value = row[column.name]
        if column.kind == "person":
            return self._person(value)
        if column.kind == "period":
            return Cell(period_name(self.run, row["period_start"], row["period_end"]))
        if column.kind == "measure":
            return Cell(measure_title(self.run, value))
        if column.kind == "share":
            return Cell() if value is None else Cell(_exact_percent(value), is_number=True)
        if column.kind == "money" and self.is_comparison and not value:
            return Cell()
        is_money = column.kind == "money"
        return cell(value, is_money=is_money, behind=self.run.record.get("currency", "") if is_money else "")

    def _person(self, key: str) -> Cell:
        name = self.names.get(key, key)
        route, arguments = (
            ("payouts:difference", [self.run.pk, key]) if self.is_comparison else ("people:person", [key])
        )
        return Cell(name, reverse(route, args=arguments), key if name != key else "")


def _exact_percent(value: Decimal) -> str:
    """A share with one digit, or with as many as a rate has."""
    digits = -int((value * 100).normalize().as_tuple().exponent)
    return percent(value, digits if 1 < digits <= 3 else 1)


def measure_title(run: Run, name: str) -> str:
    """What a run's plan calls a measure."""
    return str(run.record.get("titles", {}).get(name, name))


def period_name(run: Run, start: Any, end: Any) -> str:
    """What a period is called by the plan's calendar."""
    return str(run.record.get("periods", {}).get(f"{start}..{end}", f"{start} – {end}"))
