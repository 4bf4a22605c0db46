"""The rules of a plan once more, slowly and exactly: plain fractions, row by row, day by day, without SQL.

Written from the documentation, not from the library, so that the two agree only where both are right. ``calculate``
takes a plan document as plain data, tables as lists of rows, and the words that ask for a period. Formulas are the
texts in ``FORMULAS``, each with what it means in Python.
"""

from __future__ import annotations

from calendar import month_name
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property, partial
from typing import Any

from tests.attain.exact import (
    at_effective_rate,
    at_rate_of_curve,
    graduated_parts,
    in_way,
    on_curve,
    quotient,
    reached_tier,
    read_number,
    round_as,
)
from tests.attain.formulas import CATALOGUE, DATES, FORMULAS, KEYS, PARENTS, Row

Data = Mapping[str, list[dict[str, Any]]]
Cell = tuple[str, str, date, date]
"""Participant, measure or component, and the period's dates."""

EVER, NEVER = date(1, 1, 1), date(9999, 12, 31)
MONTHS = tuple(month_name)[1:]
LENGTH = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Period:
    """A fiscal period [start, end) with its name."""

    kind: str
    name: str
    start: date
    end: date


@dataclass(frozen=True)
class Credit:
    """What a participant has of a fact: the share of it, its value (None: empty) and its day."""

    participant: str
    day: date
    share: Fraction
    value: Any


@dataclass
class Results:
    """What a run gives: measures, attainment (several rows may look alike), earnings, payouts."""

    measures: dict[Cell, Fraction | None] = field(default_factory=dict)
    attainment: list[tuple[Cell, Fraction | None, Fraction, Fraction | None]] = field(default_factory=list)
    earnings: dict[Cell, tuple[Fraction | None, Fraction | None, Fraction]] = field(default_factory=dict)
    payouts: dict[tuple[str, date, date], Fraction] = field(default_factory=dict)


def read_span(text: str) -> tuple[date, date | None]:
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


