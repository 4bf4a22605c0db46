"""Holds of single deals until something happens, and payout splits: what moves, and what stays."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from attain.errors import AttainError
from attain.run import Run
from tests.attain.small import Rows, order, plan, quota, run

D = Decimal
PAY = {"name": "C", "measure": "bookings", "every": "month", "pays": "flat_rate", "rate": "10 %"}
ORDERS = (
    order("1", "ann", "2026-01-05", "1000", paid=date(2026, 3, 2)),
    order("2", "ann", "2026-01-06", "100.05", paid=None),
    order("3", "ann", "2026-01-07", "10", paid=date(2026, 1, 31)),
)


def paid(
    also: Mapping[str, Rows] | None = None, payment: Mapping[str, Any] | None = None, *, component: Any = PAY
) -> Run:
    """A run of the first quarter."""
    checked = plan(component, **({"payment": payment} if payment else {}))
    return run(checked, {"orders": ORDERS, **(also or {})}, period="2026-Q1")


def payouts(result: Run, who: str = "ann") -> list[Decimal]:
    """What is paid month by month."""
    return [row["amount"] for row in result.table("payouts").to_pylist() if row["participant"] == who]


def items(result: Run, *kinds: str) -> list[tuple[str, str, Decimal]]:
    """The items of these kinds: month, fact and amount."""
    rows = result.table("settlement").to_pylist()
    return [(f"{row['period_start']:%m}", row["fact"], row["amount"]) for row in rows if row["kind"] in kinds]


def hold(key: str, fact: str, **more: Any) -> dict[str, Any]:
    """A hold that somebody entered."""
    return {"hold": key, "fact_table": "orders", "fact": fact, "reason": "check", "approver": "bob", **more}


def test_a_rule_holds_what_is_not_paid_by_the_customer_yet() -> None:
    rule = {"name": "Until paid", "until": "paid"}
    result = paid(payment={"holds": [rule]})
    assert payouts(result) == [D("1.00"), D("0.00"), D("100.00")]
    assert items(result, "held back") == [("01", "1", D("-100.00")), ("01", "2", D("-10.01"))]
    balances = [(row["closing"], row["account"]) for row in result.table("balances").to_pylist()]
    assert balances == [(D("110.01"), "Until paid"), (D("110.01"), "Until paid"), (D("10.01"), "Until paid")]


def test_a_part_of_some_components_is_held() -> None:
    rule = {"name": "Half", "until": "paid", "part": "50 %", "of": ["C"]}
    assert payouts(paid(payment={"holds": [rule]})) == [D("56.00"), D("0.00"), D("50.00")]  # 5.005 is held as 5.01


def test_a_deal_on_both_sides_of_a_difference_is_held_once() -> None:
    measures = {
        "small": {"sum": "amount", "of": "orders", "where": "amount < 500"},
        "net": {"difference": ["bookings", "small"]},
    }
    rule = {"name": "Until paid", "until": "paid"}
    checked = plan({**PAY, "measure": "net"}, measures=measures, payment={"holds": [rule]})
    result = run(checked, {"orders": ORDERS}, period="2026-Q1")
    assert payouts(result) == [D("0.00"), D("0.00"), D("100.00")]


def test_holds_by_hand_are_released_in_parts() -> None:
    holds = [
        hold("a", "1", share=D(25), released=date(2026, 2, 10)),
        hold("b", "1", share=D(25), released=date(2026, 3, 31)),
        hold("c", "1", share=D(50)),
        hold("d", "2", released=date(2026, 1, 31)),
        hold("e", "3", participant="bob"),
    ]
    result = paid({"holds": holds})
    assert payouts(result) == [D("11.01"), D("25.00"), D("25.00")]
    assert items(result, "released") == [("02", "1", D("25.00")), ("03", "1", D("25.00"))]


def test_what_is_paid_less_what_is_earned_is_what_is_held() -> None:
    tiers = [{"from": "0 %", "rate": "5 %"}, {"from": "100 %", "rate": "7.777 %"}]
    component = {"name": "C", "measure": "bookings", "every": "month", "pays": "graduated_tiers", "quota": "own"}
    also = {"quotas": [quota("ann", "500", "2026-01-01", "2026-02-01")], "holds": [hold("a", "1", share=D("33.3"))]}
    result = paid(also, component={**component, "tiers": tiers})
    earned = sum(row["amount"] for row in result.table("earnings").to_pylist() if row["participant"] == "ann")
    assert earned - sum(payouts(result)) == result.table("balances").to_pylist()[-1]["closing"] > 0


def test_what_was_held_is_released_where_it_is_clawed_back() -> None:
    clawback = {"attainment": "kept"}
    also = {"cancellations": [{"fact_table": "orders", "fact": "2", "date": date(2026, 2, 3)}]}
    result = paid(also, {"clawbacks": [clawback], "holds": [{"name": "Until paid", "until": "paid"}]})
    assert payouts(result) == [D("1.00"), D("0.00"), D("100.00")]
    assert items(result, "clawed back", "released")[:2] == [("02", "2", D("-10.01")), ("02", "2", D("10.01"))]


def test_a_payout_split_shares_pay_and_leaves_attainment() -> None:
    splits = [
        {"fact_table": "orders", "fact": "1", "participant": who, "share": D(share), "kind": kind}
        for who, share, kind in (
            ("ann", "60", "revenue"), ("dan", "40", "revenue"), ("ann", "50", "payout"), ("dan", "125", "payout"),
        )
    ]  # fmt: skip
    result = paid({"splits": splits})
    assert payouts(result)[0] == D("41.01")  # 60 x 50 % + 10.01 + 1
    assert payouts(result, "dan") == [D("50.00"), D("0.00"), D("0.00")]
    measured = {row["participant"]: row["value"] for row in result.table("measures").to_pylist() if row["value"]}
    assert measured == {"ann": D("710.05"), "dan": D(400)}
    assert items(result, "shared") == [("01", "1", D("-30.00")), ("01", "1", D("10.00"))]


def test_an_overlay_split_is_credited_beside_the_owner() -> None:
    splits = [
        {"fact_table": "orders", "fact": "1", "participant": who, "share": D(share), "kind": "overlay"}
        for who, share in (("bob", "100"), ("dan", "30"))
    ]
    assert payouts(paid({"splits": splits}))[0] == D("111.01")
    measures = {"overlay_bookings": {"sum": "amount", "of": "orders", "splits": "overlay"}}
    checked = plan({**PAY, "measure": "overlay_bookings"}, measures=measures)
    result = run(checked, {"orders": ORDERS, "splits": splits}, period="2026-01")
    assert {row["participant"]: row["amount"] for row in result.table("payouts").to_pylist() if row["amount"]} == {
        "bob": D("100.00"),
        "dan": D("30.00"),
    }


def test_a_hold_without_its_column_is_refused() -> None:
    with pytest.raises(AttainError, match="'amount' is no date column of orders") as refused:
        paid(payment={"holds": [{"name": "H", "until": "amount"}]})
    assert refused.value.faults[0].line


def test_somebody_alone_is_paid_the_same() -> None:
    checked = plan(PAY, payment={"holds": [{"name": "Until paid", "until": "paid"}]})
    alone = run(checked, {"orders": ORDERS}, period="2026-Q1", participants=["ann"])
    assert payouts(alone) == [D("1.00"), D("0.00"), D("100.00")]
