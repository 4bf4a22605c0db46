"""What one more deal would bring: the plan's own rules at what somebody has reached, with the deal and without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from attain.engines.engine import Engine
from attain.measures.measure import Measure
from attain.money import QUOTIENT_DIGITS, held
from attain.plans.document import CheckedPlan, Example, PlanComponent
from attain.plans.earn import prorated
from attain.plans.examples import attributes_of, results_of
from attain.plans.tiers import rate_words


@dataclass(frozen=True)
class Basis:
    """What a component pays on: the value of its measure in a period, the quota, the rates' attributes."""

    component: str
    value: Decimal
    quota: Decimal | None = None
    attributes: Mapping[str, Decimal] = field(default_factory=dict)
    others: Mapping[str, tuple[Decimal | None, Decimal | None]] = field(default_factory=dict)
    """Value and quota of each measure that its factors look at."""


@dataclass(frozen=True)
class NextStep:
    """The next tier or threshold: how much of the measure is missing to it, and what it pays, in words."""

    missing: Decimal
    pays: str


def pay(checked: CheckedPlan, bases: Sequence[Basis], engine: Engine) -> list[Decimal | None]:
    """What each basis pays, to the cent, by the very steps that a run takes; None where its rates miss an attribute.

    None also where a number has more digits than a run has room for, where amounts or the cap are prorated (what a deal
    brings then depends on the days on the plan), and of a pool, which others share.
    """
    components = {component.spec.name: component for component in checked.components}
    found: list[Decimal | None] = [None] * len(bases)
    examples = [
        None if component.spec.pool or prorated(checked, component) else _example(component, basis)
        for basis in bases
        for component in [components[basis.component]]
    ]
    known = [(number, example) for number, example in enumerate(examples) if example]
    for place, component, amount in results_of(checked, [one for _, one in known], engine, scale=QUOTIENT_DIGITS):
        number = known[place][0]
        if component.spec.name == bases[number].component:
            found[number] = amount
    return found


def added_by_deal(name: str, measures: Mapping[str, Measure], amount: Decimal) -> Decimal:
    """What a won deal of an amount adds to a measure: to sums of amounts its amount, to counts of deals one.

    A rollup takes what it rolls up. Nothing is added to other measures (margins, ratios, activities), of which a deal's
    amount alone says nothing.
    """
    measure = measures[name]
    if measure.rollup:
        return added_by_deal(measure.rollup, measures, amount)
    if measure.sum and measure.sum.strip() == "amount" and measure.of in {"orders", "order_lines", "opportunities"}:
        return amount
    return Decimal(1 if measure.count in {"orders", "opportunities"} else 0)


def next_step(component: PlanComponent, value: Decimal, quota: Decimal | None) -> NextStep | None:
    """The nearest tier or threshold above a value; None above the last, and without the quota that it needs."""
    rates = component.part.rates(component.params)
    bounds = component.part.bounds(component.params)
    for number, bound in enumerate(bounds):
        start = bound.value
        if bound.of_quota and component.spec.quota:
            if not quota:
                return None
            start = quota * bound.value
        if value < start:
            return NextStep(start - value, rate_words(rates[number]) if len(rates) == len(bounds) else "")
    return None


def _example(component: PlanComponent, basis: Basis) -> Example | None:
    """The basis as an example; None where something that the component reads is missing or has no room."""
    given = {name: basis.attributes.get(name) for name in attributes_of(component)}
    given |= {name: value for name, (value, _) in basis.others.items()}
    given[component.spec.measure] = basis.value
    quotas = {name: quota for name, (_, quota) in basis.others.items()} | {component.spec.measure: basis.quota}
    exact = {name: held(value, QUOTIENT_DIGITS) for name, value in given.items() if value is not None}
    known: dict[str, Any] = {name: value for name, value in exact.items() if value is not None}
    if known.keys() != given.keys() or not known.keys() >= set(component.measures):
        return None
    return Example(given=known | {"quota": {name: one for name, one in quotas.items() if one is not None}}, expect={})
