"""Graduated tiers: deal by deal as by the period, and published examples."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from attain.engines.engine import template
from attain.plans.lines import line_steps
from tests.attain.small import earned, order, plan, run

JANUARY = date(2026, 1, 1)


def component(tiers: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"name": "T", "measure": "bookings", "every": "year", "pays": "graduated_tiers", "tiers": tiers, **more}


@pytest.mark.parametrize(
    ("tiers", "sales", "commission"),
    [
        (((0, "0.05"), (10000, "0.07"), (25000, "0.1")), "30000", "2050"),
        (((0, "0.05"), (50000, "0.07"), (100000, "0.1")), "175000", "13500"),
        (((0, "0.25"), (500, "0.3"), (3000, "0.4")), "1500", "425.00"),
        (((0, "0.01"), (10000, "0.02"), (50000, "0.03"), (100000, "0.04")), "60000", "1200"),
    ],
)
def test_published_examples(tiers: tuple[tuple[int, str], ...], sales: str, commission: str) -> None:
    checked = plan(component([{"from": start, "rate": rate} for start, rate in tiers]))
    assert earned(run(checked, {"orders": [order("1", "ann", "2026-01-05", sales)]})) == {
        ("ann", JANUARY): Decimal(commission)
    }


def test_a_deal_that_crosses_a_bound_is_paid_at_both_rates() -> None:
    tiers = [{"from": 0, "rate": "4 %"}, {"from": 150000, "rate": "6 %"}, {"from": 250000, "rate": "8 %"}]
    orders = [order("1", "ann", "2026-01-05", "145000"), order("2", "ann", "2026-01-06", "20000")]
    result = run(plan(component(tiers, processing="deal_by_deal")), {"orders": orders})
    assert result.stores_lines
    for step in line_steps(result.compiler, result.engine):
        result.engine.make(step)
    lines = result.engine.fetch(template("SELECT fact, amount FROM lines ORDER BY fact")).to_pylist()
    assert [row["amount"] for row in lines] == [Decimal(5800), Decimal(1100)]
    assert earned(result) == {("ann", JANUARY): Decimal(6900)}


def test_nothing_is_paid_below_the_first_start() -> None:
    checked = plan(component([{"from": 1000, "rate": "10 %"}]))
    assert earned(run(checked, {"orders": [order("1", "ann", "2026-01-05", "1000")]})) == {}
    assert earned(run(checked, {"orders": [order("1", "ann", "2026-01-05", "-50")]})) == {}


def test_bounds_in_per_cent_of_a_third_are_exact() -> None:
    tiers = [{"from": "0 %", "rate": "10 %"}, {"from": "33.333333 %", "rate": "20 %"}]
    quotas = [
        {
            "participant": "ann",
            "measure": "bookings",
            "start": JANUARY,
            "end": date(2027, 1, 1),
            "quota": Decimal("1562500.01"),
        }
    ]
    checked = plan(component(tiers, quota="own"))
    bound = Decimal("1562500.01") * Decimal("0.33333333")
    pay = bound / 10 + (Decimal(1000000) - bound) / 5
    assert earned(run(checked, {"orders": [order("1", "ann", "2026-01-05", "1000000")], "quotas": quotas})) == {
        ("ann", JANUARY): round(pay, 2)
    }
