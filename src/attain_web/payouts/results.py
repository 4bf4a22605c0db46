"""What a calculation found, on its way into the database: rows by COPY, sums, periods by name, and faults to show."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlglot import exp

from attain.engines.engine import template
from attain.errors import Fault
from attain.measures.measure import title_of
from attain.plans.compile import day
from attain.run import Run as Calculated
from attain.tables import NEVER
from attain_web.bridge import copy_in
from attain_web.payouts.models import Attainment, Earning, Payout, Run

_KEYS = "participant, measure, period_start, period_end"
_QUERIES = {
    # A measure that two targets compare with quotas from different sources has one row here.
    Attainment: (
        "measured",
        (
            f"SELECT {_KEYS}, MAX(value) AS value, MAX(quota) AS quota, MAX(attainment) AS attainment FROM found "
            f"GROUP BY {_KEYS} ORDER BY {_KEYS}"
        ),
    ),
    Earning: (
        "earnings",
        (
            "SELECT participant, component, period_start, period_end, measure_value, quota, rate, amount, currency "
            "FROM found ORDER BY participant, component, period_start"
        ),
    ),
    Payout: (
        "payouts",
        "SELECT participant, period_start, period_end, amount, currency FROM found ORDER BY 1, 2",
    ),
}
_ATTAINED = (
    "SELECT v.participant, v.measure, v.period_start, v.period_end, v.value, a.quota, a.attainment FROM measured AS v "
    "LEFT JOIN attainment AS a ON a.participant = v.participant AND a.measure = v.measure "
    "AND a.period_start = v.period_start AND a.period_end = v.period_end"
)
_MEASURED = (
    "SELECT participant, measure, period_start, period_end, value, CAST(NULL AS DECIMAL(38, 9)) AS quota, "
    "CAST(NULL AS DECIMAL(38, 12)) AS attainment FROM measured"
)
_MOST_FAULTS, _MOST_ROWS = 200, 20


def write_results(run: Run, result: Calculated, folder: Path, told: Callable[[str, int], None]) -> dict[str, int]:
    """Write what was found by COPY; how many rows of each table."""
    made = {step.name for step in result.steps}
    rows: dict[str, int] = {}
    for number, (model, (step, sql)) in enumerate(_QUERIES.items()):
        name, file = model._meta.db_table, folder / f"{step}.parquet"
        if step in made:
            found = result.compiler.asked(step)
            if model is Attainment:
                found = template(_ATTAINED if "attainment" in made else _MEASURED, measured=found)
            query = template(sql.replace(" FROM", f", {run.pk} AS run_id FROM", 1), found=found)
            result.engine.write(query, file, "parquet")
            rows[str(model._meta.model_name)] = copy_in(name, file, lambda _count: None)
        told("", 100 * (number + 1) // (len(_QUERIES) + 1))
    return rows


def decided(result: Calculated) -> tuple[date, date]:
    """The days on whose pay a run decides: its periods of payment, whole, in which its plan still pays."""
    effective, (start, end) = result.checked.plan.effective, result.span
    if not result.checked.components:
        return max(start, effective.start), end
    query = template(
        "SELECT MIN(period_start) AS first, MAX(period_end) AS last FROM asked AS p WHERE every = :paid "
        "AND period_end <= (SELECT MAX(period_end) FROM asked AS o WHERE period_start < :ends)",
        paid=exp.Literal.string(result.checked.pays_every or ""),
        asked=result.compiler.asked("periods"),
        ends=day(effective.end or NEVER),
    )
    (found,) = result.engine.rows(query)
    return found["first"] or start, found["last"] or end


def totals(result: Calculated) -> dict[str, Any]:
    """The sums of a run: people, pay as a whole and by component, measures against their quotas."""
    engine = result.engine
    people = engine.rows("SELECT COUNT(DISTINCT participant) AS n FROM member_periods")[0]["n"]
    earned = _rows(
        result,
        "earnings",
        "SELECT component, COUNT(*) AS rows, SUM(amount) AS amount FROM found AS r GROUP BY 1 ORDER BY 1",
    )
    reached = (
        "SELECT measure, COUNT(*) AS cells, SUM(value) AS value, SUM(quota) AS quota, "
        "SUM(CASE WHEN attainment >= 1 THEN 1 ELSE 0 END) AS reached FROM found AS r GROUP BY 1 ORDER BY 1"
    )
    paid = _rows(result, "payouts", "SELECT SUM(amount) AS amount FROM found AS r")
    measured = [one["measure"] for one in engine.rows("SELECT DISTINCT measure FROM measured ORDER BY 1")]
    return {
        "people": people,
        "currency": result.checked.plan.currency,
        "payouts": (paid[0]["amount"] if paid else None) or Decimal(0),
        "components": earned,
        "measured": measured,
        "titles": {name: title_of(name, result.checked.measures) for name in measured},
        "attained": _rows(result, "attainment", reached),
    }


def _rows(result: Calculated, step: str, sql: str) -> list[dict[str, Any]]:
    if step not in {one.name for one in result.steps}:
        return []
    return result.engine.rows(template(sql, found=result.compiler.asked(step)))


def periods_of(result: Calculated) -> dict[str, str]:
    """What the periods are called, by their first day and the day after their last."""
    rows = result.engine.rows("SELECT DISTINCT name, period_start, period_end FROM periods ORDER BY 2, 3")
    return {f"{row['period_start']}..{row['period_end']}": row["name"] for row in rows}


def faults_kept(faults: Iterable[Fault]) -> list[dict[str, Any]]:
    """Faults as they are kept with a run: errors first, the first of many, of each the first rows."""
    ordered = sorted(faults, key=lambda one: one.severity)[:_MOST_FAULTS]
    kept = []
    for one in ordered:
        record: dict[str, Any] = {
            "severity": one.severity,
            "place": one.place(),
            "message": one.message,
            "advice": one.advice,
        }
        record |= {"check": one.check, "rows": one.rows, "values": [str(value) for value in one.values[:_MOST_ROWS]]}
        kept.append(record | {"table": one.table or "", "told": str(one)[:1000]})
    return kept
