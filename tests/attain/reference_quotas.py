"""Quotas in the independent reference: the rows of a time, those of everyone below."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import partial
from typing import Any

from tests.attain.exact import read_number, round_as
from tests.attain.reference_measures import Measures
from tests.attain.reference_time import Span, by_month, share_of


class Quotas:
    """The quotas of a plan."""

    def __init__(self, measures: Measures) -> None:
        self.it = measures
        self.proration: dict[str, Any] = measures.plan.get("proration", {})
        self.ramp: dict[str, Any] | None = measures.plan.get("ramp")

    def quota(self, source: str, name: str, participant: str, span: Span) -> Fraction | None:
        """The quota of a time by time on the plan, one's own by the ramp, to four digits as the rows; and relief."""
        full = self._full(source, name, participant, span)
        if full is None:
            return None
        part, amounts = self.share("quota", participant, span.start, span.quota_end), Fraction(0)
        if source == "own" and self.ramp and (joined := self._joined(participant)):
            part, amounts = (round_as(one, 12, "half_up") for one in self._ramped(self.ramp, participant, span, joined))
        return round_as(full * part + amounts, 4, "half_up") + self._relief(source, name, participant, span)

    def share(self, what: str, participant: str, start: date, end: date) -> Fraction:
        """By what a quota, an amount (target) or a cap is multiplied, with twelve digits."""
        on, weights = self.it.days_on[participant], self.proration.get("weights", ())
        return round_as(share_of(self.proration.get(what, "none"), on, start, end, weights), 12, "half_up")

    def _relief(self, source: str, name: str, participant: str, span: Span) -> Fraction:
        """What was added to the quota, or to those of everybody below, for dates inside the time."""
        of = name if source == "own" else self.it.measures[name]["rollup"]
        held = [
            row
            for row in self.it.data["quota_adjustments"]
            if row["measure"] == of and span.start <= row["start"] and row["end"] <= span.quota_end
        ]
        if source == "own":
            counted = [row for row in held if row["participant"] == participant]
        else:
            counted = [row for row in held if self._is_above(participant, row["participant"], row["start"])]
        return sum((Fraction(row["amount"]) for row in counted), Fraction(0))

    def _joined(self, participant: str) -> date | None:
        """The day on which somebody joined: by an attribute, else the first that is known; None where nothing says."""
        name = self.ramp and self.ramp.get("joined")
        days = [row[name or "start"] for row in self.it.data["participants"] if row["participant"] == participant]
        if name:
            return min((day for day in days if day), default=None)
        return None if None in days else min(days)

    def _ramped(self, ramp: Mapping[str, Any], participant: str, span: Span, joined: date) -> tuple[Fraction, Fraction]:
        """The part of the quota that counts, and the amounts in place of others: month by month of tenure."""
        method, weights = self.proration.get("quota", "none"), self.proration.get("weights", ())
        months = by_month(span.start, span.quota_end)
        sizes = _sizes(months, weights if method == "weighted months" else ())
        first = joined.year * 12 + joined.month + (ramp.get("first") == "first full month" and joined.day > 1)
        factor = amounts = Fraction(0)
        for size, (start, end) in zip(sizes, months, strict=True):
            tenure = start.year * 12 + start.month - first
            if tenure < 0:
                continue
            on_plan = "months" if method == "weighted months" else method
            part = share_of(on_plan, self.it.days_on[participant], start, end, weights)
            step = ramp["quota"][tenure] if tenure < len(ramp["quota"]) else "100 %"
            number = read_number(step) or Fraction(0)
            if "%" in str(step):
                factor += size * part * number
            else:
                amounts += part * number
        return factor, amounts

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


def _sizes(months: list[tuple[date, date]], weights: Sequence[Any]) -> list[Fraction]:
    """The part of a time that each of its months is: by weights, evenly, or by days where it cuts a month."""
    sizes = [Fraction((end - start).days) for start, end in months]
    if months[0][0].day == 1 and months[-1][1].day == 1:
        sizes = [Fraction(1) for _ in months]
    if any(weights[start.month - 1] for start, _ in months if weights):
        sizes = [Fraction(weights[start.month - 1]) for start, _ in months]
    return [size / sum(sizes, Fraction(0)) for size in sizes]
