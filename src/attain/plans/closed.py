"""Closed periods: what was paid stands; what they would pay now beyond it is adjusted in the first open period."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal

from sqlglot import exp

from attain.engines.engine import Engine, Step, template
from attain.errors import AttainError
from attain.money import round_money
from attain.plans.compile import PlanCompiler, union
from attain.plans.lines import has_lines, lines_query, narrowed
from attain.plans.settlement import Change, Closed
from attain.sources.severities import fault

Period = tuple[date, date]

IS_CLOSED = "SELECT 1 AS one FROM paid WHERE plan = :plan LIMIT 1"
"""What asks whether any period of a plan is closed."""


def closed_periods(
    compiler: PlanCompiler, engine: Engine, periods: Collection[Period]
) -> dict[str, dict[Period, Closed]]:
    """What was paid to each participant for each closed period, and which deals pay another amount for it now.

    A period is closed for everybody once anything was paid for it. Raises AttainError for one that is none of the
    plan's periods of payment.
    """
    plan = compiler.checked.plan.plan
    rows = engine.rows(template("SELECT DISTINCT period_start, period_end FROM paid WHERE plan = :plan", plan=plan))
    closed = {(row["period_start"], row["period_end"]) for row in rows}
    if not closed:
        return {}
    last = max(end for _, end in periods)
    if strange := sorted(one for one in closed - {*periods} if one[0] < last):
        start, end = strange[0]
        message = f"something was paid for {start} up to {end}, which is no period of payment of '{plan}'"
        advice = "Correct the dates: those of a month, quarter or year of the plan, [start, end)."
        raise AttainError([fault("paid-period", table="paid", column="period_start", value=str(start), message=message,
                                 advice=advice)])  # fmt: skip
    sums = engine.rows(
        template(
            "SELECT v.participant, c.period_start, c.period_end, SUM(p.amount) AS amount FROM "
            "(SELECT DISTINCT participant FROM versions) AS v CROSS JOIN "
            "(SELECT DISTINCT period_start, period_end FROM paid WHERE plan = :plan) AS c LEFT JOIN paid AS p "
            "ON p.plan = :plan AND p.participant = v.participant AND p.period_start = c.period_start GROUP BY 1, 2, 3",
            plan=plan,
        )
    )
    changes = _changes(compiler, engine)
    found: dict[str, dict[Period, Closed]] = defaultdict(dict)
    for row in sums:
        who, period = row["participant"], (row["period_start"], row["period_end"])
        amount = round_money(row["amount"] or Decimal(0), compiler.rounding)
        found[who][period] = Closed(amount, tuple(changes.get((who, period), ())))
    return found


def _changes(compiler: PlanCompiler, engine: Engine) -> dict[tuple[str, Period], list[Change]]:
    """The deals that pay another amount for a closed period than they did, where it is known what each deal paid."""
    plan = compiler.checked.plan.plan
    known = template("SELECT 1 AS one FROM paid WHERE plan = :plan AND NOT fact IS NULL LIMIT 1", plan=plan)
    lines = paid_lines(narrowed(compiler, engine)) if engine.rows(known) else None
    if lines is None:
        return {}
    query = template(
        "SELECT r.participant, r.component, r.fact, r.period_start, r.period_end, SUM(r.amount) AS amount FROM "
        "(SELECT n.participant, n.component, n.fact, n.period_start, n.period_end, n.amount FROM now AS n "
        "UNION ALL SELECT p.participant, p.component, p.fact, p.period_start, p.period_end, -p.amount "
        "FROM paid AS p WHERE p.plan = :plan AND NOT p.fact IS NULL) AS r WHERE EXISTS (SELECT 1 FROM paid AS c "
        "WHERE c.plan = :plan AND c.period_start = r.period_start) "
        "GROUP BY 1, 2, 3, 4, 5 HAVING SUM(r.amount) <> 0 ORDER BY 1, 4, 2, 3",
        now=lines,
        plan=plan,
    )
    found: dict[tuple[str, Period], list[Change]] = defaultdict(list)
    for row in engine.rows(query):
        amount = round_money(row["amount"], compiler.rounding)
        key = row["participant"], (row["period_start"], row["period_end"])
        found[key].append(Change(row["component"], row["fact"], amount))
    return found


def paid_lines(compiler: PlanCompiler) -> exp.Query | None:
    """One row per participant, component, fact and period of payment: what the deal is paid; None without any lines."""
    found = [lines_query(compiler, one) for one in compiler.checked.components if has_lines(compiler, one)]
    if not found:
        return None
    return template(
        "SELECT l.participant, l.component, l.fact, p.period_start, p.period_end, SUM(l.amount) AS amount "
        "FROM lines AS l JOIN periods AS p ON p.every = :every AND p.period_start < l.period_end "
        "AND l.period_end <= p.period_end GROUP BY 1, 2, 3, 4, 5 HAVING SUM(l.amount) <> 0",
        lines=_every(found),
        every=compiler.checked.pays_every or "",
    )


def _every(queries: Sequence[exp.Query]) -> exp.Query:
    columns = "participant, component, fact, period_end, amount"
    return template(f"SELECT {columns} FROM found AS f", found=union(queries))


def ledger_step(compiler: PlanCompiler, engine: Engine) -> Step:
    """What is paid, deal by deal where it has lines, in the form of the table ``paid``: what closes the periods.

    One row per participant, period, component and fact, and one for what is no deal's (0, so that it is closed, too).
    """
    lines, plan = paid_lines(narrowed(compiler, engine)), compiler.checked.plan.plan
    payouts = "SELECT o.participant, o.period_start, o.period_end, o.amount FROM payouts AS o"
    columns = "r.participant, :plan AS plan, r.period_start, r.period_end, r.component, r.fact, SUM(r.amount) AS amount"
    rest = "CAST(NULL AS TEXT) AS component, CAST(NULL AS TEXT) AS fact"
    if lines is None:
        whole = template(f"SELECT o.*, {rest} FROM payouts AS o", payouts=template(payouts))
    else:
        whole = template(
            "SELECT n.participant, n.period_start, n.period_end, n.component, n.fact, n.amount FROM now AS n "
            f"UNION ALL SELECT b.participant, b.period_start, b.period_end, {rest}, -b.amount FROM now AS b "
            f"UNION ALL SELECT o.participant, o.period_start, o.period_end, {rest}, o.amount FROM payouts AS o",
            now=lines,
        )
    query = template(
        f"SELECT {columns} FROM whole AS r{compiler.where_asked.replace('period_end', 'r.period_end')} "
        "GROUP BY 1, 2, 3, 4, 5, 6 HAVING SUM(r.amount) <> 0 OR r.fact IS NULL ORDER BY 1, 3, 5, 6",
        plan=exp.Literal.string(plan),
        whole=whole,
    )
    return Step("paid", query, "what is paid, deal by deal: with the data of a later run it closes these periods")
