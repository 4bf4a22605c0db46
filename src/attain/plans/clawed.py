"""Clawbacks: what a plan paid for facts that were cancelled since, at the rate at which it was paid."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from sqlglot import exp

from attain.engines.engine import Engine, template
from attain.money import round_money
from attain.plans.compile import PlanCompiler
from attain.plans.document import PlanComponent
from attain.plans.lines import has_lines, lines_query, narrowed
from attain.plans.payment import Clawback
from attain.plans.settlement import Clawed

Period = tuple[date, date]


def clawed_back(compiler: PlanCompiler, engine: Engine) -> Iterator[tuple[str, Period, Clawed]]:
    """Participant, period of payment and what is taken back, for every cancellation of a fact that was paid."""
    clawbacks = compiler.checked.plan.payment.clawbacks
    if not clawbacks or not engine.rows("SELECT 1 AS one FROM cancellations LIMIT 1"):
        return
    compiler = narrowed(compiler, engine)
    for component in compiler.checked.components:
        wanted = [one for one in clawbacks if one.of is None or component.spec.name in one.of]
        if wanted and has_lines(compiler, component):
            for row in engine.rows(_cancelled(compiler, component)):
                for clawback in wanted:
                    amount = round_money(row["amount"] * _part(clawback, row), compiler.rounding)
                    if amount:
                        clawed = Clawed(clawback.name, component.spec.name, row["fact"], amount)
                        yield row["participant"], (row["period_start"], row["period_end"]), clawed


def _cancelled(compiler: PlanCompiler, component: PlanComponent) -> exp.Query:
    """One row per participant, fact of a component and day on which it was cancelled, with what it was paid."""
    terms = [term for term, _, _ in compiler.recipes[component.spec.measure].terms()]
    tables = {compiler.checked.measures[term.measure].table or "" for term in terms}
    return template(
        "SELECT l.participant, l.fact, l.date AS sold, c.date AS cancelled, c.share, c.served, c.term, p.period_start, "
        "p.period_end, SUM(l.amount) AS amount FROM lines AS l JOIN cancellations AS c ON c.fact = l.fact "
        "AND c.date >= l.date AND :known JOIN periods AS p ON p.every = :every AND p.period_start <= c.date "
        "AND c.date < p.period_end GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9 ORDER BY 1, 4, 2, 3",
        lines=lines_query(compiler, component),
        known=exp.column("fact_table", table="c").isin(*sorted(tables)),
        every=compiler.checked.pays_every or "",
    )


def _part(clawback: Clawback, row: dict[str, Any]) -> Decimal:
    """The part of what was paid that is taken back for a cancellation."""
    passed = _months(row["sold"], row["cancelled"])
    if clawback.within is not None and passed >= clawback.within:
        return Decimal(0)
    share = Decimal(1) if row["share"] is None else row["share"] / 100
    if clawback.part != "unserved":
        return share * clawback.part
    term = clawback.term if row["term"] is None else row["term"]
    if not term:
        return share
    served = passed if row["served"] is None else row["served"]
    return share * max(term - served, Decimal(0)) / term


def _months(since: date, until: date) -> int:
    """The whole months from one day to another: a month is whole on the same day of the next one."""
    return (until.year - since.year) * 12 + until.month - since.month - (until.day < since.day)
