"""Retroactive tiers: what the tier reached pays, on the bound and below it."""

from datetime import date
from decimal import Decimal

import pytest

from tests.attain.small import earned, order, plan, run

JANUARY = date(2026, 1, 1)
TIERS = [{"from": 0, "rate": "1 %"}, {"from": 10000, "rate": "2 %"}, {"from": 50000, "rate": "3 %"}]


@pytest.mark.parametrize(
    ("sales", "boundary", "pay"),
    [
        ("5000", "upper", "50"),
        ("15000", "upper", "300"),
        ("60000", "upper", "1800"),
        ("10000", "upper", "200"),
        ("10000", "lower", "100"),
        ("9999.99", "upper", "100"),
        ("-500", "upper", "-5"),
    ],
)
def test_the_tier_reached_pays_on_everything(sales: str, boundary: str, pay: str) -> None:
    checked = plan(
        {
            "name": "R",
            "measure": "bookings",
            "every": "year",
            "pays": "retroactive_tiers",
            "tiers": TIERS,
            "boundary": boundary,
        }
    )
    orders = [order("1", "ann", "2026-01-05", sales)]
    assert earned(run(checked, {"orders": orders})) == {("ann", JANUARY): Decimal(pay)}


def test_nothing_is_paid_before_the_first_tier_is_reached() -> None:
    checked = plan(
        {"name": "R", "measure": "bookings", "every": "year", "pays": "retroactive_tiers", "tiers": TIERS[1:]}
    )
    assert earned(run(checked, {"orders": [order("1", "ann", "2026-01-05", "9999")]})) == {}
