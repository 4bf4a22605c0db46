"""Text becomes numbers and dates as the mapping says, and what does not is told with its rows."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attain.errors import AttainError, Fault
from attain.sources.convert import convert, identity
from attain.sources.files import ROW, read_text
from attain.sources.mapping import TableMapping
from attain.tables import TABLES

NEEDED = {"order": "1", "date": "2026-01-31", "amount": "1"}
Converted = tuple[pa.Table, list[Fault]]
Convert = Callable[..., Converted]


@pytest.fixture
def orders(tmp_path: Path) -> Convert:
    """Convert the text of a CSV file to orders by the columns of a mapping (or those that the file has)."""

    def run(text: str, columns: dict[str, Any] | None = None, *, needed: bool = True, **settings: Any) -> Converted:
        (tmp_path / "o.csv").write_text(text, encoding="utf-8", newline="")
        raw, _ = read_text(tmp_path / "o.csv", delimiter=settings.get("delimiter", ","))
        if columns is None:
            mapping = identity(TABLES["orders"], raw.column_names, "o.csv")
        else:
            filled = (
                {"order": {"value": "1"}, "date": {"value": "2026-01-31"}, "amount": {"value": "1"}} if needed else {}
            )
            mapping = TableMapping.model_validate({"file": "o.csv", "columns": filled | columns, **settings})
        return convert(raw, tmp_path, mapping, TABLES["orders"])

    return run


def read_as(orders: Convert, written: str, how: dict[str, Any], *, name: str = "amount") -> Any:
    """One text read as a column; the text is quoted as CSV. A fault where it is none, or has too many digits."""
    quoted = '"' + written.replace('"', '""') + '"'
    table, faults = orders(f"x\n{quoted}\n", {name: {"column": "x", **how}})
    if not faults:
        return table[name][0].as_py()
    (found,) = faults
    assert (found.row, found.row_numbers, found.column) == (2, (2,), name)
    assert table[name][0].as_py() is None
    assert found.value == written.strip()
    assert f"'{found.value}'" in found.message
    assert found.expected
    assert found.advice
    return {"wrong-type": "fault", "too-many-digits": "digits"}[found.check]


@pytest.mark.parametrize(
    ("written", "how", "expected"),
    [
        ("1234.5", {}, "1234.5"),
        (" -0.10 ", {}, "-0.1"),
        ("+7", {}, "7"),
        (".5", {}, "0.5"),
        ("5.", {}, "5"),
        ("0007.10", {}, "7.1"),
        ("0.123456789", {}, "0.123456789"),
        ("0.1234567890", {}, "0.123456789"),
        ("0.1234567891", {}, "digits"),
        ("123456789012345678", {}, "123456789012345678"),
        ("123456789012345678.123456789", {}, "123456789012345678.123456789"),
        ("1234567890123456789", {}, "digits"),
        ("9" * 60, {}, "digits"),
        ("1e5", {}, "fault"),
        ("inf", {}, "fault"),
        ("NaN", {}, "fault"),
        ("0x1F", {}, "fault"),
        ("--5", {}, "fault"),
        ("1 000", {}, "fault"),
        ("1_000", {}, "fault"),
        ("\uff11", {}, "fault"),
        ("1,234.50", {}, "fault"),
        ("1,234.50", {"thousands": ","}, "1234.5"),
        ("1,234,567", {"thousands": ","}, "1234567"),
        ("12,34,567.5", {"thousands": ","}, "1234567.5"),
        ("1234.50", {"thousands": ","}, "1234.5"),
        ("1,5", {"thousands": ","}, "fault"),
        ("1,2345", {"thousands": ","}, "fault"),
        ("1.234,50", {"thousands": ".", "decimal": ","}, "1234.5"),
        ("1.5", {"thousands": ".", "decimal": ","}, "fault"),
        ("1.5", {"decimal": ","}, "fault"),
        ("1\u00a0234,5", {"thousands": "\u00a0", "decimal": ","}, "1234.5"),
        ("1'234.5", {"thousands": "'"}, "1234.5"),
        ("$22,700.00", {"thousands": ",", "strip": ["$"]}, "22700"),
        ("-$22,700.00", {"thousands": ",", "strip": ["$"]}, "-22700"),
        ("EUR 5", {"strip": ["EUR"]}, "5"),
        ("$22,700.00", {}, "fault"),
        ("(500)", {}, "fault"),
        ("(500)", {"parentheses": True}, "-500"),
        ("($1,500.25)", {"parentheses": True, "strip": ["$"], "thousands": ","}, "-1500.25"),
        ("(-500)", {"parentheses": True}, "fault"),
        ("5", {"percent": True}, "0.05"),
        ("12.5 %", {"percent": True}, "0.125"),
        ("0.1234567", {"percent": True}, "0.001234567"),
        ("0.12345678", {"percent": True}, "digits"),
        ("123456789012345678", {"percent": True}, "1234567890123456.78"),
        ("'; drop table texts; --", {}, "fault"),
    ],
)
def test_numbers(orders: Convert, written: str, how: dict[str, Any], expected: str) -> None:
    found = read_as(orders, written, how)
    assert found == (expected if expected in ("fault", "digits") else Decimal(expected))


@pytest.mark.parametrize(
    ("written", "how", "expected"),
    [
        ("2026-01-31", {}, "2026-01-31"),
        ("2026-01-31 23:59:59", {}, "2026-01-31"),
        ("2026-01-31T23:59:59.123Z", {}, "2026-01-31"),
        ("2026-01-31T23:59:59-0300", {}, "2026-01-31"),
        ("2010-10-14T12:00:00.000Z-0300", {}, "2010-10-14"),
        ("2026-01-31 10:00:00+02:00", {}, "2026-01-31"),
        ("2024-02-29", {}, "2024-02-29"),
        ("2026-02-29", {}, "fault"),
        ("2026-02-30", {}, "fault"),
        ("2026-1-31", {}, "fault"),
        ("20260131", {}, "fault"),
        ("0000-01-01", {}, "fault"),
        ("2026-01-31 and more", {}, "fault"),
        ("31/12/2026", {}, "fault"),
        ("31/12/2026", {"format": "%d/%m/%Y"}, "2026-12-31"),
        ("12/31/2026", {"format": "%d/%m/%Y"}, "fault"),
        ("7/4/1996", {"format": "%m/%d/%Y"}, "1996-07-04"),
        ("30/02/2026", {"format": "%d/%m/%Y"}, "fault"),
        ("15 Apr, 2021 00:02:00", {"format": "%d %b, %Y %H:%M:%S"}, "2021-04-15"),
        ("15 Avril, 2021", {"format": "%d %b, %Y"}, "fault"),
        ("45688", {}, "fault"),
        ("45688", {"format": "excel"}, "2025-01-31"),
        ("45688.75", {"format": "excel"}, "2025-01-31"),
        ("9999999", {"format": "excel"}, "fault"),
        ("2026-01-31", {"format": "excel"}, "fault"),
        ("2026-12-31", {"inclusive": True}, "2027-01-01"),
        ("9999-12-31", {"inclusive": True}, "9999-12-31"),
        ("31.12.2026", {"format": "%d.%m.%Y", "inclusive": True}, "2027-01-01"),
    ],
)
def test_dates(orders: Convert, written: str, how: dict[str, Any], expected: str) -> None:
    found = read_as(orders, written, how, name="date")
    assert found == (expected if expected in ("fault", "digits") else date.fromisoformat(expected))


@given(st.decimals(-(10**17), 10**17, places=9) | st.decimals(-100, 100, places=2))
def test_any_decimal_is_read_to_the_digit(tmp_path_factory: pytest.TempPathFactory, number: Decimal) -> None:
    file = tmp_path_factory.getbasetemp() / "decimal.csv"
    file.write_text(f"order,date,amount\n1,2026-01-31,{number:f}\n2,2026-01-31,1.5\n", encoding="utf-8")
    raw, _ = read_text(file)
    table, faults = convert(raw, file.parent, identity(TABLES["orders"], raw.column_names, file.name), TABLES["orders"])
    assert table["amount"].to_pylist() == [number, Decimal("1.5")]
    assert not faults


def test_all_rows_with_one_wrong_value_are_one_fault(orders: Convert) -> None:
    table, faults = orders("order,date,amount\n1,2026-01-31,x\n2,soon,5\n3,2026-01-31,x\n")
    assert table[ROW].to_pylist() == [2, 3, 4]
    by_column = {one.column: one for one in faults}
    assert (by_column["amount"].rows, by_column["amount"].row_numbers) == (2, (2, 4))
    assert by_column["date"].place() == "orders row 3, column date"
    assert by_column["date"].file == "o.csv"


def test_nulls_blanks_and_codes(orders: Convert) -> None:
    text = 'order,date,amount,account,code,note\n 007 ,2026-01-31,1, NULL,01,\t\n"\u00a08",2026-01-31,2,null,12,none\n'
    table, faults = orders(text)
    assert table["order"].to_pylist() == ["007", "8"]
    assert table["account"].to_pylist() == [None, "null"]
    assert table["code"].to_pylist() == ["01", "12"]
    assert table["note"].to_pylist() == [None, "none"]
    assert not faults
    kept, _ = orders("x\n NULL\n", {"account": "x"}, nulls=[])
    assert kept["account"].to_pylist() == ["NULL"]


def test_types_of_attributes_are_those_that_fit_every_value(orders: Convert) -> None:
    text = "order,date,amount,n,d,mixed,big,none\n1,2026-01-31,1,1.5,2026-01-31,1,12345678901234567890,\n"
    table, _ = orders(text + "2,2026-01-31,1,-2,2026-02-01,2026-01-31,1,\n")
    kinds = {name: table.schema.field(name).type for name in ("n", "d", "mixed", "big", "none")}
    assert kinds["n"] == pa.decimal128(18, 1)
    assert kinds["d"] == pa.date32()
    assert {kinds["mixed"], kinds["big"], kinds["none"]} == {pa.string()}


def test_names_go_without_case(orders: Convert) -> None:
    table, faults = orders("ORDER,Date,Amount,Region\n1,2026-01-31,5,East\n")
    assert table.column_names == ["order", "date", "amount", "Region", ROW]
    assert not faults
    mapped, _ = orders("ID,Day\n1,2026-01-31\n", {"Order": "id", "date": "DAY", "amount": {"value": 5}}, needed=False)
    assert mapped["order"].to_pylist() == ["1"]


def test_names_like_words_of_sql(orders: Convert) -> None:
    text = 'select,"a""b","from; drop table texts",order\nx,y,z,1\n'
    columns = {"select": "select", 'a"b': 'a"b', "from": "from; drop table texts"}
    table, faults = orders(text, columns)
    assert [table[name][0].as_py() for name in columns] == ["x", "y", "z"]
    assert not faults


def test_formulas_values_and_aliases(orders: Convert) -> None:
    columns = {
        "account": {"formula": "upper(first) || ' ' || coalesce(last, '?')"},
        "territory": {"column": "place", "aliases": {"Philipines": "Philippines", "EAST": "East"}},
        "currency": {"value": "EUR"},
    }
    table, faults = orders("first,last,place\nann,lee,Philipines\nbo,NULL,EAST\nty,x,Philipines\n", columns)
    assert table["account"].to_pylist() == ["ANN lee", "BO ?", "TY x"]
    assert table["territory"].to_pylist() == ["Philippines", "East", "Philippines"]
    (found,) = faults
    assert (found.check, found.severity, found.value, found.row_numbers) == ("alias", "warning", "Philipines", (2, 4))
    assert "'Philipines' was read as 'Philippines'" in found.message


def test_aliases_before_types(orders: Convert) -> None:
    assert read_as(orders, "10", {"aliases": {"ten": "10"}}) == Decimal(10)
    table, faults = orders("x\nten\n", {"amount": {"column": "x", "aliases": {"ten": "10"}}})
    assert table["amount"].to_pylist() == [Decimal(10)]
    assert [one.check for one in faults] == ["alias"]


def test_lookups(orders: Convert, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("name,key\nAnn,1\nBo,2\nBo,3\nCy,NULL\nDee,4\nDee,5\n,6\n", encoding="utf-8")
    columns = {"participant": {"column": "who", "lookup": {"file": "p.csv", "match": "NAME", "take": "key"}}}
    table, faults = orders("who\nAnn\nBo\nCy\nEd\nNULL\nAnn\n", columns)
    assert table["participant"].to_pylist() == ["1", "2", None, None, None, "1"]
    told = {(one.check, one.value): (one.severity, one.row) for one in faults}
    assert told == {
        ("lookup-not-unique", "Bo"): ("error", 3),
        ("lookup-empty", "Cy"): ("warning", 4),
        ("lookup-empty", "Ed"): ("warning", 5),
    }  # Dee has two keys, but nobody asks for Dee


@pytest.mark.parametrize(
    ("columns", "check", "message", "advice"),
    [
        ({"account": "Custmer"}, "missing-column", "o.csv has no column 'Custmer'", "Did you mean 'Customer'?"),
        ({"account": "zzz"}, "missing-column", "o.csv has no column 'zzz'", "It has Customer, Day."),
        ({"account": {"formula": "Custmer || ''"}}, "formula", "'Custmer' is not a column of o.csv", "Customer"),
        ({"account": {"formula": "Customer +"}}, "formula", "no formula", "may hold"),
        ({"account": {"formula": "Customer = 'x'"}}, "formula", "gives a condition, where text is wanted", "Write"),
        (
            {"account": {"column": "Customer", "lookup": {"file": "no.csv", "match": "a", "take": "b"}}},
            "missing-file", "there is no file", "correct its name",
        ),
        (
            {"account": {"column": "Customer", "lookup": {"file": "o.csv", "match": "Costumer", "take": "Day"}}},
            "missing-column", "o.csv has no column 'Costumer'", "Did you mean 'Customer'?",
        ),
    ],
)  # fmt: skip
def test_what_the_mapping_names_and_is_not_there(
    orders: Convert, columns: dict[str, Any], check: str, message: str, advice: str
) -> None:
    with pytest.raises(AttainError) as told:
        orders("Customer,Day\nx,2026-01-31\n", columns)
    (found,) = told.value.faults
    assert found.check == check
    assert message in found.message
    assert advice in found.advice


def test_every_missing_column_is_told(orders: Convert) -> None:
    with pytest.raises(AttainError) as told:
        orders("a\n1\n", {"order": "b", "account": "c"}, needed=False)
    assert [(one.check, one.column) for one in told.value.faults] == [
        ("missing-column", name) for name in ("order", "account", "date", "amount")
    ]


def test_an_empty_file_of_text_gives_typed_columns(orders: Convert) -> None:
    table, faults = orders("order,date,amount,note\n")
    assert table.num_rows == 0
    assert table.schema.field("date").type == pa.date32()
    assert pa.types.is_decimal(table.schema.field("amount").type)
    assert not faults
