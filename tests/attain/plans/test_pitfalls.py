"""Warnings about plans that are right and surprise people all the same."""

from typing import Any

import pytest

from attain.engines.duckdb import DuckDB
from attain.plans.pitfalls import pitfalls
from tests.attain.small import plan

BASE: dict[str, Any] = {"name": "C", "measure": "bookings", "quota": "own", "every": "quarter"}
RISING = [{"from": "0 %", "rate": "6 %"}, {"from": "100 %", "rate": "9 %"}, {"from": "150 %", "rate": "12 %"}]
AMOUNTS = [{"from": 0, "rate": "6 %"}, {"from": 1000, "rate": "9 %"}, {"from": 2000, "rate": "12 %"}]


def told(**component: Any) -> list[tuple[str, str]]:
    return [(one.check, one.message) for one in pitfalls(plan(BASE | component), DuckDB.for_few_rows())]


@pytest.mark.parametrize(
    "component",
    [
        {"pays": "flat_rate", "rate": "5 %"},
        {"pays": "graduated_tiers", "tiers": RISING},
        {"pays": "graduated_tiers", "tiers": RISING, "cap": 9000},
        {"pays": "graduated_tiers", "tiers": AMOUNTS, "cap": 151},
        {"pays": "retroactive_tiers", "tiers": [{"from": 0, "rate": "commission_rate"}, {"from": 9, "rate": "1 %"}]},
        {"pays": "threshold_bonus", "threshold": "100 %", "amount": 1000},
        {"pays": "step_bonus", "steps": [{"from": "80 %", "amount": 10}, {"from": "100 %", "amount": 1000}]},
        {"pays": "threshold_bonus", "measure": "win_rate", "quota": None, "threshold": "30 %", "amount": 1000},
        {"pays": "graduated_tiers", "tiers": [{"from": 0, "rate": "9" * 30}, {"from": "1" + "0" * 27, "rate": 7}]},
    ],
)
def test_what_surprises_nobody(component: dict[str, Any]) -> None:
    assert told(**component) == []


@pytest.mark.parametrize(
    ("component", "expected"),
    [
        (
            {"pays": "retroactive_tiers", "tiers": RISING},
            ("cliff", "pay jumps from 6,000 to 9,000 at 100 % of quota (of 100,000), and so at 1 more"),
        ),
        (
            {"pays": "retroactive_tiers", "tiers": [RISING[1] | {"from": "0 %"}, RISING[0] | {"from": "100 %"}]},
            ("pay-falls", "pay falls from 9,000 to 6,000 at 100 % of quota (of 100,000)"),
        ),
        (
            {"pays": "step_bonus", "quota": None, "steps": [{"from": 5, "amount": 20}, {"from": 6, "amount": 10}]},
            ("pay-falls", "pay falls from 20 to 10 at 6"),
        ),
        (
            {"pays": "graduated_tiers", "tiers": AMOUNTS, "cap": 150},
            ("never-reached", "the cap of 150 is reached below 2000"),
        ),
        (
            {"pays": "graduated_tiers", "tiers": [*AMOUNTS[:2], {"from": 5000, "rate": "9 %"}]},
            ("same-rate", "from 5000 on the same is paid as before"),
        ),
        (
            {"pays": "retroactive_tiers", "tiers": RISING[:2], "gate": {"measure": "calls", "reaches": 5}},
            ("cliff", "pay jumps from 6,000 to 9,000 at 100 % of quota (of 100,000)"),
        ),
    ],
)
def test_what_surprises(component: dict[str, Any], expected: tuple[str, str]) -> None:
    assert told(**component) == [expected]


@pytest.mark.parametrize(("given", "count"), [(100_000, 0), (150_000, 0), (99_999, 1), (0, 1)])
def test_an_example_at_a_start_shows_that_pay_jumps(given: int, count: int) -> None:
    example = {"given": {"bookings": given, "quota": 100_000}, "expect": {"C": 1}}
    checked = plan(BASE | {"pays": "retroactive_tiers", "tiers": RISING}, examples=[example])
    assert len(pitfalls(checked, DuckDB.for_few_rows())) == count


def test_the_place_of_the_first_of_them() -> None:
    component = BASE | {"pays": "retroactive_tiers", "tiers": RISING}
    checked = plan(component)
    (found,) = pitfalls(checked, DuckDB.for_few_rows())
    assert (found.line, found.position) == checked.document.position(("components", 0, "tiers", 1))
    assert (found.severity, bool(found.advice)) == ("warning", True)
