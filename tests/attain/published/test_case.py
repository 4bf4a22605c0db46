"""How a published case is read: a value that is not there, or not the one told, never passes."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.attain.published.case import Case, Outcome, Place, agrees, expected_values

PLAN = """\
plan: Small
version: 1
currency: USD
effective: 2026-01-01 .. 2027-01-01
participants: [ann, bob]
components:
  - name: Commission
    measure: bookings
    every: year
    pays: graduated_tiers
    tiers: [{from: 0, rate: 5 %}, {from: 1000, rate: 7 %}]
"""
TABLES = {
    "participants": "participant,name\nann,Ann\nbob,Bob\n",
    "orders": "order,participant,date,amount\nO-1,ann,2026-03-05,3000\nO-2,bob,2026-03-05,400\n",
}


def place(**where: Any) -> Place:
    return Place.model_validate({"path": "stated.commission", **where})


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    case = Case(case="small", plan=PLAN, tables=TABLES, answers=(place(explain="ann"),))
    found = Outcome(case, tmp_path_factory.mktemp("small"))
    found.run()
    return found


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ({"table": "payouts", "column": "amount", "where": {"participant": "ann"}}, "190"),
        ({"table": "payouts", "column": "amount", "where": {"amount": 20}}, "20"),
        ({"table": "lines", "column": "amount", "where": {"period_end": "2027-01-01"}, "sum": True}, "210"),
        ({"table": "earnings", "column": "rate", "where": {"participant": "ann"}, "times": 100}, "7"),
        ({"explain": "ann"}, "190"),
        ({"explain": "ann", "labels": ["Commission", "from 1000"]}, "140"),
        ({"explain": "ann", "labels": ["Commission", "from 1000", "O-1"], "number": 0}, "2000"),
        ({"explain": "ann", "labels": ["Commission", "from 1000", "O-1"], "number": 1}, "7"),
    ],
)
def test_a_value_is_read_where_it_stands(outcome: Outcome, where: dict[str, Any], value: str) -> None:
    assert outcome.value(place(**where)) == Decimal(value)


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ({"table": "payouts", "column": "amount"}, "2 rows of payouts"),
        ({"table": "payouts", "column": "amount", "where": {"participant": "cyd"}}, "0 rows of payouts"),
        ({"table": "payouts", "column": "amount", "where": {"participant": "cyd"}, "sum": True}, "0 rows of payouts"),
        ({"table": "earnings", "column": "quota", "where": {"participant": "ann"}}, "quota is empty"),
        ({"table": "settlements", "column": "amount"}, "the run wrote no settlements"),
        ({"explain": "ann", "labels": ["Commission", "from 2000"]}, "0 nodes are 'from 2000'"),
        ({"explain": "ann", "labels": ["Commission", "from 1000"], "number": 2}, "no number 2"),
    ],
)
def test_a_value_that_is_not_there_is_told(outcome: Outcome, where: dict[str, Any], told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        outcome.value(place(**where))


def test_a_plan_that_is_refused_is_told(tmp_path: Path) -> None:
    case = Case(case="small", plan=PLAN + "pays: more\n", tables=TABLES, answers=(place(explain="ann"),))
    with pytest.raises(AssertionError, match="small: attain run ends with 1"):
        Outcome(case, tmp_path).run()


@pytest.mark.parametrize("where", [{}, {"table": "payouts"}, {"table": "lines", "column": "amount", "explain": "ann"}])
def test_a_place_is_in_a_table_or_in_an_explanation(where: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="say table and column, or explain and labels"):
        place(**where)


@pytest.mark.parametrize(
    ("path", "told", "found", "same"),
    [
        ("stated.commission", 2050, "2050.005", True),
        ("stated.commission", 2050, "2050.01", False),
        ("stated.commission", 2.5, "2.51", False),
        ("stated.blended_rate_pct", 1.33, "1.3333", True),
        ("stated.blended_rate_pct", 1.167, "1.1666666667", True),
        ("stated.blended_rate_pct", 1.167, "1.168", False),
        ("stated.rate", 0.5333, "0.53333", True),
        ("stated.rate", 0.5333, "0.5334", False),
        ("stated.each_rounded_m", 2.1, "2.083333", True),
        ("stated.each_rounded_m", 2.1, "2.04", False),
        ("stated.total", 1000000, "1000000.01", False),
    ],
)
def test_values_agree_to_the_digits_told(path: str, told: float, found: str, *, same: bool) -> None:
    assert agrees(path, told, Decimal(found)) is same


def test_every_single_value_has_its_path() -> None:
    expected = {"stated": {"pay": 5, "parts": [[1, 2], [3]], "shares": {"A": 4}}}
    assert dict(expected_values(expected)) == {
        "stated.pay": 5,
        "stated.parts.0.0": 1,
        "stated.parts.0.1": 2,
        "stated.parts.1.0": 3,
        "stated.shares.A": 4,
    }