class Reference:
    """A plan over data for a period."""

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
    def measured(self) -> list[tuple[str, str]]:
        """Measures by kind of period, with what ratios and differences are made of."""
        pairs = [(one["measure"], one["every"]) for one in (*self.targets, *self.components)]
        return list(dict.fromkeys((name, every) for measure, every in pairs for name in self._with_operands(measure)))

    def _with_operands(self, name: str) -> list[str]:
        measure = self.measures[name]
        operands = measure.get("ratio") or measure.get("difference") or []
        return [*(one for operand in operands for one in self._with_operands(operand)), name]

    def calendar(self, kind: str) -> Iterator[Period]:
        """Every period of a kind."""
        return fiscal_periods(self.plan["calendar"]["starts"], kind)

    def _periods(self, asked: str) -> Iterator[Period]:
        """The periods that end in the time asked for and touch the plan's."""
        start, end = self.span(asked)
        for kind in dict.fromkeys(every for _, every in self.measured):
            for period in self.calendar(kind):
                touches = period.start < (self.effective[1] or NEVER) and period.end > self.effective[0]
                if start < period.end <= end and touches:
                    yield period

    def span(self, asked: str) -> tuple[date, date]:
        """The dates asked for; ``all`` is the plan's time, up to the end of its last long period."""
        if asked != "all":
            if ".." in asked:
                return read_span(asked)  # type: ignore[return-value]  # always with an end
            return next((one.start, one.end) for kind in LENGTH for one in self.calendar(kind) if one.name == asked)
        longest = max((every for _, every in self.measured), key=lambda every: LENGTH[every])
        last = self.effective[1] or max(self.effective[0], *self._fact_days(), EVER) + timedelta(days=1)
        final = next(one for one in self.calendar(longest) if one.start < last <= one.end)
        return self.effective[0], final.end

    def _fact_days(self) -> Iterator[date]:
        """Every day of a fact that some measure of the plan reads."""
        names = {self.measures[name].get("rollup", name) for name, _ in self.measured}
        for name in {one for wanted in names for one in self._with_operands(wanted)}:
            measure = self.measures[name]
            if table := measure.get("of") or measure.get("count"):
                days = (row[measure.get("date") or DATES[table]] for row in self.facts(table))
                yield from (day for day in days if day)

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
        """The days of the periods on which each participant is on the plan."""
        first, last = min(one.start for one in self.periods), max(one.end for one in self.periods)
        days = [first + timedelta(days=number) for number in range((last - first).days)]
        people = dict.fromkeys(row["participant"] for row in self.data["participants"])
        within = [day for day in days if self.effective[0] <= day < (self.effective[1] or NEVER)]
        return {one: {day for day in within if self._is_on(one, day)} for one in people}

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
        for row in self.facts(table):
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
            yield from (Credit(one, day, share, value) for one, share in shares if one is not None)

    def value(self, name: str, participant: str, period: Period, *, rolled: bool = False) -> Fraction | None:
        """The value of a measure."""
        measure = self.measures[name]
        if "rollup" in measure:
            return self.value(measure["rollup"], participant, period, rolled=True)
        if operands := measure.get("ratio") or measure.get("difference"):
            left, right = (self.value(one, participant, period, rolled=rolled) for one in operands)
            return quotient(left, right) if "ratio" in measure else (left or Fraction(0)) - (right or Fraction(0))
        own = [one for one in self.credits_of(name, rolled=rolled)[participant] if period.start <= one.day < period.end]
        filled = [one for one in own if one.value is not None]
        if "count_distinct" in measure:
            return Fraction(len({one.value for one in filled}))
        whole = sum((Fraction(one.value) * one.share for one in filled), Fraction(0))
        return quotient(whole, sum((one.share for one in filled), Fraction(0))) if "average" in measure else whole

    def parts(
        self, name: str, participant: str, period: Period, *, rolled: bool = False
    ) -> list[tuple[date, Fraction]]:
        """The day and amount of every credit of an additive measure; raises KeyError for another."""
        measure = self.measures[name]
        if "rollup" in measure:
            return self.parts(measure["rollup"], participant, period, rolled=True)
        if "difference" in measure:
            left, right = (self.parts(one, participant, period, rolled=rolled) for one in measure["difference"])
            return [*left, *((day, -amount) for day, amount in right)]
        if not {"sum", "count"} & set(measure):
            raise KeyError(name)
        return [
            (one.day, Fraction(one.value or 0) * one.share)
            for one in self.credits_of(name, rolled=rolled)[participant]
            if period.start <= one.day < period.end
        ]

    # quotas and pay --------------------------------------------------------------------------------------------------

    def quota(self, source: str, name: str, participant: str, period: Period) -> Fraction | None:
        """The quota of a period: the participant's own, or that of everyone below for what is rolled up."""
        if source == "own":
            return self._sum_of_rows(name, participant, period, lambda _: True)
        below = {row["participant"] for row in self.data["quotas"]} - {participant}
        quotas = [
            self._sum_of_rows(self.measures[name]["rollup"], one, period, partial(self._is_above, participant, one))
            for one in sorted(below)
        ]
        held = [quota for quota in quotas if quota is not None]
        return sum(held, Fraction(0)) if held else None

    def _is_above(self, upper: str, lower: str, day: date) -> bool:
        return upper in self.above(lower, day)

    def _sum_of_rows(self, name: str, one: str, period: Period, counts: Callable[[date], bool]) -> Fraction | None:
        rows = [row for row in self.data["quotas"] if (row["participant"], row["measure"]) == (one, name)]
        exact = [row for row in rows if row["start"] == period.start and row["end"] in (None, period.end)]
        inside = [row for row in rows if row["end"] and period.start <= row["start"] and row["end"] <= period.end]
        held = [Fraction(row["quota"]) for row in exact or inside if counts(row["start"])]
        return sum(held, Fraction(0)) if held else None

    def pay(self, component: dict[str, Any], participant: str, period: Period) -> Fraction:
        """What a component pays, before rounding."""
        value = self.value(component["measure"], participant, period)
        tiers = component.get("tiers") or [{"from": 0, "rate": component.get("rate")}]
        rows = component.get("steps") or component.get("points") or tiers
        written = (
            [component["threshold"]] if "threshold" in component else [row.get("from", row.get("at")) for row in rows]
        )
        is_effective = component["pays"] == "effective_rate"
        of_quota = "quota" in component and (is_effective or any("%" in str(bound) for bound in written))
        quota = self.quota(component["quota"], component["measure"], participant, period) if of_quota else None
        if value is None or (of_quota and (quota is None or quota <= 0)):
            return Fraction(0)
        starts = [
            (read_number(bound) or Fraction(0)) * (quota if quota and "%" in str(bound) else 1) for bound in written
        ]
        last = max(day for day in self.days_on[participant] if period.start <= day < period.end)
        if component["pays"] == "threshold_bonus":
            return self._rate(component["amount"], participant, last) if value >= starts[0] else Fraction(0)
        if component["pays"] == "step_bonus":
            step = reached_tier(starts, value, component["boundary"])
            return Fraction(0) if step is None else self._rate(rows[step]["amount"], participant, last)
        if component["pays"] == "pay_curve":
            return on_curve(component, starts, value, self._rate(component["target"], participant, last))
        if component["pays"] == "rate_curve":
            return at_rate_of_curve(component, starts, value)
        if is_effective:
            return at_effective_rate(
                component, starts, value, self._rate(component["target"], participant, last), quota
            )
        try:
            steps = sorted(self.parts(component["measure"], participant, period))
        except KeyError:
            steps = [(last, value)]
        tiers, starts = in_way(component["pays"], tiers, starts, value, component.get("boundary", "upper"))
        paid = running = Fraction(0)
        for day, amount in steps:
            before, running = graduated_parts(starts, running), running + amount
            for tier_before, tier_now, one in zip(before, graduated_parts(starts, running), tiers, strict=True):
                paid += (tier_now - tier_before) * self._rate(one["rate"], participant, day)
        return paid

    def _rate(self, written: object, participant: str, day: date) -> Fraction:
        number = read_number(written)
        return Fraction(FORMULAS[str(written)](self.version(participant, day) or {})) if number is None else number


