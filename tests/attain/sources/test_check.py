"""Every check of data finds what it is for, names it, and is on the list of checks."""

import ast
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet as pq

import attain
from attain.engines.duckdb import DuckDB
from attain.errors import Fault
from attain.sources.check import SEVERITIES
from attain.sources.load import load, settle
from attain.tables import TABLES

SOURCE = Path(attain.__file__).parent
PEOPLE = "participant,start,end\nann,,\nbob,2026-01-01,2026-07-01\nbob,2026-07-01,\n"


def faults(folder: Path, /, **files: str) -> list[Fault]:
    """The faults of CSV files, given by table."""
    for name, text in {"participants": PEOPLE, **files}.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    engine = DuckDB()
    loaded = load(engine, folder, TABLES)
    settle(engine, loaded)
    return loaded.faults


CASES: list[tuple[dict[str, str], dict[str, Any]]] = [
    (
        {"participants": PEOPLE + "ann,,\n"},
        {"check": "duplicate-key", "column": "participant, start", "value": "ann", "row_numbers": (2, 5)},
    ),
    (
        {"participants": PEOPLE + "bob,2026-06-30,2026-07-01\n"},
        {"check": "overlap", "column": "start", "value": "2026-06-30", "row_numbers": (3, 5)},
    ),
    (
        {"participants": "participant,start,end\nann,2026-07-01,2026-07-01\n"},
        {"check": "end-before-start", "column": "end", "value": "2026-07-01", "row_numbers": (2,)},
    ),
    (
        {"quotas": "participant,measure,start,end,quota\nann,bookings,2026-04-01,2026-01-01,5\n"},
        {"check": "end-before-start", "table": "quotas", "value": "2026-01-01", "row_numbers": (2,)},
    ),
    (
        {"orders": "order,participant,account,date,amount\n1,zoe,a,2026-01-31,5\n2,zoe,a,2026-01-31,5\n"},
        {"check": "unknown-participant", "column": "participant", "value": "zoe", "row_numbers": (2, 3), "rows": 2},
    ),
    (
        {
            "accounts": "account\na\n",
            "orders": "order,participant,account,date,amount\n1,ann,b,2026-01-31,5\n",
        },
        {"check": "unknown-reference", "column": "account", "value": "b", "severity": "warning", "row_numbers": (2,)},
    ),
    (
        {"orders": "order,participant,date,amount\n1,,2026-01-31,5\n"},
        {"check": "empty-reference", "column": "participant", "severity": "warning", "row_numbers": (2,)},
    ),
    (
        {"orders": "order,participant,date,amount\n1,ann,2026-01-31,\n2,ann,2026-01-31,\n"},
        {"check": "empty-value", "column": "amount", "row_numbers": (2, 3), "rows": 2},
    ),
    (
        {
            "orders": "order,participant,date,amount\n1,ann,2026-01-31,5\n",
            "splits": "fact_table,fact,participant,share\norders,1,ann,60\norders,1,bob,39.5\n",
        },
        {"check": "split-total", "column": "share", "value": "99.5", "expected": "100", "row_numbers": (2, 3)},
    ),
    (
        {
            "orders": "order,participant,date,amount\n1,ann,2026-01-31,5\n",
            "splits": "fact_table,fact,participant,share\norders,7,ann,100\n",
        },
        {"check": "unknown-fact", "column": "fact", "value": "7", "severity": "warning", "row_numbers": (2,)},
    ),
    (
        {"splits": "fact_table,fact,participant,share\norder,7,ann,100\n"},
        {"check": "unknown-fact", "column": "fact_table", "value": "order", "row_numbers": (2,)},
    ),
    (
        {"participants": "participant,territory\nann,N\n", "coverage": "participant,territory,start\nann,S,\n"},
        {
            "check": "territory-contradiction",
            "column": "territory",
            "value": "N",
            "expected": "S",
            "severity": "warning",
        },
    ),
]


