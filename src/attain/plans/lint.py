"""Checks of a plan before it runs: every name exists, every formula is right, every quota is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from attain.calendar import kinds, period_at
from attain.errors import Fault
from attain.expressions import FormulaError, parse
from attain.measures.check import check_measure
from attain.measures.measure import is_additive, unit_of, with_operands
from attain.plans.dimensions import fits
from attain.plans.document import Assignment, CheckedPlan, PlanComponent, Target
from attain.plans.factors import Deciding
from attain.plans.lint_formulas import KnownAttributes, formula_fault, rate_faults
from attain.plans.lint_payment import payment_faults
from attain.plans.lint_pools import pool_faults
from attain.tables import EVER, NEVER

CHECKS = {
    "yaml": "error: the file is no YAML",
    "document": "error: the document has no keys",
    "unknown-key": "error: a key that the plan document does not know",
    "missing-key": "error: a key that has no default is not there",
    "wrong-value": "error: a value is not of the kind its key asks for",
    "unknown-component": "error: 'pays' names no kind of component",
    "unknown-measure": "error: a measure that neither the catalogue nor the plan defines, or one made of itself",
    "formula": "error: a formula is wrong",
    "named-twice": "error: a participant is named twice for the same days",
    "named-unknown": "error: a participant is named whom the data does not have",
    "same-name": "error: two components have the same name",
    "calendar": "error: the plan's calendar does not have such periods",
    "effective": "error: a component begins or ends inside one of its periods",
    "quota-wanted": "error: a component pays by its quota and names none",
    "two-quotas": "error: one measure is compared with two different quotas in the same kind of period",
    "sum-of-reports": "error: the quota is the sum of the reports' and the measure is no rollup",
    "nothing-to-do": "error: the plan has neither components nor attainment",
    "example": "error: a worked example does not hold, or names what the plan does not have",
    "no-example": "warning: a component is in no worked example",
    "cliff": "warning: pay jumps where a tier begins",
    "pay-falls": "warning: selling more pays less where a tier begins",
    "never-reached": "warning: the cap is reached before a tier begins",
    "per-deal": "error: a component speaks of each deal, and none has a part of its measure, or goes through alone",
    "pool": "error: a pool reads what cannot be added up for several people together",
    "columns": "error: a rate has other columns than its component is by",
    "ramp": "error: the day on which somebody joined, which a ramp begins with, is no date",
    "payment": "error: the payment names what the plan does not have",
    "same-rate": "warning: a tier pays the same as the one before",
}
"""Every check of a plan document by its name."""


def check_plan(checked: CheckedPlan, *, attributes: KnownAttributes | None = None) -> list[Fault]:
    """Every fault of a plan that can be told without running its examples, each with its line."""
    known = attributes or KnownAttributes()
    faults = [*_measures(checked), *_names(checked), *_participants(checked, known), *_two_quotas(checked)]
    for number, target in enumerate(checked.plan.attainment):
        faults += _target(checked, target, ("attainment", number))
    for component in checked.components:
        faults += _component(checked, component, known)
    return [*faults, *payment_faults(checked, known), *_ramp(checked, known)]


def _ramp(checked: CheckedPlan, known: KnownAttributes) -> Iterator[Fault]:
    """The fault of a ramp whose day of joining is no date."""
    name = checked.plan.ramp.joined if checked.plan.ramp else None
    types = known.types(f'"{name}"') if name else {}
    if name and types.get(name) not in ("date", "null"):
        dates = ", ".join(one for one, kind in types.items() if kind == "date")
        yield checked.document.fault(
            ("ramp", "joined"),
            check="ramp",
            message=f"'{name}' is no date of the participants",
            advice=f"Those are {dates}." if dates else "Leave it out, or add the day on which each joined.",
        )


def _measures(checked: CheckedPlan) -> Iterator[Fault]:
    for name in checked.plan.measures:
        for fault in check_measure(name, checked.measures):
            yield checked.document.fault(
                ("measures", name), check=fault.check, message=fault.message, advice=fault.advice
            )


def _names(checked: CheckedPlan) -> Iterator[Fault]:
    document = checked.document
    if not checked.components and not checked.plan.attainment:
        yield document.fault(
            (),
            check="nothing-to-do",
            message="the plan has neither components nor attainment",
            advice="Add 'components:' with what it pays, or 'attainment:' with what it compares.",
        )
    names = Counter(component.spec.name for component in checked.components)
    for component in checked.components:
        if names[component.spec.name] > 1:
            yield document.fault(
                ("components", component.number, "name"),
                check="same-name",
                message=f"two components are named '{component.spec.name}'",
                advice="Give each a name of its own: results and examples speak of them by name.",
            )


def _participants(checked: CheckedPlan, known: KnownAttributes) -> Iterator[Fault]:
    condition = checked.plan.participants
    if not isinstance(condition, str):
        yield from _named_twice(checked, condition)
        return
    if not checked.plan.has_condition:
        return
    try:
        parse(condition, known.types(condition), of="participants", wanted="flag")
    except FormulaError as error:
        yield formula_fault(checked, ("participants",), error)


def _named_twice(checked: CheckedPlan, assignments: tuple[Assignment, ...]) -> Iterator[Fault]:
    """Participants who are named for days on which they are on the plan already."""
    for number, one in enumerate(assignments):
        for other in assignments[:number]:
            apart = (one.end or NEVER) <= (other.start or EVER) or (other.end or NEVER) <= (one.start or EVER)
            if one.participant == other.participant and not apart:
                yield checked.document.fault(
                    ("participants", number),
                    check="named-twice",
                    message=f"'{one.participant}' is named twice for the same days",
                    advice="Keep one of them, or end the one on the day the other begins.",
                )


def _target(checked: CheckedPlan, target: Target, path: tuple[str | int, ...]) -> Iterator[Fault]:
    """Faults of a measure by period with its quota."""
    document = checked.document
    if target.every not in kinds(checked.plan.calendar):
        yield document.fault(
            (*path, "every"),
            check="calendar",
            message=f"the plan's calendar has no periods of kind {target.every}",
            advice=f"It has {', '.join(kinds(checked.plan.calendar))}.",
        )
    if fault := _over(checked, target, path):
        yield fault
    try:
        with_operands((target.measure,), checked.measures)
    except ValueError as error:
        yield document.fault(
            (*path, "measure"),
            check="unknown-measure",
            message=str(error),
            advice="Name one of those, or define it under 'measures:'.",
        )
        return
    if target.quota == "sum of reports" and not checked.measures[target.measure].rollup:
        yield document.fault(
            (*path, "quota"),
            check="sum-of-reports",
            message=f"'{target.measure}' is no rollup, so it has no reports whose quotas could be added",
            advice="Use a measure such as team_bookings, or quota: own.",
        )


def _over(checked: CheckedPlan, target: Target, path: tuple[str | int, ...]) -> Fault | None:
    """The fault of a time that is no longer than the periods that read it to date, or that the calendar has not."""
    known = kinds(checked.plan.calendar)
    if not target.over or (target.interval.is_longer() and (target.over == "plan" or target.over in known)):
        return None
    return checked.document.fault(
        (*path, "over"),
        check="calendar",
        message=f"each {target.every} cannot read the {target.over} to date",
        advice="Name a longer period that the calendar has, or over: plan.",
    )


def _two_quotas(checked: CheckedPlan) -> Iterator[Fault]:
    """A measure has one quota in a period, or nobody could say what its attainment is."""
    seen: dict[tuple[str, str], str] = {}
    for target in checked.targets:
        other = seen.setdefault((target.measure, target.interval.kind), target.quota)
        if other != target.quota:
            yield checked.document.fault(
                ("components",),
                check="two-quotas",
                message=f"{target.measure} by {target.interval.words} has two quotas: '{other}' and '{target.quota}'",
                advice="Use one of them, or define a second measure of your own under 'measures:'.",
            )


def _component(checked: CheckedPlan, component: PlanComponent, known: KnownAttributes) -> Iterator[Fault]:
    spec, path = component.spec, ("components", component.number)
    faults = [*_target(checked, spec.target(spec.measure, spec.quota or "own"), path)]
    yield from faults
    if (
        component.part.speaks_of_quota(component.params)
        and not spec.quota
        and not component.part.percent_may_be_of_measure
    ):
        yield checked.document.fault(
            path,
            check="quota-wanted",
            message=f"'{spec.name}' pays by its quota and names none",
            advice="Add 'quota: own', or write tiers as amounts.",
        )
    if spec.per == "deal" and not faults and not is_additive(spec.measure, checked.measures):
        yield checked.document.fault(
            (*path, "per"),
            check="per-deal",
            message=f"no deal has a part of {spec.measure}, so '{spec.name}' cannot be paid per deal",
            advice="Pay on a sum or a count, or leave 'per' out.",
        )
    if spec.cap_per_deal is not None and spec.per != "deal":
        yield checked.document.fault(
            (*path, "cap_per_deal"),
            check="per-deal",
            message=f"'{spec.name}' caps each deal, and its deals go through the table together",
            advice="Add 'per: deal', or cap the period with 'cap'.",
        )
    for name, factor in component.factors.items():
        yield from _deciding(checked, component, factor, (*path, name))
    for number, dimension in enumerate(spec.by):
        yield from _deciding(checked, component, dimension, (*path, "by", number))
    yield from _columns(checked, component, path)
    yield from pool_faults(checked, component, known)
    if spec.pool and spec.pool.gate:
        yield from _deciding(checked, component, spec.pool.gate, (*path, "pool", "gate"))
    for rate in component.rates:
        yield from rate_faults(checked, rate, path, known)
    yield from _effective(checked, component, path)


def _effective(checked: CheckedPlan, component: PlanComponent, path: tuple[str | int, ...]) -> Iterator[Fault]:
    """A component's own dates begin and end with its periods."""
    spec = component.spec
    if spec.effective and spec.every in kinds(checked.plan.calendar):
        for day in (spec.effective.start, spec.effective.end):
            period = day and period_at(checked.plan.calendar, kind=spec.every, day=day)
            if period and period.start != day:
                yield checked.document.fault(
                    (*path, "effective"),
                    check="effective",
                    advice=f"Begin on {period.start} or {period.end}.",
                    message=f"{day} is inside the {spec.every} {period.name}; a component counts for whole periods",
                )


