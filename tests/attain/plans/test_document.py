"""Plan documents: every fault with its place, and the schema that editors use."""

import json
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from attain.cli.reference import document_schema
from attain.demo import PLANS
from attain.documents import plain, read_document
from attain.errors import AttainError, Fault
from attain.plans.document import read_plan
from attain.plans.lint import check_plan

ROOT = Path(__file__).resolve().parents[3]

GOOD = """\
plan: Good
version: 1
currency: EUR
effective: 2026-01-01 .. 2027-01-01
participants: title = 'Seller'
components:
  - name: New business
    measure: bookings
    every: quarter
    quota: own
    pays: graduated_tiers
    tiers:
      - {from: 0 %, rate: 6 %}
      - {from: 100 %, rate: commission_rate * 1.5}
"""


def faults_of(text: str) -> list[Fault]:
    try:
        return check_plan(read_plan(text, name="plan.yaml"))
    except AttainError as error:
        return list(error.faults)


def test_a_good_plan_has_no_fault() -> None:
    assert faults_of(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "check", "line"),
    [
        ("version: 1", "version: one", "wrong-value", 2),
        ("currency: EUR", "currency: euro", "wrong-value", 3),
        ("2026-01-01 .. 2027-01-01", "2027-01-01 .. 2026-01-01", "wrong-value", 4),
        ("title = 'Seller'", "title = 'Seller", "formula", 5),
        ("title = 'Seller'", "title", "formula", 5),
        ("title = 'Seller'", "(select 1) = 1", "formula", 5),
        ("measure: bookings", "measure: bookngs", "unknown-measure", 8),
        ("every: quarter", "every: fortnight", "wrong-value", 9),
        ("quota: own", "quota: sum of reports", "sum-of-reports", 10),
        ("    quota: own\n", "", "quota-wanted", 7),
        ("pays: graduated_tiers", "pays: gradual_tiers", "unknown-component", 11),
        ("from: 100 %", "from: 0 %", "wrong-value", 13),
        ("rate: 6 %}", "rate: 6 %, colour: red}", "unknown-key", 13),
        ("commission_rate * 1.5", "commission_rate / 2", "formula", 14),
        ("    every: quarter\n", "    every: quarter\n    effective: 2026-02-01 ..\n", "effective", 10),
        ("components:", "components: []\nmore:", "unknown-key", 7),
    ],
)
def test_a_fault_has_its_line(old: str, new: str, check: str, line: int) -> None:
    assert old in GOOD
    assert (check, line) in [(fault.check, fault.line) for fault in faults_of(GOOD.replace(old, new, 1))]


def test_all_faults_are_told_at_once() -> None:
    text = GOOD.replace("measure: bookings", "measure: bookngs").replace("title = 'Seller'", "title")
    assert {fault.check for fault in faults_of(text)} == {"formula", "unknown-measure"}


def test_one_measure_with_two_quotas_is_an_error() -> None:
    text = GOOD.replace("bookings", "team_bookings")
    text += "attainment:\n  - {measure: team_bookings, every: quarter, quota: sum of reports}\n"
    assert [fault.check for fault in faults_of(text)] == ["two-quotas"]


def test_a_measure_made_of_itself_is_an_error() -> None:
    text = GOOD + "measures:\n  a: {ratio: [b, bookings]}\n  b: {difference: [a, bookings]}\n"
    assert [fault.check for fault in faults_of(text.replace("measure: bookings", "measure: a"))] == ["unknown-measure"]


@pytest.mark.parametrize(
    "plan", [*PLANS.glob("*.yaml"), *(ROOT / "examples").glob("*/plan.yaml")], ids=lambda file: file.stem
)
def test_our_plans_meet_the_published_schema(plan: Path) -> None:
    content = json.loads(json.dumps(plain(read_document(plan).content), default=_number))
    jsonschema.validate(content, document_schema("plan"))


def _number(value: object) -> object:
    return float(str(value)) if str(value).replace(".", "").isdigit() else str(value)


def test_the_published_schema_refuses_a_wrong_setting() -> None:
    content = json.loads(json.dumps(YAML(typ="safe").load(GOOD.replace("tiers:", "teirs:")), default=str))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content, document_schema("plan"))
