"""Calendars to choose from or to write, and the periods of a year as the library's calendar has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import get_args

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import RootModel

from attain.calendar import CalendarSpec, MonthCalendar, Period, PeriodKind, WeekCalendar, kinds, period_at, periods
from attain.documents import read_document, validate
from attain_web.rows.queries import today

USUAL = "{starts: January}"
EVERY: dict[PeriodKind, object] = {
    "month": gettext_lazy("Month"),
    "quarter": gettext_lazy("Quarter"),
    "year": gettext_lazy("Year"),
}
"""Kinds of periods as people call them."""


class _Written(RootModel[CalendarSpec]):
    """A calendar as a document of its own."""


@lru_cache(maxsize=256)
def calendar_of(text: str) -> CalendarSpec:
    """The calendar that a text says; raises AttainError with every fault and its place."""
    return validate(read_document(text or USUAL, name="calendar"), _Written).root


def choices() -> list[tuple[str, str]]:
    """Calendars as texts, each with what it is called: a year by months from any month, or by weeks."""
    months = get_args(MonthCalendar.model_fields["starts"].annotation)
    by_months = [(f"{{starts: {month}}}", _("Year begins in %(month)s") % {"month": _(month)}) for month in months]
    weeks = get_args(WeekCalendar.model_fields["weeks"].annotation)
    by_weeks = [
        (
            f"{{weeks: {one}, year_ends: {{weekday: Saturday, month: January, rule: last}}}}",
            _("Weeks %(weeks)s, year ends on the last Saturday of January") % {"weeks": one},
        )
        for one in weeks
    ]
    return by_months + by_weeks


@dataclass(frozen=True)
class Year:
    """A year of a calendar: its name and days, its periods of each kind, and the years beside it."""

    name: str
    start: date
    end: date
    periods: dict[PeriodKind, tuple[Period, ...]]
    before: str
    after: str


def year_of(calendar: CalendarSpec, name: str = "", *, day: date | None = None) -> Year | None:
    """The year of that name, else that of a day (today), else the last; without years, all that the calendar knows."""
    known = "year" in kinds(calendar)
    around = periods(calendar, kind="year", start=date(1900, 1, 1), end=date(2201, 1, 1)) if known else ()
    if not around:
        return _without_years(calendar)
    now = period_at(calendar, kind="year", day=day or today())
    place = next((number for number, one in enumerate(around) if one.name == name), None)
    if place is None:
        place = around.index(now) if now else len(around) - 1
    year = around[place]
    return Year(
        year.name,
        year.start,
        year.end,
        {kind: periods(calendar, kind=kind, start=year.start, end=year.end) for kind in kinds(calendar)},
        around[place - 1].name if place else "",
        around[place + 1].name if place + 1 < len(around) else "",
    )


def _without_years(calendar: CalendarSpec) -> Year | None:
    found = {kind: periods(calendar, kind=kind, start=date.min, end=date.max) for kind in kinds(calendar)}
    known = [one for some in found.values() for one in some]
    if not known:
        return None
    first, last = min(one.start for one in known), max(one.end for one in known)
    return Year(f"{first} – {last - timedelta(days=1)}", first, last, found, "", "")
