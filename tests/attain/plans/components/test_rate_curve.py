"""Rate curve: the rate between its points, lines that add up, and curves that cannot be."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from attain.engines.engine import template
from attain.errors import AttainError
from attain.plans.lines import line_steps
from tests.attain.small import earned, order, plan, run

JANUARY = date(2026, 1, 1)
POINTS = [{"at": 0, "rate": "1 %"}, {"at": 300, "rate": "2 %"}, {"at": 600, "rate": "5 %"}]


def component(**more: Any) -> dict[str, Any]:
    return {"name": "C", "measure": "bookings", "every": "year", "pays": "rate_curve", "points": POINTS, **more}


@pytest.mark.parametrize(
    ("sold", "pays"), [("300", "6"), ("450", "15.75"), ("600", "30"), ("900", "45"), ("100", "1.33"), ("-100", "-1")]
)
def test_the_rate_of_the_total_pays_on_all_of_it(sold: str, pays: str) -> None:
    result = run(plan(component()), {"orders": [order("1", "ann", "2026-01-05", sold)]})
    assert earned(result) == {("ann", JANUARY): Decimal(pays)}


def test_every_deal_has_its_part_at_the_rate_of_the_total() -> None:
    orders = [order("1", "ann", "2026-01-05", "150"), order("2", "ann", "2026-02-05", "300")]
    result = run(plan(component()), {"orders": orders})
    for step in line_steps(result.compiler, result.engine):
        result.engine.make(step)
    lines = result.engine.rows(template("SELECT fact, amount FROM lines ORDER BY fact"))
    assert [row["amount"] for row in lines] == [Decimal("5.25"), Decimal("10.50")]


@pytest.mark.parametrize(
    ("points", "told"),
    [
        ([{"at": 300, "rate": "1 %"}, {"at": 300, "rate": "2 %"}], "above the one before"),
        ([{"at": 0, "rate": "rate"}, {"at": 300, "rate": "2 %"}], "write a number or a per cent"),
    ],
)
def test_a_curve_that_cannot_be_is_told(points: list[dict[str, Any]], told: str) -> None:
    with pytest.raises(AttainError, match=told):
        run(plan(component(points=points)))