@pytest.mark.parametrize(("files", "expected"), CASES, ids=[case[1]["check"] for case in CASES])
def test_a_check_finds_what_it_is_for(tmp_path: Path, files: dict[str, str], expected: dict[str, Any]) -> None:
    found = [one for one in faults(tmp_path, **files) if one.check == expected["check"]]
    assert [{name: getattr(one, name) for name in expected} for one in found] == [expected]
    assert found[0].advice
    assert found[0].table


def test_good_data_have_no_fault(tmp_path: Path) -> None:
    files = {
        "orders": "order,participant,account,date,amount\n1,ann,a,2026-01-31,5\n",
        "accounts": "account\na\n",
        "splits": "fact_table,fact,participant,share\norders,1,ann,33.333333\norders,1,bob,66.666667\n",
        "quotas": "participant,measure,start,end,quota\nann,calls,2026-01-01,,5\nann,calls,2026-04-01,2026-07-01,5\n",
        "coverage": "participant,territory,start,end\nann,S,,2026-01-01\nann,N,2026-01-01,\n",
        "territories": "territory\nS\nN\n",
    }
    assert faults(tmp_path, **files) == []


def test_one_day_without_a_gap_is_no_overlap(tmp_path: Path) -> None:
    people = "participant,start,end\na,2026-01-02,2026-01-03\na,,2026-01-01\na,2026-01-01,2026-01-02\na,2026-01-03,\n"
    assert faults(tmp_path, participants=people) == []


def test_an_empty_key_is_told_once(tmp_path: Path) -> None:
    told = faults(tmp_path, accounts="account,name\n,x\n,y\n")
    assert [(one.check, one.row_numbers) for one in told] == [("empty-value", (2, 3))]


def test_values_of_a_fault_are_plain(tmp_path: Path) -> None:
    for files, _ in CASES:
        for one in faults(tmp_path, **files):
            record = one.as_record()
            assert not any(isinstance(value, (date, Decimal)) for value in record.values()), record


# The list of checks


def _checks_told(pattern: str) -> set[str]:
    """The name of every check that a fault is made with in some modules."""
    found: set[str] = set()
    for file in SOURCE.glob(pattern):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                found.update(_check_of(node))
    return found


def _check_of(call: ast.Call) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    named = [keyword.value for keyword in call.keywords if keyword.arg == "check"]
    for value in [*named, *(call.args[:1] if name in ("fault", "add_fault") else [])]:
        either = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
        yield from (one.value for one in either if isinstance(one, ast.Constant) and isinstance(one.value, str))


def test_every_check_that_a_fault_names_is_listed_and_every_listed_one_is_used() -> None:
    of_mappings = {"unknown-table"}  # told with the line of the mapping
    assert _checks_told("sources/*.py") | _checks_told("credits/*.py") <= {*SEVERITIES, *of_mappings}
    assert set(SEVERITIES) <= _checks_told("**/*.py")


def test_every_check_says_what_it_finds() -> None:
    assert all(severity in ("error", "warning") and text for severity, text in SEVERITIES.values())


def test_a_key_that_stands_twice_in_parquet_is_found_whether_the_keys_rise_or_not(tmp_path: Path) -> None:
    day = [date(2026, 1, 5)] * 3
    for keys, twice in (
        (["1", "2", "3"], []),
        (["3", "1", "2"], []),
        (["1", "1", "2"], ["1"]),
        (["2", "1", "2"], ["2"]),
        ([1, 2, 10], []),
        ([1, 2, 2], ["2"]),
        (pa.array(["1", "2", "1"]).dictionary_encode(), ["1"]),
    ):
        orders = pa.table({"order": keys, "participant": ["ann"] * 3, "date": day, "amount": pa.array([1, 2, 3])})
        pq.write_table(orders, tmp_path / "orders.parquet")
        assert [fault.value for fault in faults(tmp_path) if fault.check == "duplicate-key"] == twice
