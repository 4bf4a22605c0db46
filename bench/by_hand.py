"""The yardstick: the same plan over the same data as one DuckDB script, written by hand to be as fast as can be.

Nothing in it is general: people and stretches of days are small integers, amounts are whole cents, the tier tables are
arithmetic on 64-bit integers. It makes the checks that Attain makes, the same fingerprints and the same files.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from bench.by_hand_sql import (
    ASCENDING,
    CHECKS,
    COUNTS,
    CREDITS,
    DUPLICATES,
    LINES,
    MISSING,
    PEOPLE,
    RESULTS,
    SUMS,
    TYPES,
)
from bench.task import Task

_FILES = ("orders", "participants", "quotas", "reporting_lines")


def pay(data: Path, out: Path, *, lines: bool, memory: str | None = None) -> None:
    """Check the data, calculate the plan, and write every result; raises ValueError where a check fails."""
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="by-hand-") as spill, duckdb.connect(config={"temp_directory": spill}) as connection:
        connection.execute("SET preserve_insertion_order = false")
        connection.execute("SET perfect_ht_threshold = 24")
        if memory:
            connection.execute("SET memory_limit = ?", [memory])
        for name in _FILES:
            file = str(data / f"{name}.parquet").replace("'", "''")
            connection.execute(f"CREATE TEMP VIEW raw_{name} AS FROM read_parquet('{file}')")
        with ThreadPoolExecutor(1) as beside:
            prints = beside.submit(_fingerprints, data)
            unique = beside.submit(_check_keys, connection.cursor(), data / "orders.parquet")
            rows = _calculate(connection, out)
            unique.result()
            if lines:
                for name, sql in (("credits", CREDITS), ("lines", LINES)):
                    rows[name] = _write(connection, sql, out / f"{name}.parquet")
            missing = [list(map(str, row)) for row in connection.execute(MISSING).fetchall()]
            record = {"inputs": prints.result(), "rows_written": rows, "quota-missing": missing}
    (out / "run.json").write_text(json.dumps(record, indent=1), encoding="utf-8")


def pay_task(task: Task) -> None:
    """The same, as the bench asks for it."""
    pay(Path(task.data), Path(task.out), lines=task.lines, memory=task.memory or None)


def _fingerprints(data: Path) -> dict[str, str]:
    found = {}
    for name in _FILES:
        with (data / f"{name}.parquet").open("rb") as opened:
            found[name] = file_digest(opened, "sha256").hexdigest()
    return found


def _check_keys(connection: duckdb.DuckDBPyConnection, orders: Path) -> None:
    """No order's key stands twice: keys that rise from row to row prove it, others are counted."""
    named = {"file": str(orders)}
    if (
        connection.execute(ASCENDING, named).fetchone() is not None
        and connection.execute(DUPLICATES, named).fetchone() is not None
    ):
        raise ValueError("a key of the orders stands twice")


def _calculate(connection: duckdb.DuckDBPyConnection, out: Path) -> dict[str, int]:
    """Everything but credits and lines; rows written by name."""
    for name, expected in TYPES.items():
        held = {row[0]: row[1] for row in connection.execute(f"DESCRIBE raw_{name}").fetchall()}
        if not expected.items() <= held.items():
            raise ValueError(f"{name} has other columns or types than {expected}")
    connection.execute(PEOPLE)
    for told, sql in CHECKS.items():
        if connection.execute(sql).fetchone() is not None:
            raise ValueError(told)
    connection.execute(SUMS)
    if connection.execute(COUNTS).fetchone() is not None:
        raise ValueError("an order is empty in a column, outside the plan's days, or of an unknown participant")
    return {name: _write(connection, sql, out / f"{name}.parquet") for name, sql in RESULTS.items()}


def _write(connection: duckdb.DuckDBPyConnection, sql: str, file: Path) -> int:
    partial = file.with_suffix(".partial")
    target = str(partial).replace("'", "''")
    written = connection.execute(f"COPY ({sql}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)").fetchone()
    partial.replace(file)
    return int(written[0]) if written else 0
