"""Proration: the part of a period for which somebody is on the plan, by the method that the plan names.

``calendar days`` and ``working days`` (Monday to Friday) count the days on the plan over those of the period;
``months`` counts the months in which somebody is on the plan on at least one day, over the months of the period;
``weighted months`` adds up the weights of those months, over the weights of the period's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from attain.quotas.pace import working_days

Prorated = Literal["none", "calendar days", "working days", "months", "weighted months"]
Weights = Mapping[int, Decimal]
"""What each month of the calendar (1 to 12) weighs."""

Stretches = Sequence[tuple[date, date]]
"""Days ``[from, until)`` on the plan, none of them twice."""


def share(
    method: Prorated, stretches: Stretches, start: date, end: date, *, weights: Weights | None = None
) -> Fraction:
    """The part of ``[start, end)`` that the stretches inside it take; 1 for ``none``.

    A period without a working day counts its calendar days, and one whose months weigh nothing its months.
    """
    if method == "none":
        return Fraction(1)
    if method in ("months", "weighted months"):
        whole = set(months(start, end))
        held = {month for since, until in stretches for month in months(since, until)}
        if method == "weighted months" and weights and (weight := weight_of(whole, weights)):
            return Fraction(weight_of(held, weights)) / Fraction(weight)
        return Fraction(len(held), len(whole))
    if method == "working days" and (whole_days := working_days(start, end)):
        return Fraction(sum(working_days(since, until) for since, until in stretches), whole_days)
    return Fraction(sum((until - since).days for since, until in stretches), (end - start).days)


Month = tuple[int, int]
"""A year and a month of it (1 to 12)."""


def months(start: date, end: date) -> list[Month]:
    """The months that ``[start, end)`` touches, in order."""
    last = end - timedelta(days=1)
    first, behind = start.year * 12 + start.month - 1, last.year * 12 + last.month
    return [(number // 12, number % 12 + 1) for number in range(first, behind)]


def weight_of(held: set[Month], weights: Weights) -> Decimal:
    """What some months weigh together."""
    return sum((weights[month] for _, month in held), Decimal(0))
