"""Values are shown by their type."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from attain_web.look.table import cell, number


@pytest.mark.parametrize(
    ("value", "is_money", "shown"),
    [
        (Decimal("1234567.500000"), True, "1,234,567.50"),
        (Decimal("1234567.500000"), False, "1,234,567.5"),
        (Decimal("0.000001"), True, "0.000001"),
        (Decimal("1E+3"), False, "1,000"),
        (Decimal(-3), True, "-3.00"),
        (12, False, "12"),
    ],
)
def test_a_number_keeps_every_digit_that_counts(*, value: Decimal | int, is_money: bool, shown: str) -> None:
    assert number(value, is_money=is_money) == shown


@pytest.mark.parametrize(
    ("value", "shown", "iso"),
    [
        (None, "", ""),
        ("", "", ""),
        (date(2026, 3, 2), "2026-03-02", "2026-03-02"),
        (datetime(2026, 3, 2, 13, 5, tzinfo=UTC), "2026-03-02 13:05", "2026-03-02T13:05:00+00:00"),
        (True, "yes", ""),
        ("<b>", "<b>", ""),
    ],
)
def test_a_value_is_shown_by_its_type(value: Any, shown: str, iso: str) -> None:
    told = cell(value)
    assert (told.text, told.iso) == (shown, iso)
