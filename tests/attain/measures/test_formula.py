"""Formulas over measures: their value, what they pay, their explanation, and what is told of a wrong one."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from attain.errors import AttainError
from attain.measures.measure import Measure, is_additive, unit_of
from attain.plans.document import catalogue
from attain.plans.explain import Explainer
from tests.attain.small import earned, order, plan, run

QUARTER = date(2026, 1, 1)
ORDERS = [order("1", "ann", "2026-01-05", "1000"), order("2", "dan", "2026-01-06", "200", cost=Decimal("50.5"))]


def component(measure: str = "own", **more: Any) -> dict[str, Any]:
    return {"name": "C", "measure": measure, "pays": "flat_rate", "rate": "10 %", **more}


@pytest.mark.parametrize(
    ("formula", "ann", "dan"),
    [
        ("bookings * 0.5 + orders_won", "500", "100"),
        ("case when bookings > 500 then bookings else 0 end", "1000", "0"),
        ("least(gross_profit, 100) - 0.005", "99.995", "99.995"),
        ("coalesce(gross_margin, 0) * bookings", "1000", "149.5"),
    ],
)
def test_a_formula_calculates_with_the_values_of_measures(formula: str, ann: str, dan: str) -> None:
    measures = {"own": {"formula": formula}, "orders_won": {"sum": "amount * 0", "of": "orders"}}
    result = run(plan(component(), measures=measures), {"orders": ORDERS}, period="2026-Q1")
    found = {
        row["participant"]: row["value"] for row in result.table("measures").to_pylist() if row["measure"] == "own"
    }
    assert (found["ann"], found["dan"], found["bob"]) == (Decimal(ann), Decimal(dan), found["cyd"])


def test_what_a_formula_pays_is_explained_by_its_measures() -> None:
    measures = {"own": {"formula": "bookings + 2 * gross_profit"}, "team": {"rollup": "own"}}
    result = run(
        plan(component(), component("team", name="T"), measures=measures), {"orders": ORDERS}, period="2026-Q1"
    )
    assert earned(result, "C") == {("ann", QUARTER): 300, ("dan", QUARTER): Decimal("49.90")}
    assert earned(result, "T") == {("bob", QUARTER): 300, ("cyd", QUARTER): Decimal("349.90")}
    (node,) = Explainer(result.engine, result.compiler, "dan").explain("2026-Q1").children[:1]
    (measure,) = [one for one in node.children if one.label == "own"]
    assert (measure.amount, measure.formula) == ("499", "bookings + 2 * gross_profit")
    assert [(one.label, one.amount) for one in measure.children] == [("bookings", "200"), ("gross_profit", "149.5")]
    (team,) = [
        one
        for node in Explainer(result.engine, result.compiler, "cyd").explain("2026-Q1").children
        for one in node.children
        if one.label == "team"
    ]
    assert Decimal(team.amount or 0) == 3499


def test_a_formula_of_formulas_is_explained_down_to_the_facts() -> None:
    measures = {"half": {"formula": "bookings * 0.5"}, "own": {"formula": "half + 1"}}
    result = run(plan(component(), measures=measures), {"orders": ORDERS}, period="2026-Q1")
    (node,) = Explainer(result.engine, result.compiler, "ann").explain("2026-Q1").children
    (measure,) = [one for one in node.children if one.label == "own"]
    (half,) = measure.children
    (bookings,) = half.children
    assert [Decimal(one.amount or 0) for one in (measure, half, bookings, bookings.children[0])] == [
        501,
        500,
        1000,
        1000,
    ]


def test_a_ratio_inside_a_formula_of_a_formula_is_explained_with_its_value() -> None:
    measures = {"part": {"formula": "coalesce(gross_margin, 0) * bookings"}, "own": {"formula": "part * 2"}}
    result = run(plan(component(), measures=measures), {"orders": ORDERS}, period="2026-Q1")
    (node,) = Explainer(result.engine, result.compiler, "dan").explain("2026-Q1").children
    (own,) = [one for one in node.children if one.label == "own"]
    (part,) = own.children
    margin = part.children[0]
    assert [Decimal(one.amount or 0) for one in (own, part, margin)] == [299, Decimal("149.5"), Decimal("0.7475")]


@pytest.mark.parametrize(
    ("formula", "told"),
    [
        ("5 + 3", "this one names none"),
        ("bookings +", "formula"),
        ("bookings > 5", "gives a condition, where a number is wanted"),
        ("turnover * 2", "measure 'turnover' is not defined"),
        ("own + 1", "made of itself"),
        ("bookings / 2", "bookings / 2"),
    ],
)
def test_a_wrong_formula_is_told(formula: str, told: str) -> None:
    with pytest.raises(AttainError, match=told):
        run(plan(component(), measures={"own": {"formula": formula}}), {"orders": ORDERS})


def test_a_formula_is_of_the_unit_of_its_first_measure_and_no_deal_has_a_part_of_it() -> None:
    known = {**catalogue(), "own": Measure(formula="bookings * 2 - calls")}
    assert (unit_of("own", known), is_additive("own", known)) == ("money", False)
