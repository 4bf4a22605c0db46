"""Measures in the independent reference: who is on the plan when, who is credited with what, and what it adds up to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from typing import Any

from tests.attain.exact import quotient
from tests.attain.formulas import CALCULATED, CATALOGUE, DATES, ELSE_NOTHING, FORMULAS, KEYS, PARENTS, Row, operands_of
from tests.attain.reference_time import (
    EVER,
    LENGTH,
    NEVER,
    Interval,
    Period,
    Span,
    days_between,
    fiscal_periods,
    read_span,
)

Data = Mapping[str, list[dict[str, Any]]]
Part = tuple[tuple[str, int], date, Fraction]
"""A fact (its table and number), its day, and what it adds."""


@dataclass(frozen=True)
class Credit:
    """What a participant has of a fact: the share of it, its value (None: empty) and its day."""

    fact: tuple[str, int]
    participant: str
    day: date
    share: Fraction
    value: Any


class Measures:
    """The measures of a plan over data, for a period."""

    def __init__(self, plan: dict[str, Any], data: Data, asked: str) -> None:
        self.plan, self.data = plan, data
        self.measures = {**CATALOGUE, **plan.get("measures", {})}
        self.components: list[dict[str, Any]] = plan.get("components", [])
        self.targets: list[dict[str, Any]] = plan.get("attainment", [])
        self.effective = read_span(plan["effective"])
        self._credits: dict[tuple[str, bool], dict[str, list[Credit]]] = {}
        self.periods = list(self._periods(asked))

    # time and people -------------------------------------------------------------------------------------------------

    @cached_property
    def compared(self) -> list[tuple[str, Interval, str | None]]:
        """Every measure that the plan names, what it is added up over, and the quota it is compared with."""
        named: list[tuple[str, Interval, str | None]] = []
        for one in (*self.targets, *self.components):
            factors = [one[name] for name in ("multiplier", "gate") if name in one]
            named += [(part["measure"], Interval.of(one), part.get("quota")) for part in (one, *factors)]
        return list(dict.fromkeys(named))

    @cached_property
    def measured(self) -> list[tuple[str, Interval]]:
        """Measures by what they are added up over, with what ratios and differences are made of."""
        pairs = [(one, interval) for name, interval, _ in self.compared for one in self._with_operands(name)]
        return list(dict.fromkeys(pairs))

    def _with_operands(self, name: str) -> list[str]:
        return [*(one for operand in operands_of(self.measures[name]) for one in self._with_operands(operand)), name]

    def calendar(self, kind: str) -> Iterator[Period]:
        """Every period of a kind."""
        return fiscal_periods(self.plan["calendar"]["starts"], kind)

    def span(self, interval: Interval, period: Period) -> Span:
        """The days over which a period's measures are added up."""
        return interval.span(period, self.plan["calendar"]["starts"], self.effective)

    def _periods(self, asked: str) -> Iterator[Period]:
        """The periods that end in the time asked for and touch the plan's."""
        start, end = self.time(asked)
        for kind in dict.fromkeys(interval.every for _, interval in self.measured):
            for period in self.calendar(kind):
                if start < period.end <= end and period.touches(self.effective):
                    yield period

    def time(self, asked: str) -> tuple[date, date]:
        """The dates asked for; ``all`` is the plan's time, up to the end of its last long period."""
        if asked != "all":
            if ".." in asked:
                start, end = read_span(asked)
                assert end, "a time that is asked for has an end"
                return start, end
            return next((one.start, one.end) for kind in LENGTH for one in self.calendar(kind) if one.name == asked)
        longest = max((interval.every for _, interval in self.measured), key=lambda every: LENGTH[every])
        last = self.effective[1] or max(self.effective[0], *self._fact_days(), EVER) + timedelta(days=1)
        final = next(one for one in self.calendar(longest) if one.start < last <= one.end)
        return self.effective[0], final.end

    def _fact_days(self) -> Iterator[date]:
        """Every day of a fact that some measure of the plan reads."""
        wanted = {name for name, _ in self.measured}
        while more := {one for name in wanted for one in self._made_of(name)} - wanted:
            wanted |= more
        for name in wanted:
            measure = self.measures[name]
            if table := measure.get("of") or measure.get("count"):
                days = (row[measure.get("date") or DATES[table]] for row in self.facts(table))
                yield from (day for day in days if day)

    def _made_of(self, name: str) -> list[str]:
        rolled = self.measures[name].get("rollup")
        return [rolled] if rolled else operands_of(self.measures[name])

    def version(self, participant: str, day: date) -> Row | None:
        """What is known about a participant on a day; dated coverage gives the territory, where there is any."""
        found = self._held("participants", participant, day)
        if found and any(row["participant"] == participant for row in self.data["coverage"]):
            covered = self._held("coverage", participant, day)
            return {**found, "territory": covered and covered["territory"]}
        return found

    def _held(self, table: str, participant: str, day: date) -> Row | None:
        """The version that holds on a day."""
        own = (row for row in self.data[table] if row["participant"] == participant)
        return next((row for row in own if (row["start"] or EVER) <= day < (row["end"] or NEVER)), None)

    @cached_property
    def days_on(self) -> dict[str, set[date]]:
        """The days on which each participant is on the plan, of all that the periods read."""
        spans = [
            self.span(interval, period)
            for interval in {interval for _, interval in self.measured}
            for period in self.periods
            if period.kind == interval.every
        ]
        first = max(min(one.start for one in spans), self.effective[0])
        last = min(max(one.quota_end for one in spans), self.effective[1] or NEVER)
        people = dict.fromkeys(row["participant"] for row in self.data["participants"])
        return {one: {day for day in days_between(first, last) if self._is_on(one, day)} for one in people}

    def is_on(self, participant: str, span: Span) -> bool:
        """Whether somebody is on the plan on a day of a span."""
        return any(span.holds(day) for day in self.days_on[participant])

    def last_day(self, participant: str, span: Span) -> date:
        """The last day of a span on which somebody is on the plan."""
        return max(day for day in self.days_on[participant] if span.holds(day))

    def _is_on(self, participant: str, day: date) -> bool:
        written = self.plan["participants"]
        if isinstance(written, str):
            version = self.version(participant, day)
            return bool(version and FORMULAS[written](version))
        return any(
            one["participant"] == participant and one.get("from", EVER) <= day < one.get("until", NEVER)
            for one in written
        )

    def above(self, participant: str, day: date) -> list[str]:
        """Everybody above a participant on a day."""
        line = self._held("reporting_lines", participant, day)
        manager = line and line["manager"]
        return [manager, *self.above(manager, day)] if manager else []

    # credits and measures --------------------------------------------------------------------------------------------

    def facts(self, table: str) -> Iterator[Row]:
        """The rows of a fact table, with its parent's columns behind its own."""
        parent = PARENTS.get(table)
        parents = {row[KEYS[parent]]: row for row in self.data[parent]} if parent else {}
        for row in self.data[table]:
            yield {**parents[row[KEYS[parent]]], **row} if parent else row

    def credits_of(self, name: str, *, rolled: bool) -> dict[str, list[Credit]]:
        """The credits of a measure that reads facts, by participant, on the days on which they are on the plan."""
        if (name, rolled) not in self._credits:
            found: dict[str, list[Credit]] = defaultdict(list)
            for credit in self._direct(self.measures[name]):
                for one in self.above(credit.participant, credit.day) if rolled else [credit.participant]:
                    if credit.day in self.days_on[one]:
                        found[one].append(credit)
            self._credits[name, rolled] = found
        return self._credits[name, rolled]

    def _direct(self, measure: dict[str, Any]) -> Iterator[Credit]:
        table = measure.get("of") or measure["count"]
        whole = PARENTS.get(table, table)
        formula = measure.get("sum") or measure.get("average") or measure.get("count_distinct")
        for number, row in enumerate(self.facts(table)):
            day = row[measure.get("date") or DATES[table]]
            if day is None or ("where" in measure and not FORMULAS[measure["where"]](row)):
                continue
            shares = [
                (one["participant"], Fraction(one["share"]) / 100)
                for one in self.data["splits"]
                if (one["fact_table"], one["fact"]) == (whole, row[KEYS[whole]])
            ]
            if not shares or measure.get("splits") == "ignore":
                shares = [(row[measure.get("credited", "participant")], Fraction(1))]
            value = FORMULAS[formula](row) if formula else Fraction(1)
            yield from (Credit((table, number), one, day, share, value) for one, share in shares if one is not None)

    def _held_in(self, name: str, participant: str, span: Span, *, rolled: bool) -> list[Credit]:
        return [one for one in self.credits_of(name, rolled=rolled)[participant] if span.holds(one.day)]

    def value(self, name: str, participant: str, span: Span, *, rolled: bool = False) -> Fraction | None:
        """The value of a measure."""
        measure = self.measures[name]
        if "rollup" in measure:
            return self.value(measure["rollup"], participant, span, rolled=True)
        if operands := operands_of(measure):
            return self._calculated(
                measure, {one: self.value(one, participant, span, rolled=rolled) for one in operands}
            )
        own = self._held_in(name, participant, span, rolled=rolled)
        filled = [one for one in own if one.value is not None]
        if "count_distinct" in measure:
            return Fraction(len({one.value for one in filled}))
        whole = sum((Fraction(one.value) * one.share for one in filled), Fraction(0))
        return quotient(whole, sum((one.share for one in filled), Fraction(0))) if "average" in measure else whole

    def _calculated(self, measure: dict[str, Any], values: Mapping[str, Fraction | None]) -> Fraction | None:
        """A ratio, a difference or a formula of the values of its operands."""
        known = {name: value for name, value in values.items() if value is not None}
        if measure.get("formula") in ELSE_NOTHING:
            known = dict.fromkeys(values, Fraction(0)) | known
        if len(known) < len(values):
            return None
        if "formula" in measure:
            return CALCULATED[measure["formula"]][1](known)
        left, right = (known[name] for name in operands_of(measure))
        return quotient(left, right) if "ratio" in measure else left - right

    def parts(self, name: str, participant: str, span: Span, *, rolled: bool = False) -> list[Part]:
        """Every credit of an additive measure; raises KeyError for another."""
        measure = self.measures[name]
        if "rollup" in measure:
            return self.parts(measure["rollup"], participant, span, rolled=True)
        if "difference" in measure:
            left, right = (self.parts(one, participant, span, rolled=rolled) for one in measure["difference"])
            return [*left, *((fact, day, -amount) for fact, day, amount in right)]
        if not {"sum", "count"} & set(measure):
            raise KeyError(name)
        return [
            (one.fact, one.day, Fraction(one.value or 0) * one.share)
            for one in self._held_in(name, participant, span, rolled=rolled)
        ]
