"""Numbers of a statement as they are read: money with its currency, ratios as per cent, no long tails."""

from __future__ import annotations

from decimal import Decimal

import pytest

from attain_web.statements.shown import reading, shown_number


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        ("1320731.4031870832", "USD", "1,320,731.40 USD"),
        ("282000", "USD", "282,000.00 USD"),
        ("0.6", "ratio", "60.0 %"),
        ("0.416666666667", "ratio", "41.7 %"),
        ("36.33333333", "count", "36.333333"),
        ("7", "count", "7"),
        ("12.5", "days", "12.5 days"),
    ],
)
def test_a_number_is_read_by_its_unit(value: str, unit: str, told: str) -> None:
    assert reading(Decimal(value), unit) == told


def test_the_drill_down_keeps_every_digit() -> None:
    assert shown_number("1320731.4031870832", "USD") == "1,320,731.4031870832"
    assert shown_number("32883", "USD") == "32,883.00"
    assert shown_number("32883.5", "USD") == "32,883.50"
    assert shown_number("0.416666666667", "ratio") == "0.416666666667"
