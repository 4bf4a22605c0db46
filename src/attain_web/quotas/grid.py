"""The grid of quotas: people by the periods of a year for one measure, with totals, and a team's sum beside its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Q

from attain.calendar import Period
from attain.measures.measure import Measure, is_additive
from attain.tables import NEVER
from attain_web.access.models import ChainLink
from attain_web.access.rights import Area, Reach
from attain_web.access.viewer import Viewer
from attain_web.measures.calendars import Year
from attain_web.measures.queries import known_measures
from attain_web.people.models import ReportingLine
from attain_web.people.queries import names_of, people_on
from attain_web.people.timeline import holding
from attain_web.rows.queries import today, visible
from attain_web.rows.table import row_tables

PAGE = 50
ZERO = Decimal(0)


@dataclass(frozen=True)
class Asked:
    """Which measure, which periods of which year, and whose lines."""

    measure: str
    year: Year
    periods: tuple[Period, ...]
    search: str = ""
    team: str = ""
    title: str = ""
    manager: str = ""
    who: str = ""
    """``with`` or ``without`` quotas, ``managers``; empty: everybody."""
    page: int = 1


@dataclass(frozen=True)
class Held:
    """A quota's row as it stands."""

    pk: int
    participant: str
    start: date
    end: date | None
    quota: Decimal
    currency: str | None
    changed_at: datetime


@dataclass(frozen=True)
class Cell:
    """The quota of a line in a period: the rows of exactly the period, else the sum of those inside it."""

    period: Period
    exact: tuple[Held, ...] = ()
    inside: Decimal | None = None

    @property
    def value(self) -> Decimal | None:
        """What the library takes for the period."""
        return sum((one.quota for one in self.exact), ZERO) if self.exact else self.inside

    @property
    def is_one(self) -> bool:
        """Whether it can be written in the grid: there is one row, or none."""
        return len(self.exact) <= 1


@dataclass(frozen=True)
class Below:
    """What the quotas of a manager's people sum to beside their own, by the start of each period."""

    sums: dict[date, Decimal]
    own: Decimal | None

    @property
    def total(self) -> Decimal:
        """All periods together."""
        return sum(self.sums.values(), ZERO)

    @property
    def ratio(self) -> Decimal | None:
        """How much more than their own quota they have given: 1.08 is eight per cent over."""
        return round(self.total / self.own, 4) if self.own else None


@dataclass(frozen=True)
class Line:
    """Somebody's quotas."""

    key: str
    name: str
    title: str
    team: str
    cells: tuple[Cell, ...]
    below: Below | None = None

    @property
    def total(self) -> Decimal | None:
        """All periods together; None: no quota."""
        known = [one.value for one in self.cells if one.value is not None]
        return sum(known, ZERO) if known else None


@dataclass(frozen=True)
class Person:
    """Whose line there may be."""

    key: str
    name: str
    title: str = ""
    team: str = ""


