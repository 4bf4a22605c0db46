"""What is expected of a quota by a day, from working days."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attain.quotas.pace import expected, pace, working_days

START, END = date(2026, 10, 1), date(2027, 1, 1)
"""A quarter of 66 working days."""
DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))
AMOUNTS = st.decimals(0, 10**12, places=6)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2026-10-01", "2027-01-01", 66),
        ("2026-11-01", "2026-12-01", 21),
        ("2026-11-21", "2026-11-23", 0),  # a weekend
        ("2026-11-20", "2026-11-21", 1),
        ("2026-11-21", "2026-11-21", 0),
        ("2026-11-22", "2026-11-21", 0),
    ],
)
def test_working_days_are_monday_to_friday(start: str, end: str, days: int) -> None:
    assert working_days(date.fromisoformat(start), date.fromisoformat(end)) == days


@given(DAYS, st.integers(0, 800))
def test_working_days_are_counted_as_one_would_by_hand(start: date, length: int) -> None:
    days = [start + timedelta(days=day) for day in range(length)]
    assert working_days(start, start + timedelta(days=length)) == sum(day.weekday() < 5 for day in days)


@pytest.mark.parametrize(
    ("today", "amount"),
    [
        ("2026-09-01", "0"),
        ("2026-10-01", "0"),
        ("2026-10-02", "1000"),
        ("2026-10-05", "2000"),  # Monday: Thursday and Friday are over
        ("2026-12-31", "65000"),
        ("2027-01-01", "66000"),
        ("2027-03-01", "66000"),
    ],
)
def test_every_working_day_carries_the_same_part(today: str, amount: str) -> None:
    assert expected(Decimal(66_000), START, END, today=date.fromisoformat(today)) == Decimal(amount)


def test_what_no_decimal_holds_is_rounded_once() -> None:
    assert expected(Decimal(100), START, END, today=date(2026, 10, 2)) == Decimal("1.515151515152")
    assert pace(Decimal(1), Decimal(100), START, END, today=date(2026, 10, 2)) == Decimal("0.66")


def test_a_weekend_is_expected_when_it_is_over() -> None:
    start, end = date(2026, 11, 21), date(2026, 11, 23)
    assert expected(Decimal(10), start, end, today=date(2026, 11, 22)) == 0
    assert pace(Decimal(10), Decimal(10), start, end, today=date(2026, 11, 22)) is None
    assert expected(Decimal(10), start, end, today=end) == 10


def test_pace_says_ahead_and_behind() -> None:
    on = {"start": START, "end": END, "today": date(2026, 10, 5)}
    assert pace(Decimal(2_000), Decimal(66_000), **on) == 1
    assert pace(Decimal(1_000), Decimal(66_000), **on) == Decimal("0.5")
    assert pace(Decimal(0), Decimal(66_000), **on) == 0
    assert pace(Decimal(5), Decimal(0), **on) is None
    assert pace(Decimal(5), Decimal(10), START, END, today=START) is None
    assert pace(Decimal(5), Decimal(10), START, END, today=END) == Decimal("0.5")


@given(AMOUNTS, DAYS, st.integers(1, 400), st.integers(0, 400))
def test_it_never_falls_and_ends_with_the_quota(quota: Decimal, start: date, length: int, later: int) -> None:
    end = start + timedelta(days=length)
    day = start + timedelta(days=min(later, length))
    assert 0 <= expected(quota, start, end, today=day) <= quota
    assert expected(quota, start, end, today=day) <= expected(quota, start, end, today=day + timedelta(days=1))
    assert expected(quota, start, end, today=end) == quota
