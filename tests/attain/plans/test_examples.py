"""Worked examples inside a plan are run, and one that does not hold is told."""

import pytest

from attain.engines.duckdb import DuckDB
from attain.plans.document import read_plan
from attain.plans.examples import check_examples

PLAN = """\
plan: Example
version: 1
currency: USD
effective: 2026-01-01 .. 2027-01-01
participants: title = 'Seller'
components:
  - {name: Flat, measure: bookings, every: month, pays: flat_rate, rate: commission_rate}
  - {name: Bonus, measure: bookings, every: year, quota: own, pays: threshold_bonus, threshold: 100 %, amount: 50}
examples:
  - given: {bookings: 1000, quota: 1000, commission_rate: 0.0555}
    expect: {Flat: 55.50, Bonus: 50}
"""


def checks(text: str) -> list[tuple[str, int | None]]:
    return [(fault.check, fault.line) for fault in check_examples(read_plan(text), DuckDB())]


def test_an_example_that_holds() -> None:
    assert checks(PLAN) == []


@pytest.mark.parametrize(
    ("old", "new", "check", "line"),
    [
        ("Flat: 55.50", "Flat: 55.51", "example", 11),
        ("Bonus: 50}", "Bonsu: 50}", "example", 11),
        ("quota: 1000, ", "", "example", 10),
        (", commission_rate: 0.0555", "", "example", 10),
        (", Bonus: 50}", "}", "no-example", 8),
    ],
)
def test_an_example_that_does_not(old: str, new: str, check: str, line: int) -> None:
    assert (check, line) in checks(PLAN.replace(old, new))


@pytest.mark.parametrize("value", ["1e-10", "1000.1234567891", "1e29", "{bookings: 1e30}"])
def test_an_amount_with_more_digits_than_there_is_room_for(value: str) -> None:
    assert ("example", 10) in checks(PLAN.replace("quota: 1000", f"quota: {value}"))


def test_more_examples_than_can_be_checked() -> None:
    more = "  - &a {given: {bookings: 1}, expect: {Flat: 0}}\n" + "  - *a\n" * 5_000
    assert checks(PLAN + more) == [("example", 10)]


def test_a_quota_for_each_measure() -> None:
    assert checks(PLAN.replace("quota: 1000", "quota: {bookings: 1000.01}").replace("Bonus: 50}", "Bonus: 0}")) == []


def test_an_example_of_a_component_with_dates_of_its_own_is_checked() -> None:
    dated = PLAN.replace("rate: commission_rate}", "rate: commission_rate, effective: 2026-03-01 .. 2026-05-01}")
    assert checks(dated) == []
    assert checks(dated.replace("Flat: 55.50", "Flat: 55.51")) == [("example", 11)]
