"""Step bonus: the sum of the highest step, and what each deal adds to it."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from attain.engines.engine import template
from attain.errors import AttainError
from attain.plans.lines import line_steps
from tests.attain.small import earned, order, plan, run

JANUARY = date(2026, 1, 1)
STEPS = [{"from": 100, "amount": 50}, {"from": 200, "amount": 120}]


def component(**more: Any) -> dict[str, Any]:
    return {"name": "B", "measure": "bookings", "every": "year", "pays": "step_bonus", "steps": STEPS, **more}


def test_the_deal_that_reaches_a_step_carries_what_it_adds() -> None:
    orders = [order(str(n), "ann", f"2026-01-0{n}", "100") for n in range(1, 4)]
    result = run(plan(component()), {"orders": orders})
    for step in line_steps(result.compiler, result.engine):
        result.engine.make(step)
    lines = result.engine.rows(template("SELECT fact, amount FROM lines ORDER BY fact"))
    assert [row["amount"] for row in lines] == [Decimal(50), Decimal(70), Decimal(0)]
    assert earned(result) == {("ann", JANUARY): Decimal(120)}


@pytest.mark.parametrize(("sales", "pay"), [("99.99", None), ("100", 50), ("199.99", 50), ("200", 120), ("-5", None)])
def test_on_a_step_and_below_it(sales: str, pay: int | None) -> None:
    result = run(plan(component()), {"orders": [order("1", "ann", "2026-01-05", sales)]})
    assert earned(result) == ({("ann", JANUARY): Decimal(pay)} if pay else {})


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ([{"from": 0, "amount": 5}], "the first step lies above 0"),
        ([{"from": 5, "amount": 5}, {"from": 5, "amount": 6}], "each step begins above the one before"),
        ([{"from": 5, "amount": 5}, {"from": "50 %", "amount": 6}], "write all the same way"),
    ],
)
def test_steps_that_do_not_rise_are_refused(steps: list[dict[str, Any]], told: str) -> None:
    with pytest.raises(AttainError, match=told):
        plan(component(steps=steps))
