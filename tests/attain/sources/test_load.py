"""Files and tables in memory become the declared tables, whatever types and names they come with."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from attain.engines.duckdb import DuckDB
from attain.engines.engine import template
from attain.errors import Fault
from attain.sources.load import Data, Loaded, load, needed_tables, settle
from attain.sources.mapping import read_mapping

NIGHT = datetime(2026, 1, 31, 23, tzinfo=UTC)
PEOPLE = pa.table({"participant": ["ann", "bob"], "start": pa.array([None, None], pa.date32())})


def orders(**columns: Any) -> pa.Table:
    """Two orders, with some columns as they are given."""
    own = {"order": ["1", "2"], "participant": ["ann", "bob"], "date": [date(2026, 1, 31)] * 2}
    return pa.table(own | {"amount": pa.array([Decimal("1.50"), Decimal(2)], pa.decimal128(18, 2))} | columns)


def loaded(data: Data, *names: str) -> tuple[DuckDB, Loaded]:
    engine = DuckDB()
    found = load(engine, data, names or ("participants", "orders"))
    settle(engine, found)
    return engine, found


def rows(engine: DuckDB, table: str = "orders") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = engine.fetch(template(f'SELECT * FROM "{table}" ORDER BY 1')).to_pylist()
    return found


def both(tmp_path: Path, table: pa.Table) -> list[tuple[DuckDB, Loaded]]:
    """The table loaded from memory, and from a Parquet file in a folder whose name has a space and a quote."""
    folder = tmp_path / "it's a folder"
    folder.mkdir()
    pq.write_table(PEOPLE, folder / "participants.parquet")
    pq.write_table(table, folder / "orders.parquet")
    return [loaded({"participants": PEOPLE, "orders": table}), loaded(folder)]


def told(found: Loaded) -> list[Fault]:
    return [one for one in found.faults if one.check != "empty-reference"]


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("order", pa.array([1, 2]), ["1", "2"]),
        ("order", pa.array(["1", "2"], pa.large_string()), ["1", "2"]),
        ("order", pa.array(["1", "2"]).dictionary_encode(), ["1", "2"]),
        ("date", pa.array([NIGHT, None]).cast(pa.timestamp("us")), [date(2026, 1, 31), None]),
        ("date", pa.array([NIGHT, NIGHT]), [date(2026, 1, 31)] * 2),
        ("date", pa.array([date(2026, 1, 31)] * 2, pa.date64()), [date(2026, 1, 31)] * 2),
        ("amount", pa.array([1, 2], pa.int8()), [Decimal(1), Decimal(2)]),
        ("amount", pa.array([1, 2**64 - 1], pa.uint64()), [Decimal(1), Decimal(2**64 - 1)]),
        ("amount", pa.array([Decimal("1.5"), None], pa.decimal128(38, 9)), [Decimal("1.5"), None]),
        ("amount", pa.array([Decimal("1.5"), Decimal(2)], pa.decimal128(38, 18)), [Decimal("1.5"), Decimal(2)]),
        ("cost", pa.nulls(2), [None, None]),
        ("account", pa.nulls(2), [None, None]),
    ],
)
def test_types(tmp_path: Path, column: str, values: pa.Array, expected: list[Any]) -> None:
    for engine, found in both(tmp_path, orders(**{column: values})):
        assert [row[column] for row in rows(engine)] == expected
        assert {one.check for one in told(found)} <= {"empty-value"}


def test_floats_are_told_and_read_with_six_digits(tmp_path: Path) -> None:
    for engine, found in both(tmp_path, orders(amount=[0.1, 1234567.123456789])):
        assert [row["amount"] for row in rows(engine)] == [Decimal("0.1"), Decimal("1234567.123457")]
        assert [(one.check, one.severity, one.column) for one in told(found)] == [
            ("binary-number", "warning", "amount")
        ]


@pytest.mark.parametrize(
    ("column", "values", "value"),
    [
        ("amount", pa.array([1.0, float("nan")]), "nan"),
        ("amount", pa.array([float("inf"), 2.0]), "inf"),
        ("amount", pa.array([1e30, 2.0]), "1e+30"),
        ("amount", pa.array([Decimal("0.0000000001"), None], pa.decimal128(38, 10)), "0.0000000001"),
        ("amount", pa.array(["1", "2"]), "string"),
        ("amount", pa.array([True, False]), "bool"),
        ("date", pa.array(["2026-01-31", "x"]), "string"),
        ("date", pa.array([1, 2]), "int64"),
        ("date", pa.array([-800000, 0], pa.int32()).cast(pa.date32()), None),
        ("date", pa.array([3000000, 0], pa.int32()).cast(pa.date32()), None),
        ("order", pa.array([1.0, 2.0]), "double"),
        ("order", pa.array([["1"], ["2"]]), None),
    ],
)
def test_what_cannot_be_of_the_declared_type(tmp_path: Path, column: str, values: pa.Array, value: str | None) -> None:
    for engine, found in both(tmp_path, orders(**{column: values})):
        wrong = [one for one in found.faults if one.check == "wrong-type"]
        assert [(one.table, one.column, one.severity) for one in wrong] == [("orders", column, "error")]
        assert value is None or wrong[0].value == value
        assert wrong[0].expected
        assert not rows(engine)
        assert found.present == ["participants"]


def test_decimals_of_256_bits() -> None:
    kept = orders(amount=pa.array([Decimal("1.5"), Decimal(2)], pa.decimal256(50, 2)))
    engine, found = loaded({"participants": PEOPLE, "orders": kept})
    assert [row["amount"] for row in rows(engine)] == [Decimal("1.5"), Decimal(2)]
    assert not told(found)
    _, found = loaded(
        {"orders": orders(amount=pa.array([Decimal("9" * 45), Decimal(2)], pa.decimal256(50, 2)))}, "orders"
    )
    assert [one.check for one in found.faults] == ["wrong-type"]


def test_further_columns_become_attributes_that_formulas_know(tmp_path: Path) -> None:
    table = orders(
        flag=[True, False], rate=[0.05, None], big=pa.array([1, 2], pa.uint64()), at=pa.array([NIGHT, None]),
        kind=pa.array(["x", "y"]).dictionary_encode(), many=[[1], [2]],
    )  # fmt: skip
    for engine, found in both(tmp_path, table):
        types = {name: info.type for name, info in engine.columns("orders").items()}
        wanted = {"flag": "flag", "rate": "number", "big": "number", "at": "date", "kind": "text", "many": "text"}
        assert wanted.items() <= types.items()
        assert [one.check for one in told(found)] == ["binary-number"]


def test_names_like_words_of_sql_and_in_another_case(tmp_path: Path) -> None:
    table = orders(**{"select": ["a", "b"], 'a"b': ["c", "d"], "from x;--": ["e", "f"]})
    table = table.rename_columns([name.upper() if name != 'a"b' else name for name in table.column_names])
    for engine, found in both(tmp_path, table):
        first = rows(engine)[0]
        assert (first["order"], first["SELECT"], first['a"b'], first["FROM X;--"]) == ("1", "a", "c", "e")
        assert not told(found)


def test_chunks_and_empty_tables(tmp_path: Path) -> None:
    chunked = pa.concat_tables([orders(), orders(order=["3", "4"])])
    for engine, found in both(tmp_path, chunked):
        assert [row["order"] for row in rows(engine)] == ["1", "2", "3", "4"]
        assert found.rows == {"participants": 2, "orders": 4}
    (tmp_path / "empty").mkdir()
    for engine, found in both(tmp_path / "empty", orders().slice(0, 0)):
        assert rows(engine) == []
        assert found.rows["orders"] == 0
        assert not found.faults


def test_names_that_stand_twice() -> None:
    twice = pa.table([pa.array(["1"]), pa.array(["2"])], names=["order", "ORDER"])
    _, found = loaded({"orders": twice}, "orders")
    assert [one.check for one in found.faults] == ["header"]


def test_every_missing_column_is_told(tmp_path: Path) -> None:
    for _, found in both(tmp_path, pa.table({"order": ["1"], "when": ["x"]})):
        missing = [one for one in found.faults if one.check == "missing-column"]
        assert [(one.table, one.column) for one in missing] == [("orders", "date"), ("orders", "amount")]
        assert "There are order, when" in missing[0].advice


def test_several_parquet_files(tmp_path: Path) -> None:
    (tmp_path / "orders").mkdir()
    pq.write_table(orders(), tmp_path / "orders/a.parquet")
    pq.write_table(
        orders(order=["3", "4"]).select(["amount", "date", "order", "participant"]), tmp_path / "orders/b.parquet"
    )
    engine, found = loaded(tmp_path, "orders")
    assert [(row["order"], row["amount"]) for row in rows(engine)][2:] == [("3", Decimal("1.50")), ("4", Decimal(2))]
    assert sorted(found.fingerprints) == ["orders/a.parquet", "orders/b.parquet"]
    pq.write_table(orders(amount=[1.5, 2.0], more=[1, 2]), tmp_path / "orders/c.parquet")
    _, found = loaded(tmp_path, "orders")
    (differs,) = found.faults
    assert (differs.check, differs.file) == ("unreadable-file", "c.parquet")
    assert "differ from those of a.parquet: amount, more" in differs.message


@pytest.mark.parametrize("written", [b"", b"PAR1", b"order,amount\n1,2\n"])
def test_what_is_no_parquet(tmp_path: Path, written: bytes) -> None:
    (tmp_path / "orders.parquet").write_bytes(written)
    engine, found = loaded(tmp_path, "orders")
    assert [(one.check, one.file) for one in found.faults] == [("unreadable-file", "orders.parquet")]
    assert rows(engine) == []


def test_a_csv_with_names_of_its_own_and_faults_of_every_kind(tmp_path: Path) -> None:
    (tmp_path / "participants.csv").write_text("participant\nann\n", encoding="utf-8")
    text = "order,participant,date,amount\n1,ann,2026-01-31,1\n1,bob,soon,x\n2\n,ann,2026-01-31,2\n"
    (tmp_path / "orders.csv").write_text(text, encoding="utf-8")
    _, found = loaded(tmp_path)
    assert {(one.check, one.row) for one in found.faults} == {
        ("row-length", 4), ("wrong-type", 3), ("empty-value", 3), ("empty-value", 5), ("duplicate-key", 2),
        ("unknown-participant", 3),
    }  # fmt: skip
    assert all(one.table or one.file for one in found.faults)
    assert all(one.row_numbers and one.advice and (one.column or one.check == "row-length") for one in found.faults)


def test_a_mapped_file_that_is_not_there(tmp_path: Path) -> None:
    mapping = read_mapping("mapping: m\ntables: {participants: {file: p.csv, columns: {participant: a}}}")
    found = load(DuckDB(), tmp_path, ["participants"], mapping=mapping)
    assert [(one.check, one.file) for one in found.faults] == [("missing-file", "p.csv")]
    assert found.present == []


def test_a_mapped_parquet_file_is_read_as_text(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": [1, 2], "day": ["31.01.2026", None], "eur": [0.1, 2.5]}), tmp_path / "o.parquet")
    mapping = read_mapping(
        "mapping: m\ntables:\n  orders:\n    file: o.parquet\n    columns:\n"
        "      {order: id, amount: eur, date: {column: day, format: '%d.%m.%Y'}}\n"
    )
    engine = DuckDB()
    found = load(engine, tmp_path, ["orders"], mapping=mapping)
    assert [(row["order"], row["amount"], row["date"]) for row in rows(engine)] == [
        ("1", Decimal("0.1"), date(2026, 1, 31)), ("2", Decimal("2.5"), None),
    ]  # fmt: skip
    assert [(one.check, one.row) for one in found.faults] == [("empty-value", 2)]


def test_tables_that_others_need() -> None:
    assert needed_tables(["order_lines"]) == [
        "participants", "territories", "accounts", "products", "orders", "order_lines",
    ]  # fmt: skip
    assert needed_tables([]) == []
