"""The company that the bench pays: 2,000 participants in five levels, orders of two years, the same on every machine.

Nothing is drawn at random: every value comes from MD5 of its row's number, so two machines make the same rows.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parent.parent
PLAN = Path(__file__).resolve().parent / "plan.yaml"
VAR = ROOT / "var" / "bench"

SELLERS, MANAGERS, DIRECTORS, PRESIDENTS = 1780, 180, 36, 3

_MADE = "made-2"
"""Changes when the rows below change, so that what lies in ``var/bench`` is made anew."""

_ORDERS = """
CREATE TEMP TABLE orders AS
WITH drawn AS (SELECT i, md5_number_lower('order ' || i) AS h FROM range(1, {n} + 1) AS r (i))
SELECT 'O' || lpad(CAST(i AS VARCHAR), 8, '0') AS "order",
    's' || lpad(CAST(1 + ((h % 65536) * ((h // 65536) % 65536 + 65536) * {sellers}) // 8589934592 AS VARCHAR),
        4, '0') AS participant,
    DATE '2025-01-01' + CAST(least(729, greatest(0, (i * 730) // {n} - (h // 4294967296) % 6)) AS INTEGER) AS date,
    CAST(CAST(CASE WHEN (h // 68719476736) % 50 = 0 THEN -1 ELSE 1 END
        * (1000 + (((h // 1099511627776) % 65536) * ((h // 1099511627776) % 65536)) // 2500 + h % 100) AS DECIMAL(18,
            0))
        * DECIMAL '0.01' AS DECIMAL(18, 2)) AS amount
FROM drawn
"""

_PARTICIPANTS = """
CREATE TEMP TABLE participants AS
SELECT 's' || lpad(CAST(i AS VARCHAR), 4, '0') AS participant, 'Seller ' || i AS name, 'Seller' AS title
FROM range(1, {sellers} + 1) AS r (i)
UNION ALL SELECT 'm' || lpad(CAST(i AS VARCHAR), 3, '0'), 'Manager ' || i, 'Manager' FROM range(1, {managers} + 1)
    AS r (i)
UNION ALL SELECT 'd' || lpad(CAST(i AS VARCHAR), 2, '0'), 'Director ' || i, 'Director' FROM range(1,
    {directors} + 1) AS r (i)
UNION ALL SELECT 'v' || i, 'Vice President ' || i, 'Vice President' FROM range(1, {presidents} + 1) AS r (i)
UNION ALL SELECT 'h1', 'Head of Sales', 'Head'
"""

_REPORTING_LINES = """
CREATE TEMP TABLE reporting_lines AS
WITH sellers AS (
    SELECT i, 's' || lpad(CAST(i AS VARCHAR), 4, '0') AS participant, md5_number_lower('line ' || i) AS h,
        CASE WHEN h % 10 = 0 THEN DATE '2025-02-10' + CAST((h // 16) % 640 AS INTEGER) END AS moved
    FROM range(1, {sellers} + 1) AS r (i))
SELECT participant, 'm' || lpad(CAST(1 + i % {managers} AS VARCHAR), 3, '0') AS manager, CAST(NULL AS DATE) AS start,
    moved AS "end"
FROM sellers
UNION ALL SELECT participant, 'm' || lpad(CAST(1 + (i + 7) % {managers} AS VARCHAR), 3, '0'), moved, NULL
FROM sellers WHERE moved IS NOT NULL
UNION ALL SELECT 'm' || lpad(CAST(i AS VARCHAR), 3, '0'), 'd' || lpad(CAST(1 + i % {directors} AS VARCHAR), 2, '0'),
    NULL, NULL
FROM range(1, {managers} + 1) AS r (i)
UNION ALL SELECT 'd' || lpad(CAST(i AS VARCHAR), 2, '0'), 'v' || (1 + i % {presidents}), NULL, NULL
FROM range(1, {directors} + 1) AS r (i)
UNION ALL SELECT 'v' || i, 'h1', NULL, NULL FROM range(1, {presidents} + 1) AS r (i)
"""

_QUOTAS = """
CREATE TEMP TABLE quotas AS
WITH RECURSIVE above AS (
    SELECT participant, manager AS above, COALESCE(start, DATE '0001-01-01') AS start, COALESCE("end",
        DATE '9999-12-31') AS "end"
    FROM reporting_lines
    UNION ALL
    SELECT a.participant, r.manager, a.start, a."end" FROM above AS a JOIN reporting_lines
        AS r ON r.participant = a.above),
days AS (SELECT participant, date, sum(amount) AS amount FROM orders GROUP BY ALL),
sold AS (
    SELECT participant, 'bookings' AS measure, sum(amount) AS amount FROM days GROUP BY ALL
    UNION ALL
    SELECT a.above, 'team_bookings', sum(d.amount) FROM days AS d
    JOIN above AS a ON a.participant = d.participant AND a.start <= d.date AND d.date < a."end" GROUP BY ALL),
everyone AS (
    SELECT p.participant, CASE WHEN p.title = 'Seller' THEN 'bookings' ELSE 'team_bookings' END AS measure,
        greatest(COALESCE(s.amount, 0) * DECIMAL '0.125', 1000) AS average
    FROM participants AS p LEFT JOIN sold AS s ON s.participant = p.participant
        AND s.measure = CASE WHEN p.title = 'Seller' THEN 'bookings' ELSE 'team_bookings' END),
quarters AS (SELECT q, CAST(DATE '2025-01-01' + to_months(CAST(3 * q AS INTEGER)) AS DATE) AS start FROM range(8)
    AS r (q))
SELECT e.participant, e.measure, q.start, CAST(NULL AS DATE) AS "end",
    CAST(e.average * CAST(55 + md5_number_lower('quota ' || e.participant || q.q) % 90 AS DECIMAL(3,
        0)) * DECIMAL '0.01'
        AS DECIMAL(18, 2)) AS quota
FROM everyone AS e CROSS JOIN quarters AS q
"""

_TABLES = {
    "orders": (_ORDERS, '"order"'),
    "participants": (_PARTICIPANTS, "participant"),
    "reporting_lines": (_REPORTING_LINES, "participant, start NULLS FIRST"),
    "quotas": (_QUOTAS, "participant, start"),
}


def make_data(millions: float, *, folder: Path = VAR) -> Path:
    """The folder of the company with so many million orders, which is made inside ``folder`` unless it lies there."""
    folder = folder / f"{millions:g}"
    done = folder / _MADE
    if done.exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    numbers = {
        "n": round(millions * 1_000_000),
        "sellers": SELLERS,
        "managers": MANAGERS,
        "directors": DIRECTORS,
        "presidents": PRESIDENTS,
    }
    with duckdb.connect() as connection:
        for name, (sql, order) in _TABLES.items():
            connection.execute(sql.format(**numbers))
            file = str(folder / f"{name}.parquet").replace("'", "''")
            connection.execute(f"COPY (FROM {name} ORDER BY {order}) TO '{file}' (FORMAT parquet, COMPRESSION zstd)")
    done.touch()
    return folder
