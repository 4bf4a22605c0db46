"""Closed periods: what was paid stands, and what changes since comes into the open one with the deal it came from."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from attain.errors import AttainError
from attain.plans.closed import ledger_step
from attain.run import Run
from tests.attain.engines.alike import explained
from tests.attain.small import Rows, order, plan, quota, run

D = Decimal
TIERS = [{"from": "0 %", "rate": "5 %"}, {"from": "100 %", "rate": "10 %"}]
PAY = {
    "name": "C", "measure": "bookings", "every": "month", "quota": "own", "pays": "graduated_tiers", "tiers": TIERS,
}  # fmt: skip
QUOTAS = [quota(who, "100", f"2026-0{n}-01", f"2026-0{n + 1}-01") for who in ("ann", "dan") for n in (1, 2, 3)]
ORDERS = [
    order("1", "ann", "2026-01-05", "80"),
    order("2", "ann", "2026-01-20", "40.07"),
    order("3", "dan", "2026-01-20", "10"),
    order("4", "ann", "2026-02-20", "10"),
]


def paid(orders: Rows, ledger: Rows = (), period: str = "2026-Q1", **more: Any) -> Run:
    """A run with what was paid for closed periods."""
    return run(plan(PAY, **more), {"orders": orders, "quotas": QUOTAS, "paid": ledger}, period=period)


def ledger(result: Run) -> list[dict[str, Any]]:
    """What a run pays, in the form that closes its periods."""
    return result.engine.rows(ledger_step(result.compiler, result.engine).query)


def payouts(result: Run, who: str = "ann") -> list[Decimal]:
    """What is paid month by month."""
    return [row["amount"] for row in result.table("payouts").to_pylist() if row["participant"] == who]


def items(result: Run, who: str = "ann") -> list[tuple[str, str, str | None, Decimal]]:
    """The items that are about closed periods: month, name, fact and amount."""
    rows = [row for row in result.table("settlement").to_pylist() if row["participant"] == who]
    kinds = ("changed since", "prior period")
    return [
        (f"{row['period_start']:%m}", row["item"], row["fact"], row["amount"]) for row in rows if row["kind"] in kinds
    ]


def test_a_ledger_is_what_was_paid_deal_by_deal() -> None:
    rows = [(row["participant"], row["fact"], row["amount"]) for row in ledger(paid(ORDERS, period="2026-01"))]
    assert [row for row in rows if row[2]] == [
        ("ann", "1", D("4.00")),
        ("ann", "2", D("3.01")),
        ("dan", "3", D("0.50")),
    ]
    assert sorted(row[0] for row in rows if row[1] is None) == ["ann", "bob", "cyd", "dan"]


def test_a_period_in_which_nothing_was_paid_is_closed_as_well() -> None:
    january = ledger(paid(ORDERS[3:], period="2026-01"))
    result = paid(ORDERS, january)
    assert payouts(result) == [D("0.00"), D("7.51"), D("0.00")]


def test_nothing_changed_adjusts_nothing() -> None:
    january = ledger(paid(ORDERS, period="2026-01"))
    result = paid(ORDERS, january)
    assert payouts(result) == [D("7.01"), D("0.50"), D("0.00")]
    assert items(result) == []


def test_a_late_order_and_a_changed_one_are_adjusted_in_the_open_period() -> None:
    january = ledger(paid(ORDERS, period="2026-01"))
    changed = [{**ORDERS[0], "amount": D(90)}, *ORDERS[1:], order("5", "ann", "2026-01-21", "20"),
               order("6", "bob", "2026-01-21", "0.5")]  # fmt: skip
    result = paid(changed, january)
    # Now January pays 5 + 10 % of 50.07 = 10.01 (10.007): order 1 brings 4.50, order 2 3.51 (3.507) and order 5 2.00.
    assert items(result) == [
        ("01", "Prior periods", None, D("-3.00")),
        ("02", "2026-01-01", "1", D("0.50")),
        ("02", "2026-01-01", "2", D("0.50")),
        ("02", "2026-01-01", "5", D("2.00")),
    ]
    assert payouts(result) == [D("7.01"), D("3.50"), D("0.00")]
    balances = [(row["period_start"].month, row["closing"]) for row in result.table("balances").to_pylist()
                if row["participant"] == "ann" and row["account"] == "Prior periods"]  # fmt: skip
    assert balances == [(1, D("3.00")), (2, D("0.00")), (3, D("0.00"))]


def test_an_order_that_is_gone_is_taken_back_also_from_who_has_nothing_else() -> None:
    january = ledger(paid(ORDERS, period="2026-01"))
    result = paid([one for one in ORDERS if one["order"] != "3"], january)
    assert payouts(result, "dan") == [D("0.50"), D("-0.50"), D("0.00")]
    assert items(result, "dan") == [("01", "Prior periods", None, D("0.50")), ("02", "2026-01-01", "3", D("-0.50"))]


def test_without_deals_the_whole_is_adjusted() -> None:
    closed = {"participant": "ann", "plan": "Small", "period_start": date(2026, 1, 1), "period_end": date(2026, 2, 1)}
    result = paid(ORDERS, [{**closed, "amount": D("6.00")}])
    assert items(result) == [("01", "Prior periods", None, D("-1.01")), ("02", "2026-01-01", None, D("1.01"))]
    assert payouts(result, "dan") == [D("0.00"), D("0.50"), D("0.00")]  # January is closed for everybody


def test_what_was_paid_and_is_to_be_paid_is_what_all_would_pay_now() -> None:
    payment = {"minimum": {"amount": 3, "short": "carried"}, "holdbacks": [{"part": "10 %", "periods": 1}]}
    january = ledger(paid(ORDERS, period="2026-01", payment=payment))
    changed = [ORDERS[0], *ORDERS[2:]]
    before = payouts(paid(ORDERS, period="2026-01", payment=payment))
    anew = sum(payouts(paid(changed, payment=payment)))
    adjusted = payouts(paid(changed, january, payment=payment))
    assert adjusted[0] == before[0]
    assert sum(adjusted) == anew


def test_an_explanation_leads_to_the_deal() -> None:
    january = ledger(paid(ORDERS, period="2026-01"))
    late = [*ORDERS, order("5", "ann", "2026-01-21", "20")]
    told = explained(paid(late, january), "ann")
    labels = _labels(told)
    assert any("Prior-period adjustment of 2026-01-01 for 5" in label for label in labels), labels
    alone = run(plan(PAY), {"orders": late, "quotas": QUOTAS, "paid": january}, period="2026-02", participants=["ann"])
    assert alone.paid() == {"ann": D("2.50")}


def _labels(node: dict[str, Any]) -> list[str]:
    parts: Sequence[dict[str, Any]] = node.get("parts") or node.get("children") or ()
    return [node["label"], *(label for part in parts for label in _labels(part))]


def test_what_is_no_period_of_the_plan_is_refused() -> None:
    closed = {"participant": "ann", "plan": "Small", "period_start": date(2026, 1, 1), "period_end": date(2026, 1, 9)}
    with pytest.raises(AttainError, match="no period of payment") as refused:
        paid(ORDERS, [{**closed, "amount": D(6)}])
    assert refused.value.faults[0].check == "paid-period"
