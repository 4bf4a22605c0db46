"""Threshold bonus: reached exactly, on a ratio, with an amount from an attribute."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from attain.errors import AttainError
from tests.attain.small import earned, order, plan, quota, run

JANUARY = date(2026, 1, 1)


def bonus(**more: Any) -> dict[str, Any]:
    return {"name": "B", "measure": "bookings", "every": "year", "pays": "threshold_bonus", "amount": 500, **more}


@pytest.mark.parametrize(("sales", "paid"), [("100", True), ("99.99", False), ("250", True), ("-100", False)])
def test_reached_exactly_is_reached(sales: str, paid: bool) -> None:  # noqa: FBT001
    checked = plan(bonus(quota="own", threshold="100 %"))
    data = {
        "orders": [order("1", "ann", "2026-01-05", sales)],
        "quotas": [quota("ann", "100", "2026-01-01", "2027-01-01")],
    }
    assert earned(run(checked, data)) == ({("ann", JANUARY): Decimal(500)} if paid else {})


def test_a_per_cent_without_quota_is_of_the_measure() -> None:
    deals = [
        {"opportunity": str(n), "participant": who, "stage": stage, "close_date": date(2026, 1, n)}
        for n, who, stage in (
            (1, "ann", "won"),
            (2, "ann", "lost"),
            (3, "dan", "won"),
            (4, "dan", "won"),
            (5, "dan", "lost"),
        )
    ]
    checked = plan(bonus(measure="win_rate", threshold="60 %"))
    assert earned(run(checked, {"opportunities": deals})) == {("dan", JANUARY): Decimal(500)}


def test_an_amount_from_an_attribute_is_that_of_the_last_day() -> None:
    people = [
        {"participant": "ann", "target": Decimal(100), "start": None, "end": date(2026, 6, 1)},
        {"participant": "ann", "target": Decimal(300), "start": date(2026, 6, 1), "end": None},
    ]
    data = {"participants": people, "reporting_lines": (), "orders": [order("1", "ann", "2026-01-05", "100")]}
    assert earned(run(plan(bonus(threshold=1, amount="target * 0.5")), data)) == {("ann", JANUARY): Decimal(150)}


def test_a_threshold_lies_above_zero() -> None:
    with pytest.raises(AttainError, match="above 0"):
        plan(bonus(threshold=0))