def _columns(checked: CheckedPlan, component: PlanComponent, path: tuple[str | int, ...]) -> Iterator[Fault]:
    """Rates that do not have one for each column, and columns that no rate has."""
    dimensions, rates = component.spec.by, component.part.rates(component.params)
    wrong = next((rate for rate in rates if not fits(rate, dimensions)), None)
    if wrong is None and (not dimensions or any(rate.columns for rate in rates)):
        return
    sizes = " of ".join(f"a list of {len(one.columns)}" for one in dimensions) or "one number or formula"
    yield checked.document.fault(
        path,
        check="columns",
        message=f"{wrong} has other columns than 'by'" if wrong else "'by' names columns that no rate has",
        advice=f"Write {sizes}" + (", in their order." if dimensions else ", or name the columns under 'by:'."),
    )


def _deciding(
    checked: CheckedPlan, component: PlanComponent, factor: Deciding, path: tuple[str | int, ...]
) -> Iterator[Fault]:
    """Faults of a gate, a multiplier or a dimension."""
    target = component.spec.target(factor.measure, factor.quota or "own")
    faults = [one for one in _target(checked, target, path) if one.check != "calendar"]  # the component's own
    yield from faults
    if faults or factor.quota or not any(bound.of_quota and bound.value for bound, _ in factor.cases):
        return
    if unit_of(factor.measure, checked.measures) != "ratio":
        yield checked.document.fault(
            path,
            check="quota-wanted",
            message=f"{factor.measure} is no ratio, so per cents of it are those of a quota",
            advice="Add 'quota: own', or write amounts.",
        )
