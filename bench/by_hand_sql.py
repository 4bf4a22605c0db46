"""The SQL of the yardstick, in the order in which it runs."""

from __future__ import annotations

TYPES = {
    "orders": {"order": "VARCHAR", "participant": "VARCHAR", "date": "DATE", "amount": "DECIMAL(18,2)"},
    "participants": {"participant": "VARCHAR", "name": "VARCHAR", "title": "VARCHAR"},
    "quotas": {
        "participant": "VARCHAR",
        "measure": "VARCHAR",
        "start": "DATE",
        "end": "DATE",
        "quota": "DECIMAL(18,2)",
    },
    "reporting_lines": {"participant": "VARCHAR", "manager": "VARCHAR", "start": "DATE", "end": "DATE"},
}
"""The columns and types that each file must have."""

ASCENDING = """
SELECT 1 FROM (SELECT "order" <= lag("order") OVER () AS falls FROM read_parquet($file)) WHERE falls LIMIT 1
"""
"""A key that does not come after the one before it: where there is none (nor an empty one), each stands once."""

DUPLICATES = 'SELECT "order" FROM read_parquet($file) GROUP BY 1 HAVING count(*) > 1 LIMIT 1'

PEOPLE = """
CREATE TEMP TABLE people AS
SELECT CAST(row_number() OVER (ORDER BY participant) AS SMALLINT) AS id, participant FROM raw_participants;

CREATE TEMP TABLE quarters AS
SELECT CAST(q AS TINYINT) AS q, CAST(DATE '2025-01-01' + to_months(CAST(3 * q AS INTEGER)) AS DATE) AS period_start,
    CAST(DATE '2025-04-01' + to_months(CAST(3 * q AS INTEGER)) AS DATE) AS period_end
FROM range(8) AS r (q);

CREATE TEMP TABLE quotas AS
SELECT p.id, s.measure, q.q, s.quota, CAST(s.quota * 100 AS BIGINT) AS cents
FROM raw_quotas AS s JOIN people AS p ON p.participant = s.participant
JOIN quarters AS q ON q.period_start = s.start AND COALESCE(s."end", q.period_end) = q.period_end;

CREATE TEMP TABLE reports AS
SELECT p.id, m.id AS above, m.participant AS name, COALESCE(r.start, DATE '0001-01-01') AS since,
    COALESCE(r."end", DATE '9999-12-31') AS until
FROM raw_reporting_lines AS r JOIN people AS p ON p.participant = r.participant
JOIN people AS m ON m.participant = r.manager;

CREATE TEMP TABLE chain AS
WITH RECURSIVE climb AS (
    SELECT r.id, r.above, r.since, r.until, p.participant || ' → ' || r.name AS path, 1 AS depth
    FROM reports AS r JOIN people AS p ON p.id = r.id
    UNION ALL
    SELECT c.id, r.above, greatest(c.since, r.since), least(c.until, r.until), c.path || ' → ' || r.name, c.depth + 1
    FROM climb AS c JOIN reports AS r ON r.id = c.above AND c.since < r.until AND r.since < c.until
    WHERE c.depth < 20 AND c.above <> c.id)
SELECT id, above, since, until, path, depth FROM climb;

CREATE TEMP TABLE days AS
WITH cuts AS (SELECT since AS cut FROM chain UNION SELECT until FROM chain UNION SELECT period_start FROM quarters),
days AS (SELECT CAST(d AS DATE) AS day FROM range(DATE '2025-01-01', DATE '2027-01-01', INTERVAL 1 DAY) AS r (d)),
sliced AS (SELECT d.day, c.cut FROM days AS d ASOF JOIN cuts AS c ON c.cut <= d.day)
SELECT s.day, s.cut, CAST(dense_rank() OVER (ORDER BY s.cut) AS SMALLINT) AS slice, q.q
FROM sliced AS s JOIN quarters AS q ON q.period_start <= s.day AND s.day < q.period_end;
"""

CHECKS = {
    "a key of the participants is empty or stands twice": """
        SELECT 1 FROM raw_participants GROUP BY participant HAVING count(*) > 1 OR participant IS NULL""",
    "a quota is empty": """SELECT 1 FROM raw_quotas
        WHERE participant IS NULL OR measure IS NULL OR start IS NULL OR quota IS NULL""",
    "a quota stands twice": 'SELECT 1 FROM raw_quotas GROUP BY participant, measure, start, "end" HAVING count(*) > 1',
    "a quota is of an unknown participant, or of no quarter": """
        SELECT 1 WHERE (SELECT count(*) FROM quotas) <> (SELECT count(*) FROM raw_quotas)""",
    "a reporting line stands twice": """
        SELECT 1 FROM raw_reporting_lines GROUP BY participant, start HAVING count(*) > 1""",
    "a reporting line is empty, or of unknown participants": """
        SELECT 1 WHERE (SELECT count(*) FROM reports) <> (SELECT count(*) FROM raw_reporting_lines)""",
    "a reporting line ends before it begins, or two hold on the same day": """
        SELECT 1 FROM (SELECT since, until, lead(since) OVER (PARTITION BY id ORDER BY since) AS following FROM reports)
        WHERE until <= since OR following < until""",
    "people report to one another in a ring": "SELECT 1 FROM chain WHERE id = above OR depth >= 20",
}
"""What is wrong where the query has a row."""

