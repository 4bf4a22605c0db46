"""Ramps and proration by themselves, on numbers that can be checked by hand."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from attain.quotas.proration import Prorated, share
from attain.quotas.ramp import Step, first_month, ramped

HALF, QUARTER = Step(part=Decimal("0.5")), Step(part=Decimal("0.25"))
Q1 = (date(2026, 1, 1), date(2026, 4, 1))
WEIGHTS = {month: Decimal(month) for month in range(1, 13)}


@pytest.mark.parametrize(
    ("method", "told"),
    [
        ("none", Fraction(1)),
        ("calendar days", Fraction(42, 90)),
        ("working days", Fraction(30, 64)),
        ("months", Fraction(2, 3)),
        ("weighted months", Fraction(5, 6)),
    ],
)
def test_the_part_of_a_period_by_each_method(method: Prorated, told: Fraction) -> None:
    assert share(method, [(date(2026, 2, 18), date(2026, 4, 1))], *Q1, weights=WEIGHTS) == told


def test_months_that_weigh_nothing_count_as_months() -> None:
    nothing = dict.fromkeys(range(1, 13), Decimal(0))
    assert share("weighted months", [(date(2026, 2, 15), Q1[1])], *Q1, weights=nothing) == Fraction(2, 3)


@pytest.mark.parametrize(
    ("joined", "full", "first"),
    [
        ("2026-01-31", False, (2026, 1)),
        ("2026-01-31", True, (2026, 2)),
        ("2025-12-01", True, (2025, 12)),
        ("2025-12-02", True, (2026, 1)),
    ],
)
def test_the_first_month_is_that_of_joining_or_the_first_full_one(
    joined: str,
    full: bool,  # noqa: FBT001
    first: tuple[int, int],
) -> None:
    assert first_month(date.fromisoformat(joined), full=full) == first


@pytest.mark.parametrize(
    ("first", "factor"),
    [
        ((2025, 10), Fraction(1)),  # both steps are over
        ((2025, 12), Fraction(1, 3) * (Fraction(1, 2) + 1 + 1)),
        ((2026, 1), Fraction(1, 3) * (Fraction(1, 4) + Fraction(1, 2) + 1)),
        ((2026, 3), Fraction(1, 3) * Fraction(1, 4)),  # nothing before
        ((2026, 4), Fraction(0)),
    ],
)
def test_each_month_of_a_quarter_counts_by_its_own_step(first: tuple[int, int], factor: Fraction) -> None:
    assert ramped([QUARTER, HALF], first, Q1).factor == factor


def test_amounts_stand_in_place_of_a_month_of_the_quota() -> None:
    found = ramped([Step(amount=Decimal(10)), Step(amount=Decimal(20))], (2026, 1), Q1)
    assert (found.factor, found.fixed) == (Fraction(1, 3), Fraction(30))


def test_months_weigh_what_the_plan_says_and_by_days_where_none_is_whole() -> None:
    weighted = ramped([HALF], (2026, 1), Q1, method="weighted months", stretches=[Q1], weights=WEIGHTS)
    assert weighted.factor == Fraction(1, 12) + Fraction(5, 6)
    odd = (date(2026, 1, 22), date(2026, 2, 11))  # ten days of each month
    assert ramped([HALF], (2026, 1), odd).factor == Fraction(3, 4)


def test_a_month_in_which_somebody_leaves_counts_for_their_days() -> None:
    stretches = [(date(2026, 1, 1), date(2026, 2, 15))]
    found = ramped([HALF], (2026, 1), Q1, method="calendar days", stretches=stretches)
    assert found.factor == Fraction(1, 3) * (Fraction(1, 2) + Fraction(1, 2))