@dataclass
class Grid:
    """Every line that was found, the page of them that is shown, and the totals of all."""

    asked: Asked
    viewer: Viewer
    people: list[Person]
    held: dict[str, list[Held]] = field(default_factory=dict)

    @property
    def pages(self) -> int:
        """How many pages of lines there are."""
        return max(1, -(-len(self.people) // PAGE))

    @property
    def number(self) -> int:
        """The page that is shown."""
        return min(max(self.asked.page, 1), self.pages)

    @cached_property
    def currencies(self) -> set[str]:
        """The currencies of all quotas found; amounts of several are not added up."""
        return {one.currency or "" for person in self.people for one in self.held.get(person.key, ())}

    @cached_property
    def measure(self) -> Measure | None:
        """The measure; None: one that only quotas speak of."""
        return known_measures().get(self.asked.measure)

    @cached_property
    def adds_up(self) -> bool:
        """Whether quotas of several periods make a sum: not rates, nor amounts in several currencies."""
        known = known_measures()
        is_sum = self.asked.measure not in known or is_additive(self.asked.measure, known)
        return is_sum and len(self.currencies) < 2

    @property
    def has_totals(self) -> bool:
        """Whether quotas of several people make a sum as well: not those of teams, of which one is part of another."""
        return self.adds_up and not (self.measure and self.measure.rollup)

    @cached_property
    def totals(self) -> list[Decimal]:
        """The sum of each period over all lines found, also those of other pages."""
        sums = [ZERO] * len(self.asked.periods)
        for person in self.people:
            for place, cell in enumerate(self.cells_of(person.key)):
                sums[place] += cell.value or ZERO
        return sums

    @property
    def total(self) -> Decimal:
        """Everything together."""
        return sum(self.totals, ZERO)

    def cells_of(self, key: str) -> tuple[Cell, ...]:
        """Somebody's cells."""
        rows = self.held.get(key, [])
        if not rows:
            return tuple(Cell(period) for period in self.asked.periods)
        return tuple(_cell(period, rows) for period in self.asked.periods)

    def lines(self, *, every: bool = False) -> list[Line]:
        """The lines of the page, or all; managers with what their people's quotas sum to."""
        shown = self.people if every else self.people[(self.number - 1) * PAGE : self.number * PAGE]
        below = {} if every else _below(self, [one.key for one in shown])
        return [
            Line(one.key, one.name, one.title, one.team, self.cells_of(one.key), below.get(one.key)) for one in shown
        ]


def grid_of(viewer: Viewer, asked: Asked) -> Grid:
    """The grid as far as the viewer sees quotas."""
    viewer.must_read(Area.QUOTAS)
    held = _held(viewer, asked.measure, asked.year)
    return Grid(asked, viewer, _people(viewer, asked, held), held)


def measures_with_quotas(viewer: Viewer) -> list[tuple[str, str]]:
    """Every measure that may have quotas, by title: those that are known, and those that quotas speak of already."""
    known = {name: one.title or name for name, one in known_measures().items()}
    rows: Any = visible(row_tables()["quotas"], viewer).order_by()
    spoken = rows.values_list("measure", flat=True).distinct()
    return sorted(({name: name for name in spoken} | known).items(), key=lambda one: one[1].casefold())


def usual_measure(viewer: Viewer) -> str:
    """The measure of the latest quota that the viewer sees, which is shown first."""
    row: Any = visible(row_tables()["quotas"], viewer).order_by("-start", "-pk").first()
    return row.measure if row else "bookings"


def day_of(year: Year) -> date:
    """The day as of which people, teams and managers are shown: today where it is in the year, else its last day."""
    return min(max(today(), year.start), max(year.start, _before(year.end)))


def _before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)


def _held(viewer: Viewer, measure: str, year: Year) -> dict[str, list[Held]]:
    """The visible quotas of a measure in a year, by participant."""
    wanted = Q(measure=measure, start__gte=year.start, start__lt=year.end)
    rows: Any = visible(row_tables()["quotas"], viewer).filter(wanted).order_by("start", "pk")
    found: dict[str, list[Held]] = defaultdict(list)
    for row in rows.values_list("pk", "participant", "start", "end", "quota", "currency", "changed_at"):
        found[row[1]].append(Held(*row))
    return found


def _people(viewer: Viewer, asked: Asked, held: dict[str, list[Held]]) -> list[Person]:
    """Who is here on the day and whoever else has a quota in the year, filtered, by name."""
    on = day_of(asked.year)
    here = people_on(viewer, on).filter(is_readable=True)
    rows = here.values_list("participant", "name", "title", "team")
    known = {key: Person(key, name or key, title or "", team or "") for key, name, title, team in rows}
    gone = held.keys() - known.keys()
    known |= {key: Person(key, name) for key, name in names_of(gone, on).items()}
    managers = _managers(on) if asked.who == "managers" else set()
    below = _everyone_below(asked.manager, on) if asked.manager else set()
    words = asked.search.casefold().split()
    found = [
        one
        for one in known.values()
        if all(word in f"{one.name} {one.key}".casefold() for word in words)
        and asked.team in {"", one.team}
        and asked.title in {"", one.title}
        and (not asked.manager or one.key in below)
        and (asked.who != "managers" or one.key in managers)
        and (asked.who != "with" or one.key in held)
        and (asked.who != "without" or one.key not in held)
    ]
    return sorted(found, key=lambda one: (one.name.casefold(), one.key))


def filters_of(viewer: Viewer, year: Year) -> tuple[list[str], list[str], list[tuple[str, str]]]:
    """Teams, titles and managers to filter by, of people whom the viewer may read."""
    on = day_of(year)
    rows = list(people_on(viewer, on).filter(is_readable=True).values_list("participant", "name", "title", "team"))
    managers = _managers(on)
    named = sorted(((key, name or key) for key, name, _title, _team in rows if key in managers), key=lambda one: one[1])
    return sorted({row[3] for row in rows if row[3]}), sorted({row[2] for row in rows if row[2]}), named


def _managers(on: date) -> set[str]:
    """Everybody to whom somebody reports on a day."""
    lines: Any = ReportingLine.objects.filter(holding(on)).exclude(manager=None)
    return set(lines.values_list("manager", flat=True))


def _everyone_below(manager: str, on: date) -> set[str]:
    links: Any = ChainLink.objects.filter(above=manager, start__lte=on, end__gt=on)
    return {manager, *links.values_list("participant", flat=True)}


def _cell(period: Period, rows: Iterable[Held]) -> Cell:
    """The library's rule: the rows of exactly the period, else the sum of those inside it."""
    inside = [one for one in rows if period.start <= one.start < period.end]
    inside = [one for one in inside if (one.end <= period.end if one.end else one.start == period.start)]
    exact = tuple(one for one in inside if one.start == period.start and one.end in {None, period.end})
    return Cell(period, exact, sum((one.quota for one in inside), ZERO) if inside and not exact else None)


def _below(grid: Grid, keys: Collection[str]) -> dict[str, Below]:
    """What the quotas of the people of each manager sum to.

    For a measure that sums up everybody below: of all of them, for the measure that is summed up, as plans take it.
    Else of those who report to the manager, for the same measure. Each by who was above on the quota's first day.
    """
    viewer, asked = grid.viewer, grid.asked
    if viewer.right(Area.QUOTAS).read == Reach.SELF:
        return {}
    if not grid.adds_up:
        return {}
    if grid.measure and grid.measure.rollup:
        held = _held(viewer, grid.measure.rollup, asked.year)
        links: Any = ChainLink.objects.filter(above__in=keys, start__lt=asked.year.end, end__gt=asked.year.start)
        above = list(links.values_list("above", "participant", "start", "end"))
    else:
        held = grid.held
        lines: Any = ReportingLine.objects.filter(Q(manager__in=keys), Q(end=None) | Q(end__gt=asked.year.start))
        rows = lines.values_list("manager", "participant", "start", "end")
        above = [(top, who, start or date.min, end or NEVER) for top, who, start, end in rows]
    sums: dict[str, dict[date, Decimal]] = defaultdict(dict)
    for top, who, start, end in above:
        then = [one for one in held.get(who, ()) if start <= one.start < end]
        for cell in (_cell(period, then) for period in asked.periods) if then else ():
            if cell.value is not None:
                sums[top][cell.period.start] = sums[top].get(cell.period.start, ZERO) + cell.value
    own = {key: [cell.value for cell in grid.cells_of(key) if cell.value is not None] for key in sums}
    return {key: Below(found, sum(own[key], ZERO) if own[key] else None) for key, found in sums.items()}