SUMS = """
CREATE TEMP TABLE sums AS
SELECT p.id, d.slice, CAST(sum(o.amount) AS DECIMAL(18, 2)) AS amount, count(*) AS n
FROM raw_orders AS o JOIN people AS p ON p.participant = o.participant JOIN days AS d ON d.day = o.date
GROUP BY ALL;

CREATE TEMP TABLE cells AS
WITH RECURSIVE slices AS (SELECT DISTINCT slice, cut, q FROM days),
above AS (
    SELECT r.id, r.above, d.slice FROM reports AS r JOIN slices AS d ON r.since <= d.cut AND d.cut < r.until),
climb AS (
    SELECT id, slice, amount, 0 AS level FROM sums
    UNION ALL
    SELECT a.above, c.slice, CAST(sum(c.amount) AS DECIMAL(18, 2)), c.level + 1
    FROM climb AS c JOIN above AS a ON a.id = c.id AND a.slice = c.slice GROUP BY ALL),
summed_up AS (
    SELECT c.id, least(c.level, 1) AS team, d.q, sum(c.amount) AS amount
    FROM climb AS c JOIN slices AS d ON d.slice = c.slice GROUP BY ALL),
summed AS (
    SELECT p.id, p.participant, t.team, q.q, q.period_start, q.period_end,
        CASE t.team WHEN 0 THEN 'bookings' ELSE 'team_bookings' END AS measure, COALESCE(s.amount, 0) AS value
    FROM people AS p CROSS JOIN quarters AS q CROSS JOIN (VALUES (0), (1)) AS t (team)
    LEFT JOIN summed_up AS s ON s.id = p.id AND s.team = t.team AND s.q = q.q)
SELECT s.id, s.participant, s.team, s.q, s.period_start, s.period_end, s.measure,
    CAST(s.value AS DECIMAL(38, 2)) AS value, CAST(s.value * 100 AS BIGINT) AS v, CAST(q.quota AS DECIMAL(38, 2))
        AS quota, q.cents AS c
FROM summed AS s LEFT JOIN quotas AS q ON q.id = s.id AND q.measure = s.measure AND q.q = s.q;

CREATE TEMP MACRO own_pay(r, c) AS
    12 * least(r, c) + 9 * greatest(least(2 * r, 3 * c) - 2 * c, 0) + 12 * greatest(2 * r - 3 * c, 0);
CREATE TEMP MACRO team_pay(r, c) AS
    25 * least(r, c) + 8 * greatest(least(5 * r, 6 * c) - 5 * c, 0) + 10 * greatest(5 * r - 6 * c, 0);
CREATE TEMP MACRO own_cents(r, c) AS sign(own_pay(r, c)) * ((abs(own_pay(r, c)) + 100) // 200);
CREATE TEMP MACRO team_cents(r, c) AS sign(team_pay(r, c)) * ((abs(team_pay(r, c)) + 2500) // 5000);

CREATE TEMP TABLE earned AS
SELECT participant, CASE team WHEN 0 THEN 'Own sales' ELSE 'Team sales' END AS component, period_start, period_end,
    value AS measure_value, quota,
    CAST(CASE WHEN c > 0 THEN CASE team
        WHEN 0 THEN CASE WHEN 2 * v > 3 * c THEN 0.12 WHEN v > c THEN 0.09 ELSE 0.06 END
        ELSE CASE WHEN 5 * v > 6 * c THEN 0.01 WHEN v > c THEN 0.008 ELSE 0.005 END END ELSE 0 END
        AS DECIMAL(38, 3)) AS rate,
    CAST(CASE WHEN c > 0 THEN CASE team WHEN 0 THEN own_cents(v, c) ELSE team_cents(v, c) END ELSE 0 END
        AS DECIMAL(38, 0)) * 0.01 AS amount
FROM cells;
"""

COUNTS = """
SELECT 1 FROM (SELECT count(*) AS n, count("order") AS keys, count(amount) AS amounts FROM raw_orders)
WHERE keys <> n OR amounts <> n OR n <> (SELECT sum(n) FROM sums)
"""
"""Has a row unless every order is counted: those without participant or date, or with unknown ones, are not."""

