"""How a page lays out a measure's values: what its address asks for, and the table and chart of what was found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast

from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from attain.calendar import CalendarSpec, PeriodKind, kinds
from attain.errors import AttainError
from attain.measures.breakdown import Dimension
from attain_web.look.charts import Chart
from attain_web.look.table import Cell, Grid, Header, Paging, number
from attain_web.measures.calendars import EVERY, USUAL, Year, calendar_of, choices, year_of
from attain_web.measures.queries import Known
from attain_web.measures.values import Asked, Values
from attain_web.measures.words import DIMENSIONS

LONGEST = 40_000
"""Days that values are laid out by: each of them is given to the engine."""
DIGITS = {"money": 2, "count": 8, "days": 1, "ratio": 4}
"""Digits by unit; a fact that is shared counts for so many of each, so that rows add up to what they have together."""


@dataclass(frozen=True)
class Layout:
    """What an address asks for: a calendar by its text, a year of it, periods, a dimension, words, a page."""

    calendar: CalendarSpec
    written: str
    year: Year | None
    asked: Asked
    fault: str = ""

    @property
    def calendars(self) -> list[tuple[str, str]]:
        """Calendars to choose from, with the one that the address has."""
        known = choices()
        return known if self.written in dict(known) else [*known, (self.written, _("Own: %s") % self.written)]

    @property
    def kinds(self) -> list[tuple[PeriodKind, object]]:
        """The kinds of periods that the calendar has."""
        return [(kind, EVERY[kind]) for kind in kinds(self.calendar)]

    def address(self, **other: Any) -> str:
        """The same question with something else."""
        asked = self.asked
        told: dict[str, Any] = {
            "by": asked.by,
            "every": asked.every,
            "calendar": self.written if self.written != USUAL else "",
            "year": self.year.name if self.year else "",
            "q": asked.search,
            **other,
        }
        return f"?{urlencode({name: value for name, value in told.items() if value})}"


def layout_of(query: QueryDict, *, last: date | None = None) -> Layout:
    """What an address asks for; the year of ``last`` where it names none."""
    given = {name: str(text).replace("\0", "").strip()[:5000] for name, text in query.items()}
    written, fault = given.get("calendar") or USUAL, ""
    try:
        calendar = calendar_of(written)
    except AttainError as error:
        fault, written, calendar = error.faults[0].message, USUAL, calendar_of(USUAL)
    year = year_of(calendar, given.get("year", ""), day=last)
    if year and (year.end - year.start).days > LONGEST:
        fault, written, calendar = _("These are too many days: a hundred years are enough."), USUAL, calendar_of(USUAL)
        year = year_of(calendar, day=last)
    known = kinds(calendar)
    every = given.get("every", "")
    default = "quarter" if "quarter" in known else known[0]
    by = given.get("by", "")
    page = given.get("page", "")
    asked = Asked(
        calendar,
        cast("Dimension", by if by in DIMENSIONS else "participant"),
        next((kind for kind in known if kind == every), default),
        (year.start, year.end) if year else None,
        given.get("q", "")[:200],
        int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
    )
    return Layout(calendar, written, year, asked, fault)


def grid_of(known: Known, found: Values, layout: Layout, *, links: bool = True) -> Grid:
    """Values as a table: a row for each person, team …, a column for each period; each value may link to its facts."""
    by = layout.asked.by if layout.asked.by in found.dimensions else found.dimensions[0]
    headers = [Header(DIMENSIONS[by]), *(Header(one.name, is_number=True) for one in found.periods)]
    facts = reverse("measures:facts", args=[known.name]) if links else ""

    def cells(values: dict[date, Decimal | None], **whose: str) -> list[Cell]:
        return [
            _cell(
                values.get(one.start),
                known,
                f"{facts}?{urlencode({**whose, 'from': str(one.start), 'until': str(one.end)})}" if facts else "",
            )
            for one in found.periods
        ]

    rows = [
        [_named(by, line.key, line.name), *cells(line.values, by=by, **({"of": line.key} if line.key else {}))]
        for line in found.lines
    ]
    together = [Cell(_("Together")), *cells(found.together)]
    return Grid(headers, [*rows, together] if len(rows) > 1 else rows, known.title)


def chart_of(known: Known, found: Values) -> Chart | None:
    """Values of all together by period, where there are several."""
    if len(found.periods) < 2 or not any(found.together.values()):
        return None
    values = [shown(found.together.get(one.start), known) for one in found.periods]
    labels, is_share = [one.name for one in found.periods], known.unit == "ratio"
    return Chart(known.title, labels, {known.title: values}, "bar", is_percent=is_share)


def paging_of(found: Values, layout: Layout) -> Paging:
    """The pages beside this one."""
    before = layout.address(page=found.number - 1) if found.number > 1 else ""
    after = layout.address(page=found.number + 1) if found.number < found.pages else ""
    return Paging(found.number, found.pages, before, after)


def shown(value: Decimal | None, known: Known) -> Decimal | None:
    """A value with as many digits as its unit is read with; on the facts' page it has all of them."""
    is_mean = known.unit == "count" and known.measure.kind in {"average", "ratio"}
    return None if value is None else round(value, 2 if is_mean else DIGITS[known.unit])


def _cell(value: Decimal | None, known: Known, url: str) -> Cell:
    rounded = shown(value, known)
    if rounded is None:
        return Cell()
    return Cell(number(rounded, is_money=known.unit == "money"), url, is_number=True)


def _named(by: str, key: str | None, name: str) -> Cell:
    if key is None:
        return Cell(_("none"))
    url = reverse("people:person", args=[key]) if by in {"participant", "team"} else ""
    return Cell(name, url, key if name != key else "")
