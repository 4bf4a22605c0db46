"""Say in which fiscal month, quarter or year a day falls, and on which days each of them begins and ends.

Every period is half-open, ``[start, end)``: the end is the first day that no longer belongs to it. A plan document
writes its calendar in one of three ways: by the month the year starts with (``MonthCalendar``), by weeks as retailers
do (``WeekCalendar``), or as a list of the organisation's own periods (``OwnCalendar``). The first two know every day
from 1900-01-01 to 2200-12-31, the third knows the days of its lists; where a calendar knows nothing it has no period.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from itertools import accumulate, pairwise
from operator import attrgetter
from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, BeforeValidator, Discriminator, Tag, model_validator

PeriodKind = Literal["month", "quarter", "year"]
NamedBy = Literal["end", "start"]

KINDS: tuple[PeriodKind, ...] = ("month", "quarter", "year")

# The calendar years in which the first and the last fiscal year of a rule end: they hold the days 1900-01-01, which can
# belong to a December year that ends a few days late, and 2200-12-31.
_FIRST_ENDING, _LAST_ENDING = 1899, 2201
_DAYS_EXAMPLE = "2026-01-01..2026-04-01, where the second day is not included"
_MONTHS_IN: dict[PeriodKind, int] = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, order=True, slots=True)
class Period:
    """One fiscal period: the days from ``start`` up to, but not including, ``end``.

    The name is ``2026``, ``2026-Q1`` or ``2026-03``: the fiscal year's label, and the fiscal quarter's or month's
    number in that year.
    """

    kind: PeriodKind
    name: str
    start: date
    end: date


def _read_day(text: str) -> date:
    """Return the day written as ``2026-01-31``; raise ValueError for any other text."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    # fromisoformat also takes 20260131 and 2026-W05-6, which people do not expect here.
    if day is None or day.isoformat() != text:
        msg = f"{text!r} is not a day; write year, month and day, as in 2026-01-31"
        raise ValueError(msg)
    return day


