"""Time in the independent reference: fiscal periods, times to date, and what a measure is added up over."""

from __future__ import annotations

from calendar import month_name
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

EVER, NEVER = date(1, 1, 1), date(9999, 12, 31)
MONTHS = tuple(month_name)[1:]
LENGTH = {"month": 1, "quarter": 3, "year": 12}

Dates = tuple[date, date | None]
"""The first day, and the day after the last (None: until further notice)."""


@dataclass(frozen=True)
class Span:
    """The days [start, end) over which something is added up; the quota is of those up to ``quota_end``."""

    start: date
    end: date
    quota_end: date

    def holds(self, day: date) -> bool:
        """Whether a day lies in it."""
        return self.start <= day < self.end


@dataclass(frozen=True)
class Period:
    """A fiscal period [start, end) with its name."""

    kind: str
    name: str
    start: date
    end: date

    def touches(self, dates: Dates) -> bool:
        """Whether a day of it lies in the dates."""
        return self.start < (dates[1] or NEVER) and self.end > dates[0]


@dataclass(frozen=True)
class Interval:
    """What is added up: each period by itself, or a longer time (inside dates of its own) up to each period's end."""

    every: str
    over: str | None = None
    against: str = "whole"
    within: Dates | None = None

    @classmethod
    def of(cls, written: Mapping[str, Any]) -> Interval:
        """That of a component or of a target, as the plan says it."""
        over = written.get("over")
        if not over:
            return cls(written["every"])
        within = read_span(written["effective"]) if "effective" in written else None
        return cls(written["every"], over, written.get("against", "whole"), within)

    def span(self, period: Period, starts: str, plan: Dates) -> Span:
        """The days of a period, or those up to its end."""
        if not self.over:
            return Span(period.start, period.end, period.end)
        if self.over == "plan":
            start, end = plan[0], max(plan[1] or period.end, period.end)
        else:
            longer = next(one for one in fiscal_periods(starts, self.over) if one.start <= period.start < one.end)
            start, end = longer.start, longer.end
        first, last = self.within or (EVER, None)
        quota_end = min(end, last or end) if self.against == "whole" else period.end
        return Span(max(start, first), period.end, quota_end)


def read_span(text: str) -> Dates:
    """The dates of ``2026-01-01 .. 2027-01-01``; the end may be left out."""
    start, end = (part.strip() for part in text.split(".."))
    return date.fromisoformat(start), date.fromisoformat(end) if end else None


def fiscal_periods(starts: str, kind: str) -> Iterator[Period]:
    """Every period of years that begin with a month and are named by the calendar year in which they end."""

    def first_of(month: int) -> date:
        return date(month // 12, month % 12 + 1, 1)

    length, first = LENGTH[kind], MONTHS.index(starts)
    for label in range(2024, 2030):
        for number in range(12 // length):
            month = (label - (first > 0)) * 12 + first + number * length
            tail = {"year": "", "quarter": f"-Q{number + 1}", "month": f"-{number + 1:02d}"}[kind]
            yield Period(kind, f"{label}{tail}", first_of(month), first_of(month + length))


def days_between(start: date, end: date) -> Iterator[date]:
    """Every day of [start, end)."""
    yield from (start + timedelta(days=number) for number in range((end - start).days))


def share_of(method: str, on: set[date], start: date, end: date, weights: Sequence[Any]) -> Fraction:
    """The part of [start, end) that somebody is on the plan, by a method of proration; a month weighs what is said.

    A time without a working day counts its days, one whose months weigh nothing its months.
    """
    whole = set(days_between(start, end))
    held = on & whole
    if method == "none":
        return Fraction(1)
    if "months" in method:
        months, touched = ({(day.year, day.month) for day in days} for days in (whole, held))
        if method == "weighted months" and (weight := _weight(months, weights)):
            return _weight(touched, weights) / weight
        return Fraction(len(touched), len(months))
    if method == "working days" and any(day.weekday() < 5 for day in whole):
        held, whole = ({day for day in days if day.weekday() < 5} for days in (held, whole))
    return Fraction(len(held), len(whole))


def _weight(months: set[tuple[int, int]], weights: Sequence[Any]) -> Fraction:
    return sum((Fraction(weights[month - 1]) for _, month in months), Fraction(0))


def by_month(start: date, end: date) -> list[tuple[date, date]]:
    """The days of each month that [start, end) touches."""
    days = list(days_between(start, end))
    firsts = [day for day in days if day == start or day.day == 1]
    return list(pairwise([*firsts, end]))
