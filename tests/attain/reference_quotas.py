"""Quotas in the independent reference: the rows of a time, those of everyone below."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from functools import partial
from typing import Any

from tests.attain.exact import round_as
from tests.attain.reference_measures import Measures
from tests.attain.reference_time import Span, share_of


class Quotas:
    """The quotas of a plan."""

    def __init__(self, measures: Measures) -> None:
        self.it = measures
        self.proration: dict[str, Any] = measures.plan.get("proration", {})

    def quota(self, source: str, name: str, participant: str, span: Span) -> Fraction | None:
        """The quota of a time, by the part of it that somebody is on the plan; four digits, as the rows have."""
        full = self._full(source, name, participant, span)
        if full is None:
            return None
        return round_as(full * self.share("quota", participant, span.start, span.quota_end), 4, "half_up")

    def share(self, what: str, participant: str, start: date, end: date) -> Fraction:
        """By what a quota, an amount (target) or a cap is multiplied, with twelve digits."""
        on, weights = self.it.days_on[participant], self.proration.get("weights", ())
        return round_as(share_of(self.proration.get(what, "none"), on, start, end, weights), 12, "half_up")

    def _full(self, source: str, name: str, participant: str, span: Span) -> Fraction | None:
        """The participant's own rows, or those of everyone below for what is rolled up."""
        if source == "own":
            return self._sum_of_rows(name, participant, span, lambda _: True)
        below = {row["participant"] for row in self.it.data["quotas"]} - {participant}
        quotas = [
            self._sum_of_rows(self.it.measures[name]["rollup"], one, span, partial(self._is_above, participant, one))
            for one in sorted(below)
        ]
        held = [quota for quota in quotas if quota is not None]
        return sum(held, Fraction(0)) if held else None

    def _is_above(self, upper: str, lower: str, day: date) -> bool:
        return upper in self.it.above(lower, day)

    def _sum_of_rows(self, name: str, one: str, span: Span, counts: Callable[[date], bool]) -> Fraction | None:
        rows = [row for row in self.it.data["quotas"] if (row["participant"], row["measure"]) == (one, name)]
        exact = [row for row in rows if row["start"] == span.start and row["end"] in (None, span.quota_end)]
        inside = [row for row in rows if row["end"] and span.start <= row["start"] and row["end"] <= span.quota_end]
        held = [Fraction(row["quota"]) for row in exact or inside if counts(row["start"])]
        return sum(held, Fraction(0)) if held else None
