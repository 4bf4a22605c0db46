"""Pools: what people earn together, shared by weight; the parts sum to the pool to the cent."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from attain.plans.compare import changes
from attain.plans.explain import Explainer
from attain.plans.lint import check_plan
from attain.plans.nodes import Node
from attain.run import Run
from tests.attain.small import PEOPLE, earned, fault_checks, order, plan, quota, run

POOL: dict[str, Any] = {
    "name": "Pool",
    "measure": "bookings",
    "every": "month",
    "pays": "flat_rate",
    "rate": "10 %",
    "pool": {},
}
JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)


def shared(
    orders: list[dict[str, Any]], *, measures: Any = None, data: Any = None, period: str = "2026-01", **changed: Any
) -> dict[str, Decimal]:
    """What everybody gets of the pool in the month."""
    result = run(plan(POOL | changed, measures=measures or {}), {"orders": orders, **(data or {})}, period=period)
    return {who: amount for (who, _), amount in earned(result).items()}


def test_all_share_equally_to_the_cent() -> None:
    """The cents that are left go to the largest remainders, in the order of keys where these are equal."""
    orders = [order("1", "ann", "2026-01-05", "1000.30")]
    found = shared(orders)
    assert found == {
        "ann": Decimal("25.01"),
        "bob": Decimal("25.01"),
        "cyd": Decimal("25.01"),
        "dan": Decimal("25.00"),
    }
    assert sum(found.values()) == Decimal("100.03")


def test_weights_are_of_each_person() -> None:
    """A formula over attributes: 0.05, 0.02, 0.01 and 0.04; what is left goes to the largest remainders."""
    found = shared([order("1", "dan", "2026-01-05", "1000")], pool={"weight": "commission_rate"})
    assert found == {
        "ann": Decimal("41.67"),
        "bob": Decimal("16.67"),
        "cyd": Decimal("8.33"),
        "dan": Decimal("33.33"),
    }


def test_one_pool_for_each_value_of_an_attribute() -> None:
    """Sellers share what sellers sold; the manager has what he sold himself."""
    orders = [order("1", "ann", "2026-01-05", "1000"), order("2", "bob", "2026-01-05", "500")]
    assert shared(orders, pool={"of": "title"}) == {
        "ann": Decimal("50.00"),
        "dan": Decimal("50.00"),
        "bob": Decimal("50.00"),
    }


def test_a_measure_weighs_and_a_gate_keeps_out() -> None:
    """Who sold more gets more, and who did not reach the gate nothing; one who is below nothing weighs nothing."""
    orders = [
        order("1", "ann", "2026-01-05", "600"),
        order("2", "bob", "2026-01-05", "300"),
        order("3", "cyd", "2026-01-05", "200"),
        order("4", "dan", "2026-01-05", "-100"),
    ]
    assert shared(orders, pool={"by": "bookings"}) == {
        "ann": Decimal("54.55"),
        "bob": Decimal("27.27"),
        "cyd": Decimal("18.18"),
    }
    gate = {"measure": "bookings", "reaches": 300}
    assert shared(orders, pool={"gate": gate}) == {"ann": Decimal("50.00"), "bob": Decimal("50.00")}


def test_a_gate_may_ask_for_a_part_of_the_own_quota() -> None:
    """Ann and Bob have sold the same, of which Ann's quota is more."""
    orders = [order("1", "ann", "2026-01-05", "100"), order("2", "bob", "2026-01-05", "100")]
    data = {
        "quotas": [quota("ann", "200", "2026-01-01", "2026-02-01"), quota("bob", "100", "2026-01-01", "2026-02-01")]
    }
    gate = {"measure": "bookings", "quota": "own", "reaches": "100 %"}
    assert shared(orders, pool={"gate": gate}, data=data) == {"bob": Decimal("20.00")}


