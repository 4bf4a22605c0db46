"""What engines would do in their own ways: orders of text, long names, files, more digits than there is room for."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyarrow import parquet as pq

from attain import money
from attain.engines.duckdb import DuckDB
from attain.engines.engine import Engine, Step, template
from attain.errors import AttainError

TEXTS = ["b", "a", "B", "_", "É", "é", "", " ", None, "ab", "a_b", 'quote"s, and\nlines', "\\N", "\\.", "Z"]


def test_what_goes_in_comes_out(other: Engine) -> None:
    held = pa.table(
        {
            "text": pa.array(TEXTS, pa.string()),
            "day": pa.array([date(1, 1, 1), date(9999, 12, 31), None] * 5, pa.date32()),
            "amount": pa.array([Decimal("-0.000000001"), None, Decimal(10) ** 28] * 5, pa.decimal128(38, 9)),
            "flag": pa.array([True, False, None] * 5),
            "whole": pa.array([-(2**63), 2**63 - 1, None] * 5, pa.int64()),
            "Name of its own": pa.array(list(range(15)), pa.int32()),
        }
    )
    other.load("held", held)
    assert other.fetch(template('SELECT * FROM held ORDER BY "Name of its own"')).equals(held)
    for column in held.column_names:
        query = template(f'SELECT "{column}" FROM held ORDER BY "Name of its own"')
        assert other.fetch(query)[column].to_pylist() == held[column].to_pylist()


def test_text_is_in_the_order_of_its_characters(other: Engine) -> None:
    ours = DuckDB.for_few_rows()
    for engine in (ours, other):
        engine.load("texts", pa.table({"text": TEXTS}))
        engine.make(Step("made", template("SELECT text || 'x' AS text FROM texts WHERE text > '_'"), ""))
    for sql in (
        "SELECT text FROM texts ORDER BY 1",
        "SELECT text FROM made ORDER BY 1 DESC",
        "SELECT MAX(text) FROM made",
    ):
        assert other.fetch(template(sql)).columns == ours.fetch(template(sql)).columns


def test_names_that_would_be_cut_off_stay_apart(other: Engine) -> None:
    names = [f"{'a long name of a measure ' * 4}{number}" for number in range(3)]
    for number, name in enumerate(names):
        other.make(Step(name, template(f'SELECT {number} AS "{names[0]}", {number * 10} AS "{names[1]}"'), ""))
    for number, name in enumerate(names):
        assert other.rows(f'SELECT * FROM "{name}"') == [{names[0]: number, names[1]: number * 10}]


def test_a_name_may_stand_for_something_else_later(other: Engine) -> None:
    for is_stored in (True, False, True):
        other.make(Step("changing", template("SELECT 1 AS one"), "", is_stored=is_stored))
        other.make(Step("reading", template("SELECT one FROM changing"), "", is_stored=False))
    assert other.rows("SELECT one FROM reading") == [{"one": 1}]


def test_sums_of_whole_numbers_are_whole_numbers(other: Engine) -> None:
    other.load("numbers", pa.table({"n": [1, 2, 3]}))
    (row,) = other.rows("SELECT SUM(n) AS whole, COUNT(*) AS rows, LIST(n ORDER BY n DESC) AS listed FROM numbers")
    assert (row, type(row["whole"])) == ({"whole": 6, "rows": 3, "listed": [3, 2, 1]}, int)


@pytest.mark.parametrize(
    ("value", "quota"),
    [
        ("1", "3"),
        ("-2", "3"),
        ("0.0001", "99999999999999.9999"),
        ("9999999.9999", "0.0001"),
        ("-150000000000.5", "0.9999"),
        ("1.0005", "0"),
        ("0", "7"),
    ],
)
@pytest.mark.parametrize("scale", [4, 12])
def test_quotients_are_cut_nowhere(other: Engine, value: str, quota: str, scale: int) -> None:
    kind = pa.decimal128(38, scale)
    held = pa.table({"v": pa.array([Decimal(value)], kind), "q": pa.array([Decimal(quota)], kind)})
    tree = money.quotient(money.column("v", scale), money.column("q", scale)).tree
    ours = DuckDB.for_few_rows()
    for engine in (ours, other):
        engine.load("divided", held)
    found = [engine.fetch(template("SELECT :tree AS x FROM divided", tree=tree))["x"][0] for engine in (ours, other)]
    assert found[1] == found[0]


@pytest.mark.parametrize(
    "name", ["orders.parquet", "_hidden.parquet", "with space {and} [signs]*.parquet", "é'\".parquet"]
)
def test_files_of_any_name_are_read(other: Engine, tmp_path: Path, name: str) -> None:
    stamps = pa.array([datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC), None])
    held = pa.table(
        {
            "key": ["a", "b"],
            "day": pa.array([date(1582, 10, 4), date(2026, 1, 1)]),
            "amount": pa.array([Decimal("1.005"), None], pa.decimal128(18, 3)),
            "seconds": pc.cast(stamps, pa.timestamp("us", "UTC")),
            "billionths": pc.cast(stamps, pa.timestamp("ns")),
            "kind": pa.array(["x", "y"]).dictionary_encode(),
        }
    )
    files = [tmp_path / name, tmp_path / f"2 {name}"]
    for file in files:
        pq.write_table(held, file)
    sql = "SELECT key, day, amount, CAST(seconds AS DATE) AS s, CAST(billionths AS DATE) AS b, kind FROM source"
    ours = DuckDB.for_few_rows()
    for engine in (ours, other):
        engine.load_parquet("raw", files)
        engine.load_parquet("held", files, template(sql))
        engine.load_parquet("stored", files[:1], template(sql), stored=True)
    for table in ("held", "stored"):
        query = template(f"SELECT * FROM {table} ORDER BY key")
        assert other.fetch(query).to_pylist() == ours.fetch(query).to_pylist()


def test_tables_without_rows(other: Engine) -> None:
    other.load("nothing", pa.table({"text": pa.array([], pa.string()), "x": pa.array([], pa.decimal128(9, 2))}))
    assert other.fetch(template("SELECT text, x FROM nothing")).num_rows == 0
    assert other.rows("SELECT SUM(x) AS x, COUNT(*) AS n FROM nothing") == [{"x": None, "n": 0}]


@pytest.mark.parametrize("digits", [28, 37])
def test_too_many_digits_are_an_error(other: Engine, digits: int) -> None:
    other.load("wide", pa.table({"x": pa.array([Decimal(10) ** digits], pa.decimal128(38, 0))}))
    wider = template("SELECT CAST(x AS DECIMAL(38, 20)) AS x FROM wide")
    with pytest.raises(AttainError, match="overflow"):
        other.make(Step("wider", wider, ""))
    with pytest.raises(AttainError, match="overflow"):
        other.fetch(wider)
    assert other.rows("SELECT 1 AS one") == [{"one": 1}]  # the connection goes on
