"""Where two settings meet: each is right alone, and together they were not."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from attain.errors import UsageError
from attain.plans.explain import Explainer
from attain.plans.nodes import Node
from attain.run import Run
from tests.attain.small import earned, order, plan, quota, run

FLAT: dict[str, Any] = {"name": "x", "measure": "bookings", "every": "month", "pays": "flat_rate", "rate": "5 %"}
NOTHING: dict[str, Any] = {"activities": (), "opportunities": ()}
DRAW = {"name": "d", "amount": 10, "pays": "guarantee", "recoverable": True}
JANUARY = date(2026, 1, 1)
ORDERS = [order("1", "ann", "2026-01-05", "1000", territory="North", cost=Decimal(600))]


def node_of(result: Run, label: str) -> Node:
    """The node of a label in the explanation of Ann's pay."""

    def found(node: Node) -> list[Node]:
        return [node] * (node.label == label) + [one for child in node.children for one in found(child)]

    return found(Explainer(result.engine, result.compiler, "ann").explain("2026-01"))[0]


def test_against_without_a_longer_time_is_the_same_period() -> None:
    """'against' says nothing where nothing longer is read; the month stands there once."""
    result = run(plan(FLAT, FLAT | {"name": "y", "against": "to date"}), {"orders": ORDERS}, period="2026-01")
    assert sorted(earned(result).items()) == [(("ann", JANUARY), Decimal("50.00"))]
    assert [row["amount"] for row in result.table("payouts").to_pylist() if row["participant"] == "ann"] == [100]


def test_a_rate_curve_has_room_beside_a_ratio() -> None:
    """A ratio gives all values of a plan twelve digits, and the curve calculates with them."""
    curve = {"pays": "rate_curve", "points": [{"at": 0, "rate": 0}, {"at": 1000, "rate": "6 %"}]}
    component = {key: value for key, value in FLAT.items() if key != "rate"} | curve
    gated = component | {"gate": {"measure": "gross_margin", "reaches": "40 %"}}
    orders = [order("1", "ann", "2026-01-05", "10000000", cost=Decimal(6))]
    assert earned(run(plan(gated), {"orders": orders}, period="2026-01"))["ann", JANUARY] == Decimal("600000.00")


def test_a_deal_that_reports_share_is_one_deal_for_their_manager() -> None:
    """What a deal earns at most is of the whole deal, and so is the tier that its size reaches."""
    data = {
        "orders": [order("1", "ann", "2026-01-05", "1000")],
        "reporting_lines": [{"participant": "ann", "manager": "bob"}, {"participant": "dan", "manager": "bob"}],
        "splits": [
            {"fact_table": "orders", "fact": "1", "participant": who, "share": Decimal(50)} for who in ("ann", "dan")
        ],
    }
    team = FLAT | {"measure": "team_bookings", "rate": "10 %", "per": "deal", "cap_per_deal": 60}
    result = run(plan(team), data, period="2026-01")
    assert earned(result)["bob", JANUARY] == Decimal("60.00")
    assert told_to_bob(result) == Decimal("60.00")
    bonus = FLAT | {
        "measure": "team_bookings",
        "pays": "threshold_bonus",
        "threshold": 1000,
        "amount": 50,
        "per": "deal",
    }
    del bonus["rate"]
    assert earned(run(plan(bonus), data, period="2026-01"))["bob", JANUARY] == Decimal("50.00")


def told_to_bob(result: Run) -> Decimal:
    """What Bob is told that he earned; the parts of it sum to that."""
    tree = Explainer(result.engine, result.compiler, "bob").explain("2026-01")
    return Decimal(tree.children[0].amount or 0)


def test_a_deal_on_both_sides_of_a_difference_is_one_deal() -> None:
    """Its part of the difference is 0, which earns no bonus."""
    measures = {
        "north": {"sum": "amount", "of": "orders", "where": "territory = 'North'"},
        "net": {"difference": ["bookings", "north"]},
    }
    bonus = {key: value for key, value in FLAT.items() if key != "rate"}
    bonus |= {"measure": "net", "pays": "threshold_bonus", "threshold": 500, "amount": 50, "per": "deal"}
    assert earned(run(plan(bonus, measures=measures), {"orders": ORDERS}, period="2026-01")) == {}


@pytest.mark.parametrize(
    ("formula", "wanted"),
    [
        ("greatest(gross_margin, 0.25)", "0.00"),
        ("least(gross_margin, 0.25)", "0.00"),
        ("case when gross_margin >= 0.5 then 1 else 2 end", "0.00"),
        ("greatest(coalesce(gross_margin, 0), 0.25)", "25.00"),
        ("case when gross_margin is null then 3 else 2 end", "300.00"),
    ],
)
def test_a_formula_of_what_has_no_value_has_none(formula: str, wanted: str) -> None:
    """Unless it says what is taken then."""
    component = FLAT | {"measure": "f", "rate": 100}
    result = run(plan(component, measures={"f": {"formula": formula}}), period="2026-01")
    assert earned(result).get(("ann", JANUARY), Decimal("0.00")) == Decimal(wanted)


def test_a_time_behind_the_plan_is_told() -> None:
    """As one before it is; where balances run on, it is calculated."""
    ended = {"effective": "2026-01-01 .. 2026-04-01"}
    with pytest.raises(UsageError, match="effective from 2026-01-01 to 2026-04-01"):
        run(plan(FLAT, **ended), {"orders": ORDERS}, period="2027-01")
    run(plan(FLAT, **ended, payment={"draws": [DRAW]}), {"orders": ORDERS}, period="2027-01")


def test_the_values_below_a_measure_are_those_it_was_made_of() -> None:
    """Different values are counted once, and a difference to what has no value has none."""
    measures = {
        "places": {"count_distinct": "territory", "of": "orders"},
        "f": {"formula": "2 * places"},
        "d": {"difference": ["f", "calls"]},
        "none": {"difference": ["win_rate", "bookings"]},
    }
    orders = [order(str(number), "ann", "2026-01-05", "100", territory="North") for number in range(3)]
    components = [FLAT | {"measure": "d", "rate": 1}, FLAT | {"name": "y", "measure": "none"}]
    result = run(plan(*components, measures=measures), {"orders": orders, **NOTHING}, period="2026-01")
    assert (node_of(result, "d").amount, node_of(result, "f").amount, node_of(result, "places").amount) == (
        "2",
        "2",
        "1",
    )
    assert node_of(result, "none").amount is None


def test_a_component_with_dates_of_its_own_ends_with_the_plan() -> None:
    """What was earned is not taken back in the months behind it."""
    tiers = [{"from": "0 %", "rate": 0}, {"from": "100 %", "rate": "10 %"}]
    component = {key: value for key, value in FLAT.items() if key != "rate"} | {"pays": "retroactive_tiers"}
    component |= {"over": "quarter", "against": "to date", "quota": "own", "effective": "2026-01-01 .. 2026-04-01"}
    checked = plan(
        component | {"tiers": tiers},
        FLAT | {"name": "y", "measure": "calls", "every": "quarter", "rate": 1},
        effective="2026-01-01 .. 2026-02-01",
    )
    quotas = [quota("ann", "100", "2026-01-01", "2026-02-01"), quota("ann", "100", "2026-02-01", "2026-03-01")]
    result = run(checked, {"orders": ORDERS, "quotas": quotas, "activities": ()})
    rows = [
        row for row in result.table("earnings").to_pylist() if (row["participant"], row["component"]) == ("ann", "x")
    ]
    assert [(row["period_start"], row["amount"]) for row in rows] == [(JANUARY, 100)]