def calculate(plan: dict[str, Any], data: Data, asked: str) -> Results | None:
    """Everything a run gives; None where no period of the plan ends in the time asked for."""
    it, results = Reference(plan, data, asked), Results()
    if not it.periods:
        return None
    cells = [
        (one, period)
        for one, days in it.days_on.items()
        for period in it.periods
        if any(period.start <= day < period.end for day in days)
    ]
    for one, period in cells:
        for name in (name for name, every in it.measured if every == period.kind):
            results.measures[one, name, period.start, period.end] = it.value(name, one, period)
        asked_for = [
            (part["measure"], part["quota"])
            for part in (*it.targets, *it.components)
            if part["every"] == period.kind and "quota" in part
        ]
        for name, source in dict.fromkeys(asked_for):
            value, quota = it.value(name, one, period), it.quota(source, name, one, period)
            if quota is not None:
                results.attainment.append(((one, name, period.start, period.end), value, quota, quotient(value, quota)))
        for component in (part for part in it.components if part["every"] == period.kind):
            start, end = read_span(component["effective"]) if "effective" in component else (EVER, None)
            if period.start >= (end or NEVER) or period.end <= start:
                continue
            quota = it.quota(component["quota"], component["measure"], one, period) if "quota" in component else None
            rounding = plan["rounding"]
            exact = min(it.pay(component, one, period), Fraction(component.get("cap", 10**30)))
            amount = round_as(exact, rounding["digits"], rounding["mode"])
            value = it.value(component["measure"], one, period)
            results.earnings[one, component["name"], period.start, period.end] = (value, quota, amount)
    _pay_out(it, results)
    return results


def _pay_out(it: Reference, results: Results) -> None:
    """Each earning is paid in the period of the shortest kind that ends with its own."""
    if not it.components:
        return
    shortest = min((component["every"] for component in it.components), key=lambda every: LENGTH[every])
    starts = {period.end: period.start for period in it.calendar(shortest)}
    for (one, _, _, end), (_, _, amount) in results.earnings.items():
        key = (one, starts[end], end)
        results.payouts[key] = results.payouts.get(key, Fraction(0)) + amount
