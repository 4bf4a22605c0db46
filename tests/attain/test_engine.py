"""An engine of few rows shares the process's database, and nothing else, with the others."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa

from attain.engines.duckdb import DuckDB


def test_engines_of_few_rows_hold_their_own_tables_side_by_side() -> None:
    def last(number: int) -> list[int]:
        found = []
        for turn in range(20):
            engine = DuckDB.for_few_rows()
            engine.load("measured", pa.table({"value": [number * 100 + turn]}))
            found += [row["value"] for row in engine.rows("SELECT value FROM measured")]
        return found

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(last, range(4))) == [[number * 100 + turn for turn in range(20)] for number in range(4)]


def test_an_engine_of_few_rows_sees_nothing_of_another() -> None:
    one, other = DuckDB.for_few_rows(), DuckDB.for_few_rows()
    one.load("measured", pa.table({"value": [1]}))
    held = "SELECT table_name FROM duckdb_tables() WHERE database_name = 'temp'"
    assert [row["table_name"] for row in one.rows(held)] == ["measured"]
    assert other.rows(held) == []
