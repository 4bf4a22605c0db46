"""The two years of the demo company, and how its business swings with the months: busy quarter ends, quiet summers."""

from __future__ import annotations

from bisect import bisect_left
from datetime import date, timedelta
from random import Random

START, END = date(2025, 1, 1), date(2027, 1, 1)
"""Orders, closes, leads and activities fall into [START, END); pipeline carried in was opened before START."""

MONTH_WEIGHTS = (0.75, 0.85, 1.25, 0.80, 0.95, 1.25, 0.70, 0.65, 1.20, 0.95, 1.10, 1.55)
"""How much business a month brings, January first; the mean is 1."""

_CARRIED_IN, _HORIZON = date(2024, 7, 1), date(2027, 7, 1)
_HOLIDAYS = {(1, 1), (12, 25)}


def _working_days() -> tuple[date, ...]:
    days = (_CARRIED_IN + timedelta(n) for n in range((_HORIZON - _CARRIED_IN).days))
    return tuple(day for day in days if day.weekday() < 5 and (day.month, day.day) not in _HOLIDAYS)


WORKING_DAYS = _working_days()


def position(day: date) -> int:
    """Where the first working day on or after the day stands in WORKING_DAYS."""
    return bisect_left(WORKING_DAYS, day)


FIRST, LAST = position(START), position(END)
"""Positions of the first working day of the two years and of the first one after them."""


def months(start: date, end: date) -> list[date]:
    """First days of the months from start (the first of a month) up to end."""
    count = (end.year - start.year) * 12 + end.month - start.month
    return [date(start.year + (start.month - 1 + n) // 12, (start.month - 1 + n) % 12 + 1, 1) for n in range(count)]


def next_month(month: date) -> date:
    """First day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


QUARTERS = tuple(
    (start, next_month(next_month(next_month(start)))) for start in months(START, END) if start.month % 3 == 1
)
"""First day and day after the last of each quarter."""


def growth(month: date) -> float:
    """Business of the month's year as a multiple of the first year's."""
    return 1.06 ** (month.year - START.year)


def any_day(random: Random, month: date) -> int:
    """Position of a working day of the month, all as likely."""
    return random.randrange(position(month), position(next_month(month)))


def closing_day(random: Random, month: date) -> int:
    """Position of a working day of the month; the last days are likelier, above all at the end of a quarter."""
    first, last = position(month), position(next_month(month))
    return first + int((last - first) * random.random() ** (0.4 if month.month % 3 == 0 else 0.65))


def some(random: Random, mean: float) -> int:
    """A whole number that is `mean` on average."""
    return int(mean + random.random())
