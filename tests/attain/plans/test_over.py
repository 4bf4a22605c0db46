"""What reads a longer time to date: true-ups, quotas of the whole or up to date, gates that open late, lines."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from attain.errors import AttainError
from attain.plans.explain import Explainer
from attain.plans.lines import line_steps
from attain.run import Run
from tests.attain.small import earned, order, plan, quota, run

TIERS = [{"from": "0 %", "rate": "5 %"}, {"from": "50 %", "rate": "10 %"}]
ORDERS = [order(str(n), "ann", f"2026-0{n}-05", str(n * 100)) for n in range(1, 5)]
YEAR = [quota("ann", "1000", "2026-01-01", "2027-01-01")]


def component(**more: Any) -> dict[str, Any]:
    settings = {"pays": "retroactive_tiers", "tiers": TIERS, "quota": "own", "over": "year"}
    return {"name": "C", "measure": "bookings", "every": "month", **settings, **more}


def by_month(result: Run) -> list[Decimal]:
    found = earned(result)
    return [found.get(("ann", date(2026, month, 1)), Decimal(0)) for month in range(1, 5)]


def lines_of(result: Run) -> list[tuple[date, str, Decimal]]:
    for step in line_steps(result.compiler, result.engine):
        result.engine.make(step)
    rows = result.engine.rows("SELECT period_start, fact, amount FROM lines ORDER BY 1, 2")
    return [(row["period_start"], row["fact"], row["amount"]) for row in rows]


def test_a_month_pays_what_the_year_to_date_brings_more_than_was_paid() -> None:
    data = {"orders": ORDERS, "quotas": YEAR}
    assert by_month(run(plan(component()), data)) == [5, 10, 45, 40]
    assert by_month(run(plan(component(pays="graduated_tiers")), data)) == [5, 10, 20, 40]


def test_one_month_asked_for_gives_what_the_whole_year_gives_it() -> None:
    result = run(plan(component()), {"orders": ORDERS, "quotas": YEAR}, period="2026-03")
    assert by_month(result) == [0, 0, 45, 0]
    assert {row["period_end"] for row in result.table("measures").to_pylist()} == {date(2026, 4, 1)}


def test_deals_of_earlier_months_are_trued_up_by_lines_of_their_own() -> None:
    result = run(plan(component()), {"orders": ORDERS, "quotas": YEAR}, period="2026-03")
    march = date(2026, 3, 1)
    assert lines_of(result) == [(march, "1", Decimal(5)), (march, "2", Decimal(10)), (march, "3", Decimal(30))]


def test_lines_sum_to_the_earnings_when_a_deal_is_split_and_rates_change() -> None:
    people = [
        {"participant": "ann", "commission_rate": Decimal("0.05"), "start": None, "end": date(2026, 2, 1)},
        {"participant": "ann", "commission_rate": Decimal("0.0833335"), "start": date(2026, 2, 1), "end": None},
    ]
    orders = [order(str(n), "ann", f"2026-0{n}-05", f"{n}33.335") for n in range(1, 5)]
    flat = component(pays="flat_rate", rate="commission_rate")
    flat.pop("tiers")
    result = run(plan(flat), {"participants": people, "reporting_lines": (), "orders": orders})
    sums: dict[date, Decimal] = {}
    for start, _, amount in lines_of(result):
        sums[start] = sums.get(start, Decimal(0)) + amount
    assert [sums[date(2026, month, 1)] for month in range(1, 5)] == by_month(result)


def test_the_quota_is_the_whole_years_or_that_of_the_months_up_to_date() -> None:
    months = [quota("ann", "250", f"2026-{n:02}-01", f"2026-{n + 1:02}-01") for n in range(1, 5)]
    data = {"orders": ORDERS, "quotas": months}
    targets = [{"measure": "bookings", "every": "month", "over": "year", "against": "to date"}]
    result = run(plan(component(against="to date"), attainment=targets), data)
    attained = [row["attainment"] for row in result.table("attainment").to_pylist() if row["participant"] == "ann"]
    assert attained[:4] == [Decimal("0.4"), Decimal("0.6"), Decimal("0.8"), Decimal(1)]
    assert by_month(result) == [5, 25, 30, 40]
    assert by_month(run(plan(component()), data)) == [5, 10, 45, 40]


def test_a_gate_that_opens_late_pays_what_waited_behind_it() -> None:
    gated = component(pays="flat_rate", rate="10 %", gate={"measure": "bookings", "reaches": 500})
    gated.pop("tiers")
    assert by_month(run(plan(gated), {"orders": ORDERS})) == [0, 0, 60, 40]


def test_the_time_since_the_plan_began_may_cross_years() -> None:
    flat = component(over="plan", pays="step_bonus", steps=[{"from": 300, "amount": 70}])
    for key in ("tiers", "quota"):
        flat.pop(key)
    orders = [order("1", "ann", "2026-11-05", "200"), order("2", "ann", "2027-01-05", "100")]
    checked = plan(flat, effective="2026-06-01 .. 2027-06-01")
    assert earned(run(checked, {"orders": orders}, period="2027-01")) == {("ann", date(2027, 1, 1)): Decimal(70)}


def test_the_explanation_takes_away_what_was_earned_earlier() -> None:
    result = run(plan(component()), {"orders": ORDERS, "quotas": YEAR}, period="2026-03")
    tree = Explainer(result.engine, result.compiler, "ann").explain("2026-03")
    (earning,) = tree.children
    assert (tree.amount, earning.label) == ("45.00", "C, 2026-03, year to date")
    money = [(node.label, node.amount) for node in earning.children if node.kind == "money"]
    assert money == [("from 50 % of quota", "60.00"), ("Earned earlier in the year", "-15.00")]
    (measure,) = [node for node in earning.children if node.label == "bookings"]
    assert (measure.amount, len(measure.children)) == ("600", 3)


def test_a_time_to_date_does_not_leave_the_dates_of_its_component() -> None:
    orders = [order(str(n), "ann", f"2026-0{n}-05", "10") for n in range(1, 7)]
    phones = {"name": "Phones", "measure": "bookings", "every": "month", "over": "plan", "pays": "graduated_tiers"}
    tiers = [{"from": 0, "rate": 0}, {"from": 15, "rate": 200}]
    checked = plan({**phones, "tiers": tiers, "effective": "2026-03-01 .. 2026-05-01"})
    assert earned(run(checked, {"orders": orders})) == {("ann", date(2026, 4, 1)): 1000}
    result = run(checked, {"orders": orders}, period="2026-04")
    assert earned(result) == {("ann", date(2026, 4, 1)): 1000}
    tree = Explainer(result.engine, result.compiler, "ann").explain("2026-04")
    (measure,) = [node for node in tree.children[0].children if node.label == "bookings"]
    assert (tree.amount, measure.amount) == ("1000.00", "20")


def test_the_quota_of_a_component_with_dates_is_that_of_its_dates() -> None:
    quotas = [quota("ann", "100", "2026-03-01", "2026-05-01"), quota("ann", "900", "2026-05-01", "2027-01-01")]
    orders = [order("1", "ann", "2026-02-05", "500"), order("2", "ann", "2026-03-05", "60")]
    checked = plan(component(effective="2026-03-01 .. 2026-05-01"), attainment=[])
    result = run(checked, {"orders": orders, "quotas": quotas})
    assert earned(result) == {("ann", date(2026, 3, 1)): 6}
    assert {row["quota"] for row in result.table("earnings").to_pylist() if row["participant"] == "ann"} == {100}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"every": "quarter", "over": "quarter"}, "each quarter cannot read the quarter to date"),
        ({"effective": "2026-04-02 .. 2026-07-01"}, "2026-04-02 is inside the month 2026-04"),
    ],
)
def test_a_time_that_cannot_be_read_to_date_is_told(more: dict[str, Any], told: str) -> None:
    with pytest.raises(AttainError, match=told):
        run(plan(component(**more)), {"orders": ORDERS})
