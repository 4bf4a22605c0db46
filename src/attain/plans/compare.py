"""Two plans side by side in words: what each says at every place, and where they differ."""

from __future__ import annotations

from dataclasses import dataclass

from attain.measures.measure import Measure, title_of
from attain.plans.document import CheckedPlan, PlanComponent
from attain.plans.pool import Pool
from attain.spans import Span


@dataclass(frozen=True)
class Change:
    """A place at which two plans differ, and what each says there; None where it says nothing."""

    place: str
    before: str | None
    after: str | None


def changes(before: CheckedPlan, after: CheckedPlan) -> list[Change]:
    """Every place at which two plans differ, in their order; a component is found again by its name."""
    old, new = in_words(before), in_words(after)
    places = dict.fromkeys([*old, *new])
    return [Change(place, old.get(place), new.get(place)) for place in places if old.get(place) != new.get(place)]


def in_words(checked: CheckedPlan) -> dict[str, str]:
    """What a plan says, by place; its worked examples, which say nothing of their own, are left out."""
    plan = checked.plan
    people = plan.participants
    told = {
        "name": plan.plan,
        "version": str(plan.version),
        "currency": plan.currency,
        "effective": _span(plan.effective),
        "calendar": str(plan.calendar.model_dump(exclude_defaults=False)),
        "participants": people if isinstance(people, str) else ", ".join(one.participant for one in people),
        "rounding": f"{plan.money_rounding().digits} digits, {plan.money_rounding().mode}",
    }
    told |= {
        f"proration: {name}": str(value) for name, value in plan.proration.model_dump(exclude_defaults=True).items()
    }
    if plan.ramp:
        told["ramp"] = ", ".join(map(str, plan.ramp.quota)) + f", from the {plan.ramp.first}"
        told["ramp"] += f" ({plan.ramp.joined})" if plan.ramp.joined else ""
    for target in plan.attainment:
        told[f"attainment of {target.measure} by {target.interval.words}"] = f"quota: {target.quota}"
    for name, measure in plan.measures.items():
        told[f"measure {name}"] = _measure(measure)
    for component in checked.components:
        for what, words in _component(checked, component).items():
            told[f"{component.spec.name}: {what}"] = words
    return told


def _component(checked: CheckedPlan, component: PlanComponent) -> dict[str, str]:
    spec = component.spec
    told = {
        "measure": spec.measure,
        "every": spec.interval.words + (f", quota {spec.against}" if spec.over else ""),
        "quota": spec.quota or "none",
        "pays": spec.pays,
        **component.part.words(component.params, has_quota=spec.quota is not None),
    }
    own = {name: value for name, value in component.params.model_dump(mode="json").items() if isinstance(value, str)}
    told |= own  # settings such as the boundary, which no rule says
    told |= {
        name.replace("_", " "): one.rule(title_of(one.measure, checked.measures))
        for name, one in component.deciding.items()
    }
    if spec.pool:
        told["pool"] = pool_words(checked, spec.pool)
    if spec.cap is not None:
        told["cap"] = f"{spec.cap:,f}"
    if spec.cap_per_deal is not None:
        told["cap per deal"] = f"{spec.cap_per_deal:,f}"
    if spec.effective:
        told["effective"] = _span(spec.effective)
    return told


def pool_words(checked: CheckedPlan, pool: Pool) -> str:
    """Who shares a pool, by which weight, in one line."""
    weights = [str(pool.weight)] if pool.weight != Pool().weight else []
    weights += [title_of(pool.by, checked.measures)] if pool.by else []
    told = f"one pool for each {pool.of}" if pool.of else "one pool of all"
    told += f", shared by {' × '.join(weights)}" if weights else ", shared equally"
    gate = pool.gate and pool.gate.rule(title_of(pool.gate.measure, checked.measures))
    return f"{told}, {gate}" if gate else told


def _measure(measure: Measure) -> str:
    return ", ".join(f"{name}: {value}" for name, value in measure.model_dump(exclude_defaults=True).items())


def _span(span: Span) -> str:
    return f"{span.start} .. {span.end or ''}".rstrip()
