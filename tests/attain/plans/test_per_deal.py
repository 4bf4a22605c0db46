"""Paid per deal: each goes through the table by itself, and lines, explanation and pay agree to the cent."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from attain.engines.engine import template
from attain.plans.document import Example
from attain.plans.examples import results_of
from attain.plans.explain import Explainer
from attain.plans.lines import line_steps
from attain.plans.lint import check_plan
from tests.attain.small import ENGINE, LINES, Rows, earned, order, plan, quota, run

JANUARY = date(2026, 1, 1)
TIERS = [{"from": 0, "rate": "6 %"}, {"from": 1000, "rate": "9 %"}]
BASE: dict[str, Any] = {"name": "D", "measure": "bookings", "every": "year", "per": "deal"}
ORDERS = [order("1", "ann", "2026-01-05", "1500.05"), order("2", "ann", "2026-02-05", "999.99")]


def paid(component: Mapping[str, Any], orders: Rows = ORDERS, **more: Rows) -> tuple[Decimal, list[Decimal]]:
    """What Ann earns, and each of her deals' part of it: the same in lines and explanation, and summing to it."""
    result = run(plan(component), {"orders": orders, **more})
    amount = earned(result).get(("ann", JANUARY), Decimal(0))
    for step in line_steps(result.compiler, result.engine):
        result.engine.make(step)
    lines = result.engine.rows(
        template("SELECT fact, amount FROM lines WHERE participant = 'ann' ORDER BY date, fact, credit")
    )
    tree = Explainer(result.engine, result.compiler, "ann").explain("2026").children[0]
    told: dict[str, Decimal] = {}
    for piece in (node for node in tree.children if node.kind == "money"):
        for deal in piece.children:
            fact = deal.source["fact"]
            told[fact] = told.get(fact, Decimal(0)) + Decimal(deal.amount or 0)
    by_fact: dict[str, Decimal] = {}
    for line in lines:
        by_fact[line["fact"]] = by_fact.get(line["fact"], Decimal(0)) + line["amount"]
    assert {key: value for key, value in by_fact.items() if value} == {
        key: value for key, value in told.items() if value
    }
    assert sum(by_fact.values(), Decimal(0)) == amount
    return amount, [line["amount"] for line in lines]


@pytest.mark.parametrize(
    ("component", "amount", "parts"),
    [
        # 1,500.05: 60 + 45.0045; 999.99: 59.9994; together 165.0039
        ({"pays": "graduated_tiers", "tiers": TIERS}, "165.00", ["105.00", "60.00"]),
        # 1,500.05 × 9 % = 135.0045; 999.99 × 6 % = 59.9994; together 195.0039
        ({"pays": "retroactive_tiers", "tiers": TIERS}, "195.00", ["135.00", "60.00"]),
        ({"pays": "retroactive_tiers", "tiers": TIERS, "cap": 150}, "150.00", ["135.00", "15.00"]),
        ({"pays": "threshold_bonus", "threshold": 1000, "amount": 250}, "250.00", ["250.00", "0.00"]),
        (
            {
                "pays": "flat_rate",
                "rate": "10 %",
                "multiplier": {"measure": "bookings", "tiers": [{"from": 0, "times": 1}, {"from": 2500, "times": 2}]},
            },
            "500.01",  # 2,500.04 × 10 % × 2
            ["300.01", "200.00"],
        ),
    ],
)
def test_each_deal_goes_through_the_table_by_itself(component: dict[str, Any], amount: str, parts: list[str]) -> None:
    assert paid(BASE | component) == (Decimal(amount), [Decimal(one) for one in parts])


def test_a_deal_that_is_split_is_as_large_as_the_share_that_is_credited() -> None:
    splits = [{"fact_table": "orders", "fact": "1", "participant": who, "share": Decimal(50)} for who in ("ann", "dan")]
    amount, parts = paid(BASE | {"pays": "retroactive_tiers", "tiers": TIERS}, splits=splits)
    assert (amount, parts) == (Decimal("105.00"), [Decimal("45.00"), Decimal("60.00")])  # 750.025 × 6 % = 45.0015


