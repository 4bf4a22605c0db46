"""Checks of the pools that people share: what is added up for them together, and by what it is weighed."""

from __future__ import annotations

from collections.abc import Iterator

from attain.errors import Fault
from attain.measures.measure import is_additive, with_operands
from attain.plans.document import CheckedPlan, PlanComponent
from attain.plans.lint_formulas import KnownAttributes, Path
from attain.plans.pool import Pool


def pool_faults(checked: CheckedPlan, component: PlanComponent, known: KnownAttributes) -> Iterator[Fault]:
    """Every fault of a component's pool; that of its gate and of a formula is told where those of others are."""
    pool = component.spec.pool
    if pool is None:
        return
    path: Path = ("components", component.number, "pool")
    for name in dict.fromkeys(component.measures):
        if name in checked.measures and not is_additive(name, checked.measures):
            yield checked.document.fault(
                path,
                check="pool",
                message=f"{name} of several people together is not the sum of that of each",
                advice="A pool reads sums and counts: of a rate, take what is above the line of it.",
            )
    if component.spec.per == "deal":
        yield checked.document.fault(
            path, check="pool", message="a pool is made of all deals together", advice="Leave out 'per: deal'."
        )
    formula = next(
        (cell for rate in component.part.rates(component.params) for cell in rate.cells if cell.formula), None
    )
    if formula is not None:
        yield checked.document.fault(
            path,
            check="pool",
            message=f"{formula} is of each person, and a pool pays one rate on what all have",
            advice="Write a number; what is of each person stands under 'weight'.",
        )
    yield from _named(checked, pool, path, known)


def _named(checked: CheckedPlan, pool: Pool, path: Path, known: KnownAttributes) -> Iterator[Fault]:
    """A measure or an attribute that is not there."""
    if pool.by is not None:
        try:
            with_operands((pool.by,), checked.measures)
        except ValueError as error:
            advice = "Name one of those, or define it under 'measures:'."
            yield checked.document.fault((*path, "by"), check="unknown-measure", message=str(error), advice=advice)
    if pool.of is not None and known.columns is not None and pool.of not in known.columns:
        yield checked.document.fault(
            (*path, "of"),
            check="pool",
            message=f"the participants have no '{pool.of}'",
            advice=f"They have {', '.join(sorted(known.columns))}.",
        )
