"""The demo company as of a day: nothing that came later, and every sum of what is known as before."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from attain.demo import generate, write
from attain.demo.as_of import HAPPENS, as_of, write_as_of
from attain.engines.duckdb import DuckDB
from attain.sources.load import load

DAY = date(2026, 5, 20)


@pytest.fixture(scope="module")
def tables() -> dict[str, pa.Table]:
    return generate()


@pytest.fixture(scope="module")
def known(tables: dict[str, pa.Table]) -> dict[str, pa.Table]:
    return as_of(tables, DAY)


@pytest.mark.parametrize("name", HAPPENS)
def test_nothing_later_is_known_and_nothing_earlier_is_lost(
    tables: dict[str, pa.Table], known: dict[str, pa.Table], name: str
) -> None:
    column = HAPPENS[name]
    assert pc.max(known[name][column]).as_py() <= DAY
    assert known[name].num_rows == pc.sum(pc.less_equal(tables[name][column], DAY)).as_py()
    assert known[name].schema == tables[name].schema


def test_a_deal_decided_later_is_open_in_the_stage_it_had_reached(
    tables: dict[str, pa.Table], known: dict[str, pa.Table]
) -> None:
    later = {row["opportunity"]: row["stage"] for row in tables["opportunities"].to_pylist()}
    changed = 0
    for row in known["opportunities"].to_pylist():
        is_decided = row["stage"] in ("won", "lost")
        assert is_decided == (later[row["opportunity"]] in ("won", "lost") and row["close_date"] <= DAY)
        assert not is_decided or row["stage"] == later[row["opportunity"]]
        changed += row["stage"] != later[row["opportunity"]]
    assert changed > 100


def test_lines_splits_and_leads_follow(known: dict[str, pa.Table]) -> None:
    orders = set(known["orders"]["order"].to_pylist())
    assert set(known["order_lines"]["order"].to_pylist()) == orders
    assert {row["fact"] for row in known["splits"].to_pylist() if row["fact_table"] == "orders"} <= orders
    assert pc.max(known["leads"]["converted_date"]).as_py() <= DAY
    deals = set(known["opportunities"]["opportunity"].to_pylist())
    assert set(known["leads"]["opportunity"].drop_null().to_pylist()) <= deals


def test_after_its_last_day_the_company_is_whole(tables: dict[str, pa.Table]) -> None:
    for name, table in as_of(tables, date(2028, 1, 1)).items():
        assert table.sort_by([(column, "ascending") for column in table.column_names]).equals(
            tables[name].sort_by([(column, "ascending") for column in table.column_names])
        ), name


def test_it_is_written_as_it_is_loaded(tmp_path: Path, known: dict[str, pa.Table]) -> None:
    write(tmp_path / "company")
    (tmp_path / "then").mkdir()
    write_as_of(tmp_path / "company", tmp_path / "then", DAY)
    loaded = load(DuckDB(), tmp_path / "then", list(known))
    assert [fault for fault in loaded.faults if fault.severity == "error"] == []
    assert loaded.rows["orders"] == known["orders"].num_rows
