"""Quotas weighted together: formulas over the attainment of several measures."""

from decimal import Decimal
from typing import Any

import pytest

from attain.errors import AttainError
from attain.plans.examples import check_examples
from attain.run import Run
from tests.attain.engines.alike import explained
from tests.attain.small import ENGINE, Rows, order, plan, quota, run

D = Decimal
MEASURES = {
    "large": {"count": "orders", "where": "amount >= 100"},
    "score": {"formula": "0.6 * bookings.attainment + 0.4 * least(large.attainment, 1.5)"},
}
PAY = {
    "name": "Bonus", "measure": "score", "every": "month", "pays": "step_bonus",
    "steps": [{"from": 0.8, "amount": 500}, {"from": 1, "amount": 1000}],
}  # fmt: skip
ORDERS = [
    order("1", "ann", "2026-01-05", "150"),
    order("2", "ann", "2026-01-06", "20"),
    order("3", "dan", "2026-01-06", "1"),
]
QUOTAS = [
    quota("ann", "200", "2026-01-01", "2026-02-01"),
    quota("ann", "1", "2026-01-01", "2026-02-01", "large"),
    quota("dan", "200", "2026-01-01", "2026-02-01"),
]


def paid(orders: Rows = ORDERS, quotas: Rows = QUOTAS, measures: Any = None, **more: Any) -> Run:
    """A run of January."""
    checked = plan(PAY, measures=measures or MEASURES)
    return run(checked, {"orders": orders, "quotas": quotas}, period="2026-01", **more)


def values(result: Run, measure: str = "score") -> dict[str, Decimal | None]:
    """What a measure is for each participant."""
    rows = result.table("measures").to_pylist()
    return {row["participant"]: row["value"] for row in rows if row["measure"] == measure}


def test_two_quotas_weigh_together() -> None:
    result = paid()
    assert values(result)["ann"] == D("0.91")  # 0.6 x 170 / 200 + 0.4 x 1 / 1
    assert result.paid()["ann"] == D(500)
    attained = {row["measure"] for row in result.table("attainment").to_pylist()}
    assert attained == {"bookings", "large"}


def test_a_part_may_be_limited() -> None:
    more = [*ORDERS, *(order(f"x{n}", "ann", "2026-01-07", "100") for n in range(3))]
    assert values(paid(more))["ann"] == D("2.01")  # 0.6 x 470 / 200 + 0.4 x 1.5, of 4


def test_without_a_quota_there_is_no_value_unless_the_formula_says_so() -> None:
    result = paid()
    assert values(result)["dan"] is None
    assert result.paid()["dan"] == D(0)
    (told,) = [fault for fault in result.faults if fault.check == "quota-missing"]
    assert told.values == ("bob", "cyd", "dan")
    assert "no quota for bookings or large by month (the first from 2026-01-01); 'score' has no value" in told.message
    anyway = {**MEASURES, "score": {"formula": "0.6 * bookings.attainment + 0.4 * coalesce(large.attainment, 0)"}}
    assert values(paid(measures=anyway))["dan"] == D("0.003")


def test_a_worked_example_gives_the_value() -> None:
    examples = [{"given": {"score": 0.91}, "expect": {"Bonus": 500}}, {"given": {"score": 0.5}, "expect": {"Bonus": 0}}]
    assert check_examples(plan(PAY, measures=MEASURES, examples=examples), ENGINE) == []


def test_an_explanation_leads_to_the_facts_and_the_quota() -> None:
    told = str(explained(paid(participants=["ann"]), "ann"))
    assert "170 ÷ 200" in told
    assert "owner of orders 2" in told


@pytest.mark.parametrize("formula", ["bookings.quota", "a.b.attainment", "score.attainment"])
def test_what_is_no_attainment_is_refused(formula: str) -> None:
    with pytest.raises(AttainError):
        paid(measures={**MEASURES, "score": {"formula": formula}})
