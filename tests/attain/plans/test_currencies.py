"""Currencies with dated rates: what is converted, on which day, and what is told where no rate holds."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from attain.errors import AttainError
from attain.run import Run
from tests.attain.engines.alike import explained
from tests.attain.small import Rows, order, plan, quota, run

D = Decimal
PAY = {"name": "C", "measure": "bookings", "every": "month", "pays": "flat_rate", "rate": "10 %"}
RATES = (
    {"currency": "EUR", "to_currency": "USD", "rate": D("1.10"), "start": date(2026, 1, 1), "end": date(2026, 1, 15)},
    {"currency": "EUR", "to_currency": "USD", "rate": D("1.2345"), "start": date(2026, 1, 15), "end": date(2026, 3, 1)},
    {"currency": "JPY", "to_currency": "USD", "rate": D("0.0067")},
    {"currency": "USD", "to_currency": "EUR", "rate": D("0.9")},
)
ORDERS = (
    order("1", "ann", "2026-01-05", "100", currency="EUR", cost=D(10)),
    order("2", "ann", "2026-01-15", "100.01", currency="EUR"),
    order("3", "ann", "2026-01-16", "1000", currency="USD"),
    order("4", "ann", "2026-01-17", "0.5"),
    order("5", "bob", "2026-01-17", "20000", currency="JPY"),
)


def converted(orders: Rows = ORDERS, also: Mapping[str, Rows] | None = None, **more: Any) -> Run:
    """A run in US dollars over January."""
    held: dict[str, Rows] = {"orders": orders, "exchange_rates": RATES, **(also or {})}
    return run(plan(more.pop("component", PAY), **more), held, period="2026-01")


def measured(result: Run) -> dict[str, Decimal]:
    """What is measured of each participant, without those who have nothing."""
    rows = result.table("measures").to_pylist()
    return {row["participant"]: row["value"].normalize() for row in rows if row["value"]}


def test_money_counts_at_the_rate_of_its_day_and_is_rounded_once() -> None:
    # 100 x 1.10, 100.01 x 1.2345 = 123.462345, 1000, 0.5; 20000 x 0.0067
    assert measured(converted()) == {"ann": D("1233.96"), "bob": D(134)}


def test_every_money_column_and_condition_is_converted() -> None:
    measures = {"large": {"sum": "amount - coalesce(cost, 0)", "of": "orders", "where": "amount > 105"}}
    result = converted(component={**PAY, "measure": "large"}, measures=measures)
    assert measured(result) == {"ann": D("1222.46"), "bob": D(134)}


def test_lines_are_in_the_currency_of_their_order() -> None:
    lines = [{"order": key, "line": "1", "amount": D("10.01"), "quantity": D(1)} for key in ("1", "3")]
    measures = {"lines": {"sum": "amount", "of": "order_lines"}}
    result = converted(also={"order_lines": lines}, component={**PAY, "measure": "lines"}, measures=measures)
    assert measured(result) == {"ann": D("21.02")}


def test_a_line_without_a_rate_does_not_count_and_is_told() -> None:
    late = [*ORDERS, order("6", "ann", "2026-01-20", "7", currency="JPY"), order("7", "ann", "2025-12-31", "7")]
    rates = [{**RATES[0], "start": date(2026, 1, 6)}, RATES[1], RATES[2]]
    result = converted(late, {"exchange_rates": rates})
    assert measured(result)["ann"] == D("1124.01")
    (told,) = [fault for fault in result.faults if fault.check == "missing-rate"]
    assert (told.severity, told.values, told.value) == ("warning", ("1",), "EUR")
    assert "no rate from EUR to USD on 2026-01-05; 1 of orders (1) do not count for bookings" in told.message


def test_a_currency_without_any_rate_stops_the_run() -> None:
    with pytest.raises(AttainError, match="knows no GBP") as refused:
        converted([*ORDERS, order("6", "ann", "2026-01-20", "7", currency="GBP")])
    assert refused.value.faults[0].check == "unknown-currency"


def test_what_counts_no_money_needs_no_rate() -> None:
    measures = {"number": {"count": "orders"}}
    result = converted(component={**PAY, "measure": "number"}, measures=measures, also={"exchange_rates": RATES[2:3]},
                       orders=ORDERS[2:])  # fmt: skip
    assert measured(result) == {"ann": D(2), "bob": D(1)}


def test_a_quota_is_converted_at_the_rate_of_its_first_day() -> None:
    component = {
        "name": "C", "measure": "bookings", "every": "month", "quota": "own", "pays": "threshold_bonus",
        "threshold": "100 %", "amount": 5,
    }  # fmt: skip
    quotas = [
        {**quota("ann", "1000", "2026-01-01", "2026-02-01"), "currency": "EUR"},
        {**quota("bob", "134", "2026-01-01", "2026-02-01"), "currency": "USD"},
    ]
    result = converted(component=component, also={"quotas": quotas})
    attained = {row["participant"]: (row["quota"], row["attainment"]) for row in result.table("attainment").to_pylist()}
    assert attained["ann"][0] == D(1100)
    assert attained["bob"] == (D(134), D(1))
    assert result.paid()["ann"] == result.paid()["bob"] == D(5)


def test_an_explanation_and_somebody_alone_have_the_same_amounts() -> None:
    held: dict[str, Rows] = {"orders": ORDERS, "exchange_rates": RATES}
    alone = run(plan(PAY), held, period="2026-01", participants=["ann"])
    assert alone.paid() == {"ann": D("123.40")}
    assert "owner of orders 2, EUR at 1.2345" in str(explained(alone, "ann"))
