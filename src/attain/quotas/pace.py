"""Pace: how much of a quota is expected by a day, from working days, and how a value stands against that.

Every working day of a period carries the same part of the quota, so that what is expected by a day is
``quota × working days before it ÷ working days of the period``. Working days are Monday to Friday; a period without any
(a weekend) is expected only when it is over. Source: the linear attainment line of sales reporting, over business days
in place of calendar days, as ISO 8601 numbers them (Monday is 1).
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

from attain.money import PRECISION, QUOTIENT_DIGITS

_WIDE = Context(prec=2 * PRECISION)
_UNIT = Decimal(1).scaleb(-QUOTIENT_DIGITS)


@lru_cache(maxsize=1024)
def working_days(start: date, end: date) -> int:
    """The days from Monday to Friday in ``[start, end)``; 0 where the end is not after the start."""
    if end <= start:
        return 0
    weeks, days = divmod((end - start).days, 7)
    first = start.weekday()
    return weeks * 5 + sum((first + day) % 7 < 5 for day in range(days))


def expected(quota: Decimal, start: date, end: date, *, today: date) -> Decimal:
    """The part of a quota for ``[start, end)`` that is expected when ``today`` begins.

    In the quota's unit, rounded half away from zero to ``QUOTIENT_DIGITS``: nothing up to the first day, the whole
    quota from the end on.
    """
    done, whole = working_days(start, min(today, end)), working_days(start, end)
    if today >= end:
        return quota
    return _quotient(_WIDE.multiply(quota, Decimal(done)), Decimal(whole)) or Decimal(0)


def pace(value: Decimal, quota: Decimal, start: date, end: date, *, today: date) -> Decimal | None:
    """A value ÷ what is expected of its quota by today: above 1 is ahead, below behind.

    Rounded once, from ``value × working days of the period ÷ (quota × working days before today)``. None where nothing
    is expected yet, or the quota is 0.
    """
    if today >= end:
        return _quotient(value, quota)
    done, whole = working_days(start, today), working_days(start, end)
    return _quotient(_WIDE.multiply(value, Decimal(whole)), _WIDE.multiply(quota, Decimal(done)))


def _quotient(left: Decimal, right: Decimal) -> Decimal | None:
    """Left ÷ right, rounded half away from zero to twelve digits; None where right is 0."""
    if not right:
        return None
    return _WIDE.divide(left, right).quantize(_UNIT, rounding=ROUND_HALF_UP, context=_WIDE)
