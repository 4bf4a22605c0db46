"""The quota of a participant, measure and period: the row of exactly the period, else the sum of those inside it."""

from __future__ import annotations

from typing import Literal

from sqlglot import exp

from attain import money
from attain.engines.engine import template

QuotaSource = Literal["own", "sum of reports"]
"""Whose quotas count: the participant's own, or those of everyone below."""

_ROWS = {
    "own": 'SELECT participant, participant AS owner, measure, "start", "end", {amount} AS quota FROM {table}',
    "sum of reports": (
        'SELECT c.above AS participant, q.participant AS owner, q.measure, q."start", q."end", q.{amount} AS quota '
        "FROM {table} AS q "
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
        quota_rows=template(_ROWS[source].format(table="quotas", amount="quota")),
    )
    return template(
        "SELECT o.participant, :measure AS measure, o.every, o.period_start, o.period_end, "
        f"CAST(SUM(o.quota) AS DECIMAL(38, {scale})) AS quota FROM by_owner AS o "
        "GROUP BY o.participant, o.every, o.period_start, o.period_end",
        measure=exp.Literal.string(measure),
        by_owner=by_owner,
    )


def changed_cells(
    cells: exp.Expr, *, quota_of: str, every: str, source: QuotaSource, scale: int, shared: bool, relieved: bool
) -> exp.Expr:
    """Quota cells with what time on the plan, a ramp (``shared``) and adjustments (``relieved``) make of them.

    ``full_quota`` is the quota of the whole period and ``relief`` the sum of the adjustments inside it; ``quota`` is
    what is left of the one, rounded half up to its digits, and the other. Reads ``shares`` and ``quota_adjustments``.
    """
    full = money.column("quota", scale, table="c")
    quota, relief, joined = full, money.number(0), ""
    parts: dict[str, exp.Expr | str] = {}
    if shared:
        factor, fixed = ("own", "fixed") if source == "own" else ("quota", None)
        share = money.column(factor, money.QUOTIENT_DIGITS, table="s")
        quota = money.product(full, share)
        if fixed:
            quota = money.total([quota, money.column(fixed, money.QUOTIENT_DIGITS, table="s")])
        quota = money.rounded(quota, money.Rounding(scale))
        joined += (
            " JOIN shares AS s ON s.participant = c.participant AND s.every = c.every AND s.period_end = c.period_end"
        )
    if relieved:
        relief = money.Exact(exp.func("COALESCE", exp.column("relief", table="r"), exp.Literal.number(0)), scale)
        joined += " LEFT JOIN reliefs AS r ON r.participant = c.participant AND r.period_end = c.period_end"
        parts["reliefs"] = _reliefs(quota_of, every, source, scale)
    return template(
        "SELECT c.participant, c.measure, c.every, c.period_start, c.period_end, :full AS full_quota, "
        f":relief AS relief, :quota AS quota FROM cells AS c{joined}",
        cells=cells,
        full=full.tree,
        relief=money.decimal(relief.tree, scale),
        quota=money.decimal(money.total([quota, relief]).tree, scale),
        **parts,
    )


def _reliefs(quota_of: str, every: str, source: QuotaSource, scale: int) -> exp.Expr:
    """The adjustments of quotas inside each period: one row per participant and period that has any."""
    return template(
        f"SELECT m.participant, m.period_end, CAST(SUM(q.quota) AS DECIMAL(38, {scale})) AS relief "
        "FROM member_periods AS m JOIN adjusted AS q ON q.participant = m.participant AND q.measure = :quota_of "
        'AND m.period_start <= q."start" AND q."end" <= m.quota_end WHERE m.every = :every GROUP BY 1, 2',
        adjusted=template(_ROWS[source].format(table="quota_adjustments", amount="amount")),
        quota_of=exp.Literal.string(quota_of),
        every=exp.Literal.string(every),
    )
