"""Proration: the part of a period for which somebody is on the plan, by the method that the plan names.

``calendar days`` and ``working days`` (Monday to Friday) count the days on the plan over those of the period;
``months`` counts the months in which somebody is on the plan on at least one day, over the months of the period.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

from attain.quotas.pace import working_days

Prorated = Literal["none", "calendar days", "working days", "months"]


def share(method: Prorated, stretches: Sequence[tuple[date, date]], start: date, end: date) -> Fraction:
    """The part of ``[start, end)`` that stretches ``[from, until)`` inside it, without overlap, take; 1 for ``none``.

    A period without a working day counts its calendar days.
    """
    if method == "none":
        return Fraction(1)
    if method == "months":
        held = {month for since, until in stretches for month in _months(since, until)}
        return Fraction(len(held), len(_months(start, end)))
    if method == "working days" and (whole := working_days(start, end)):
        return Fraction(sum(working_days(since, until) for since, until in stretches), whole)
    return Fraction(sum((until - since).days for since, until in stretches), (end - start).days)


def _months(since: date, until: date) -> set[tuple[int, int]]:
    last = until - timedelta(days=1)
    first, end = since.year * 12 + since.month, last.year * 12 + last.month
    return {divmod(month - 1, 12) for month in range(first, end + 1)}
