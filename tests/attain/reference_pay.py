"""Pay in the independent reference: what a component brings at a value, what decides beside it, and the cap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from tests.attain.exact import (
    at_effective_rate,
    at_rate_of_curve,
    graduated_parts,
    in_way,
    on_curve,
    reached_tier,
    read_number,
    round_as,
)
from tests.attain.formulas import FORMULAS, digits_of
from tests.attain.reference_measures import Measures, Part
from tests.attain.reference_quotas import Quotas
from tests.attain.reference_time import Span

Steps = list[tuple[date, Fraction]]
"""Days and what each adds to the value, in order."""


def written_bounds(component: Mapping[str, Any]) -> list[Any]:
    """Where the table of a component begins, tier by tier, as the plan says it."""
    if "threshold" in component:
        return [component["threshold"]]
    rows = component.get("steps") or component.get("points") or component.get("tiers") or [{"from": 0}]
    return [row.get("from", row.get("at")) for row in rows]


@dataclass(frozen=True)
class Table:
    """The table of a component for somebody: where it begins, its quota, the last day, the share of the time."""

    component: dict[str, Any]
    participant: str
    starts: list[Fraction]
    quota: Fraction | None
    last: date
    share: Fraction


class Pay:
    """What the components of a plan pay."""

    def __init__(self, measures: Measures) -> None:
        self.it, self.quotas = measures, Quotas(measures)

    def earned(self, component: dict[str, Any], participant: str, span: Span) -> Fraction:
        """What a component earns in a time, rounded."""
        exact = self._exact(component, participant, span)
        if "cap" in component:
            share = self.quotas.share("cap", participant, span.start, span.end)
            exact = min(exact, self._prorated("cap", component["cap"], Fraction(component["cap"]), share))
        rounding = self.it.plan["rounding"]
        return round_as(exact, rounding["digits"], rounding["mode"])

    def _exact(self, component: dict[str, Any], participant: str, span: Span) -> Fraction:
        """The pay of the table by what decides beside it."""
        name, factors = component["measure"], self._factors(component, participant, span)
        value, table = self.it.value(name, participant, span), self._table(component, participant, span)
        if value is None or table is None:
            return Fraction(0)
        try:
            parts = self.it.parts(name, participant, span)
        except KeyError:
            return self._at(table, value, [(table.last, value)]) * factors
        if component.get("per") == "deal":
            return self._by_deals(table, parts, factors)
        return self._at(table, value, sorted((day, amount) for _, day, amount in parts)) * factors

    def _by_deals(self, table: Table, parts: list[Part], factors: Fraction) -> Fraction:
        """Each deal by itself, at most what a deal earns."""
        deals: dict[tuple[str, int], Steps] = defaultdict(list)
        for fact, day, amount in parts:
            deals[fact].append((day, amount))
        paid = [self._at(table, sum((amount for _, amount in deal), Fraction(0)), deal) for deal in deals.values()]
        most = table.component.get("cap_per_deal")
        return sum((one * factors if most is None else min(one * factors, Fraction(most)) for one in paid), Fraction(0))

    def _table(self, component: dict[str, Any], participant: str, span: Span) -> Table | None:
        """The table of a component; None where it speaks of a quota and there is none above 0."""
        written = written_bounds(component)
        of_quota = component["pays"] == "effective_rate" or any("%" in str(bound) for bound in written)
        quota = None
        if "quota" in component and of_quota:
            quota = self.quotas.quota(component["quota"], component["measure"], participant, span)
            if quota is None or quota <= 0:
                return None
        starts = [
            (read_number(bound) or Fraction(0)) * (quota if quota and "%" in str(bound) else 1) for bound in written
        ]
        share = self.quotas.share("target", participant, span.start, span.quota_end)
        return Table(component, participant, starts, quota, self.it.last_day(participant, span), share)

    def _at(self, table: Table, value: Fraction, steps: Steps) -> Fraction:
        """What the table brings at a value that was reached in steps."""
        component, pays = table.component, table.component["pays"]
        if pays == "threshold_bonus":
            return self._amount(component["amount"], table) if value >= table.starts[0] else Fraction(0)
        if pays == "step_bonus":
            step = reached_tier(table.starts, value, component["boundary"])
            return Fraction(0) if step is None else self._amount(component["steps"][step]["amount"], table)
        if pays == "pay_curve":
            return on_curve(component, table.starts, value, self._amount(component["target"], table))
        if pays == "rate_curve":
            return at_rate_of_curve(component, table.starts, value)
        if pays == "effective_rate":
            target = self._amount(component["target"], table)
            return at_effective_rate(component, table.starts, value, target, table.quota)
        return self._by_tiers(table, value, steps)

    def _by_tiers(self, table: Table, value: Fraction, steps: Steps) -> Fraction:
        """Each step at the rates of its own day."""
        component = table.component
        tiers = component.get("tiers") or [{"from": 0, "rate": component["rate"]}]
        tiers, starts = in_way(component["pays"], tiers, table.starts, value, component.get("boundary", "upper"))
        paid = running = Fraction(0)
        for day, amount in steps:
            before, running = graduated_parts(starts, running), running + amount
            for tier_before, tier_now, one in zip(before, graduated_parts(starts, running), tiers, strict=True):
                paid += (tier_now - tier_before) * self._rate(one["rate"], table.participant, day)
        return paid

    def _rate(self, written: object, participant: str, day: date) -> Fraction:
        number = read_number(written)
        return Fraction(FORMULAS[str(written)](self.it.version(participant, day) or {})) if number is None else number

    def _amount(self, written: object, table: Table) -> Fraction:
        """An amount: that of the last day, by the part of the time on the plan."""
        return self._prorated("target", written, self._rate(written, table.participant, table.last), table.share)

    def _prorated(self, what: str, written: object, amount: Fraction, share: Fraction) -> Fraction:
        """An amount by a share, rounded to the digits of the plan's money, or its own where they are more."""
        if self.quotas.proration.get(what, "none") == "none":
            return amount
        return round_as(amount * share, max(digits_of(written), self.it.plan["rounding"]["digits"]), "half_up")

    # what decides beside it ------------------------------------------------------------------------------------------

    def _factors(self, component: dict[str, Any], participant: str, span: Span) -> Fraction:
        """How many times the pay of the table is taken: by the multiplier, and not at all behind a closed gate."""
        times = Fraction(1)
        if multiplier := component.get("multiplier"):
            tiers = multiplier["tiers"]
            reached = self._reached(multiplier, [tier["from"] for tier in tiers], participant, span)
            times *= read_number(tiers[max(reached, 1) - 1]["times"]) or Fraction(0)
        if gate := component.get("gate"):
            times *= self._reached(gate, [gate["reaches"]], participant, span)
        return times

    def _reached(self, factor: Mapping[str, Any], written: list[Any], participant: str, span: Span) -> int:
        """How many of the starts of a factor its measure has reached; none without a value or a quota above 0."""
        value, quota = self.it.value(factor["measure"], participant, span), None
        if "quota" in factor:
            quota = self.quotas.quota(factor["quota"], factor["measure"], participant, span)
            if quota is None or quota <= 0:
                return 0
        if value is None:
            return 0
        starts = [(read_number(one) or Fraction(0)) * (quota if quota and "%" in str(one) else 1) for one in written]
        return sum(value > one or (value == one and factor.get("boundary") != "lower") for one in starts)