MISSING = """
SELECT participant, measure, count(*), min(period_start) FROM cells WHERE quota IS NULL GROUP BY ALL ORDER BY ALL
"""

RESULTS = {
    "measures": "SELECT participant, measure, period_start, period_end, value FROM cells ORDER BY 1, 2, 3, 4",
    "attainment": """
        SELECT participant, measure, period_start, period_end, value, quota, CAST(CASE WHEN c <> 0 THEN
            CAST(sign(v) * sign(c) * ((2 * CAST(abs(v) AS HUGEINT) * 1000000000000 + abs(c))
                // (2 * CAST(abs(c) AS HUGEINT))) AS DECIMAL(38, 0)) * 0.000000000001 END AS DECIMAL(38, 12))
                    AS attainment
        FROM cells WHERE quota IS NOT NULL ORDER BY 1, 2, 3, 4""",
    "earnings": """
        SELECT participant, component, period_start, period_end, measure_value, quota, rate,
            CAST(amount AS DECIMAL(38, 2)) AS amount, 'USD' AS currency
        FROM earned ORDER BY 1, 2, 3, 4""",
    "payouts": """
        SELECT participant, period_start, period_end, CAST(sum(amount) AS DECIMAL(38, 2)) AS amount, 'USD' AS currency
        FROM earned GROUP BY ALL ORDER BY 1, 2, 3""",
}

_LINKS = """
WITH links AS (
    SELECT participant AS seller, participant, id, 0 AS team, DATE '0001-01-01' AS since, DATE '9999-12-31' AS until,
        'owner of orders ' AS told FROM people
    UNION ALL
    SELECT s.participant, a.participant, a.id, 1, c.since, c.until, c.path || ': owner of orders '
    FROM chain AS c JOIN people AS s ON s.id = c.id JOIN people AS a ON a.id = c.above)
"""

CREDITS = (
    _LINKS
    + """
SELECT l.participant, CASE l.team WHEN 0 THEN 'bookings' ELSE 'team_bookings' END AS measure, o."order" AS fact, o.date,
    CAST(o.amount AS DECIMAL(38, 2)) AS amount, CAST(100 AS DECIMAL(9, 6)) AS split,
    CASE l.team WHEN 0 THEN 'direct' ELSE 'rollup' END AS kind, l.told || o."order" AS reason
FROM raw_orders AS o JOIN links AS l ON l.seller = o.participant AND l.since <= o.date AND o.date < l.until
"""
)

LINES = (
    _LINKS
    + """,
by_day AS (
    SELECT l.id, l.team, d.q, o.date, sum(o.amount) AS amount
    FROM raw_orders AS o JOIN links AS l ON l.seller = o.participant AND l.since <= o.date AND o.date < l.until
    JOIN days AS d ON d.day = o.date GROUP BY ALL),
earlier AS (
    SELECT id, team, q, date, sum(amount) OVER (PARTITION BY id, team, q ORDER BY date ROWS UNBOUNDED PRECEDING)
        - amount AS amount
    FROM by_day),
running AS (
    SELECT l.id, l.team, e.q, o."order" AS fact, o.date, o.amount, CAST(o.amount * 100 AS BIGINT) AS credit,
        CAST(100 * (e.amount + sum(o.amount) OVER (PARTITION BY l.id, l.team, o.date ORDER BY o."order"
            ROWS UNBOUNDED PRECEDING)) AS BIGINT) AS r
    FROM raw_orders AS o JOIN links AS l ON l.seller = o.participant AND l.since <= o.date AND o.date < l.until
    JOIN earlier AS e ON e.id = l.id AND e.team = l.team AND e.date = o.date)
SELECT b.participant, CASE b.team WHEN 0 THEN 'Own sales' ELSE 'Team sales' END AS component,
    b.period_start, b.period_end, w.fact, w.date, CAST(w.amount AS DECIMAL(38, 2)) AS credit,
    CAST(CAST(CASE WHEN b.c > 0 THEN CASE w.team WHEN 0 THEN own_cents(w.r, b.c) - own_cents(w.r - w.credit, b.c)
        ELSE team_cents(w.r, b.c) - team_cents(w.r - w.credit, b.c) END ELSE 0 END AS DECIMAL(38, 0)) * 0.01
        AS DECIMAL(38, 2)) AS amount,
    'USD' AS currency
FROM running AS w JOIN cells AS b ON b.id = w.id AND b.team = w.team AND b.q = w.q
"""
)
"""A day's rows are put in order and what was before the day is added: a quarter of the head, who has every order, would
be sorted by one core alone while the other waits."""