def test_rates_are_those_of_the_deals_own_day() -> None:
    people: list[dict[str, Any]] = [
        {"participant": "ann", "commission_rate": Decimal("0.05"), "start": None, "end": date(2026, 2, 1)},
        {"participant": "ann", "commission_rate": Decimal("0.20"), "start": date(2026, 2, 1), "end": None},
    ]
    tiers = [{"from": 0, "rate": "commission_rate"}, {"from": 1000, "rate": "commission_rate * 2"}]
    component = BASE | {"pays": "graduated_tiers", "tiers": tiers}
    amount, parts = paid(component, participants=people, reporting_lines=())
    assert (amount, parts) == (Decimal("300.00"), [Decimal("100.01"), Decimal("199.99")])  # 100.005 + 199.998


def test_a_manager_is_paid_per_deal_of_everybody_below() -> None:
    component = BASE | {"measure": "team_bookings", "pays": "retroactive_tiers", "tiers": TIERS}
    result = run(plan(component), {"orders": ORDERS, "reporting_lines": LINES})
    assert earned(result) == {("bob", JANUARY): Decimal("195.00"), ("cyd", JANUARY): Decimal("195.00")}


def test_tiers_in_per_cent_of_the_quota_ask_each_deal_for_its_part_of_it() -> None:
    tiers = [{"from": "0 %", "rate": "1 %"}, {"from": "50 %", "rate": "10 %"}]
    component = BASE | {"quota": "own", "pays": "retroactive_tiers", "tiers": tiers}
    quotas = [quota("ann", "3000", "2026-01-01", "2027-01-01")]
    assert paid(component, quotas=quotas)[0] == Decimal("160.00")  # 1,500.05 × 10 % + 999.99 × 1 %


@pytest.mark.parametrize(
    ("case", "pays"),
    [("tier-per-transaction-band", "retroactive_tiers"), ("tier-oracle-step-rate-individual", "graduated_tiers")],
)
def test_published_cases(shared: Path, case: str, pays: str) -> None:
    cases = YAML(typ="safe").load(shared / "cases" / "worked_examples.yaml")["cases"]
    (told,) = [one for one in cases if one["id"] == case]
    tiers = [{"from": tier["from"], "rate": str(tier["rate"])} for tier in told["params"]["tiers"]]
    amounts = [one["amount"] if isinstance(one, dict) else one for one in told["inputs"]["transactions"]]
    orders = [order(str(n), "ann", f"2026-01-{n:02}", str(amount)) for n, amount in enumerate(amounts, start=1)]
    expected = [Decimal(str(one)) for one in told["expected"]["stated"]["commission"]]
    assert paid(BASE | {"pays": pays, "tiers": tiers}, orders) == (sum(expected), expected)


def test_a_ratio_has_no_deals_to_be_paid_by() -> None:
    component = BASE | {"measure": "win_rate", "pays": "threshold_bonus", "threshold": "30 %", "amount": 5}
    assert [one.check for one in check_plan(plan(component))] == ["per-deal"]


def test_a_deal_earns_at_most_its_cap_and_a_period_its_own() -> None:
    component = {**BASE, "pays": "graduated_tiers", "tiers": TIERS, "cap_per_deal": 80}
    orders = [*ORDERS, order("3", "ann", "2026-03-05", "-3000"), order("4", "ann", "2026-04-05", "5000")]
    assert paid(component, orders) == (Decimal("40.00"), [80, Decimal("60.00"), -180, 80])
    assert paid({**component, "cap": 100}, orders[:2]) == (Decimal(100), [Decimal(80), 20])
    tree = Explainer(*_explained(component)).explain("2026").children[0]
    (above,) = [node for node in tree.children if node.label == "Above the cap of 80 per deal"]
    assert (above.amount, [node.amount for node in above.children]) == ("-25.00", ["-25.00"])


def _explained(component: Mapping[str, Any]) -> tuple[Any, Any, str]:
    result = run(plan(component), {"orders": ORDERS})
    return result.engine, result.compiler, "ann"


def test_an_example_gives_a_deal_and_what_it_earns_at_most() -> None:
    component = {**BASE, "pays": "flat_rate", "rate": "10 %", "cap_per_deal": 80}
    given = [{"bookings": 500}, {"bookings": 5000}, {"bookings": -5000}]
    found = results_of(plan(component), [Example(given=one, expect={}) for one in given], ENGINE)
    assert [amount for _, _, amount in sorted(found, key=lambda one: one[0])] == [50, 80, -500]


def test_a_cap_of_deals_that_go_through_the_table_together_is_told() -> None:
    component = {**BASE, "per": "period", "pays": "flat_rate", "rate": "10 %", "cap_per_deal": 80}
    assert [fault.check for fault in check_plan(plan(component))] == ["per-deal"]
