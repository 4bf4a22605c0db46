"""Objectives with weight, score and approval: what they pay, and how each is explained."""

from datetime import date
from decimal import Decimal
from typing import Any

from attain.plans.explain import Explainer
from tests.attain.small import earned, plan, run

MEASURES = {"achieved": {"sum": "weight * score", "of": "objectives", "where": "approver is not null", "unit": "ratio"}}
CURVE = {
    "pays": "pay_curve",
    "target": 5000,
    "points": [{"at": "0 %", "pays": "0 %"}, {"at": "100 %", "pays": "100 %"}],
}
MBO = plan({"name": "Objectives", "measure": "achieved", "every": "quarter", **CURVE}, measures=MEASURES)


def objective(
    key: str, weight: str, score: str | None, approver: str | None, day: str = "2026-03-31"
) -> dict[str, Any]:
    return {
        "objective": key,
        "participant": "ann",
        "date": date.fromisoformat(day),
        "weight": Decimal(weight),
        "score": Decimal(score) if score else None,
        "approver": approver,
    }


def test_objectives_pay_by_weight_and_score_once_they_are_approved() -> None:
    given = [
        objective("Launch", "0.5", "0.8", "bob"),
        objective("Hire", "0.3", "1", "bob"),
        objective("Train", "0.2", "1", None),
        objective("Later", "0.5", None, "bob"),
    ]
    result = run(MBO, {"objectives": given}, period="2026-Q1")
    assert earned(result) == {("ann", date(2026, 1, 1)): 3500}
    tree = Explainer(result.engine, result.compiler, "ann").explain("2026-Q1")
    (measure,) = [one for one in tree.children[0].children if one.label == "achieved"]
    assert [(one.label, one.amount) for one in measure.children] == [
        ("Hire, 2026-03-31", "0.3"),
        ("Later, 2026-03-31", "0"),
        ("Launch, 2026-03-31", "0.4"),
    ]


def test_objectives_count_in_the_period_in_which_they_are_due() -> None:
    given = [objective("A", "1", "0.5", "bob"), objective("B", "1", "0.25", "bob", "2026-04-01")]
    assert earned(run(MBO, {"objectives": given}, period="2026-01-01..2026-07-01")) == {
        ("ann", date(2026, 1, 1)): 2500,
        ("ann", date(2026, 4, 1)): 1250,
    }
