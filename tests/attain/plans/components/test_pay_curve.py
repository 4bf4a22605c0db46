"""Pay curve: straight lines between points, what each deal adds, and curves that cannot be."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from attain.engines.engine import template
from attain.errors import AttainError
from attain.plans.lines import line_steps
from tests.attain.small import PEOPLE, earned, order, plan, quota, run

JANUARY = date(2026, 1, 1)
POINTS = [{"at": "50 %", "pays": "25 %"}, {"at": "100 %", "pays": "100 %"}]
QUOTAS = [quota("ann", "300", "2026-01-01", "2027-01-01")]


def component(**more: Any) -> dict[str, Any]:
    settings = {"pays": "pay_curve", "target": 1000, "points": POINTS, "quota": "own", **more}
    return {"name": "C", "measure": "bookings", "every": "year", **settings}


def test_deals_add_what_the_curve_rises_by() -> None:
    orders = [order(str(n), "ann", f"2026-01-0{n}", "100") for n in range(1, 5)]
    result = run(plan(component()), {"orders": orders, "quotas": QUOTAS})
    for step in line_steps(result.compiler, result.engine):
        result.engine.make(step)
    lines = result.engine.rows(template("SELECT fact, amount FROM lines ORDER BY fact"))
    assert [row["amount"] for row in lines] == [Decimal(0), Decimal(500), Decimal(500), Decimal(0)]
    assert earned(result) == {("ann", JANUARY): Decimal(1000)}


def test_a_third_of_the_way_is_divided_once_and_rounded_to_the_cent() -> None:
    orders = [order("1", "ann", "2026-01-01", "200.01")]
    result = run(plan(component()), {"orders": orders, "quotas": QUOTAS})
    assert earned(result) == {("ann", JANUARY): Decimal("500.05")}  # 250 + 750 × 50.01 ÷ 150


def test_the_target_is_that_of_the_last_day() -> None:
    people = [{**PEOPLE[0], "commission_rate": Decimal(400), "start": None, "end": date(2026, 6, 1)}]
    people.append({**PEOPLE[0], "commission_rate": Decimal(800), "start": date(2026, 6, 1), "end": None})
    orders = [order("1", "ann", "2026-01-01", "300")]
    data = {"participants": people, "orders": orders, "quotas": QUOTAS, "reporting_lines": ()}
    assert earned(run(plan(component(target="commission_rate")), data)) == {("ann", JANUARY): Decimal(800)}


@pytest.mark.parametrize(
    ("points", "told"),
    [
        (POINTS[:1], "at least 2"),
        (POINTS[::-1], "each point begins above the one before"),
        ([{"at": "5 %", "pays": "50 %"}, {"at": "100 %", "pays": "10 %"}], "a curve never falls"),
        ([{"at": 10, "pays": "50 %"}, {"at": "100 %", "pays": "60 %"}], "write all the same way"),
        ([{"at": 0, "pays": "5 %"}, {"at": 20, "pays": "60 %"}], "a first point at 0 pays 0 %"),
        ([{"at": 10, "pays": "rate"}, {"at": 20, "pays": "60 %"}], "write a per cent of the target"),
    ],
)
def test_points_that_are_no_curve_are_refused(points: list[dict[str, Any]], told: str) -> None:
    with pytest.raises(AttainError, match=told):
        plan(component(points=points))