def test_tiers_are_of_the_quotas_together() -> None:
    """The team's attainment chooses the tier: 900 of 1,000 is the lower one, though Ann is above her own quota."""
    tiers = [{"from": "0 %", "rate": "1 %"}, {"from": "100 %", "rate": "10 %"}]
    data = {"quotas": [quota(who, "250", "2026-01-01", "2026-02-01") for who in ("ann", "bob", "cyd", "dan")]}
    paid = {"pays": "retroactive_tiers", "tiers": tiers, "quota": "own"}
    component = {key: value for key, value in POOL.items() if key != "rate"} | paid

    def found(amount: str) -> Decimal:
        checked = plan(component)
        result = run(checked, {"orders": [order("1", "ann", "2026-01-05", amount)], **data}, period="2026-01")
        return sum(earned(result).values(), Decimal(0))

    assert found("900") == Decimal("9.00")
    assert found("1000") == Decimal("100.00")


def test_a_pool_below_nothing_is_shared_too() -> None:
    """Credits that were taken back take from everybody, to the cent."""
    found = shared([order("1", "ann", "2026-01-05", "-1000.30")])
    assert sorted(found.values()) == [Decimal("-25.01")] * 3 + [Decimal("-25.00")]


def test_weights_are_prorated_by_days_on_the_plan() -> None:
    """Dan joins in the middle of April and weighs half."""
    people = [*PEOPLE[:3], PEOPLE[3] | {"start": date(2026, 4, 16)}]
    checked = plan(POOL | {"pool": {}}, proration={"pool": "calendar days"})
    data = {"participants": people, "orders": [order("1", "ann", "2026-04-05", "3500")]}
    found = {who: amount for (who, _), amount in earned(run(checked, data, period="2026-04")).items()}
    assert found == {"ann": 100, "bob": 100, "cyd": 100, "dan": 50}


def test_quarter_to_date_pays_what_is_more_than_before() -> None:
    """The pool of the quarter to date, less what each had of it before."""
    orders = [order("1", "ann", "2026-01-05", "400"), order("2", "bob", "2026-02-05", "400")]
    result = run(plan(POOL | {"over": "quarter", "pool": {"by": "bookings"}}), {"orders": orders}, period="2026-02")
    assert earned(result) == {("bob", FEBRUARY): Decimal("40.00")}


def test_nobody_with_a_weight_is_told() -> None:
    """The money stays where it is, and the run says so."""
    gate = {"measure": "bookings", "reaches": 3000}
    checked = plan(POOL | {"pool": {"gate": gate}})
    result = run(checked, {"orders": [order("1", "ann", "2026-01-05", "1000")]}, period="2026-01")
    assert earned(result) == {}
    (fault,) = [one for one in result.faults if one.check == "pool-unshared"]
    assert "has 100.00 from 2026-01-01 on" in fault.message


def test_a_pool_with_dates_of_its_own_asks_for_quotas_of_those() -> None:
    """Nobody is told of a quota that is missing outside of them."""
    tiers = [{"from": "0 %", "rate": "1 %"}]
    paid = {"pays": "retroactive_tiers", "tiers": tiers, "quota": "own", "effective": "2026-02-01 .. 2026-03-01"}
    component = {key: value for key, value in POOL.items() if key != "rate"} | paid
    quotas = [quota(who, "250", "2026-02-01", "2026-03-01") for who in ("ann", "bob", "cyd", "dan")]
    result = run(plan(component), {"orders": [order("1", "ann", "2026-02-05", "900")], "quotas": quotas})
    assert sum(earned(result).values()) == Decimal("9.00")
    assert "quota-missing" not in fault_checks(result.faults)


def test_large_pools_by_a_measure_have_room_beside_a_ratio() -> None:
    """A ratio gives all values of a plan twelve digits, of which a weight by bookings needs two."""
    orders = [order("1", "ann", "2026-01-05", "1000000000.01"), order("2", "dan", "2026-01-05", "2000000000.02")]
    rate = {"name": "Rate", "measure": "gross_margin", "every": "month", "pays": "flat_rate", "rate": 1}
    checked = plan(POOL | {"pool": {"by": "bookings", "weight": "0.123456"}}, rate, proration={"pool": "calendar days"})
    found = earned(run(checked, {"orders": orders}, period="2026-01"), "Pool")
    assert found == {("ann", JANUARY): Decimal("100000000.00"), ("dan", JANUARY): Decimal("200000000.00")}


