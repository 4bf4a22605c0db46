"""Ramp: a quota that grows with the months since somebody joined.

A period's quota is divided over its months, evenly or by weights. Each of somebody's first months counts as the ramp
says, by a per cent of its part or by an amount of its own; a later one in full, one before they joined not at all.
Months without weights count equally where the period has whole months, else by their days.

Source: quota × ramp per cent by tenure month, as published for ramped quotas; tenure month 1 is the month of joining.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from attain.quotas.proration import Month, Prorated, Stretches, Weights, months, share


@dataclass(frozen=True)
class Step:
    """What a month of the ramp counts: a part of the quota's own, or an amount in its place."""

    part: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True)
class Ramped:
    """What becomes of a quota: ``quota × factor + fixed``."""

    factor: Fraction
    fixed: Fraction = Fraction(0)


def first_month(joined: date, *, full: bool) -> Month:
    """Tenure month 1: the month of joining, or with ``full`` the first that is whole."""
    behind = joined.year * 12 + joined.month - 1 + (full and joined.day > 1)
    return behind // 12, behind % 12 + 1


def ramped(
    steps: Sequence[Step],
    first: Month,
    period: tuple[date, date],
    *,
    method: Prorated = "none",
    stretches: Stretches = (),
    weights: Weights | None = None,
) -> Ramped:
    """What a period's quota becomes for somebody whose tenure month 1 is ``first``, on the plan in the stretches."""
    pieces = [_within(month, period) for month in months(*period)]
    sizes = _sizes(pieces, weights if method == "weighted months" else None)
    factor = fixed = Fraction(0)
    for month, size, (start, end) in zip(months(*period), sizes, pieces, strict=True):
        tenure = (month[0] - first[0]) * 12 + month[1] - first[1] + 1
        if tenure < 1:
            continue
        held = [(max(since, start), min(until, end)) for since, until in stretches if since < end and start < until]
        part = share("months" if method == "weighted months" else method, held, start, end)
        step = steps[tenure - 1] if tenure <= len(steps) else Step(Decimal(1))
        factor += size * part * Fraction(step.part or 0)
        fixed += part * Fraction(step.amount or 0)
    return Ramped(factor, fixed)


def _within(month: Month, period: tuple[date, date]) -> tuple[date, date]:
    """The days of a month that lie in a period."""
    year, number = month
    following = date(year + number // 12, number % 12 + 1, 1)
    return max(date(year, number, 1), period[0]), min(following, period[1])


def _sizes(pieces: Sequence[tuple[date, date]], weights: Weights | None) -> list[Fraction]:
    """The part of a period that each of its months is."""
    are_whole = pieces[0][0].day == 1 and pieces[-1][1].day == 1
    sizes = [Fraction(1) if are_whole else Fraction((end - start).days) for start, end in pieces]
    if weights and any(weights[start.month] for start, _ in pieces):
        sizes = [Fraction(weights[start.month]) for start, _ in pieces]
    return [size / sum(sizes) for size in sizes]
