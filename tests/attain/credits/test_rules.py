"""Crediting rules: who is credited, with how much, and the reason that stands on the credit."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from attain.errors import AttainError
from attain.plans.lines import credits_query
from attain.run import Run
from tests.attain.small import PEOPLE, Rows, order, plan, run

D = Decimal

ACCOUNTS = (
    {"account": "acme", "industry": "Public", "territory": "north", "participant": "dan"},
    {"account": "bolt", "industry": "Retail", "territory": "south", "participant": None},
)
TERRITORIES = ({"territory": "north", "region": "EMEA"}, {"territory": "south", "region": "APAC"})


def credited(
    rules: Sequence[Mapping[str, Any]], orders: Rows, also: Mapping[str, Rows] | None = None, **more: Any
) -> Run:
    """A run of a plan that pays 10 % of a measure with these crediting rules."""
    measure = {"sum": "amount", "of": "orders", "credits": list(rules), **more}
    checked = plan(
        {"name": "Pay", "measure": "ruled", "every": "month", "pays": "flat_rate", "rate": "10 %"},
        measures={"ruled": measure},
    )
    held: dict[str, Rows] = {"orders": orders, "accounts": ACCOUNTS, "territories": TERRITORIES, **(also or {})}
    return run(checked, held, period="2026-01")


def told(result: Run) -> list[tuple[str, str, Decimal, str]]:
    """Each credit: who, of which fact, how much and of what kind, in order."""
    rows = result.engine.rows(credits_query(result.compiler))
    return sorted((row["participant"], row["fact"], row["amount"].normalize(), row["kind"]) for row in rows)


def reasons(result: Run) -> list[str]:
    """The reasons of all credits, in order."""
    return sorted(row["reason"] for row in result.engine.rows(credits_query(result.compiler)))


def measured(result: Run) -> dict[str, Decimal]:
    """What is measured of each participant, without those who have nothing."""
    rows = result.table("measures").to_pylist()
    return {row["participant"]: row["value"].normalize() for row in rows if row["value"]}


NAMED = {"name": "Named accounts", "where": "account.industry = 'Public'", "to": "account.participant"}
OWNER = {"name": "Owner", "to": "participant"}
ORDERS = (
    order("1", "ann", "2026-01-05", "100", account="acme"),
    order("2", "ann", "2026-01-06", "10", account="bolt"),
    order("3", "ann", "2026-01-07", "1"),
)


def test_the_first_rule_that_finds_somebody_credits() -> None:
    result = credited([NAMED, OWNER], ORDERS)
    assert told(result) == [
        ("ann", "2", D(10), "direct"),
        ("ann", "3", D(1), "direct"),
        ("dan", "1", D(100), "direct"),
    ]
    assert reasons(result)[0] == "Named accounts: account.participant, orders 1"


def test_a_rule_that_holds_and_finds_nobody_leaves_it_to_the_next() -> None:
    named = {**NAMED, "where": None}
    assert measured(credited([named, OWNER], ORDERS)) == {"dan": D(100), "ann": D(11)}


def test_an_overlay_is_credited_beside_the_owner() -> None:
    related = (
        {"participant": "bob", "relation": "specialist", "of_table": "accounts", "of": "acme"},
        {"participant": "cyd", "relation": "specialist", "of_table": "participants", "of": "acme"},
    )
    rule = {"name": "Specialists", "to": {"relation": "specialist", "of": "account"}, "overlay": True, "share": "50 %"}
    result = credited([OWNER, rule], ORDERS, {"relationships": related})
    assert measured(result) == {"ann": D(111), "bob": D(50)}
    assert "Specialists: specialist of account acme, 50 % of orders 1" in reasons(result)


def test_a_relationship_counts_on_its_days_and_by_its_share() -> None:
    related = (
        {"participant": "bob", "relation": "sales engineer", "of_table": "participants", "of": "ann",
         "share": D("33.5"), "end": date(2026, 1, 6)},
        {"participant": "dan", "relation": "sales engineer", "of_table": "participants", "of": "ann",
         "share": D("66.5"), "start": date(2026, 1, 6)},
    )  # fmt: skip
    rule = {"name": "Engineers", "to": {"relation": "sales engineer", "of": "participant"}}
    assert measured(credited([rule], ORDERS, {"relationships": related})) == {"bob": D("33.5"), "dan": D("7.315")}


def test_who_covers_the_territory_of_an_account_is_credited_by_the_day() -> None:
    coverage = (
        {"participant": "ann", "territory": "north", "start": None, "end": date(2026, 1, 5)},
        {"participant": "dan", "territory": "north", "start": date(2026, 1, 5), "end": None},
        {"participant": "bob", "territory": "south", "start": None, "end": None},
    )
    result = credited([{"name": "Territory", "to": {"covers": "account.territory"}}], ORDERS, {"coverage": coverage})
    assert measured(result) == {"dan": D(100), "bob": D(10)}
    assert "Territory: covers account.territory north, orders 1" in reasons(result)


def test_a_path_of_two_steps_and_the_title_of_the_owner_on_the_day() -> None:
    people = [*PEOPLE[1:], {**PEOPLE[0], "end": date(2026, 1, 6)}]
    people.append({**PEOPLE[0], "title": "Senior", "start": date(2026, 1, 6), "end": None})
    rules: list[Mapping[str, Any]] = [
        {"name": "Region", "where": "account.territory.region = 'APAC'", "to": "participant"},
        {"name": "Seniors", "where": "participant.title = 'Senior'", "to": "account.participant"},
        {"name": "Bob's", "where": "participant.title = 'Seller'", "to": {"relation": "boss", "of": "participant"}},
    ]
    related = ({"participant": "bob", "relation": "boss", "of_table": "participants", "of": "ann"},)
    result = credited(rules, ORDERS, {"participants": people, "relationships": related})
    assert told(result) == [("ann", "2", D(10), "direct"), ("bob", "1", D(100), "relationship")]


def test_a_rule_has_dates_and_a_rank() -> None:
    rules = [{**NAMED, "effective": "2026-01-06 .. 2026-02-01"}, OWNER]
    assert measured(credited(rules, ORDERS)) == {"ann": D(111)}
    rules = [{**NAMED, "effective": "2026-01-01 .. 2026-01-06"}, OWNER]
    assert measured(credited(rules, ORDERS)) == {"ann": D(11), "dan": D(100)}


def test_the_owner_s_credit_follows_splits_and_that_of_others_does_not() -> None:
    splits = [
        {"fact_table": "orders", "fact": fact, "participant": who, "share": D(share)}
        for fact in ("1", "2")
        for who, share in (("ann", "60"), ("bob", "40"))
    ]
    result = credited([NAMED, OWNER], ORDERS, {"splits": splits})
    assert told(result) == [
        ("ann", "2", D(6), "split"),
        ("ann", "3", D(1), "direct"),
        ("bob", "2", D(4), "split"),
        ("dan", "1", D(100), "direct"),
    ]
    assert measured(credited([OWNER], ORDERS, {"splits": splits}, splits="ignore")) == {"ann": D(111)}


def test_paths_stand_in_any_formula_of_a_measure() -> None:
    lines = ({"order": "1", "line": "1", "product": "p", "amount": D(70), "quantity": D(2)},
             {"order": "1", "line": "2", "product": "q", "amount": D(30), "quantity": D(1)})  # fmt: skip
    products = ({"product": "p", "family": "Software", "list_price": D("40.5")},
                {"product": "q", "family": "Services", "list_price": D("30")})  # fmt: skip
    result = credited(
        [{"name": "Account", "where": "product.family = 'Software'", "to": "account.participant"}],
        ORDERS,
        {"order_lines": lines, "products": products},
        sum="quantity * product.list_price - amount",
        of="order_lines",
        where="account.territory.region = 'EMEA'",
    )
    assert told(result) == [("dan", "1/1", D(11), "direct")]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"name": "A", "to": "acount.participant"}, "'acount.participant' is no text column of orders"),
        ({"name": "A", "to": {"relation": "x", "of": "amount"}}, "'amount' is no text column of orders"),
        (
            {"name": "A", "to": {"relation": "x", "of": "order"}},
            "'order' refers to nothing that somebody is related to",
        ),
        ({"name": "A", "to": "participant", "where": "account.industri = 1"}, "'account.industri' is not a column of"),
        ({"name": "A", "to": "participant", "share": 150}, "a fact is not credited more than whole"),
        ({"name": "A", "to": "participant", "share": "half %"}, "valid decimal"),
        ({"name": "A", "to": "participant", "share": "0 %"}, "greater than 0"),
    ],
)
def test_what_a_rule_may_not_say_is_told(rule: Mapping[str, Any], message: str) -> None:
    with pytest.raises(AttainError) as refused:
        credited([rule], ORDERS)
    assert any(message in fault.message for fault in refused.value.faults), refused.value.faults


def test_what_nobody_is_credited_with_is_told_and_what_is_credited_twice() -> None:
    coverage = [{"participant": who, "territory": "north", "start": None, "end": None} for who in ("bob", "dan")]
    rule = {"name": "Territory", "to": {"covers": "account.territory"}}
    result = credited([rule], ORDERS, {"coverage": coverage})
    told = {fault.check: fault for fault in result.faults}
    assert told["uncredited"].values == ("2", "3")
    assert told["credited-twice"].values == ("1",)
    assert "2 of orders that count for ruled (2, 3) are credited to nobody" in told["uncredited"].message
    quiet = credited([{**rule, "overlay": True}, OWNER], ORDERS, {"coverage": coverage[:1]})
    assert not {"uncredited", "credited-twice"} & {fault.check for fault in quiet.faults}


def test_a_relationship_to_what_is_not_there_is_told() -> None:
    related = [
        {"participant": "bob", "relation": "specialist", "of_table": table, "of": key}
        for table, key in (("accounts", "nobody"), ("accounts", "acme"))
    ]
    rule = {"name": "Specialists", "to": {"relation": "specialist", "of": "account"}}
    result = credited([rule, OWNER], ORDERS, {"relationships": related})
    found = [(one.column, one.value) for one in result.faults if one.table == "relationships"]
    assert found == [("of", "nobody")]
    with pytest.raises(AttainError, match="'orders' is no of_table of relationships"):
        credited([rule, OWNER], ORDERS, {"relationships": [{**related[1], "of_table": "orders"}]})


def test_an_explanation_reads_the_same_credits() -> None:
    related = ({"participant": "bob", "relation": "specialist", "of_table": "accounts", "of": "acme"},)
    rule = {"name": "Specialists", "to": {"relation": "specialist", "of": "account"}, "overlay": True}
    measure = {"sum": "amount", "of": "orders", "credits": [rule, NAMED, OWNER]}
    checked = plan(
        {"name": "Pay", "measure": "ruled", "every": "month", "pays": "flat_rate", "rate": "10 %"},
        measures={"ruled": measure},
    )
    held: dict[str, Rows] = {
        "orders": ORDERS,
        "accounts": ACCOUNTS,
        "territories": TERRITORIES,
        "relationships": related,
    }
    every = run(checked, held, period="2026-01")
    for who, paid in every.paid().items():
        alone = run(checked, held, period="2026-01", participants=[who])
        assert alone.paid().get(who, D(0)) == paid
