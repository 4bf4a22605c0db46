"""Overage tiers: the rate of the tier reached on everything above the first, and on the bound."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from attain.engines.engine import template
from attain.errors import AttainError
from attain.plans.lines import line_steps
from tests.attain.small import earned, order, plan, quota, run

JANUARY = date(2026, 1, 1)
TIERS = [{"from": "0 %", "rate": "10 %"}, {"from": "100 %", "rate": "15 %"}, {"from": "125 %", "rate": "20 %"}]


def component(**more: Any) -> dict[str, Any]:
    settings = {"pays": "overage_tiers", "tiers": TIERS, "quota": "own", **more}
    return {"name": "T", "measure": "bookings", "every": "year", **settings}


QUOTAS = [quota("ann", "100000", "2026-01-01", "2027-01-01")]


def test_each_deal_has_its_part_at_the_rate_that_the_year_reaches() -> None:
    orders = [order("1", "ann", "2026-01-05", "90000"), order("2", "ann", "2026-02-05", "50000")]
    result = run(plan(component()), {"orders": orders, "quotas": QUOTAS})
    for step in line_steps(result.compiler, result.engine):
        result.engine.make(step)
    lines = result.engine.rows(template("SELECT fact, amount FROM lines ORDER BY fact"))
    assert [row["amount"] for row in lines] == [Decimal(9000), Decimal(9000)]  # 10,000 at 10 %, 40,000 at 20 %
    assert earned(result) == {("ann", JANUARY): Decimal(18000)}


@pytest.mark.parametrize(("boundary", "pay"), [("upper", "15000"), ("lower", "13750")])
def test_a_total_equal_to_a_start(boundary: str, pay: str) -> None:
    orders = [order("1", "ann", "2026-01-05", "125000")]
    result = run(plan(component(boundary=boundary)), {"orders": orders, "quotas": QUOTAS})
    assert earned(result) == {("ann", JANUARY): Decimal(pay)}


@pytest.mark.parametrize("tiers", [TIERS[:1], TIERS[1:]])
def test_without_a_first_tier_from_nought_and_one_above_there_is_no_overage(tiers: list[dict[str, Any]]) -> None:
    with pytest.raises(AttainError, match="a first tier from 0, and at least one more"):
        plan(component(tiers=tiers))
