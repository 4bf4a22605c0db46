"""Gates and multipliers: another measure opens or scales a component, and deals, lines and explanation follow."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from attain.engines.duckdb import DuckDB
from attain.engines.engine import template
from attain.errors import AttainError
from attain.plans.examples import check_examples
from attain.plans.explain import Explainer
from attain.plans.lines import line_steps
from attain.plans.lint import check_plan
from attain.plans.nodes import Node
from attain.plans.what_if import Basis, pay
from attain.run import Run
from tests.attain.small import Rows, earned, order, plan, quota, run

JANUARY = date(2026, 1, 1)
ORDERS = [order(str(n), "ann", f"2026-0{n}-05", "4000.01", cost=Decimal(1000)) for n in range(1, 4)]
QUOTAS = [
    quota("ann", "16000", "2026-01-01", "2027-01-01"),
    quota("ann", "10000", "2026-01-01", "2027-01-01", "gross_profit"),
]
NONE: dict[str, Rows] = {"opportunities": (), "activities": ()}
FLAT: dict[str, Any] = {"name": "F", "measure": "bookings", "every": "year", "pays": "flat_rate", "rate": "10 %"}
BY_BOOKINGS = {
    "measure": "bookings",
    "quota": "own",
    "tiers": [{"from": 0, "times": "0.8"}, {"from": "75 %", "times": "90 %"}, {"from": "100 %", "times": 2}],
}


def paid(
    component: Mapping[str, Any],
    orders: Rows = ORDERS,
    quotas: Rows = QUOTAS,
    *,
    measures: Mapping[str, Any] | None = None,
    **more: Rows,
) -> tuple[Run, Decimal]:
    """A run, and what Ann earns in it: as sums, and the same as the sum of its lines and of its explanation."""
    result = run(plan(component, measures=measures or {}), {"orders": orders, "quotas": quotas, **NONE, **more})
    amount = earned(result).get(("ann", JANUARY), Decimal(0))
    for step in line_steps(result.compiler, result.engine):
        result.engine.make(step)
    lines = result.engine.rows(template("SELECT SUM(amount) AS amount FROM lines WHERE participant = 'ann'"))
    assert (lines[0]["amount"] or 0) == amount
    assert sum(_money(earning_of(result)), Decimal(0)) == amount
    by_deal = {
        row["fact"]: row["amount"]
        for row in result.engine.rows(template("SELECT fact, amount FROM lines WHERE participant = 'ann'"))
    }
    told: dict[str, Decimal] = dict.fromkeys(by_deal, Decimal(0))
    for piece in earning_of(result).children:
        for deal in piece.children if piece.kind == "money" else ():
            told[deal.source["fact"]] += Decimal(deal.amount or 0)
    assert told == by_deal
    return result, amount


def _money(node: Node) -> list[Decimal]:
    return [Decimal(one.amount or 0) for one in node.children if one.kind == "money"]


def earning_of(result: Run) -> Node:
    return Explainer(result.engine, result.compiler, "ann").explain("2026").children[0]


@pytest.mark.parametrize(
    ("gate", "amount"),
    [
        ({"measure": "gross_profit", "reaches": 9000}, "1200.00"),
        ({"measure": "gross_profit", "reaches": "9000.03"}, "1200.00"),
        ({"measure": "gross_profit", "reaches": "9000.03", "boundary": "lower"}, "0"),
        ({"measure": "gross_profit", "reaches": "9000.04"}, "0"),
        ({"measure": "gross_profit", "quota": "own", "reaches": "90 %"}, "1200.00"),
        ({"measure": "gross_profit", "quota": "own", "reaches": "91 %"}, "0"),
        ({"measure": "gross_margin", "reaches": "75 %"}, "1200.00"),
        ({"measure": "gross_margin", "reaches": "76 %"}, "0"),
        ({"measure": "win_rate", "reaches": "1 %"}, "0"),  # nothing was closed, so there is no rate
        ({"measure": "calls", "quota": "own", "reaches": "1 %"}, "0"),  # no quota
    ],
)
def test_a_gate_pays_all_or_nothing(gate: dict[str, Any], amount: str) -> None:
    result, found = paid(FLAT | {"gate": gate})
    assert found == Decimal(amount)
    pieces = [node for node in earning_of(result).children if node.kind == "money"]
    if found:
        assert [node.label for node in pieces] == ["Flat rate"]
    else:
        assert [node.amount for node in pieces] == ["1200.00", "-1200.00"]
        assert pieces[1].label.startswith("Gate closed: it asks for ")
    deciding = [node for node in earning_of(result).children if gate["measure"] in node.source.get("measure", "")]
    assert deciding


def test_a_quota_of_nought_opens_no_gate() -> None:
    gate = {"measure": "gross_profit", "quota": "own", "reaches": "50 %"}
    nothing = [quota("ann", "0", "2026-01-01", "2027-01-01", "gross_profit")]
    assert paid(FLAT | {"gate": gate}, quotas=nothing)[1] == 0


@pytest.mark.parametrize(
    ("sold", "amount"), [("4000.01", "1080.00"), ("2000", "480.00"), ("6000", "3600.00"), ("-10", "-2.40")]
)
def test_a_multiplier_by_the_quota_that_is_paid_on(sold: str, amount: str) -> None:
    """75 % of the quota is 90 %, less is 80 %, all of it twice (1,200.003 × 0.9 is 1,080.0027)."""
    orders = [order(str(n), "ann", f"2026-0{n}-05", sold) for n in range(1, 4)]
    assert paid(FLAT | {"multiplier": BY_BOOKINGS}, orders)[1] == Decimal(amount)


def test_the_explanation_shows_what_the_multiplier_adds_deal_by_deal() -> None:
    tiers = [{"from": 0, "times": 1}, {"from": 9000, "times": "1.5"}]
    component = FLAT | {"multiplier": {"measure": "gross_profit", "tiers": tiers}}
    result, amount = paid(component)
    assert amount == Decimal("1800.00")  # 1,200.003 × 1.5 = 1,800.0045
    pieces = [node for node in earning_of(result).children if node.kind == "money"]
    assert [(node.label, node.formula) for node in pieces] == [
        ("Flat rate", "12,000.03 × 10 %"),
        ("× 1.5 for Gross profit from 9,000", "1,200.003 × 50 %"),
    ]
    assert [node.label for node in pieces[1].children] == ["1, 2026-01-05", "2, 2026-02-05", "3, 2026-03-05"]
    (profit,) = [node for node in earning_of(result).children if node.source.get("measure") == "gross_profit"]
    assert (profit.amount, len(profit.children)) == ("9000.03", 3)


def test_multiplier_gate_and_cap_come_in_this_order() -> None:
    component = FLAT | {
        "multiplier": BY_BOOKINGS | {"tiers": [{"from": 0, "times": 2}]},
        "gate": {"measure": "gross_profit", "reaches": 1},
        "cap": 2000,
    }
    result, amount = paid(component)
    assert amount == Decimal(2000)
    pieces = [(node.label, node.amount) for node in earning_of(result).children if node.kind == "money"]
    assert pieces == [
        ("Flat rate", "1200.01"),
        ("× 2 for Bookings from 0", "1200.00"),  # shares of the running total, rounded deal by deal
        ("Above the cap of 2,000", "-400.01"),
    ]


def test_rates_that_change_inside_the_period_are_multiplied_too() -> None:
    people: list[dict[str, Any]] = [
        {"participant": "ann", "commission_rate": Decimal("0.05"), "start": None, "end": date(2026, 2, 1)},
        {"participant": "ann", "commission_rate": Decimal("0.20"), "start": date(2026, 2, 1), "end": None},
    ]
    component = FLAT | {"rate": "commission_rate", "multiplier": BY_BOOKINGS}
    _, amount = paid(component, participants=people, reporting_lines=())
    assert amount == Decimal("1620.00")  # (4,000.01 × 5 % + 8,000.02 × 20 %) × 0.9 = 1,620.00405


def test_a_component_of_a_ratio_is_multiplied_as_a_whole() -> None:
    component = {
        "name": "B", "measure": "gross_margin", "every": "year", "pays": "threshold_bonus", "threshold": "50 %",
        "amount": 1000, "multiplier": BY_BOOKINGS,
    }  # fmt: skip
    result = run(plan(component), {"orders": ORDERS, "quotas": QUOTAS})
    assert earned(result) == {("ann", JANUARY): Decimal(900)}
    assert _money(earning_of(result)) == [Decimal(1000), Decimal(-100)]


def test_the_published_case_of_linked_components(shared: Path) -> None:
    cases = YAML(typ="safe").load(shared / "cases" / "worked_examples.yaml")["cases"]
    (case,) = [one for one in cases if one["id"] == "multiplier-siebel-attainment"]
    bands = [{"from": f"{band['from']} %", "times": str(band["factor"])} for band in case["params"]["bands"]]
    revenue, attained = case["inputs"]["revenue"], case["inputs"]["attainment_pct"]
    component = FLAT | {"rate": f"{case['params']['rate']}"}
    component["multiplier"] = {"measure": "bookings", "quota": "own", "tiers": bands}
    orders = [order("1", "ann", "2026-01-05", f"{revenue}")]
    quotas = [quota("ann", str(Decimal(revenue) * 100 / attained), "2026-01-01", "2027-01-01")]
    assert paid(component, orders, quotas)[1] == case["expected"]["stated"]["payout"]


def faults(component: Mapping[str, Any], **more: Any) -> list[tuple[str, str]]:
    checked = plan(component, **more)
    return [(one.check, one.message) for one in (*check_plan(checked), *check_examples(checked, DuckDB()))]


def test_what_is_wrong_with_a_factor_is_told_at_its_place() -> None:
    (found,) = [one for one in faults(FLAT | {"gate": {"measure": "profit", "reaches": 1}}) if one[0] != "no-example"]
    assert found[0] == "unknown-measure"
    found, _ = faults(FLAT | {"gate": {"measure": "gross_profit", "reaches": "40 %"}})
    assert found == ("quota-wanted", "gross_profit is no ratio, so per cents of it are those of a quota")
    for tiers, message in (
        ([{"from": 5, "times": 1}], "begins at 0"),
        ([{"from": 0, "times": 1}, {"from": 0, "times": 2}], "above the one before"),
        ([{"from": 0, "times": -1}], "greater than or equal to 0"),
        ([], "at least 1 item"),
    ):
        with pytest.raises(AttainError, match=message):
            plan(FLAT | {"multiplier": {"measure": "bookings", "tiers": tiers}})


@pytest.mark.parametrize("times", ["many", "many %", "%", "1e5 %", "NaN", "Infinity", True, None])
def test_what_is_no_number_is_told_once(times: object) -> None:
    with pytest.raises(AttainError) as told:
        plan(FLAT | {"multiplier": {"measure": "bookings", "tiers": [{"from": 0, "times": times}]}})
    assert [one.check for one in told.value.faults] == ["wrong-value"]


def test_an_example_gives_what_the_factors_look_at() -> None:
    component = FLAT | {"gate": {"measure": "gross_profit", "quota": "own", "reaches": "90 %"}}
    given: dict[str, Any] = {"bookings": 10000, "gross_profit": 900, "quota": {"gross_profit": 1000}}
    assert not faults(component, examples=[{"given": given, "expect": {"F": 1000}}])
    given["gross_profit"] = 899
    assert faults(component, examples=[{"given": given, "expect": {"F": 0}}]) == []
    ((check, message),) = faults(component, examples=[{"given": {"bookings": 1}, "expect": {"F": 0}}])
    assert (check, message) == (
        "example",
        "'F' needs gross_profit and quota: {gross_profit: …}, which the example does not give",
    )


def test_what_one_more_deal_brings_goes_through_the_factors() -> None:
    checked = plan(FLAT | {"multiplier": BY_BOOKINGS, "gate": {"measure": "gross_profit", "reaches": 100}})
    quota_of, engine = Decimal(10000), DuckDB.for_few_rows()
    bases = [
        Basis("F", Decimal(9000), quota_of, others={"gross_profit": (Decimal(200), None)}),
        Basis("F", Decimal(10000), quota_of, others={"gross_profit": (Decimal(200), None)}),
        Basis("F", Decimal(10000), quota_of, others={"gross_profit": (Decimal(99), None)}),
        Basis("F", Decimal(10000), quota_of, others={"gross_profit": (None, None)}),
    ]
    assert pay(checked, bases, engine) == [Decimal(810), Decimal(2000), Decimal(0), None]
