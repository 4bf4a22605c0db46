"""The quota of a participant, measure and period: the row of exactly the period, else the sum of those inside it."""

from __future__ import annotations

from typing import Literal

from sqlglot import exp

from attain.engines.engine import template

QuotaSource = Literal["own", "sum of reports"]
"""Whose quotas count: the participant's own, or those of everyone below."""

_ROWS = {
    "own": 'SELECT participant, participant AS owner, measure, "start", "end", quota FROM quotas',
    "sum of reports": (
        'SELECT c.above AS participant, q.participant AS owner, q.measure, q."start", q."end", q.quota '
        "FROM quotas AS q "
        'JOIN chain AS c ON c.participant = q.participant AND c."start" <= q."start" AND q."start" < c."end"'
    ),
}


def quota_cells(measure: str, *, quota_of: str, every: str, source: QuotaSource, scale: int) -> exp.Expr:
    """One row per participant, measure and period that has a quota, of those in ``member_periods``.

    A period's quota is that of its days up to ``quota_end``, which lies behind its own end where a whole year's counts.

    ``quota_of`` is the measure that the quota rows name: of a team's quota that is the sum of its reports', the measure
    that is rolled up. A report counts for who was above them on the first day of the quota's period.
    """
    is_exact = 'q."start" = m.period_start AND COALESCE(q."end", m.quota_end) = m.quota_end'
    by_owner = template(
        "SELECT m.participant, m.every, m.period_start, m.period_end, "
        f"COALESCE(SUM(CASE WHEN {is_exact} THEN q.quota END), SUM(q.quota)) AS quota "
        "FROM member_periods AS m JOIN quota_rows AS q "
        'ON q.participant = m.participant AND q.measure = :quota_of AND m.period_start <= q."start" '
        'AND CASE WHEN q."end" IS NULL THEN q."start" = m.period_start ELSE q."end" <= m.quota_end END '
        "WHERE m.every = :every GROUP BY m.participant, m.every, m.period_start, m.period_end, q.owner",
        quota_of=exp.Literal.string(quota_of),
        every=exp.Literal.string(every),
        quota_rows=template(_ROWS[source]),
    )
    return template(
        "SELECT o.participant, :measure AS measure, o.every, o.period_start, o.period_end, "
        f"CAST(SUM(o.quota) AS DECIMAL(38, {scale})) AS quota FROM by_owner AS o "
        "GROUP BY o.participant, o.every, o.period_start, o.period_end",
        measure=exp.Literal.string(measure),
        by_owner=by_owner,
    )
