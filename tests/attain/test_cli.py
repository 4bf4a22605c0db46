"""The command line's contract: what it leaves, what it prints, and its exit codes."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from attain.cli.demo import make_company
from attain.demo import PLANS
from tests.attain.commands import ROOT, attain, rows_of

EXECUTIVES = PLANS / "account_executives_2026.yaml"

COLUMNS = {
    "measures": ["participant", "measure", "period_start", "period_end", "value"],
    "attainment": ["participant", "measure", "period_start", "period_end", "value", "quota", "attainment"],
    "earnings": [
        "participant",
        "component",
        "period_start",
        "period_end",
        "measure_value",
        "quota",
        "rate",
        "amount",
        "currency",
    ],
    "payouts": ["participant", "period_start", "period_end", "amount", "currency"],
    "credits": ["participant", "measure", "fact", "date", "amount", "split", "kind", "reason"],
    "lines": ["participant", "component", "period_start", "period_end", "fact", "date", "credit", "amount", "currency"],
}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "company"
    make_company(folder, seed=7)
    return folder


@pytest.fixture(scope="module")
def out(company: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    answer = attain("run", EXECUTIVES, "--data", company, "--period", "2026", "--out", folder, "--lines", "--csv")
    assert answer.code == 0, answer.err
    return folder


@pytest.mark.parametrize("table", COLUMNS)
def test_result_tables_have_their_columns_in_parquet_and_csv(out: Path, table: str) -> None:
    assert pq.read_schema(out / f"{table}.parquet").names == COLUMNS[table]
    assert (out / f"{table}.csv").read_text().splitlines()[0] == ",".join(COLUMNS[table])


def test_numbers_are_exact_decimals(out: Path) -> None:
    for table, column in (("earnings", "amount"), ("payouts", "amount"), ("measures", "value"), ("lines", "amount")):
        assert str(pq.read_schema(out / f"{table}.parquet").field(column).type).startswith("decimal128(38")


def test_run_json_says_what_it_was_made_from(out: Path) -> None:
    record = json.loads((out / "run.json").read_text())
    assert record["plan"]["name"] == "Account Executives 2026"
    assert len(record["inputs"]["orders.parquet"]) == len(record["fingerprint"]) == 64
    assert record["rows_written"]["earnings"] == len(rows_of(out, "earnings"))
    assert record["period"] == {"asked": "2026", "start": "2026-01-01", "end": "2027-01-01"}


def test_the_same_inputs_leave_the_same_files(company: Path, out: Path, tmp_path: Path) -> None:
    attain("run", EXECUTIVES, "--data", company, "--period", "2026", "--out", tmp_path, "--lines", "--csv")
    for name in ("run.json", "earnings.csv", "payouts.csv", "attainment.csv", "measures.csv"):
        assert (tmp_path / name).read_bytes() == (out / name).read_bytes()


def test_lines_and_credits_add_up(out: Path) -> None:
    earned: dict[Any, Decimal] = {}
    for row in rows_of(out, "lines"):
        key = (row["participant"], row["component"], row["period_start"])
        earned[key] = earned.get(key, Decimal(0)) + row["amount"]
    wanted = {
        (row["participant"], row["component"], row["period_start"]): row["amount"] for row in rows_of(out, "earnings")
    }
    assert {key: amount for key, amount in wanted.items() if amount} == {
        key: amount for key, amount in earned.items() if amount
    }


def test_a_run_without_lines_takes_the_old_lines_away(company: Path, tmp_path: Path) -> None:
    attain("run", EXECUTIVES, "--data", company, "--period", "2026-Q1", "--out", tmp_path, "--lines", "--csv")
    attain("run", EXECUTIVES, "--data", company, "--period", "2026-Q1", "--out", tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "attainment.parquet",
        "earnings.parquet",
        "measures.parquet",
        "payouts.parquet",
        "run.json",
    ]


def test_show_sql_prints_every_step_by_its_name(company: Path, tmp_path: Path) -> None:
    answer = attain("run", EXECUTIVES, "--data", company, "--period", "2026-Q1", "--out", tmp_path, "--show-sql")
    for step in ("members", "measured", "attainment", "earnings", "payouts"):
        assert f'CREATE TEMP TABLE "{step}" AS' in answer.out


def test_the_sql_of_the_demo_plan(company: Path, tmp_path: Path, golden: Any) -> None:
    answer = attain(
        "run",
        EXECUTIVES,
        "--data",
        company,
        "--period",
        "2026-Q1",
        "--out",
        tmp_path,
        "--lines",
        "--json",
        "--show-sql",
    )
    golden("sql/account_executives.sql", answer.err)


def test_a_statement_of_the_demo_company(company: Path, golden: Any) -> None:
    answer = attain(
        "explain", EXECUTIVES, "--data", company, "--participant", "P-041", "--period", "2026-Q4", "--facts", "0"
    )
    golden("statements/demo.txt", answer.out)


@pytest.mark.parametrize("participant", ["P-041", "P-030", "P-047"])
def test_explain_agrees_with_the_run_and_its_parts_sum(company: Path, out: Path, participant: str) -> None:
    answer = attain(
        "explain", EXECUTIVES, "--data", company, "--participant", participant, "--period", "2026", "--json"
    )
    node = answer.json()
    paid = sum(row["amount"] for row in rows_of(out, "payouts") if row["participant"] == participant)
    assert Decimal(node["amount"]) == paid
    _check(node)


def _check(node: dict[str, Any]) -> None:
    assert set(node) == {"label", "kind", "amount", "unit", "formula", "source", "children"}
    money = [child for child in node["children"] if child["kind"] == "money"]
    if node["kind"] == "money" and money:
        assert sum(Decimal(child["amount"]) for child in money) == Decimal(node["amount"]), node["label"]
    facts = [child for child in node["children"] if "fact" in child["source"]]
    if node["kind"] == "quantity" and facts:
        assert sum(Decimal(child["amount"]) for child in facts) == Decimal(node["amount"]), node["label"]
    for child in node["children"]:
        _check(child)


def test_errors_in_data_exit_with_1_and_leave_the_last_results(tmp_path: Path) -> None:
    data, results = tmp_path / "data", tmp_path / "out"
    data.mkdir()
    (data / "participants.csv").write_text("participant,title\nann,Account Executive\n")
    (data / "orders.csv").write_text("order,participant,date,amount\n1,ann,2026-01-05,100\n")
    (data / "opportunities.csv").write_text("opportunity,stage\n")
    assert attain("run", EXECUTIVES, "--data", data, "--out", results).code == 0
    before = (results / "run.json").read_bytes()
    (data / "orders.csv").write_text("order,participant,date,amount\n1,ann,2026-01-05,a lot\n1,eve,soon,3\n")
    answer = attain("run", EXECUTIVES, "--data", data, "--out", results, "--json")
    assert answer.code == 1
    found = {(fault["check"], fault.get("column"), fault.get("row")) for fault in json.loads(answer.err)["faults"]}
    assert {
        ("wrong-type", "amount", 2),
        ("wrong-type", "date", 3),
        ("duplicate-key", "order", 2),
        ("unknown-participant", "participant", 3),
    } <= found
    assert (results / "run.json").read_bytes() == before


@pytest.mark.parametrize(
    "words",
    [
        ["run", "no-such-plan.yaml", "--data", ".", "--out", "x"],
        ["run", str(EXECUTIVES), "--data", "no-such-folder", "--out", "x"],
        ["run", str(EXECUTIVES), "--data", ".", "--period", "2026-13", "--out", "x"],
        ["run", str(EXECUTIVES)],
        ["sing"],
        ["measure", "no_such_measure", "--data", "."],
    ],
)
def test_wrong_use_exits_with_2(words: list[str], company: Path) -> None:
    words = [str(company) if word == "." else word for word in words]
    answer = attain(*words)
    assert answer.code == 2
    assert answer.err


def test_who_is_not_on_the_plan_cannot_be_explained(company: Path) -> None:
    answer = attain("explain", EXECUTIVES, "--data", company, "--participant", "nobody", "--period", "2026")
    assert answer.code == 1
    assert "nobody" in answer.err


def test_check_tells_every_fault_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(
        EXECUTIVES.read_text().replace("measure: bookings", "measure: bookngs").replace("version: 1", "version: 0")
    )
    answer = attain("check", file)
    assert answer.code == 1
    assert f"{file}:" in answer.err
    file.write_text(EXECUTIVES.read_text().replace("measure: bookings", "measure: bookngs"))
    answer = attain("check", file, "--json")
    fault = next(one for one in json.loads(answer.err)["faults"] if one["check"] == "unknown-measure")
    assert "bookngs" in file.read_text().splitlines()[fault["line"] - 1]


@pytest.mark.parametrize("plan", [*PLANS.glob("*.yaml"), *(ROOT / "examples").glob("*/plan.yaml")], ids=str)
def test_every_plan_of_ours_checks_without_a_warning(plan: Path) -> None:
    answer = attain("check", plan, "--json")
    assert (answer.code, answer.json()) == (0, {"faults": []})


def test_tables_parts_and_schemas_are_printed() -> None:
    assert "orders: one row per order" in attain("tables").out
    assert "graduated_tiers" in attain("parts").out
    assert {one["name"] for one in attain("parts", "--json").json()["components"]} >= {"flat_rate", "threshold_bonus"}
    assert attain("schema", "plan").json()["title"] == "Plan"
    assert attain("schema", "mapping").json()["title"] == "Mapping"


def test_measure_by_territory_and_quarter(company: Path) -> None:
    answer = attain(
        "measure",
        "bookings",
        "--data",
        company,
        "--by",
        "territory",
        "--every",
        "quarter",
        "--period",
        "2026",
        "--json",
    )
    rows = answer.json()["rows"]
    assert {row["period_start"] for row in rows} == {"2026-01-01", "2026-04-01", "2026-07-01", "2026-10-01"}
    whole = attain("measure", "bookings", "--data", company, "--period", "2026", "--json").json()["rows"]
    assert sum(Decimal(row["value"]) for row in rows) == Decimal(whole[0]["value"])


def test_measure_by_what_its_facts_do_not_have(company: Path) -> None:
    answer = attain("measure", "bookings", "--data", company, "--by", "product")
    assert answer.code == 1
    assert "orders has no product" in answer.err


def test_demo_makes_the_company_once(tmp_path: Path) -> None:
    first = attain("demo", "--out", tmp_path)
    assert first.code == 0, first.err
    assert "generated" in first.out
    assert "Pay of" in first.out
    assert attain("demo", "--out", tmp_path, "--json").json()["made"] is False
