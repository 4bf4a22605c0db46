"""What PostgreSQL would do in its own way: orders of text, long names, more digits than there is room for."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from attain.engines.duckdb import DuckDB
from attain.engines.engine import Engine, Step, template
from attain.engines.postgres import Postgres
from attain.errors import AttainError

TEXTS = ["b", "a", "B", "_", "É", "é", "", " ", None, "ab", "a_b", 'quote"s, and\nlines', "\\N", "\\.", "Z"]


def test_what_goes_in_comes_out(postgres: Postgres) -> None:
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
    postgres.load("held", held)
    assert postgres.fetch(template('SELECT * FROM held ORDER BY "Name of its own"')).equals(held)
    for column in held.column_names:
        query = template(f'SELECT "{column}" FROM held ORDER BY "Name of its own"')
        assert postgres.fetch(query)[column].to_pylist() == held[column].to_pylist()


def test_text_is_in_the_order_of_its_characters(postgres: Postgres) -> None:
    ours = DuckDB.for_few_rows()
    for engine in (ours, postgres):
        engine.load("texts", pa.table({"text": TEXTS}))
        engine.make(Step("made", template("SELECT text || 'x' AS text FROM texts WHERE text > '_'"), ""))
    for sql in (
        "SELECT text FROM texts ORDER BY 1",
        "SELECT text FROM made ORDER BY 1 DESC",
        "SELECT MAX(text) FROM made",
    ):
        assert postgres.fetch(template(sql)).columns == ours.fetch(template(sql)).columns


def test_names_that_postgres_would_cut_off_stay_apart(postgres: Postgres) -> None:
    names = [f"{'a long name of a measure ' * 4}{number}" for number in range(3)]
    for number, name in enumerate(names):
        postgres.make(Step(name, template(f'SELECT {number} AS "{names[0]}", {number * 10} AS "{names[1]}"'), ""))
    for number, name in enumerate(names):
        assert postgres.rows(f'SELECT * FROM "{name}"') == [{names[0]: number, names[1]: number * 10}]


def test_a_name_may_stand_for_something_else_later(postgres: Postgres) -> None:
    for is_stored in (True, False, True):
        postgres.make(Step("changing", template("SELECT 1 AS one"), "", is_stored=is_stored))
        postgres.make(Step("reading", template("SELECT one FROM changing"), "", is_stored=False))
    assert postgres.rows("SELECT one FROM reading") == [{"one": 1}]


def test_sums_of_whole_numbers_are_whole_numbers(postgres: Engine) -> None:
    postgres.load("numbers", pa.table({"n": [1, 2, 3]}))
    (row,) = postgres.rows("SELECT SUM(n) AS whole, COUNT(*) AS rows, LIST(n ORDER BY n DESC) AS listed FROM numbers")
    assert (row, type(row["whole"])) == ({"whole": 6, "rows": 3, "listed": [3, 2, 1]}, int)


@pytest.mark.parametrize("digits", [28, 37])
def test_too_many_digits_are_an_error(postgres: Postgres, digits: int) -> None:
    postgres.load("wide", pa.table({"x": pa.array([Decimal(10) ** digits], pa.decimal128(38, 0))}))
    wide = template("SELECT CAST(x AS DECIMAL(38, 20)) AS x FROM wide")
    with pytest.raises(AttainError, match="overflow"):
        postgres.make(Step("wider", wide, ""))
    with pytest.raises(AttainError, match="overflow"):
        postgres.fetch(wide)
    assert postgres.rows("SELECT 1 AS one") == [{"one": 1}]  # the connection goes on
