"""Checks of a plan's payment: every component it names exists, every amount can be calculated."""

from __future__ import annotations

from collections.abc import Iterator

from attain.calendar import kinds
from attain.errors import Fault
from attain.plans.document import CheckedPlan
from attain.plans.lint_formulas import KnownAttributes, rate_faults


def payment_faults(checked: CheckedPlan, known: KnownAttributes) -> Iterator[Fault]:
    """Every fault of the payment of a plan, each with its line."""
    payment, document = checked.plan.payment, checked.document
    if payment.every and payment.every not in kinds(checked.plan.calendar):
        yield document.fault(
            ("payment", "every"),
            check="calendar",
            message=f"the plan's calendar has no periods of kind {payment.every}",
            advice=f"It has {', '.join(kinds(checked.plan.calendar))}.",
        )
    names = [component.spec.name for component in checked.components]
    named = {
        "clawbacks": [one.of for one in payment.clawbacks],
        "holds": [one.of for one in payment.holds],
        "maximums": [one.of for one in payment.maximums],
        "holdbacks": [one.of for one in payment.holdbacks],
    }
    for key, parts in named.items():
        for number, of in enumerate(parts):
            for place, name in enumerate(of or ()):
                if name not in names:
                    yield document.fault(
                        ("payment", key, number, "of", place),
                        check="payment",
                        message=f"'{name}' is no component",
                        advice=f"There are {', '.join(names)}.",
                    )
    for _, amount, _ in payment.amounts():
        yield from rate_faults(checked, amount, ("payment",), known)
