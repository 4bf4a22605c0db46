"""Proration of quota, amounts and cap each by its own method; ramps by tenure; relief; what is told of them."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from attain.errors import AttainError
from attain.plans.explain import Explainer
from attain.plans.lines import line_steps
from attain.plans.what_if import Basis, pay
from attain.run import Run
from tests.attain.small import ENGINE, Rows, earned, order, plan, quota, run

Q1 = date(2026, 1, 1)
TIERS = [{"from": "0 %", "rate": "10 %"}, {"from": "100 %", "rate": "20 %"}]
QUOTAS = [quota("ann", "900", "2026-01-01", "2026-04-01")]
MID_FEBRUARY = [{"participant": "ann", "from": "2026-02-18"}]


def component(**more: Any) -> dict[str, Any]:
    return {"name": "C", "measure": "bookings", "quota": "own", "pays": "graduated_tiers", "tiers": TIERS, **more}


def quotas_of(result: Run) -> dict[tuple[str, date], Decimal]:
    rows = result.table("attainment").to_pylist()
    return {(row["participant"], row["period_start"]): row["quota"] for row in rows if row["quota"] is not None}


@pytest.mark.parametrize(
    ("method", "left", "paid"),
    [("none", 900, "45"), ("calendar days", 420, "48"), ("working days", "421.88", "47.81"), ("months", 600, "45")],
)
def test_a_quota_is_that_of_the_time_on_the_plan(method: str, left: str, paid: str) -> None:
    checked = plan(component(), participants=MID_FEBRUARY, proration={"quota": method})
    result = run(checked, {"orders": [order("1", "ann", "2026-03-01", "450")], "quotas": QUOTAS}, period="2026-Q1")
    assert quotas_of(result) == {("ann", Q1): Decimal(left)}
    assert earned(result) == {("ann", Q1): Decimal(paid)}


def test_weighted_months_weigh_as_the_plan_says() -> None:
    weights = [1, 2, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1]
    checked = plan(component(), participants=MID_FEBRUARY, proration={"quota": "weighted months", "weights": weights})
    assert quotas_of(run(checked, {"quotas": QUOTAS}, period="2026-Q1")) == {("ann", Q1): 750}


def test_the_explanation_tells_the_quota_in_full() -> None:
    checked = plan(component(), participants=MID_FEBRUARY, proration={"quota": "calendar days"})
    relief = {"adjustment": "a", "participant": "ann", "measure": "bookings", "start": Q1, "end": date(2026, 2, 1)}
    relief |= {"amount": Decimal(-50), "reason": "leave", "approver": "cyd"}
    result = run(checked, {"quotas": QUOTAS, "quota_adjustments": [relief]}, period="2026-Q1")
    assert quotas_of(result) == {("ann", Q1): 370}
    tree = Explainer(result.engine, result.compiler, "ann").explain("2026-Q1")
    (node,) = [one for one in tree.children[0].children if one.label == "Quota for bookings"]
    assert (node.amount, node.formula) == ("370", "own, 900 by time on the plan and ramp, adjusted by -50")


def test_relief_counts_in_the_periods_that_hold_all_of_it_and_for_a_team() -> None:
    def adjusted(who: str, start: str, end: str, amount: int) -> dict[str, Any]:
        days = {"start": date.fromisoformat(start), "end": date.fromisoformat(end)}
        told = {"adjustment": f"{who}{start}", "participant": who, "measure": "bookings", "reason": "leave"}
        return {**told, **days, "amount": Decimal(amount), "approver": "cyd"}

    given = [adjusted("ann", "2026-02-01", "2026-03-01", -100), adjusted("ann", "2026-03-01", "2026-05-01", -7)]
    checked = plan(
        attainment=[{"measure": "bookings"}, {"measure": "team_bookings", "quota": "sum of reports"}], components=[]
    )
    result = run(checked, {"quotas": QUOTAS, "quota_adjustments": given}, period="2026-Q1")
    assert quotas_of(result) == {("ann", Q1): 800, ("bob", Q1): 800, ("cyd", Q1): 800}


@pytest.mark.parametrize("pays", [{"amount": 1000, "threshold": 1}])
def test_amounts_and_caps_are_prorated_each_by_its_own_method(pays: dict[str, Any]) -> None:
    bonus = {"name": "B", "measure": "bookings", "pays": "threshold_bonus", **pays}
    capped = {"name": "F", "measure": "bookings", "pays": "flat_rate", "rate": "commission_rate * 10", "cap": 90}
    proration = {"target": "calendar days", "cap": "months"}
    checked = plan(bonus, capped, participants=MID_FEBRUARY, proration=proration)
    orders = [order("1", "ann", "2026-02-20", "100"), order("2", "ann", "2026-03-01", "350")]
    result = run(checked, {"orders": orders}, period="2026-Q1")
    assert earned(result, "B") == {("ann", Q1): Decimal("466.67")}
    assert earned(result, "F") == {("ann", Q1): 60}
    for step in line_steps(result.compiler, result.engine):
        result.engine.make(step)
    lines = result.engine.rows("SELECT component, fact, amount FROM lines ORDER BY 1, 2")
    assert [(row["component"], row["fact"], row["amount"]) for row in lines] == [
        ("B", "1", Decimal("466.67")),
        ("B", "2", 0),
        ("F", "1", 50),
        ("F", "2", 10),
    ]
    tree = Explainer(result.engine, result.compiler, "ann").explain("2026-Q1")
    above = [one for node in tree.children for one in node.children if one.label == "Above the cap of 60"]
    assert [one.amount for one in above] == ["-165.00"]


def test_a_component_paid_by_the_deal_has_its_part_of_the_cap() -> None:
    capped = {"name": "F", "measure": "bookings", "pays": "flat_rate", "rate": "50 %", "cap": 90, "per": "deal"}
    checked = plan(capped, participants=MID_FEBRUARY, proration={"cap": "calendar days"})
    orders = [order("1", "ann", "2026-02-20", "100"), order("2", "ann", "2026-03-01", "350")]
    assert earned(run(checked, {"orders": orders}, period="2026-Q1")) == {("ann", Q1): 42}


def test_own_quotas_grow_with_tenure() -> None:
    people: Rows = [{"participant": "ann", "start": date(2026, 2, 20), "end": None}]
    quotas = [quota("ann", "300", f"2026-0{month}-01", None) for month in range(2, 7)]
    ramp = {"quota": ["25 %", "50 %", 250]}
    checked = plan(component(every="month"), ramp=ramp)
    result = run(checked, {"participants": people, "reporting_lines": [], "quotas": quotas}, period="2026")
    assert list(quotas_of(result).values()) == [75, 150, 250, 300, 300]
    later = plan(component(every="month"), ramp={**ramp, "first": "first full month"})
    result = run(later, {"participants": people, "reporting_lines": [], "quotas": quotas}, period="2026")
    assert list(quotas_of(result).values()) == [0, 75, 150, 250, 300]


def test_tenure_may_begin_on_a_day_that_an_attribute_tells() -> None:
    people: Rows = [
        {"participant": "ann", "hired": date(2026, 1, 10), "start": None, "end": None},
        {"participant": "bob", "hired": None, "start": None, "end": None},
    ]
    quotas = [quota(who, "300", "2026-01-01", "2026-04-01") for who in ("ann", "bob")]
    checked = plan(component(), ramp={"quota": ["50 %"], "joined": "hired"})
    result = run(checked, {"participants": people, "reporting_lines": (), "quotas": quotas}, period="2026-Q1")
    assert quotas_of(result) == {("ann", Q1): 250, ("bob", Q1): 300}


def test_a_run_of_one_participant_is_prorated_as_the_whole_run_is() -> None:
    checked = plan(component(), participants=MID_FEBRUARY, proration={"quota": "months"}, ramp={"quota": ["50 %"]})
    data = {"orders": [order("1", "ann", "2026-03-01", "450")], "quotas": QUOTAS}
    assert earned(run(checked, data, period="2026-Q1", participants=["ann"])) == earned(
        run(checked, data, period="2026-Q1")
    )


def test_what_a_deal_would_bring_is_not_told_where_it_depends_on_days() -> None:
    bonus = {"name": "B", "measure": "bookings", "pays": "threshold_bonus", "amount": 1000, "threshold": 1}
    basis = [Basis("B", Decimal(5))]
    assert pay(plan(bonus), basis, ENGINE) == [1000]
    assert pay(plan(bonus, proration={"target": "months"}), basis, ENGINE) == [None]
    assert pay(plan(bonus, proration={"quota": "months"}), basis, ENGINE) == [1000]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"proration": {"quota": "weighted months"}}, "needs 'weights'"),
        ({"proration": {"quota": "weighted months", "weights": [1, 2]}}, "twelve months, and 2 weights"),
        ({"proration": {"quota": "weeks"}}, "calendar days"),
        ({"ramp": {"quota": []}}, "quota"),
        ({"ramp": {"quota": ["50 %"], "joined": "hired"}}, "'hired' is no date of the participants"),
        ({"ramp": {"quota": ["50 %"], "joined": "title"}}, "'title' is no date of the participants"),
    ],
)
def test_what_cannot_be_prorated_is_told(more: dict[str, Any], told: str) -> None:
    with pytest.raises(AttainError, match=told):
        run(plan(component(), **more), {"quotas": QUOTAS})
