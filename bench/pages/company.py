"""A company for the pages: people in five levels, accounts, and orders, made inside PostgreSQL."""

from __future__ import annotations

from django.db import connection

SIGNED_IN = {"operations": "operations", "finance": "finance", "manager": "p0003", "participant": "p1999"}
"""Who opens the pages: the role, and for a manager and a seller the participant they are (a manager of a region)."""

_MADE = """
SET session_replication_role = replica;  -- the rows are new: no version of them is kept, no reference checked

INSERT INTO people_participant (participant)
SELECT 'p' || lpad(n::text, 4, '0') FROM generate_series(0, %(people)s - 1) n;

INSERT INTO people_participantversion (participant, name, title, team)
SELECT participant, 'Person ' || substr(participant, 2), CASE WHEN id %% 6 = 0 THEN 'Manager' ELSE 'Seller' END,
    'Team ' || (id %% 40)
FROM people_participant;

-- Everybody reports to the one with a sixth of their number: five levels for 2,000 people.
INSERT INTO people_reportingline (participant, manager)
SELECT 'p' || lpad(n::text, 4, '0'), 'p' || lpad(((n - 1) / 6)::text, 4, '0')
FROM generate_series(1, %(people)s - 1) n;

INSERT INTO access_chainlink (participant, above, "start", "end")
WITH RECURSIVE climb AS (
    SELECT participant, manager AS above FROM people_reportingline
    UNION ALL
    SELECT c.participant, r.manager FROM climb c JOIN people_reportingline r ON r.participant = c.above)
SELECT participant, above, DATE '0001-01-01', DATE '9999-12-31' FROM climb;

INSERT INTO crm_account (account, name, industry, participant)
SELECT 'A' || lpad(n::text, 5, '0'), 'Account ' || n, 'industry ' || (n %% 20),
    'p' || lpad((n %% %(people)s)::text, 4, '0')
FROM generate_series(1, %(orders)s / 50) n;

INSERT INTO crm_order ("order", participant, account, date, amount, currency)
SELECT 'O' || lpad(n::text, 8, '0'), 'p' || lpad((n * 7919 %% %(people)s)::text, 4, '0'),
    'A' || lpad((n %% (%(orders)s / 50) + 1)::text, 5, '0'),
    DATE '2025-01-01' + (n * 31 %% 700)::int, (n * 104729 %% 2000000)::numeric / 100, 'EUR'
FROM generate_series(1::bigint, %(orders)s) n;

SET session_replication_role = origin;
"""


def make_company(*, orders: int, people: int) -> None:
    """Fill an empty, migrated database, and let PostgreSQL count what there is."""
    with connection.cursor() as cursor:
        cursor.execute(_MADE, {"orders": orders, "people": people})
        cursor.execute("VACUUM ANALYZE")
