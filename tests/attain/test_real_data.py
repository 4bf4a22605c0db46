"""Two real companies by the command line: AdventureWorks (orders and quotas) and Maven (opportunities)."""

import csv
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.attain.commands import ROOT, Answer, attain, rows_of

ADVENTURE, MAVEN = ROOT / "examples" / "adventureworks", ROOT / "examples" / "maven"


def run(folder: Path, data: Path, out: Path, *more: str) -> Answer:
    plan, mapping = folder / "plan.yaml", folder / "mapping.yaml"
    return attain("run", plan, "--mapping", mapping, "--data", data, "--period", "all", "--out", out, *more)


@pytest.fixture(scope="module")
def adventure(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("adventure")
    answer = run(ADVENTURE, shared / "data" / "adventureworks_oltp", out, "--lines", "--csv")
    assert answer.code == 0, answer.err
    return out


@pytest.fixture(scope="module")
def maven(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Answer]:
    out = tmp_path_factory.mktemp("maven")
    return out, run(MAVEN, shared / "data" / "maven_crm", out, "--lines", "--json")


def _sum(rows: list[dict[str, Any]], column: str) -> Decimal:
    return sum((row[column] for row in rows), Decimal(0))


def test_adventureworks_attainment_of_bookings(adventure: Path) -> None:
    cells = [row for row in rows_of(adventure, "attainment") if row["measure"] == "bookings"]
    assert len(cells) == 163
    assert len({row["participant"] for row in cells}) == 17
    assert _sum(cells, "quota") == 95_714_000
    assert round(_sum(cells, "value"), 2) == Decimal("80487704.18")
    assert round(_sum(cells, "value") / _sum(cells, "quota"), 4) == Decimal("0.8409")
    assert sum(row["attainment"] >= 1 for row in cells) == 8
    assert max(row["period_end"] for row in cells) == date(2025, 5, 30)


def test_adventureworks_orders_are_all_credited_once(adventure: Path) -> None:
    credits_ = [row for row in rows_of(adventure, "credits") if row["measure"] == "bookings"]
    assert len(credits_) == len({row["fact"] for row in credits_}) == 3806
    assert _sum(credits_, "amount") == Decimal("80487704.1832")
    assert {row["kind"] for row in credits_} == {"direct"}


def test_adventureworks_manager_jiang_has_the_sum_of_his_ten_reports(adventure: Path) -> None:
    team = [
        row
        for row in rows_of(adventure, "attainment")
        if (row["participant"], row["measure"]) == ("274", "team_bookings")
    ]
    assert round(_sum(team, "value"), 2) == Decimal("62228191.48")
    assert _sum(team, "quota") == 73_283_000
    assert round(_sum(team, "value") / _sum(team, "quota"), 4) == Decimal("0.8491")


def test_adventureworks_commission_is_rounded_once_for_each_seller(adventure: Path) -> None:
    earnings = rows_of(adventure, "earnings")
    assert _sum(earnings, "amount") == Decimal("511232.16")
    assert len(earnings) == len({row["participant"] for row in earnings}) == 17
    unrounded = sum((row["measure_value"] * row["rate"] for row in earnings), Decimal(0))
    assert round(unrounded, 2) == Decimal("511232.15")
    assert _sum(rows_of(adventure, "payouts"), "amount") == Decimal("511232.16")


def test_adventureworks_lines_add_up_to_each_earning(adventure: Path) -> None:
    lines: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows_of(adventure, "lines"):
        lines[row["participant"]] += row["amount"]
    assert dict(lines) == {row["participant"]: row["amount"] for row in rows_of(adventure, "earnings")}


def test_adventureworks_says_that_five_sellers_have_another_territory(shared: Path, tmp_path: Path) -> None:
    answer = run(ADVENTURE, shared / "data" / "adventureworks_oltp", tmp_path, "--json")
    found = [one for one in answer.json()["faults"] if one["check"] == "territory-contradiction"]
    assert sorted(one["message"].split("'")[1] for one in found) == ["275", "277", "280", "282", "289"]


def test_the_territory_of_a_seller_is_read_by_date(shared: Path, tmp_path: Path) -> None:
    text = (ADVENTURE / "plan.yaml").read_text().replace("seller = 1", "territory = '10'")
    (tmp_path / "plan.yaml").write_text(text)
    plan, mapping = tmp_path / "plan.yaml", ADVENTURE / "mapping.yaml"
    data = shared / "data" / "adventureworks_oltp"
    assert attain("run", plan, "--mapping", mapping, "--data", data, "--out", tmp_path).code == 0
    rows = [row for row in rows_of(tmp_path, "measures") if row["measure"] == "bookings"]
    assert {row["participant"] for row in rows} == {"282"}
    assert min(row["period_start"] for row in rows) == date(2023, 5, 30)


def test_maven_keeps_every_row_and_tells_its_faults(maven: tuple[Path, Answer]) -> None:
    record = maven[1].json()
    assert record["rows_read"]["opportunities"] == 8800
    told = {(one["check"], one.get("value")): one for one in record["faults"]}
    assert told["alias", "GTXPro"]["rows"] == len(told["alias", "GTXPro"]["row_numbers"]) == 1480
    assert told["empty-reference", None]["rows"] == 1425
    assert told["empty-reference", None]["column"] == "account"


def test_maven_won_deals_value_and_win_rate(maven: tuple[Path, Answer]) -> None:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows_of(maven[0], "measures"):
        sums[row["measure"]] += row["value"] or 0
    assert sums["won_deals"] == 4238
    assert sums["won_value"] == 10_005_534
    assert round(sums["won_deals"] / sums["closed_deals"], 6) == Decimal("0.631501")


def test_maven_win_rate_of_the_company_by_one_command(shared: Path) -> None:
    mapping = MAVEN / "mapping.yaml"
    answer = attain("measure", "win_rate", "--mapping", mapping, "--data", shared / "data" / "maven_crm", "--json")
    assert Decimal(answer.json()["rows"][0]["value"]) == Decimal("0.631500521532")


def test_maven_is_by_agent_name_and_the_quarter_of_closing(maven: tuple[Path, Answer], shared: Path) -> None:
    won: dict[tuple[str, date], int] = defaultdict(int)
    with (shared / "data" / "maven_crm" / "sales_pipeline.csv").open() as file:
        for row in csv.DictReader(file):
            if row["deal_stage"] == "Won":
                day = date.fromisoformat(row["close_date"])
                won[row["sales_agent"], date(day.year, (day.month - 1) // 3 * 3 + 1, 1)] += int(row["close_value"])
    rows = [row for row in rows_of(maven[0], "measures") if row["measure"] == "won_value"]
    assert {(row["participant"], row["period_start"]): row["value"] for row in rows if row["value"]} == won
