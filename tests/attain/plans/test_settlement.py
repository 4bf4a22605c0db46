"""From earned to paid: draws, the minimum, maximums and holdbacks, by plans over data."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attain.errors import AttainError
from attain.money import Rounding
from attain.plans.explain import Explainer
from attain.plans.payment import Payment
from attain.plans.settlement import Clawed, Settlement, Turn, payouts, settled
from attain.run import Run
from tests.attain.small import order, plan, run

PAY = {"name": "Sales", "measure": "bookings", "every": "month", "pays": "flat_rate", "rate": "10 %"}


def months(earned: Sequence[int | str], *, period: str = "2026", **payment: Any) -> Run:
    """Ann earns so much in each month from January on."""
    orders = [
        order(str(n), "ann", f"2026-{n:02}-05", str(Decimal(amount) * 10)) for n, amount in enumerate(earned, start=1)
    ]
    return run(plan(PAY, payment=payment), {"orders": orders}, period=period)


def paid(result: Run, count: int) -> list[Decimal]:
    rows = result.table("payouts").to_pylist()
    return [row["amount"] for row in rows if row["participant"] == "ann"][:count]


def balances(result: Run, count: int, column: str = "closing") -> list[Decimal]:
    rows = result.table("balances").to_pylist()
    return [row[column] for row in rows if row["participant"] == "ann"][:count]


def test_what_a_guarantee_paid_is_taken_back_out_of_what_is_above_it() -> None:
    draw = {"name": "Draw", "amount": 1000, "pays": "guarantee", "recoverable": True}
    result = months([1200, 700, 1100, 1500], draws=[draw])
    assert paid(result, 4) == [1200, 1000, 1000, 1300]
    assert balances(result, 4) == [0, 300, 200, 0]


def test_what_is_not_recoverable_is_not_taken_back() -> None:
    draw = {"name": "Draw", "amount": 1000, "pays": "guarantee", "recoverable": False}
    assert paid(months([700, 1500], draws=[draw]), 2) == [1000, 1500]


def test_an_additive_draw_is_paid_on_top_and_taken_back_when_it_has_ended() -> None:
    draw = {"name": "Draw", "amount": 500, "pays": "additive", "recoverable": True, "periods": 2}
    result = months([100, 100, 300, 2000], draws=[draw | {"recovery": {"after": 2}}])
    assert paid(result, 4) == [600, 600, 0, 1300]
    assert balances(result, 4) == [500, 1000, 700, 0]


def test_recovery_waits_takes_a_part_and_is_forgiven() -> None:
    terms = {"part": "50 %", "from": date(2026, 3, 1), "forgiven": date(2026, 4, 30)}
    draw = {"name": "Draw", "amount": 1000, "pays": "guarantee", "recoverable": True, "recovery": terms}
    result = months([0, 1400, 1400, 1400, 1400], draws=[draw])
    assert paid(result, 5) == [1000, 1400, 1200, 1200, 1400]
    assert balances(result, 5) == [1000, 1000, 800, 0, 0]
    assert balances(result, 5, "forgiven") == [0, 0, 0, 600, 0]


def test_an_advance_is_paid_at_the_start_and_settled_at_the_end() -> None:
    draw = {"name": "Draw", "amount": 1000, "pays": "guarantee", "recoverable": True, "paid": "start"}
    result = months([1500, 400], draws=[draw])
    assert paid(result, 2) == [500, 0]
    assert balances(result, 2) == [0, 600]
    advances = [row for row in result.table("settlement").to_pylist() if row["kind"] == "advance"]
    first = next(row for row in advances if row["participant"] == "ann")
    assert (first["paid_on"], first["amount"]) == (date(2026, 1, 1), 1000)


def test_several_draws_are_taken_back_in_the_order_of_the_plan() -> None:
    first = {"name": "First", "amount": 500, "pays": "additive", "recoverable": True, "periods": 1}
    second = {"name": "Second", "amount": 300, "pays": "additive", "recoverable": True, "periods": 1}
    result = months([0, 600], draws=[first, second])
    assert paid(result, 2) == [800, 0]
    rows = [row for row in result.table("balances").to_pylist() if row["participant"] == "ann"]
    second_month = {row["account"]: row["closing"] for row in rows if row["period_start"] == date(2026, 2, 1)}
    assert second_month == {"First": 0, "Second": 200}


def test_a_minimum_of_nothing_keeps_pay_from_being_negative_and_carries_what_is_owed() -> None:
    result = months([500, -800, 300, 900], minimum={"amount": 0, "short": "carried"})
    assert paid(result, 4) == [500, 0, 0, 400]
    assert balances(result, 4) == [0, 800, 500, 0]


def test_a_minimum_may_lose_what_it_adds() -> None:
    assert paid(months([500, -800, 300], minimum={"amount": 0, "short": "lost"}), 3) == [500, 0, 300]


def test_a_maximum_loses_what_is_above_it_or_pays_it_later() -> None:
    lost = months([1500, 200, 900], maximums=[{"amount": 1000, "excess": "lost"}])
    assert paid(lost, 3) == [1000, 200, 900]
    carried = months([1500, 200, 900], maximums=[{"amount": 1000, "excess": "carried"}])
    assert paid(carried, 3) == [1000, 700, 900]
    assert balances(carried, 3) == [500, 0, 0]


def test_a_maximum_of_some_components_leaves_the_others() -> None:
    bonus = {"name": "Bonus", "measure": "bookings", "every": "month", "pays": "flat_rate", "rate": "5 %"}
    terms = {"maximums": [{"name": "Most", "amount": 100, "of": ["Sales"], "excess": "lost"}]}
    result = run(plan(PAY, bonus, payment=terms), {"orders": [order("1", "ann", "2026-01-05", "2000")]}, period="2026")
    assert paid(result, 1) == [200]


def test_what_is_held_back_is_released_later_or_on_a_day() -> None:
    later = months([1000, 500, 0, 0], holdbacks=[{"part": "20 %", "periods": 2}])
    assert paid(later, 4) == [800, 400, 200, 100]
    assert balances(later, 4) == [200, 300, 100, 0]
    on_a_day = months([1000, 500, 400], holdbacks=[{"part": "20 %", "until": date(2026, 3, 31)}])
    assert paid(on_a_day, 3) == [800, 400, 700]


def test_a_longer_period_of_payment_pays_what_its_months_earned() -> None:
    result = months([100, 200, 300, 400], every="quarter")
    rows = [row for row in result.table("payouts").to_pylist() if row["participant"] == "ann"]
    assert [(row["period_start"], row["amount"]) for row in rows[:2]] == [
        (date(2026, 1, 1), 600),
        (date(2026, 4, 1), 400),
    ]


def test_a_month_asked_for_knows_what_the_months_before_it_owe() -> None:
    draw = {"name": "Draw", "amount": 1000, "pays": "guarantee", "recoverable": True}
    whole = months([700, 1100, 1500], draws=[draw])
    month = months([700, 1100, 1500], period="2026-03", draws=[draw])
    assert paid(month, 1) == [paid(whole, 3)[2]]
    assert {
        row["period_start"]
        for name in ("payouts", "earnings", "measures", "balances", "settlement")
        for row in month.table(name).to_pylist()
    } == {date(2026, 3, 1)}


def test_a_draw_is_prorated_by_the_days_on_the_plan() -> None:
    people = [{"participant": "ann", "start": date(2026, 1, 22), "end": None, "base": Decimal(620)}]
    draw = {"name": "Draw", "amount": "base * 0.5", "pays": "guarantee", "recoverable": False}
    shares = {"none": 310, "calendar days": 100, "working days": Decimal("98.64"), "months": 310}
    for method, amount in shares.items():
        terms = {"draws": [draw | {"prorated": method}]}
        result = run(plan(PAY, payment=terms), {"participants": people, "reporting_lines": ()}, period="2026-01")
        assert paid(result, 1) == [amount], method


def test_an_adjustment_by_hand_is_paid_with_the_period_that_holds_its_day() -> None:
    row = {"plan": "Small", "reason": "SPIF", "approver": "cyd", "participant": "ann"}
    adjustments = [
        row | {"adjustment": "1", "date": date(2026, 2, 28), "amount": Decimal("-50.25")},
        row | {"adjustment": "2", "date": date(2026, 2, 28), "amount": Decimal(7), "plan": "Another"},
    ]
    orders = [order("1", "ann", "2026-02-05", "1000")]
    result = run(plan(PAY), {"orders": orders, "adjustments": adjustments}, period="2026-02")
    assert paid(result, 1) == [Decimal("49.75")]
    tree = Explainer(result.engine, result.compiler, "ann").explain("2026-02")
    assert tree.amount == "49.75"
    assert [node.label for node in tree.children] == ["Sales, 2026-02", "Adjustment by hand: SPIF, 2026-02"]


def test_the_explanation_leads_from_earned_to_paid() -> None:
    draw = {"name": "Draw", "amount": 1000, "pays": "guarantee", "recoverable": True}
    result = months([700, 1100], period="2026-02", draws=[draw])
    tree = Explainer(result.engine, result.compiler, "ann").explain("2026-02")
    assert tree.amount == "1000.00"
    money = [(node.label, node.amount) for node in tree.children if node.kind == "money"]
    assert money == [("Sales, 2026-02", "1100.00"), ("Taken back of what is owed: Draw, 2026-02", "-100.00")]
    (balance,) = [node for node in tree.children if node.label.startswith("Balance")]
    assert (balance.amount, balance.formula) == ("200.00", "300 brought forward - taken 100")


@pytest.mark.parametrize(
    ("payment", "told"),
    [
        ({"maximums": [{"amount": 1, "excess": "lost", "of": ["Other"]}]}, "'Other' is no component"),
        ({"holdbacks": [{"part": "20 %"}]}, "say when it is released"),
        ({"draws": [{"name": "Minimum", "amount": 1, "pays": "additive", "recoverable": True}]}, "named 'Minimum'"),
        ({"draws": [{"name": "D", "amount": "salry", "pays": "additive", "recoverable": True}]}, "salry"),
    ],
)
def test_a_payment_that_cannot_be_is_told(payment: dict[str, Any], told: str) -> None:
    with pytest.raises(AttainError, match=told):
        run(plan(PAY, payment=payment), period="2026")


AMOUNTS = st.decimals(-5000, 5000, places=2)
PARTS = st.sampled_from(["100 %", "50 %", "33.3333 %"])
DRAWS = st.builds(
    lambda pays, recoverable, paid, part, of, after, periods: {
        "amount": 1000,
        "pays": pays,
        "recoverable": recoverable,
        "paid": paid,
        "recovery": {"part": part, "of": of, "after": after},
        "periods": periods,
    },
    st.sampled_from(["guarantee", "additive"]),
    st.booleans(),
    st.sampled_from(["start", "end"]),
    PARTS,
    st.sampled_from([None, "excess", "earnings"]),
    st.integers(0, 3),
    st.sampled_from([None, 1, 3]),
)


def balance_of(found: Settlement, *kinds: str) -> Decimal:
    """What the accounts of these kinds hold at the end."""
    last = max((one.turn.start for one in found.balances), default=None)
    return sum((one.closing for one in found.balances if one.kind in kinds and one.turn.start == last), Decimal(0))


@given(
    st.lists(st.tuples(AMOUNTS, st.booleans(), st.sampled_from([0, 0, 700])), min_size=1, max_size=8),
    st.lists(DRAWS, max_size=2),
    st.sampled_from([None, "carried", "lost"]),
    st.sampled_from([None, "carried", "lost"]),
    st.sampled_from([0, 1, 3]),
    st.sampled_from([None, {}, {"instalments": 3}, {"most": "50 %"}, {"forgiven": 2, "most": "10 %"}]),
)
def test_paid_less_earned_is_what_the_balances_hold(
    earned: list[tuple[Decimal, bool, int]],
    draws: list[dict[str, Any]],
    short: str | None,
    excess: str | None,
    held: int,
    claims: dict[str, Any] | None,
) -> None:
    written = {
        "clawbacks": [] if claims is None else [claims | {"name": "Back", "attainment": "kept"}],
        "draws": [one | {"name": str(number)} for number, one in enumerate(draws)],
        "minimum": {"amount": 0, "short": short} if short else None,
        "maximums": [{"amount": 1500, "excess": excess}] if excess else [],
        "holdbacks": [{"part": "20 %", "periods": held}] if held else [],
    }
    terms = Payment.model_validate(written)
    amounts = {name: Decimal(amount.value or 0) for name, amount, _ in terms.amounts()}
    turns = [
        Turn(
            date(2026, month, 1),
            date(2026, month + 1, 1),
            (("Sales", amount),),
            clawed=(Clawed("Back", "Sales", "a", Decimal(claim)),) if claim and claims else (),
            amounts=amounts,
            is_on=is_on,
        )
        for month, (amount, is_on, claim) in enumerate(earned, start=1)
    ]
    found = settled(terms, Rounding(), turns)
    ended = sum((amount for _, amount in payouts(found.items)), Decimal(0))
    ahead = sum((item.amount for item in found.items if item.in_advance), Decimal(0))
    given_away = sum(
        (
            item.amount
            for item in found.items
            if (item.kind == "draw" and not terms.draws[int(item.name)].recoverable)
            or (item.kind == "minimum" and short == "lost")
            or (item.kind == "cut" and excess == "lost")
        ),
        Decimal(0),
    )
    taken = sum((item.amount for item in found.items if item.kind == "clawed back"), Decimal(0))
    owed = balance_of(found, "draw", "minimum") - balance_of(found, "holdback", "maximum")
    assert ended + ahead - sum(amount for amount, _, _ in earned) - taken - given_away == owed
    claimed = sum(one.added - one.forgiven for one in found.balances if one.kind == "clawback")
    assert claimed + taken == balance_of(found, "clawback")
    assert all(one.closing >= 0 for one in found.balances if one.kind != "holdback")


def cancelled(result_of: dict[str, Any], *rows: tuple[str, str], period: str = "2026", **more: Any) -> Run:
    """Ann's orders of 1,000 in January and of 2,000 in February, of which some are cancelled on a day."""
    table = [{"fact_table": "orders", "fact": key, "date": date.fromisoformat(day), **more} for key, day in rows]
    orders = [order("a", "ann", "2026-01-05", "10000"), order("b", "ann", "2026-02-05", "20000")]
    tiers = {**PAY, "pays": "graduated_tiers", "tiers": [{"from": 0, "rate": "10 %"}, {"from": 15000, "rate": "20 %"}]}
    tiers.pop("rate")
    terms = {"clawbacks": [{"attainment": "kept"} | result_of]}
    return run(plan(tiers, payment=terms), {"orders": orders, "cancellations": table}, period=period)


