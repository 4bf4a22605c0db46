"""Whether every variant came to the same result, and whether the total is exact to the cent."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import duckdb

SUMS = ("measures", "attainment", "earnings", "payouts")
LINES = ("credits", "lines")

_ADDED = {
    "measures": "sum(value)",
    "attainment": "sum(attainment), sum(quota)",
    "earnings": "sum(amount), sum(rate)",
    "payouts": "sum(amount)",
    "credits": "sum(amount), sum(length(reason)), count(DISTINCT participant)",
    "lines": "sum(amount), sum(credit), count(DISTINCT participant)",
}
_EXCEPT_UP_TO = 2_000_000
"""Tables of more rows than that are compared by their totals."""

_EXACT = """
WITH RECURSIVE reports AS (
    SELECT participant, manager, COALESCE(start, DATE '0001-01-01') AS since,
        COALESCE("end", DATE '9999-12-31') AS until
    FROM read_parquet($data || '/reporting_lines.parquet')),
days AS (
    SELECT participant, date, CAST(sum(CAST(amount * 100 AS HUGEINT)) AS HUGEINT) AS cents
    FROM read_parquet($data || '/orders.parquet') GROUP BY ALL),
climb AS (
    SELECT participant, date, cents, 'bookings' AS measure FROM days
    UNION ALL
    SELECT r.manager, c.date, CAST(sum(c.cents) AS HUGEINT), 'team_bookings' FROM climb AS c
    JOIN reports AS r ON r.participant = c.participant AND r.since <= c.date AND c.date < r.until GROUP BY ALL)
SELECT c.measure, CAST(sum(c.cents) AS HUGEINT), CAST(any_value(q.quota) * 100 AS HUGEINT)
FROM climb AS c JOIN read_parquet($data || '/quotas.parquet') AS q
    ON q.participant = c.participant AND q.measure = c.measure AND q.start = date_trunc('quarter', c.date)
GROUP BY c.participant, c.measure, q.start
"""


def differences(one: Path, other: Path, *, lines: bool) -> list[str]:
    """What is not the same in two folders of results; empty where they are equal."""
    found = []
    with duckdb.connect(config={"memory_limit": "3GiB"}) as connection:
        for name in (*SUMS, *LINES) if lines else SUMS:
            left, right = (f"read_parquet('{folder}/{name}.parquet')" for folder in (one, other))
            rows = [
                connection.execute(f"SELECT count(*), {_ADDED[name]} FROM {side}").fetchall()[0]
                for side in (left, right)
            ]
            kinds = [connection.execute(f"DESCRIBE FROM {side}").fetchall() for side in (left, right)]
            if rows[0] != rows[1] or kinds[0] != kinds[1]:
                found.append(f"{name}: {rows[0]} and {rows[1]}, or other columns")
            elif rows[0][0] <= _EXCEPT_UP_TO:
                for first, second in ((left, right), (right, left)):
                    only = connection.execute(
                        f"SELECT count(*) FROM (FROM {first} EXCEPT ALL FROM {second})"
                    ).fetchall()[0][0]
                    if only:
                        found.append(f"{name}: {only} rows stand in one only")
    return found


def lines_off(out: Path) -> int:
    """How many earnings are not the sum of their lines."""
    with duckdb.connect(config={"memory_limit": "3GiB"}) as connection:
        rows = connection.execute(f"""
            SELECT count(*) FROM read_parquet('{out}/earnings.parquet') AS e
            LEFT JOIN (SELECT participant, component, period_start, sum(amount) AS amount
                FROM read_parquet('{out}/lines.parquet') GROUP BY ALL) AS l USING (participant, component, period_start)
            WHERE e.amount <> COALESCE(l.amount, 0)""").fetchall()
    return int(rows[0][0])


def total_of(out: Path) -> Decimal:
    """The total of all earnings in a folder of results."""
    rows = duckdb.execute(f"SELECT sum(amount) FROM read_parquet('{out}/earnings.parquet')").fetchall()
    return Decimal(rows[0][0])


def exact_total(data: Path) -> Decimal:
    """The total in Python's integers: whole cents, rates as thousandths, each rounded once, half away from zero."""
    total = 0
    for measure, cents, quota in duckdb.execute(_EXACT, {"data": str(data)}).fetchall():
        tiers = ((0, 60), (100, 90), (150, 120)) if measure == "bookings" else ((0, 5), (100, 8), (120, 10))
        total += _cents_of(int(cents), int(quota), tiers)
    return Decimal(total).scaleb(-2)


def _cents_of(cents: int, quota: int, tiers: tuple[tuple[int, int], ...]) -> int:
    """The cents that graduated tiers pay; starts are per cent of the quota, rates thousandths."""
    if quota <= 0:
        return 0
    whole = 0  # in cents × 100 × 1000
    for number, (start, rate) in enumerate(tiers):
        part = cents * 100
        if number + 1 < len(tiers):
            part = min(part, quota * tiers[number + 1][0])
        whole += rate * (max(part - quota * start, 0) if number else part)
    return (1 if whole >= 0 else -1) * ((abs(whole) + 50_000) // 100_000)


def same_as_csv(out: Path, written: Path) -> bool:
    """Whether the earnings in a folder of results are those of the CSV that plain Python wrote."""
    with (written / "earnings.csv").open(newline="", encoding="utf-8") as opened:
        rows = {
            (row["participant"], row["component"], row["period_start"]): Decimal(row["amount"])
            for row in csv.DictReader(opened)
        }
    found = duckdb.execute(
        "SELECT participant, component, CAST(period_start AS VARCHAR), amount "
        f"FROM read_parquet('{out}/earnings.parquet')"
    ).fetchall()
    return {(who, what, start): amount for who, what, start, amount in found} == rows
