"""Effective rate: the target at 100 % of the quota, lines that add up, and rates that cannot be."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from attain.engines.engine import template
from attain.errors import AttainError
from attain.plans.explain import Explainer
from attain.plans.lines import line_steps
from tests.attain.small import earned, order, plan, quota, run

JANUARY = date(2026, 1, 1)
TIERS = [{"from": "0 %", "times": 1}, {"from": "100 %", "times": "1.5"}]
QUOTAS = [quota("ann", "150000", "2026-01-01", "2027-01-01")]
ORDERS = [order("1", "ann", "2026-01-05", "150000"), order("2", "ann", "2026-01-06", "28000")]


def component(**more: Any) -> dict[str, Any]:
    settings = {"pays": "effective_rate", "target": 80000, "tiers": TIERS, "tiers_pay": "graduated", "quota": "own"}
    return {"name": "C", "measure": "bookings", "every": "year", **settings, **more}


def test_the_exact_rate_pays_the_target_at_the_quota_and_a_rounded_one_does_not() -> None:
    data = {"orders": ORDERS[:1], "quotas": QUOTAS}
    assert earned(run(plan(component()), data)) == {("ann", JANUARY): Decimal(80000)}
    assert earned(run(plan(component(rate_digits=4)), data)) == {("ann", JANUARY): Decimal(79995)}


@pytest.mark.parametrize("way", ["graduated", "overage", "retroactive"])
def test_the_lines_add_up_to_the_earning_in_every_way(way: str) -> None:
    result = run(plan(component(tiers_pay=way, target="80000.01")), {"orders": ORDERS, "quotas": QUOTAS})
    for step in line_steps(result.compiler, result.engine):
        result.engine.make(step)
    (lines,) = result.engine.rows(template("SELECT SUM(amount) AS amount FROM lines"))
    assert {("ann", JANUARY): lines["amount"]} == earned(result)


def test_the_explanation_tells_the_rate_of_each_tier() -> None:
    result = run(plan(component()), {"orders": ORDERS, "quotas": QUOTAS})
    (earning,) = Explainer(result.engine, result.compiler, "ann").explain("2026").children
    pieces = [(node.label, node.amount, node.source["rule"]) for node in earning.children if node.kind == "money"]
    assert pieces == [
        ("0 % to 100 % of quota", "80000.00", "1 × 80,000 ÷ quota"),
        ("from 100 % of quota", "22400.00", "1.5 × 80,000 ÷ quota"),
    ]


def test_without_a_quota_there_is_no_rate() -> None:
    assert earned(run(plan(component()), {"orders": ORDERS})) == {}
    without = component()
    without.pop("quota")
    with pytest.raises(AttainError, match="pays by its quota and names none"):
        run(plan(without), {"orders": ORDERS})
