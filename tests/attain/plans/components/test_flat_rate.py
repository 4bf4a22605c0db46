"""Flat rate, beyond what every component is checked for."""

from datetime import date
from decimal import Decimal

from tests.attain.small import earned, order, plan, run

JANUARY = date(2026, 1, 1)


def test_half_a_cent_is_rounded_once_away_from_zero() -> None:
    orders = [
        order("1", "ann", "2026-01-05", "0.10"),
        order("2", "ann", "2026-01-06", "0.15"),
        order("3", "dan", "2026-01-06", "-0.25"),
    ]
    checked = plan({"name": "Flat", "measure": "bookings", "every": "year", "pays": "flat_rate", "rate": "10 %"})
    assert earned(run(checked, {"orders": orders})) == {
        ("ann", JANUARY): Decimal("0.03"),
        ("dan", JANUARY): Decimal("-0.03"),
    }


def test_six_digit_rates_are_exact() -> None:
    orders = [order("1", "ann", "2026-01-05", "1000000000.01")]
    checked = plan({"name": "Flat", "measure": "bookings", "every": "year", "pays": "flat_rate", "rate": "0.123456"})
    assert earned(run(checked, {"orders": orders})) == {("ann", JANUARY): Decimal("123456000.00")}


def test_money_per_unit_of_a_count() -> None:
    deals = [
        {"opportunity": str(n), "participant": "ann", "stage": "won", "close_date": date(2026, 1, n)}
        for n in (1, 2, 3, 4)
    ]
    checked = plan({"name": "Spif", "measure": "won_deals", "every": "year", "pays": "flat_rate", "rate": 250})
    assert earned(run(checked, {"opportunities": deals})) == {("ann", JANUARY): Decimal(1000)}
