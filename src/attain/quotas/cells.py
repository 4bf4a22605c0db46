"""The quota of a participant, measure and period: the row of exactly the period, else the sum of the rows inside it."""

from __future__ import annotations

from typing import Literal

from sqlglot import exp

from attain.calendar import PeriodKind
from attain.engines.engine import template

QuotaSource = Literal["own", "sum of reports"]
"""Whose quotas count: the participant's own, or those of everyone below."""

_OF_REPORTS = template(
    'SELECT c.above AS participant, q.measure, q."start", q."end", q.quota FROM quotas AS q '
    'JOIN chain AS c ON c.participant = q.participant AND c."start" <= q."start" AND q."start" < c."end"'
)


def quota_cells(measure: str, *, quota_of: str, every: PeriodKind, source: QuotaSource, scale: int) -> exp.Expr:
    """One row per participant, measure and period that has a quota, of those in ``member_periods``.

    ``quota_of`` is the measure that the quota rows name: of a team's quota that is the sum of its reports', the measure
    that is rolled up. A report counts for who was above them on the first day of the quota's period.
    """
    rows = template("SELECT * FROM quotas") if source == "own" else _OF_REPORTS.copy()
    is_exact = 'q."start" = m.period_start AND COALESCE(q."end", m.period_end) = m.period_end'
    summed = f"COALESCE(SUM(CASE WHEN {is_exact} THEN q.quota END), SUM(q.quota))"
    return template(
        "SELECT m.participant, :measure AS measure, m.every, m.period_start, m.period_end, "
        f"CAST({summed} AS DECIMAL(38, {scale})) AS quota FROM member_periods AS m JOIN rows AS q "
        'ON q.participant = m.participant AND q.measure = :quota_of AND m.period_start <= q."start" '
        'AND CASE WHEN q."end" IS NULL THEN q."start" = m.period_start ELSE q."end" <= m.period_end END '
        "WHERE m.every = :every GROUP BY m.participant, m.every, m.period_start, m.period_end",
        measure=exp.Literal.string(measure),
        quota_of=exp.Literal.string(quota_of),
        every=exp.Literal.string(every),
        rows=rows,
    )