def tree_of(result: Run, who: str = "ann", *, names_others: bool = True) -> Node:
    """The explanation of somebody's only earning."""
    return Explainer(result.engine, result.compiler, who, names_others=names_others).explain("2026-01").children[0]


def sums(node: Node) -> None:
    """The money below money sums to it, all the way down."""
    money = [child for child in node.children if child.kind == "money"]
    if money and node.kind == "money":
        assert sum(Decimal(child.amount or 0) for child in money) == Decimal(node.amount or 0)
    for child in node.children:
        sums(child)


def leaves(node: Node) -> list[str]:
    """The labels of what has nothing below it."""
    return [node.label] if not node.children else [label for child in node.children for label in leaves(child)]


def test_the_explanation_reaches_the_facts_of_all() -> None:
    """Share, pool, its pieces, and the measure of each person down to the orders; without names the others' sum."""
    orders = [order("A-1", "ann", "2026-01-05", "600"), order("D-1", "dan", "2026-01-05", "401.10")]
    result = run(plan(POOL | {"pool": {"of": "title"}, "cap": 90}), {"orders": orders}, period="2026-01")
    tree = tree_of(result)
    sums(tree)
    (share,) = tree.children
    assert share.formula.startswith("90 × 1 ÷ 2")
    pool, weight = share.children
    assert (pool.label, pool.amount, weight.amount) == ("Pool of Seller", "90.00", "1")
    assert sum(Decimal(one.amount or 0) for one in pool.children if one.kind == "money") == 90
    assert {"A-1, 2026-01-05", "D-1, 2026-01-05"} <= set(leaves(tree))
    own = tree_of(result, names_others=False)
    assert "D-1, 2026-01-05" not in leaves(own)
    assert "1 other person" in leaves(own)


def test_who_asks_for_one_person_gets_the_same_cents() -> None:
    """An explanation calculates the whole pool, though it is of one person."""
    orders = [order("1", "ann", "2026-01-05", "1000.30"), order("2", "dan", "2026-01-07", "777.77")]
    checked = plan(POOL)
    whole = earned(run(checked, {"orders": orders}, period="2026-01"))
    result = run(checked, {"orders": orders}, period="2026-01", participants=["ann"])
    assert tree_of(result).amount == str(whole["ann", JANUARY])


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"measure": "gross_margin"}, "gross_margin of several people together"),
        ({"per": "deal"}, "a pool is made of all deals together"),
        ({"rate": "commission_rate"}, "commission_rate is of each person"),
        ({"pool": {"by": "no_such"}}, "no_such"),
        ({"pool": {"gate": {"measure": "bookings", "reaches": "50 %"}}}, "per cents of it are those of a quota"),
        ({"pool": {"weight": "1 +"}}, "formula"),
    ],
)
def test_what_cannot_be_shared_is_told(changed: dict[str, Any], words: str) -> None:
    """Rates of each person, measures that do not add up, names that are not there."""
    faults = check_plan(plan(POOL | changed))
    assert any(words in fault.message or words == fault.check for fault in faults), [one.message for one in faults]


def test_an_unknown_attribute_is_told_with_the_data() -> None:
    """'of' names a column of the participants."""
    assert fault_checks(check_plan(plan(POOL | {"pool": {"of": "no_such"}}))) == []
    with pytest.raises(Exception, match="the participants have no 'no_such'"):
        shared([], pool={"of": "no_such"})


def test_an_example_is_of_the_whole_pool_and_changes_are_told() -> None:
    """What an example expects is the pool; who shares it, and how, stands among the changes."""
    examples = [{"given": {"bookings": 1000}, "expect": {"Pool": 100}}]
    before = plan(POOL | {"pool": {"weight": "commission_rate"}}, examples=examples)
    assert fault_checks(check_plan(before)) == []
    (change,) = changes(before, plan(POOL | {"pool": {"of": "title", "by": "bookings"}}, examples=examples))
    assert (change.before, change.after) == (
        "one pool of all, shared by commission_rate",
        "one pool for each title, shared by Bookings",
    )
