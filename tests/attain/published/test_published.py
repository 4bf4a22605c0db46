"""Published cases, each as a plan with data, through the command line; what they expect stands in the shared folder."""

from pathlib import Path
from typing import Any

import pytest

from tests.attain.published.case import CASES, OPEN, Outcome, agrees, expected_values, load, read_case

FILES = sorted(file for file in CASES.glob("*.yaml") if file != OPEN)


@pytest.fixture(scope="module")
def told(shared: Path) -> dict[str, Any]:
    """What the published cases expect, by case and path."""
    file = shared / "cases" / "worked_examples.yaml"
    if not file.is_file():
        pytest.skip(f"There is no file {file}: set ATTAIN_SHARED to the folder with public data and cases.")
    return {case["id"]: dict(expected_values(case["expected"])) for case in load(file)["cases"]}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_command_line_gives_what_the_source_tells(file: Path, told: dict[str, Any], tmp_path: Path) -> None:
    case = read_case(file)
    outcome, expected = Outcome(case, tmp_path), told[case.case]
    outcome.run()
    found = {place.path: outcome.value(place) for place in case.answers}
    wrong = {
        path: f"{expected[path]} is told, {value} is found"
        for path, value in found.items()
        if not agrees(path, expected[path], value)
    }
    assert not wrong


def test_every_case_is_carried_by_a_plan_or_open(told: dict[str, Any]) -> None:
    carried, waiting = {file.stem for file in FILES}, load(OPEN)
    assert carried.isdisjoint(waiting), "A case that is carried by a plan is no longer open."
    assert carried | set(waiting) == set(told)
    assert [case for case, missing in waiting.items() if not str(missing or "").strip()] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_expected_value_is_answered_once_or_has_a_reason(file: Path, told: dict[str, Any]) -> None:
    case = read_case(file)
    assert sorted([place.path for place in case.answers] + list(case.unanswered)) == sorted(told[case.case])
    assert all(reason.strip() for reason in case.unanswered.values())


def test_there_are_cases() -> None:
    assert [read_case(file).case for file in FILES], "No case was found. Has the folder moved?"