def test_what_was_paid_for_a_cancelled_deal_is_taken_back_at_the_rate_it_was_paid() -> None:
    result = cancelled({}, ("b", "2026-08-03"))
    assert paid(result, 9) == [1000, 2500, 0, 0, 0, 0, 0, -2500, 0]
    (row,) = [row for row in result.table("settlement").to_pylist() if row["kind"] == "clawed back"]
    assert (row["fact"], row["component"], row["amount"]) == ("b", "Sales", -2500)
    values = {row["period_start"]: row["value"] for row in result.table("measures").to_pylist()}
    assert values[date(2026, 8, 1)] == 0, "the measure keeps the deal"
    tree = Explainer(result.engine, result.compiler, "ann").explain("2026")
    assert tree.amount == "1000.00"
    assert "Clawed back: Clawback for b, 2026-08" in [node.label for node in tree.children]


def test_the_part_that_was_not_served_is_taken_back() -> None:
    assert paid(cancelled({"part": "unserved", "term": 12}, ("a", "2026-07-05")), 7)[-1] == -500
    assert paid(cancelled({"part": "unserved", "term": 12}, ("a", "2026-07-04")), 7)[-1] == Decimal("-583.33")
    given_months = cancelled({"part": "unserved"}, ("a", "2026-07-04"), term=Decimal(4), served=Decimal(3))
    assert paid(given_months, 7)[-1] == -250


def test_a_part_may_be_cancelled_and_a_window_ends() -> None:
    assert paid(cancelled({"within": 6}, ("a", "2026-07-04"), share=Decimal(50)), 7)[-1] == -500
    assert paid(cancelled({"within": 6}, ("a", "2026-07-05")), 7)[-1] == 0


def test_a_clawback_is_taken_in_instalments_up_to_a_part_of_earnings_and_written_off() -> None:
    in_parts = cancelled({"instalments": 3}, ("a", "2026-02-20"))
    assert paid(in_parts, 5) == [1000, Decimal("2166.67"), Decimal("-333.34"), Decimal("-333.33"), 0]
    assert balances(in_parts, 5) == [0, Decimal("666.67"), Decimal("333.33"), 0, 0]
    limited = cancelled({"most": "20 %", "forgiven": 2}, ("a", "2026-02-20"))
    assert paid(limited, 4) == [1000, 2000, 0, 0]
    assert balances(limited, 4) == [0, 500, 500, 0]
    assert balances(limited, 4, "forgiven") == [0, 0, 0, 500]
