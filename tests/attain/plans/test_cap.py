"""The cap of a component: what is above it is lost, deal by deal, and every part still sums to the cent."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from attain.engines.engine import template
from attain.errors import AttainError
from attain.plans.explain import Explainer
from attain.plans.lines import line_steps
from attain.run import Run
from tests.attain.small import earned, order, plan, run

JANUARY = date(2026, 1, 1)
ORDERS = [order(str(n), "ann", f"2026-0{n}-05", "4000") for n in range(1, 4)]
FLAT = {"name": "F", "measure": "bookings", "every": "year", "pays": "flat_rate", "rate": "10 %", "cap": 1000}


def lines_of(result: Run) -> list[Decimal]:
    for step in line_steps(result.compiler, result.engine):
        result.engine.make(step)
    return [row["amount"] for row in result.engine.rows(template("SELECT fact, amount FROM lines ORDER BY fact"))]


def test_what_is_above_the_cap_is_lost_from_the_deal_that_reaches_it_on() -> None:
    result = run(plan(FLAT), {"orders": ORDERS})
    assert earned(result) == {("ann", JANUARY): Decimal(1000)}
    assert lines_of(result) == [Decimal(400), Decimal(400), Decimal(200)]


def test_a_return_gives_back_only_what_was_not_lost() -> None:
    result = run(plan(FLAT), {"orders": [*ORDERS, order("4", "ann", "2026-04-05", "-3000")]})
    assert earned(result) == {("ann", JANUARY): Decimal(900)}
    assert lines_of(result) == [Decimal(400), Decimal(400), Decimal(200), Decimal(-100)]


def test_rates_that_change_inside_the_period_share_one_cap() -> None:
    people: list[dict[str, Any]] = [
        {"participant": "ann", "commission_rate": Decimal("0.05"), "start": None, "end": date(2026, 2, 1)},
        {"participant": "ann", "commission_rate": Decimal("0.20"), "start": date(2026, 2, 1), "end": None},
    ]
    data = {"participants": people, "reporting_lines": (), "orders": ORDERS}
    result = run(plan(FLAT | {"rate": "commission_rate"}), data)
    assert earned(result) == {("ann", JANUARY): Decimal(1000)}
    assert lines_of(result) == [Decimal(200), Decimal(800), Decimal(0)]


@pytest.mark.parametrize("rate", ["10 %", "commission_rate"])
def test_the_explanation_shows_what_is_lost_as_a_part_of_its_own(rate: str) -> None:
    people = [{"participant": "ann", "name": "Ann", "commission_rate": Decimal("0.10")}]
    data = {"participants": people, "reporting_lines": (), "orders": ORDERS}
    result = run(plan(FLAT | {"rate": rate}), data)
    (earning,) = Explainer(result.engine, result.compiler, "ann").explain("2026").children
    pieces = [node for node in earning.children if node.kind == "money"]
    assert [(node.label, node.amount) for node in pieces] == [
        ("Flat rate", "1200.00"),
        ("Above the cap of 1,000", "-200.00"),
    ]
    assert [(node.label, node.amount) for node in pieces[1].children] == [("3, 2026-03-05", "-200.00")]


def test_a_cap_below_nought_is_refused() -> None:
    with pytest.raises(AttainError, match="greater than or equal to 0"):
        plan(FLAT | {"cap": -1})
