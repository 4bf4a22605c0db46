"""Rate tables with columns: a second measure, and a third, choose which rate of a tier is paid."""

from decimal import Decimal
from typing import Any

import pytest

from attain.engines.duckdb import DuckDB
from attain.errors import AttainError
from attain.plans.compare import changes
from attain.plans.examples import check_examples
from attain.plans.lint import check_plan
from tests.attain.plans.test_factors import JANUARY, earning_of, paid
from tests.attain.small import fault_checks, order, plan, quota

QUOTAS = [quota("ann", "10000", "2026-01-01", "2027-01-01")]
MARGIN = {"measure": "gross_margin", "columns": ["0 %", "20 %", "40 %"]}
MATRIX: dict[str, Any] = {
    "name": "M",
    "measure": "bookings",
    "every": "year",
    "quota": "own",
    "by": [MARGIN],
    "pays": "retroactive_tiers",
    "tiers": [
        {"from": "0 %", "rate": ["1 %", "2 %", "3 %"]},
        {"from": "100 %", "rate": ["4 %", "commission_rate", "6 %"]},
    ],
    "boundary": "upper",
}


def sold(amount: str, cost: str, second: str = "0") -> list[dict[str, Any]]:
    """Two orders of Ann: of an amount, and one of a cent less than nothing or more."""
    return [
        order("1", "ann", "2026-01-05", amount, cost=Decimal(cost)),
        order("2", "ann", "2026-05-05", second, cost=Decimal(0)),
    ]


@pytest.mark.parametrize(
    ("amount", "cost", "wanted"),
    [
        ("8000", "7000", "80.00"),  # 12.5 %: first column, first tier
        ("8000", "6400", "160.00"),  # exactly 20 %
        ("8000", "0", "240.00"),
        ("10000", "9000", "400.00"),  # exactly the quota
        ("20000", "14000", "1000.00"),  # Ann's own rate of 5 %
        ("20000", "100", "1200.00"),
    ],
)
def test_the_crossing_of_two_measures_is_paid(amount: str, cost: str, wanted: str) -> None:
    """The row is chosen by the part of the quota, the column by the margin; lines and explanation sum to it."""
    result, found = paid(MATRIX, sold(amount, cost), QUOTAS)
    assert found == Decimal(wanted)
    assert "of Gross margin" in earning_of(result).formula


def test_graduated_tiers_pay_each_part_at_the_column() -> None:
    """The way in which tiers pay is that of the component; a third measure makes each rate a list of lists."""
    tiers = [
        {"from": "0 %", "rate": [["1 %", "10 %"], ["2 %", "20 %"], ["3 %", "30 %"]]},
        {"from": "100 %", "rate": "50 %"},
    ]
    count = {"measure": "number", "columns": [0, 2]}
    component = MATRIX | {"by": [MARGIN, count], "tiers": tiers, "pays": "graduated_tiers"}
    del component["boundary"]
    measures = {"number": {"count": "orders", "where": "amount > 0"}}

    def pays(second: str) -> Decimal:
        return paid(component, sold("12000", "8400", second), QUOTAS, measures=measures)[1]

    assert pays("0") == Decimal("1200.00")  # 10,000 × 2 % + 2,000 × 50 %
    assert pays("0.01") == Decimal("3000.01")  # 10,000 × 20 % + 2,000.01 × 50 %


def test_deals_by_themselves_pay_the_column_of_the_period() -> None:
    """Each deal goes through the tiers alone, at the column that the period's margin chose."""
    component = MATRIX | {"per": "deal", "tiers": [{"from": 0, "rate": ["1 %", "2 %", "3 %"]}]}
    del component["quota"]
    _, found = paid(component, sold("100", "75", "900"), ())
    assert found == Decimal("30.00")


def test_amounts_have_columns_too() -> None:
    """A step bonus by a second measure; without a margin (nothing sold) it is the first column."""
    component = {
        "name": "M",
        "measure": "bookings",
        "every": "year",
        "by": [MARGIN],
        "pays": "step_bonus",
        "steps": [{"from": 1, "amount": [100, 200, 300]}, {"from": 5000, "amount": [1000, 2000, 3000]}],
    }
    assert paid(component, sold("5000", "3500"), ())[1] == Decimal("2000.00")
    assert paid(component, sold("0", "0"), ())[1] == 0


def test_examples_give_the_other_measures() -> None:
    """A worked example gives every measure that chooses."""
    examples = [
        {"given": {"bookings": 20000, "quota": 10000, "gross_margin": "0.4"}, "expect": {"M": 1200}},
        {
            "given": {"bookings": 20000, "quota": 10000, "gross_margin": "0.3", "commission_rate": "0.1"},
            "expect": {"M": 2001},
        },
    ]
    examples[0]["given"]["commission_rate"] = 0  # type: ignore[index]
    checked = plan(MATRIX, examples=examples)
    assert fault_checks(check_plan(checked)) == []
    (fault,) = check_examples(checked, DuckDB())
    assert fault.message == "'M' pays 2000.00, where the example expects 2001"
    missing = check_examples(plan(MATRIX, examples=[{"given": {"bookings": 1}, "expect": {"M": 1}}]), DuckDB())
    assert "gross_margin and commission_rate and quota" in missing[0].message


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"tiers": [{"from": 0, "rate": ["1 %", "2 %"]}]}, "[0.01, 0.02] has other columns than 'by'"),
        ({"tiers": [{"from": 0, "rate": ["1 %", "2 %", ["3 %", "4 %"]]}]}, "has other columns"),
        ({"tiers": [{"from": 0, "rate": "1 %"}]}, "'by' names columns that no rate has"),
        ({"by": []}, "[0.01, 0.02, 0.03] has other columns than 'by'"),
        ({"tiers": [{"from": 0, "rate": ["1 %", "2 %", "no_such(3)"]}]}, "may not stand in a formula"),
        ({"by": [MARGIN | {"measure": "bookings"}]}, "per cents of it are those of a quota"),
    ],
)
def test_what_does_not_fit_is_told(changed: dict[str, Any], words: str) -> None:
    """Rates without one for each column, and columns that no rate has."""
    faults = check_plan(plan(MATRIX | changed))
    assert any(words in fault.message for fault in faults), [fault.message for fault in faults]


@pytest.mark.parametrize("columns", [["0 %"], ["10 %", "20 %"], ["0 %", "20 %", "20 %"], ["0 %", "x"]])
def test_columns_rise_from_nothing(columns: list[str]) -> None:
    """At least two columns, rising from 0."""
    with pytest.raises(AttainError):
        plan(MATRIX | {"by": [{"measure": "gross_margin", "columns": columns}]})


def test_a_changed_column_is_told_in_words() -> None:
    """Where another column begins, and what it pays."""
    after = MATRIX | {"by": [MARGIN | {"columns": ["0 %", "25 %", "40 %"]}]}
    (change,) = changes(plan(MATRIX), plan(after))
    assert (change.place, change.before) == ("M: by 1", "columns from 0 %, 20 %, 40 % of Gross margin")


def test_nothing_sold_earns_nothing() -> None:
    """The first column where the measure that chooses has no value."""
    assert paid(MATRIX, (), QUOTAS)[0].table("earnings").to_pylist()[0]["period_start"] == JANUARY
