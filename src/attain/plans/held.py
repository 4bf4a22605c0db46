"""What is paid apart from how it is earned: deals that are held until something happens, and payout splits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlglot import exp

from attain.credits.direct import fact_key
from attain.engines.engine import Engine, template
from attain.money import round_money
from attain.plans.compile import PlanCompiler, union
from attain.plans.document import PlanComponent
from attain.plans.lines import has_lines, lines_query, narrowed
from attain.plans.payment import Hold
from attain.plans.settlement import Held, Shared
from attain.tables import TABLES

Period = tuple[date, date]
BY_HAND = "Hold"
"""The name of the account of holds that somebody entered."""

BY_FACT = (
    "SELECT 1 AS one FROM holds LIMIT 1",
    "SELECT 1 AS one FROM splits WHERE kind = 'payout' LIMIT 1",
)
"""What asks whether there are rows that change what is paid for single facts."""


def held(compiler: PlanCompiler, engine: Engine) -> Iterator[tuple[str, Period, Held | Shared]]:
    """Participant, period of payment in which it was earned, and what of a fact's pay is held or goes by a split."""
    rules = compiler.checked.plan.payment.holds
    by_hand, shared = (bool(engine.rows(sql)) for sql in BY_FACT)
    if not rules and not by_hand and not shared:
        return
    compiler = narrowed(compiler, engine)
    for component in compiler.checked.components:
        if not has_lines(compiler, component):
            continue
        wanted = [_of_rule(compiler, component, rule) for rule in rules if rule.holds(component.spec.name)]
        wanted += [_by_hand(compiler, component)] if by_hand else []
        wanted += [_shared(compiler, component)] if shared else []
        for row in engine.rows(_paid(compiler, component, union(wanted))) if wanted else ():
            yield from _told(compiler, component, row)


def _told(
    compiler: PlanCompiler, component: PlanComponent, row: dict[str, Any]
) -> Iterator[tuple[str, Period, Held | Shared]]:
    """What a row says, where it is about any money that is not paid at once."""
    period = row["period_start"], row["period_end"]
    amount = round_money(row["amount"] * row["part"], compiler.rounding)
    if not amount:
        return
    if row["name"] is None:
        yield row["participant"], period, Shared(component.spec.name, row["fact"], amount)
    elif row["released"] is None or row["released"] >= period[1]:
        yield row["participant"], period, Held(row["name"], component.spec.name, row["fact"], amount, row["released"])


def _paid(compiler: PlanCompiler, component: PlanComponent, wanted: exp.Expr) -> exp.Query:
    """One row per participant, fact, period of payment and row of what is ``wanted`` of it, with what it was paid."""
    return template(
        "SELECT l.participant, l.fact, p.period_start, p.period_end, w.name, w.part, w.released, w.key, "
        "SUM(l.amount) AS amount FROM lines AS l JOIN wanted AS w ON w.fact = l.fact "
        "AND (w.participant IS NULL OR w.participant = l.participant) JOIN periods AS p ON p.every = :every "
        "AND p.period_start < l.period_end AND l.period_end <= p.period_end "
        "GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 1, 3, 2, 5, 8",
        lines=lines_query(compiler, component),
        wanted=wanted,
        every=compiler.checked.pays_every or "",
    )


def _of_rule(compiler: PlanCompiler, component: PlanComponent, rule: Hold) -> exp.Expr:
    """What a rule of the plan holds: a part of every fact, until the day that a column of the fact names."""
    measures = compiler.measures
    found = []
    for measure in {measures.measures[term.measure] for term, _, _ in compiler.recipes[component.spec.measure].terms()}:
        table = measure.table or ""
        query = template(
            "SELECT :fact AS fact, CAST(NULL AS TEXT) AS participant, :name AS name, "
            "CAST(:part AS DECIMAL(18, 9)) AS part, :until AS released, '' AS key "
            f"FROM {measures.source(measure)} WHERE :until IS NULL OR :until > :day",
            fact=fact_key(TABLES[table]),
            name=exp.Literal.string(rule.name),
            part=exp.Literal.number(str(rule.part)),
            until=measures.place(table, rule.until),
            day=measures.date(measure),
        )
        found.append(query)
    return template("SELECT DISTINCT f.* FROM found AS f", found=union(found))  # both sides of a difference hold once


def _by_hand(compiler: PlanCompiler, component: PlanComponent) -> exp.Expr:
    """What somebody holds by a row of ``holds``."""
    return template(
        f"SELECT h.fact, h.participant, '{BY_HAND}' AS name, "
        "CAST(COALESCE(h.share, 100) * 0.01 AS DECIMAL(18, 9)) AS part, h.released, h.hold AS key "
        "FROM holds AS h WHERE :of",
        of=_of_tables(compiler, component, "h"),
    )


def _shared(compiler: PlanCompiler, component: PlanComponent) -> exp.Expr:
    """What payout splits take from who is named in them (more than the whole: what they add)."""
    return template(
        "SELECT s.fact, s.participant, CAST(NULL AS TEXT) AS name, "
        "CAST(1 - s.share * 0.01 AS DECIMAL(18, 9)) AS part, CAST(NULL AS DATE) AS released, '' AS key "
        "FROM splits AS s WHERE s.kind = 'payout' AND :of",
        of=_of_tables(compiler, component, "s"),
    )


def _of_tables(compiler: PlanCompiler, component: PlanComponent, alias: str) -> exp.Expr:
    """The condition that a row is of a table from which the component's measure takes its facts."""
    terms = [term for term, _, _ in compiler.recipes[component.spec.measure].terms()]
    tables = {compiler.checked.measures[term.measure].table or "" for term in terms}
    return exp.column("fact_table", table=alias).isin(*sorted(tables))
