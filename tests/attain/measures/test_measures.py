"""Kinds of measures, over facts and their parents, direct and rolled up."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from attain.errors import AttainError
from attain.measures.measure import Measure, is_additive, unit_of, with_operands
from attain.plans.document import catalogue
from tests.attain.small import Rows, order, plan, run

LINES = (
    {"order": "1", "line": "1", "product": "a", "quantity": Decimal(2), "amount": Decimal(60), "cost": Decimal(20)},
    {"order": "1", "line": "2", "product": "b", "quantity": Decimal(1), "amount": Decimal(40), "cost": Decimal(30)},
    {"order": "2", "line": "1", "product": "a", "quantity": Decimal(3), "amount": Decimal(90), "cost": None},
)
ORDERS = (
    order("1", "ann", "2026-01-05", "100", account="x", kind="new"),
    order("2", "ann", "2026-02-05", "90", account="x", kind="repeat"),
    order("3", "dan", "2026-02-06", "10", account="y", kind="new"),
)


def values(definition: dict[str, Any], data: dict[str, Rows] | None = None, **more: Any) -> dict[str, Decimal | None]:
    """The measure ``mine`` by participant over 2026."""
    component = {"name": "it", "measure": "mine", "every": "year", "pays": "flat_rate", "rate": 1}
    checked = plan(component, measures={"mine": definition, **more})
    rows = run(checked, {"orders": ORDERS, "order_lines": LINES, **(data or {})}).table("measures").to_pylist()
    return {row["participant"]: row["value"] for row in rows if row["measure"] == "mine" and row["value"] != 0}


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ({"sum": "amount", "of": "orders", "where": "kind = 'new'"}, {"ann": 100, "dan": 10}),
        ({"sum": "quantity", "of": "order_lines"}, {"ann": 6}),
        ({"sum": "amount - coalesce(cost, 0)", "of": "order_lines", "where": "kind = 'new'"}, {"ann": 50}),
        ({"sum": "quantity * 2.5", "of": "order_lines", "where": "product = 'a'"}, {"ann": Decimal("12.5")}),
        ({"count": "orders"}, {"ann": 2, "dan": 1}),
        ({"count_distinct": "account", "of": "orders"}, {"ann": 1, "dan": 1}),
        ({"count_distinct": "product", "of": "order_lines"}, {"ann": 2}),
        ({"difference": ["bookings", "gross_profit"]}, {}),
        ({"rollup": "bookings"}, {"bob": 190, "cyd": 200}),
    ],
)
def test_kinds_of_measures(definition: dict[str, Any], expected: dict[str, Decimal]) -> None:
    assert values(definition) == expected


def test_average_ignores_rows_without_a_value() -> None:
    found = values({"average": "cost", "of": "order_lines"})
    assert found == {"ann": 25, "bob": None, "cyd": None, "dan": None}


def test_a_ratio_of_own_measures_and_its_rollup() -> None:
    shares: dict[str, Any] = {
        "new": {"sum": "amount", "of": "orders", "where": "kind = 'new'"},
        "share": {"ratio": ["new", "bookings"]},
    }
    assert values({"ratio": ["new", "bookings"]}, **shares)["dan"] == 1
    team = values({"rollup": "share"}, **shares)
    assert (team["bob"], team["cyd"]) == (Decimal("0.526315789474"), Decimal("0.55"))


def test_count_distinct_counts_once_for_a_manager() -> None:
    own: dict[str, Any] = {"accounts_sold": {"count_distinct": "account", "of": "orders"}}
    orders = [*ORDERS, order("4", "dan", "2026-03-01", "5", account="x")]
    assert values({"rollup": "accounts_sold"}, {"orders": orders}, **own) == {"bob": 1, "cyd": 2}


def test_splits_of_an_order_share_its_lines() -> None:
    shares = [
        {"fact_table": "orders", "fact": "1", "participant": who, "share": Decimal(share)}
        for who, share in (("ann", "33.3333333"), ("dan", "66.6666667"))
    ]
    found = values({"sum": "quantity", "of": "order_lines"}, {"splits": shares})
    assert found == {"ann": Decimal("3.999999999"), "dan": Decimal("2.000000001")}
    assert values({"sum": "quantity", "of": "order_lines", "splits": "ignore"}, {"splits": shares}) == {"ann": 6}


def test_another_date_and_another_credited_participant() -> None:
    orders = [
        {**ORDERS[0], "shipped": date(2027, 1, 1), "engineer": "dan"},
        {**ORDERS[1], "shipped": date(2026, 12, 31), "engineer": "bob"},
    ]
    assert values(
        {"sum": "amount", "of": "orders", "date": "shipped", "credited": "engineer"},
        {"orders": orders, "order_lines": ()},
    ) == {"bob": 90}


def test_a_formula_over_a_column_that_the_data_lacks_is_an_error() -> None:
    with pytest.raises(AttainError, match="no_such_column"):
        values({"sum": "amount", "of": "orders", "where": "no_such_column = 'x'"})


@pytest.mark.parametrize(
    "definition",
    [
        {},
        {"sum": "amount"},
        {"sum": "amount", "count": "orders", "of": "orders"},
        {"count": "participants"},
        {"ratio": ["a", "b"], "where": "x = 1"},
        {"sum": "amount", "of": "orders", "colour": "red"},
    ],
)
def test_a_measure_is_of_one_kind_with_what_that_needs(definition: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Measure"):
        Measure.model_validate(definition)


def test_units_and_additivity() -> None:
    measures = catalogue()
    assert {
        name: unit_of(name, measures)
        for name in ("bookings", "calls", "win_rate", "average_won_deal", "sales_cycle_days")
    } == {
        "bookings": "money",
        "calls": "count",
        "win_rate": "ratio",
        "average_won_deal": "money",
        "sales_cycle_days": "days",
    }
    assert {name for name in measures if is_additive(name, measures)} == {
        "bookings",
        "team_bookings",
        "gross_profit",
        "won_deals",
        "closed_deals",
        "calls",
    }


def test_operands_come_first_and_each_once() -> None:
    assert with_operands(("win_rate", "won_deals"), catalogue()) == ("won_deals", "closed_deals", "win_rate")
