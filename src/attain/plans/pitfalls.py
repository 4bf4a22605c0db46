"""What surprises people in a plan: pay that jumps or falls at a start, and tiers that never add anything.

Each component is paid just below and just above every start of its table, by the very steps that a run takes, without
its gate and multiplier. Per cents are tried with a quota of 100,000.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby

from attain.engines.engine import Engine
from attain.errors import AttainError, Fault
from attain.money import TooManyDigitsError
from attain.plans.document import CheckedPlan, Example, PlanComponent
from attain.plans.examples import quota_of, results_of
from attain.plans.nodes import for_reading
from attain.plans.values import Bound

QUOTA = Decimal(100_000)
_HAIR = Decimal("1E-9")
"""How far beside a start pay is tried, as a part of the start."""
_DIGITS = Decimal("0.000000001")
_JUMP = Decimal("0.01")
"""The part of the pay that may come at a start without a word."""

_ADVICE = {
    "pay-falls": "Let rates rise, or let each pay only inside its tier: graduated_tiers.",
    "cliff": "Show it by an example at that value, or let each rate pay only inside its tier: graduated_tiers.",
    "never-reached": "Raise the cap, or leave the tier out.",
    "same-rate": "Leave it out, or correct its rate.",
}


@dataclass(frozen=True)
class _Start:
    """Where a tier, a step or a point of a component begins, and what is paid just below and just above it."""

    number: int
    bound: Bound
    below: Decimal
    above: Decimal


def pitfalls(checked: CheckedPlan, engine: Engine) -> list[Fault]:
    """Warnings about a plan without errors: one for each component and kind of surprise, at the first place of it."""
    found = []
    for component in checked.components:
        rates, bounds = component.part.rates(component.params), component.part.bounds(component.params)
        if any(rate.value is None for rate in rates):
            continue  # what people are paid depends on each of them, or on other measures
        told = [*_needless(component), *_at_starts(component, _tried(checked, component, engine))]
        if _is_shown(checked, component):
            told = [one for one in told if one[0] != "cliff"]
        key = next(
            (name for name, rows in component.params if isinstance(rows, tuple) and len(rows) == len(bounds)), ""
        )
        for check, group in groupby(sorted(told, key=lambda one: one[0]), key=lambda one: one[0]):
            (_, number, message), *others = group
            more = f", and so at {len(others)} more" if others else ""
            path = ("components", component.number, *((key, number) if key else ()))
            found.append(
                checked.document.fault(
                    path, check=check, severity="warning", message=f"{message}{more}", advice=_ADVICE[check]
                )
            )
    return found


def _needless(component: PlanComponent) -> Iterator[tuple[str, int, str]]:
    """Tiers that pay as the one before."""
    rates, bounds = component.part.rates(component.params), component.part.bounds(component.params)
    for number in range(1, len(bounds) if len(rates) == len(bounds) else 0):
        if rates[number] == rates[number - 1]:
            yield "same-rate", number, f"from {bounds[number]} on the same is paid as before"


def _at_starts(component: PlanComponent, starts: list[_Start]) -> Iterator[tuple[str, int, str]]:
    """What surprises at a start: the check, the number of the start, and the words."""
    spec = component.spec
    pieces = component.part.plain_pieces(component.params, has_quota=spec.quota is not None)
    is_bonus = all(piece.base is None for piece in pieces)  # which is meant to come at once
    for start in starts:
        of_quota = _is_part(component, start.bound)
        told = f"from {for_reading(start.below)} to {for_reading(start.above)} at {start.bound}"
        told += " (of 100,000)" if of_quota else ""
        if start.above < start.below:
            yield "pay-falls", start.number, f"pay falls {told}"
        elif start.above - start.below > start.above * _JUMP and not is_bonus:
            yield "cliff", start.number, f"pay jumps {told}"
        elif spec.cap is not None and start.below >= spec.cap and not of_quota:
            words = f"the cap of {for_reading(spec.cap)} is reached below {start.bound}"
            yield "never-reached", start.number, words


def _is_shown(checked: CheckedPlan, component: PlanComponent) -> bool:
    """Whether a worked example stands at one of its starts, so that a reader sees that pay jumps there."""
    bounds = [bound for bound in component.part.bounds(component.params) if bound.value]
    for example in checked.plan.examples:
        value, quota = example.given.get(component.spec.measure), quota_of(example, component, component.spec.measure)
        starts = [bound.value * (quota or 0) if _is_part(component, bound) else bound.value for bound in bounds]
        if component.spec.name in example.expect and value in starts:
            return True
    return False


def _is_part(component: PlanComponent, bound: Bound) -> bool:
    return bound.of_quota and component.spec.quota is not None


def _tried(checked: CheckedPlan, component: PlanComponent, engine: Engine) -> list[_Start]:
    """What is paid just below and just above each start that is not 0."""
    alone = replace(component, spec=component.spec.model_copy(update={"gate": None, "multiplier": None}), number=0)
    bounds = [(n, bound) for n, bound in enumerate(component.part.bounds(component.params)) if bound.value]
    tried = []
    for _, bound in bounds:
        start = bound.value * (QUOTA if _is_part(component, bound) else 1)
        hair = max((start * _HAIR).quantize(_DIGITS), _DIGITS)
        tried += [
            Example(given={component.spec.measure: value, "quota": QUOTA}, expect={})
            for value in (start - hair, start + hair)
        ]
    if not tried:
        return []
    try:
        pays = {place: pay for place, _, pay in results_of(replace(checked, components=(alone,)), tried, engine)}
    except (AttainError, TooManyDigitsError):  # numbers that only examples have no room for
        return []
    return [_Start(n, bound, pays[2 * place], pays[2 * place + 1]) for place, (n, bound) in enumerate(bounds)]
