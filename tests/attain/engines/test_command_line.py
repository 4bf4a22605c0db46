"""``attain --engine``: the same files and words, whatever engine is named; and what is told where none can be had."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from attain.demo import PLANS, generate
from attain.engines.engine import Engine
from tests.attain.commands import attain
from tests.attain.engines.alike import small

EXECUTIVES = PLANS / "account_executives_2026.yaml"
TABLES = ("measures", "attainment", "earnings", "payouts", "credits", "lines")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small company as Parquet files."""
    made = tmp_path_factory.mktemp("company")
    for name, table in small(generate(), every=10).items():
        pq.write_table(table, made / f"{name}.parquet")
    return made


def types_of(file: Path) -> list[tuple[str, str]]:
    """The columns of a file with their types."""
    return [(field.name, str(field.type)) for field in pq.read_schema(file)]


def check_files(url: str, folder: Path, out: Path) -> None:
    """A run leaves the same files on an engine as on DuckDB."""
    asked = ("run", EXECUTIVES, "--data", folder, "--period", "2026", "--lines", "--csv", "--out")
    ours, theirs = attain(*asked, out / "duckdb"), attain(*asked, out / "other", "--engine", url)
    assert (theirs.code, theirs.err) == (0, ours.err)
    assert theirs.out.replace("other", "duckdb") == ours.out
    for name in TABLES:
        one, other = (out / engine / f"{name}.csv" for engine in ("duckdb", "other"))
        assert sorted(other.read_text().splitlines()) == sorted(one.read_text().splitlines())
        one, other = (out / engine / f"{name}.parquet" for engine in ("duckdb", "other"))
        assert types_of(other) == types_of(one)
    for name in ("measures", "attainment", "earnings", "payouts"):  # which are written in an order
        assert (out / "other" / f"{name}.csv").read_bytes() == (out / "duckdb" / f"{name}.csv").read_bytes()


def check_words(url: str, folder: Path) -> None:
    """Explaining, comparing and measuring say the same on an engine as on DuckDB."""
    managers = PLANS / "sales_managers_2026.yaml"
    who = pq.read_table(folder / "participants.parquet", filters=[("title", "=", "Sales Manager")])["participant"][0]
    for words in (
        ("explain", managers, "--data", folder, "--participant", who.as_py(), "--period", "2026-Q1", "--json"),
        ("compare", EXECUTIVES, managers, "--data", folder, "--period", "2026-Q1", "--json"),
        ("measure", "bookings", "--data", folder, "--by", "team", "--by", "territory", "--every", "quarter", "--json"),
        ("measure", "win_rate", "--data", folder, "--by", "participant", "--json"),
    ):
        ours, theirs = attain(*words), attain(*words, "--engine", url)
        assert (theirs.code, theirs.out, theirs.err) == (ours.code, ours.out, ours.err)
        assert ours.code == 0


def test_files_from_postgres(postgres_url: str, folder: Path, tmp_path: Path) -> None:
    check_files(postgres_url, folder, tmp_path)


def test_words_from_postgres(postgres_url: str, folder: Path) -> None:
    check_words(postgres_url, folder)


def test_files_from_spark(spark: Engine, folder: Path, tmp_path: Path) -> None:
    assert spark.dialect == "spark"  # which the command line finds at work
    check_files("spark", folder, tmp_path)


def test_words_from_spark(spark: Engine, folder: Path) -> None:
    assert spark.dialect == "spark"
    words = ("measure", "win_rate", "--data", folder, "--by", "participant", "--json")
    ours, theirs = attain(*words), attain(*words, "--engine", "spark")
    assert (theirs.code, theirs.out, theirs.err) == (ours.code, ours.out, ours.err)


def test_the_sql_of_postgres_is_its_own(postgres_url: str, folder: Path, tmp_path: Path) -> None:
    asked = ("run", EXECUTIVES, "--data", folder, "--period", "2026-Q1", "--out", tmp_path, "--show-sql")
    assert "COLLATE" in attain(*asked, "--engine", postgres_url).out
    assert "COLLATE" not in attain(*asked).out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--engine", "postgresql"), "'postgresql' is no engine"),
        (("--engine", "mysql://root:secret@host/db"), "'mysql' is no engine; write --engine duckdb"),
        (("--engine", "postgresql://user:secret@127.0.0.1:1/db"), "--engine: the database does not answer"),
        (("--engine", "postgresql://host/db", "--memory", "4GiB"), "--memory is for DuckDB and Spark"),
    ],
)
def test_an_engine_that_cannot_be_had(folder: Path, tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    answer = attain("run", EXECUTIVES, "--data", folder, "--out", tmp_path, *words)
    assert answer.code == 2
    assert told in answer.err
    assert "secret" not in answer.err
