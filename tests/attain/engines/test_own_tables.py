"""``attain --data schema:NAME``: facts stay in the tables of a PostgreSQL or of Spark's catalogue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pyarrow as pa
import pytest
from pyarrow import csv as arrow_csv
from pyarrow import parquet as pq

from attain.demo import PLANS, generate
from attain.engines.engine import Engine
from tests.attain.commands import attain
from tests.attain.engines.alike import small

EXECUTIVES = PLANS / "account_executives_2026.yaml"
KINDS = {pa.string(): "varchar(200)", pa.date32(): "date", pa.bool_(): "boolean", pa.int64(): "bigint"}


@pytest.fixture(scope="module")
def company() -> dict[str, pa.Table]:
    """A small company."""
    return small(generate(), every=20)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, company: dict[str, pa.Table]) -> Path:
    """The company as files."""
    made = tmp_path_factory.mktemp("company")
    for name, table in company.items():
        pq.write_table(table, made / f"{name}.parquet")
    return made


def kind(given: pa.DataType) -> str:
    """PostgreSQL's word for a type."""
    return f"numeric({given.precision}, {given.scale})" if pa.types.is_decimal(given) else KINDS[given]


@pytest.fixture
def in_postgres(postgres_url: str, company: dict[str, pa.Table]) -> Iterator[psycopg.Connection]:
    """The company in a schema of its own."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS halden CASCADE; CREATE SCHEMA halden")
        for name, table in company.items():
            columns = ", ".join(f'"{one.name}" {kind(one.type)}' for one in table.schema)
            connection.execute(f"CREATE TABLE halden.{name} ({columns})")
            written = pa.BufferOutputStream()
            arrow_csv.write_csv(table, written, arrow_csv.WriteOptions(include_header=False))
            with connection.cursor().copy(f"COPY halden.{name} FROM STDIN (FORMAT csv)") as copy:
                copy.write(written.getvalue().to_pybytes())
        yield connection
        connection.execute("DROP SCHEMA halden CASCADE")


def inputs_of(out: Path) -> dict[str, str]:
    """What a run was made from."""
    found: dict[str, str] = json.loads((out / "run.json").read_text())["inputs"]
    return found


def check_alike(folder: Path, out: Path, engine: str) -> None:
    """Tables of an engine give what files give to DuckDB; they are told apart by their contents."""
    asked = ("run", EXECUTIVES, "--period", "2026-Q1", "--csv", "--out")
    ours = attain(*asked, out / "files", "--data", folder)
    theirs = attain(*asked, out / "tables", "--data", "schema:halden", "--engine", engine)
    assert (theirs.code, theirs.out.replace(str(out / "tables"), str(out / "files"))) == (0, ours.out), theirs.err
    for name in ("measures", "attainment", "earnings", "payouts"):
        assert (out / "tables" / f"{name}.csv").read_bytes() == (out / "files" / f"{name}.csv").read_bytes()
    inputs = inputs_of(out / "tables")
    rows = pq.read_table(folder / "orders.parquet").num_rows
    assert inputs["halden.orders"].startswith(f"{rows}:")


def test_tables_of_postgres(in_postgres: psycopg.Connection, postgres_url: str, folder: Path, tmp_path: Path) -> None:
    assert in_postgres.info.status.name == "OK"
    check_alike(folder, tmp_path, postgres_url)


def test_tables_of_spark(spark: Engine, company: dict[str, pa.Table], folder: Path, tmp_path: Path) -> None:
    from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra, which the fixture looks for

    assert spark.dialect == "spark"
    session = SparkSession.builder.getOrCreate()
    session.sql("CREATE SCHEMA IF NOT EXISTS halden")
    for name, table in company.items():
        session.createDataFrame(table).write.mode("overwrite").saveAsTable(f"halden.{name}")
    check_alike(folder, tmp_path, "spark")


def test_a_changed_row_is_another_input(in_postgres: psycopg.Connection, postgres_url: str, tmp_path: Path) -> None:
    asked = ("run", EXECUTIVES, "--period", "2026-Q1", "--data", "schema:halden", "--engine", postgres_url, "--out")
    first = 'SELECT min("order") FROM halden.orders'
    moved = "CREATE TABLE halden.moved AS SELECT * FROM halden.orders ORDER BY amount; DELETE FROM halden.orders; "
    inputs = []
    for change in (
        "SELECT 1",
        moved + "INSERT INTO halden.orders SELECT * FROM halden.moved",
        f'UPDATE halden.orders SET amount = amount + 0.01 WHERE "order" = ({first})',
    ):
        in_postgres.execute(change)
        attain(*asked, tmp_path)
        inputs.append(inputs_of(tmp_path))
    assert inputs[1] == inputs[0]
    assert {name for name in inputs[2] if inputs[2][name] != inputs[0][name]} == {"halden.orders"}


def test_digits_that_have_no_room_are_told(in_postgres: psycopg.Connection, postgres_url: str, tmp_path: Path) -> None:
    in_postgres.execute("ALTER TABLE halden.orders ALTER amount TYPE numeric")
    in_postgres.execute("UPDATE halden.orders SET amount = 1.00000000001")
    answer = attain("run", EXECUTIVES, "--data", "schema:halden", "--engine", postgres_url, "--out", tmp_path)
    assert answer.code == 1
    assert "1.00000000001" in answer.err
    assert "a number with at most 9 decimals" in answer.err


@pytest.mark.parametrize(
    ("data", "engine", "code", "told"),
    [
        ("schema:halden", "duckdb", 2, "duckdb keeps no tables of its own"),
        ("schema:nowhere", "postgres", 1, "there is no table participants in the schema nowhere"),
    ],
)
def test_a_schema_that_is_not_there(
    postgres_url: str, tmp_path: Path, data: str, engine: str, code: int, told: str
) -> None:
    engine = postgres_url if engine == "postgres" else engine
    answer = attain("run", EXECUTIVES, "--data", data, "--engine", engine, "--out", tmp_path)
    assert (answer.code, told in answer.err) == (code, True), answer.err


def test_a_mapping_is_for_files(postgres_url: str, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("mapping: halden\ntables: {}\n")
    asked = ("--data", "schema:halden", "--engine", postgres_url, "--mapping", mapping, "--out", tmp_path)
    answer = attain("run", EXECUTIVES, *asked)
    assert (answer.code, "a mapping is for files" in answer.err) == (2, True), answer.err