def _as_day(value: object) -> date:
    """Return the day that YAML or a form handed over as a date or as text; raise ValueError for anything else."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    # A bare number would otherwise pass as seconds since 1970.
    return _read_day(value if isinstance(value, str) else str(value))


def _capitalised(value: object) -> object:
    return value.strip().capitalize() if isinstance(value, str) else value


_Month = Literal[
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
]  # fmt: skip
_Weekday = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MonthName = Annotated[_Month, BeforeValidator(_capitalised)]
WeekdayName = Annotated[_Weekday, BeforeValidator(_capitalised)]
Day = Annotated[date, BeforeValidator(_as_day)]
_MONTH_NUMBER: dict[str, int] = {name: number for number, name in enumerate(get_args(_Month))}
_WEEKDAY_NUMBER: dict[str, int] = {name: number for number, name in enumerate(get_args(_Weekday))}


class MonthCalendar(BaseModel, frozen=True, extra="forbid"):
    """A year of twelve calendar months that starts with any of them: ``{starts: July}``.

    ``named_by`` says whether the year is named by the calendar year in which it ends (usual) or starts.
    """

    starts: MonthName
    named_by: NamedBy = "end"


class YearEnd(BaseModel, frozen=True, extra="forbid"):
    """The last day of a year of whole weeks: ``{weekday: Saturday, month: January, rule: nearest}``.

    ``last`` is the last such weekday of the month; ``nearest`` the one nearest to the month's last day, which may
    fall on one of the first three days of the next month.
    """

    weekday: WeekdayName
    month: MonthName
    rule: Literal["last", "nearest"]


class WeekCalendar(BaseModel, frozen=True, extra="forbid"):
    """A year of 52 or 53 whole weeks: ``{weeks: 4-4-5, year_ends: {…}}``; the 53rd week goes to the last month.

    The year is named as if it ended with the last day of ``year_ends.month`` and began the day after: a year that
    ends on 3 February 2024 by the rule "nearest to the end of January" is 2024 by end and 2023 by start.
    """

    weeks: Literal["4-4-5", "4-5-4", "5-4-4"]
    year_ends: YearEnd
    named_by: NamedBy = "end"


class OwnCalendar(BaseModel, frozen=True, extra="forbid"):
    """An organisation's own periods: the rising first days of its months, quarters or years, and where all end.

    Lists that are given together cover the same days, and every start of a longer kind is a start of each shorter one.
    ``ends`` is where the last period of each list ends, so the last year is listed whole or its name would be wrong.
    A year is named by the calendar year of its last (or first) day, quarters and months are numbered in it. Without
    ``years`` a period is named by its start: ``2022-05-30``, or ``2022-05-30-Q`` and ``2022-05-30-M`` when there are
    both quarters and months, which would otherwise share a name.
    """

    months: tuple[Day, ...] = ()
    quarters: tuple[Day, ...] = ()
    years: tuple[Day, ...] = ()
    ends: Day
    named_by: NamedBy = "end"

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if faults := tuple(_own_faults(self)):
            raise ValueError("; ".join(faults))
        return self


def _form(value: object) -> str | None:
    """Return the tag of the form in which a calendar is written, told by the words it uses; no tag is such a word."""
    if isinstance(value, BaseModel):
        words = set(type(value).model_fields)
    else:
        words = set(value) if isinstance(value, Mapping) else set()
    if "starts" in words:
        return "by_months"
    if "weeks" in words:
        return "by_weeks"
    return "by_own_lists" if words & {"months", "quarters", "years"} else None


CalendarSpec = Annotated[
    Annotated[MonthCalendar, Tag("by_months")]
    | Annotated[WeekCalendar, Tag("by_weeks")]
    | Annotated[OwnCalendar, Tag("by_own_lists")],
    Discriminator(
        _form,
        custom_error_type="calendar_form",
        custom_error_message=(
            "A calendar needs one of the words starts, weeks, months, quarters or years; write {starts: January}, "
            "{weeks: 4-4-5, year_ends: {weekday: Saturday, month: January, rule: nearest}} "
            "or {years: [2024-05-29], ends: 2025-05-30}"
        ),
    ),
]


def kinds(calendar: CalendarSpec) -> tuple[PeriodKind, ...]:
    """Return the kinds of period the calendar has, shortest first."""
    if isinstance(calendar, OwnCalendar):
        return tuple(kind for kind in KINDS if _own_starts(calendar, kind=kind))
    return KINDS


def periods(calendar: CalendarSpec, *, kind: PeriodKind, start: date, end: date) -> tuple[Period, ...]:
    """Return every period of that kind that shares at least one day with ``[start, end)``, rising.

    The first and the last one are whole, also where they reach beyond ``start`` or ``end``. Days the calendar does
    not know give no period. Raises ValueError for a kind the calendar does not have, and for an end before its start.
    """
    if kind not in (known := kinds(calendar)):
        msg = f"This calendar has no periods of the kind {kind!r}; it has {', '.join(known)}, so ask for one of these"
        raise ValueError(msg)
    if end < start:
        msg = f"The days from {start} to {end} end before they start; swap the two"
        raise ValueError(msg)
    if isinstance(calendar, OwnCalendar):
        found = _own_periods(calendar, kind=kind)
    else:
        # One year more on either side, because a day's fiscal year may end in a calendar year beside its own.
        years = range(max(start.year - 1, _FIRST_ENDING), min(end.year + 1, _LAST_ENDING) + 1)
        found = tuple(period for year in years for period in _rule_periods(calendar, kind=kind, ending=year))
    if start == end:
        return ()
    return found[bisect_right(found, start, key=attrgetter("end")) : bisect_left(found, end, key=attrgetter("start"))]


def period_at(calendar: CalendarSpec, *, kind: PeriodKind, day: date) -> Period | None:
    """Return the period of that kind the day falls in, or None where the calendar has none; raise as ``periods``."""
    next_day = day + timedelta(days=1) if day < date.max else day  # 9999-12-31 has none, and is in no period
    found = periods(calendar, kind=kind, start=day, end=next_day)
    return found[0] if found else None


def parse_span(calendar: CalendarSpec, *, text: str | int | date) -> tuple[date, date]:
    """Return ``(start, end)``, the end not included, of a period's name or of two days ``2026-01-01..2026-04-01``.

    Capitals do not matter. Numbers and dates are taken because YAML reads ``2026`` and ``2022-05-30`` as such. Raises
    ValueError that says what was written, what is expected and which names are near.
    """
    written = str(text).strip()
    if ".." in written:
        return _parse_days(written)
    near = _periods_near(calendar, text=written)
    for period in near:
        if period.name == written.upper():
            return period.start, period.end
    alike = get_close_matches(written.upper(), [period.name for period in near], n=4, cutoff=0)
    nearest = ", ".join(sorted(alike)) or "2026, 2026-Q1 or 2026-03"
    msg = f"This calendar has no period {written!r}; write a name such as {nearest}, or two days as in {_DAYS_EXAMPLE}"
    raise ValueError(msg)


def _parse_days(text: str) -> tuple[date, date]:
    try:
        start, end = (_read_day(part.strip()) for part in text.split("..", maxsplit=1))
    except ValueError as fault:
        msg = f"Cannot read the days {text!r}, because {fault}; a span is written {_DAYS_EXAMPLE}"
        raise ValueError(msg) from fault
    if end <= start:
        msg = f"The days {text!r} must end after they start; write the earlier day first, as in {_DAYS_EXAMPLE}"
        raise ValueError(msg)
    return start, end


def _periods_near(calendar: CalendarSpec, *, text: str) -> tuple[Period, ...]:
    """Return the periods of every kind whose names the text may mean: all own ones, or those around its year."""
    first, last = date.min, date.max
    if not isinstance(calendar, OwnCalendar):
        if not (year := re.match(r"[0-9]{4}(?![0-9])", text)):
            return ()
        # A year out of reach is moved to the nearest one within, so that the error can name what exists.
        label = min(max(int(year[0]), _FIRST_ENDING - 1), _LAST_ENDING)
        first, last = date(label - 1, 1, 1), date(label + 2, 1, 1)
    found = (periods(calendar, kind=kind, start=first, end=last) for kind in kinds(calendar))
    return tuple(period for of_kind in found for period in of_kind)


def _name(kind: PeriodKind, *, label: int, number: int) -> str:
    """Return the name of the numbered (from 1) period of the fiscal year with this label."""
    if kind == "year":
        return f"{label}"
    return f"{label}-Q{number}" if kind == "quarter" else f"{label}-{number:02d}"


@lru_cache(maxsize=1024)
def _rule_periods(calendar: MonthCalendar | WeekCalendar, *, kind: PeriodKind, ending: int) -> tuple[Period, ...]:
    """Return the periods of the fiscal year whose last month lies in the calendar year ``ending``, rising."""
    # Kept between calls, because days are looked up one by one.
    label = ending - (calendar.named_by == "start" and _first_month(calendar) > 0)
    bounds = _month_bounds(calendar, ending=ending)[:: _MONTHS_IN[kind]]
    return tuple(
        Period(kind, _name(kind, label=label, number=number), start, end)
        for number, (start, end) in enumerate(pairwise(bounds), start=1)
    )


def _first_month(calendar: MonthCalendar | WeekCalendar) -> int:
    """Return the month, counted from 0, with which the year begins in name (its first day may lie a few days off)."""
    if isinstance(calendar, WeekCalendar):
        return (_MONTH_NUMBER[calendar.year_ends.month] + 1) % 12
    return _MONTH_NUMBER[calendar.starts]


def _month_bounds(calendar: MonthCalendar | WeekCalendar, *, ending: int) -> tuple[date, ...]:
    """Return 13 days: the starts of the 12 months of the fiscal year that ends in a calendar year, and its end."""
    if isinstance(calendar, WeekCalendar):
        start, end = (_end_of_weeks(calendar.year_ends, year=year) for year in (ending - 1, ending))
        weeks = [int(count) for count in calendar.weeks.split("-")] * 4
        weeks[-1] += (end - start).days // 7 - sum(weeks)
        return tuple(start + timedelta(weeks=count) for count in accumulate(weeks, initial=0))
    first_month = _first_month(calendar)
    first_year = ending - (first_month > 0)
    months = range(first_month, first_month + 13)
    return tuple(date(first_year + month // 12, month % 12 + 1, 1) for month in months)


def _end_of_weeks(year_end: YearEnd, *, year: int) -> date:
    """Return the day after the last day of the year of weeks whose last month lies in this calendar year."""
    next_month = _MONTH_NUMBER[year_end.month] + 1
    after = date(year + next_month // 12, next_month % 12 + 1, 1)
    last_of_month = after - timedelta(days=1)
    back = (last_of_month.weekday() - _WEEKDAY_NUMBER[year_end.weekday]) % 7
    if year_end.rule == "nearest" and back > 7 // 2:
        back -= 7
    return after - timedelta(days=back)


def _own_starts(calendar: OwnCalendar, *, kind: PeriodKind) -> tuple[date, ...]:
    return {"month": calendar.months, "quarter": calendar.quarters, "year": calendar.years}[kind]


def _own_spans(calendar: OwnCalendar, *, kind: PeriodKind) -> Iterator[tuple[date, date]]:
    return pairwise((*_own_starts(calendar, kind=kind), calendar.ends))


def _own_labels(calendar: OwnCalendar) -> tuple[int, ...]:
    """Return the label of each year: the calendar year of its last or of its first day."""
    # Not the year of the end itself: the calendar year 2024 ends, half-open, on 2025-01-01.
    return tuple(
        start.year if calendar.named_by == "start" else (end - timedelta(days=1)).year
        for start, end in _own_spans(calendar, kind="year")
    )


@lru_cache(maxsize=64)
def _own_periods(calendar: OwnCalendar, *, kind: PeriodKind) -> tuple[Period, ...]:
    """Return every period of a list, rising."""
    # Kept between calls, because days are looked up one by one.
    spans = tuple(_own_spans(calendar, kind=kind))
    if not calendar.years:
        mark = f"-{kind[0].upper()}" if len(kinds(calendar)) > 1 else ""
        return tuple(Period(kind, f"{start}{mark}", start, end) for start, end in spans)
    labels = dict(zip(calendar.years, _own_labels(calendar), strict=True))
    found, label, number = [], 0, 0
    for start, end in spans:
        label, number = (labels[start], 1) if start in labels else (label, number + 1)
        found.append(Period(kind, _name(kind, label=label, number=number), start, end))
    return tuple(found)


def _own_faults(calendar: OwnCalendar) -> Iterator[str]:
    """Yield a sentence for everything that keeps the lists from being a calendar."""
    if not kinds(calendar):
        yield "A calendar of own periods is empty; give the starts of its months, quarters or years"
    falling = [
        f"{kind}s: {start} is followed by {end}; write rising starts, all of them before ends"
        for kind in kinds(calendar)
        for start, end in _own_spans(calendar, kind=kind)
        if end <= start
    ]
    yield from falling or _own_mismatches(calendar)


def _own_mismatches(calendar: OwnCalendar) -> Iterator[str]:
    """Yield a sentence for each way in which lists that rise do not fit each other or give a name twice."""
    for shorter, longer in pairwise(kinds(calendar)):
        inner, outer = _own_starts(calendar, kind=shorter), _own_starts(calendar, kind=longer)
        for start in sorted(set(outer) - set(inner)):
            yield f"{longer}s: {start} is not among the {shorter}s; start every {longer} together with a {shorter}"
        if inner[0] < outer[0]:
            yield f"{shorter}s: {inner[0]} lies before the first {longer}, {outer[0]}; let both lists start on one day"
    for (before, label), (after, same) in pairwise(zip(calendar.years, _own_labels(calendar), strict=True)):
        if label == same:
            other = "start" if calendar.named_by == "end" else "end"
            yield (
                f"years: those that start on {before} and {after} would both be named {label}; "
                f"correct the starts or the end, or try named_by: {other}"
            )
