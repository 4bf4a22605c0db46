"""The steps of a pool in SQL: who shares in it by which weight, what it pays on, and each one's part of it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from sqlglot import exp

from attain import money
from attain.engines.engine import Step, template
from attain.plans.compile import PlanCompiler
from attain.plans.document import PlanComponent
from attain.plans.earn import effective_of, rate_of, step_of
from attain.plans.pool import Pool

_SAME = "{0}.participant = {1}.participant AND {0}.every = {1}.every AND {0}.period_end = {1}.period_end"
_DIGITS = money.QUOTIENT_DIGITS


def sharers_step(compiler: PlanCompiler, component: PlanComponent, pool: Pool) -> Step:
    """Who is in which pool: one row per member and period, with the weight (0: no part) and the member's own quota.

    Attributes are those of the last day on the plan in the period.
    """
    spec = component.spec
    attributes = "".join(f', g."{name}" AS "{name}"' for name in compiler.attributes_of(component))
    key = f"COALESCE(CAST(g.\"{pool.of}\" AS VARCHAR), '')" if pool.of else "''"
    weight, joined = _weight(compiler, pool)
    quota = "CAST(NULL AS DECIMAL(38, 0)) AS quota"
    if spec.quota:
        quota = "c.quota AS quota"
        joined += _measured(spec.measure, "c", table="quota_cells")
    query = template(
        f"SELECT g.participant, g.every, g.period_start, g.period_end, {key} AS pool, {quota}{attributes}, "
        f":weight AS weight FROM last_segments AS g{joined} WHERE g.every = :every AND g.nth = 1"
        f"{effective_of(compiler, component, table='g')}",
        weight=weight.tree,
        every=exp.Literal.string(spec.interval.kind),
        last_segments=template(
            "SELECT *, ROW_NUMBER() OVER (PARTITION BY participant, every, period_end ORDER BY from_day DESC) AS nth "
            "FROM segments"
        ),
    )
    return Step(step_of(component, "sharers"), query, f"who shares in {spec.name}, by which weight")


def _weight(compiler: PlanCompiler, pool: Pool) -> tuple[money.Exact, str]:
    """A member's weight, and the joins of what it reads; never below 0.

    A measure has its own digits, so that what is divided by the sum of weights has room.
    """
    weight, joined = rate_of(compiler, pool.weight, table="g"), ""
    if pool.by:
        joined += _measured(pool.by, "w")
        value = money.column("value", compiler.value_scale, table="w")
        weight = _times(weight, money.rounded(value, money.Rounding(compiler.value_of(pool.by).scale)))
    if compiler.checked.plan.proration.pool != "none":
        joined += f" JOIN shares AS h ON {_SAME.format('h', 'g')}"
        weight = _times(weight, money.column("pool", _DIGITS, table="h", digits=1))
    known = exp.not_(exp.Is(this=weight.tree, expression=exp.Null()))
    cases: list[exp.Expr] = [known]
    if pool.gate:
        joined += _measured(pool.gate.measure, "f")
        quota = None
        if pool.gate.quota:
            joined += _measured(pool.gate.measure, "q", table="quota_cells")
            quota = money.column("quota", compiler.quota_scale, table="q")
        opened = pool.gate.exact(money.column("value", compiler.value_scale, table="f"), quota)
        cases.append(money.reaches(opened, money.number(1)))
    nothing = money.number(0)
    return money.choose([(exp.and_(*cases, copy=False), money.greatest(weight, nothing))], nothing), joined


def _times(weight: money.Exact, times: money.Exact) -> money.Exact:
    """A weight taken so many times, with at most the digits of a quotient."""
    return money.rounded(money.product(weight, times), money.Rounding(min(weight.scale + times.scale, _DIGITS)))


def _measured(measure: str, alias: str, *, table: str = "measured") -> str:
    """The join of a measure's value, or its quota, beside a member's period."""
    name = exp.Literal.string(measure).sql()
    return f" LEFT JOIN {table} AS {alias} ON {_SAME.format(alias, 'g')} AND {alias}.measure = {name}"


def pooled(compiler: PlanCompiler, component: PlanComponent) -> Mapping[str, exp.Query]:
    """``measured`` and ``quota_cells`` of the pools in place of those of members: the sums over who is in each."""
    sums = {"measured": ("value", compiler.value_scale), "quota_cells": ("quota", compiler.quota_scale)}
    sharers = step_of(component, "sharers")
    return {
        table: template(
            "SELECT s.pool AS participant, v.measure, v.every, s.period_start, v.period_end, "
            f'CAST(SUM(v.{name}) AS DECIMAL(38, {scale})) AS {name} FROM {table} AS v JOIN "{sharers}" AS s '
            f"ON {_SAME.format('s', 'v')} GROUP BY 1, 2, 3, 4, 5"
        )
        for table, (name, scale) in sums.items()
    }


def shared_step(compiler: PlanCompiler, component: PlanComponent, pool: Pool) -> Step:
    """Each one's part of a pool: one row per member and period; the parts sum to the pool.

    Done in whole cents of the pool's size, so that what takes a pool back takes from each one what they had.
    """
    digits = compiler.rounding.digits
    scale = _weight(compiler, pool)[0].scale
    amount = money.column("amount", digits, table="p")
    whole, weight = (money.column(name, scale, table="s") for name in ("whole", "weight"))
    down, rest = money.part_of(amount, weight, whole)
    cent = money.number(Decimal(1).scaleb(-digits)).tree
    query = template(
        "SELECT r.participant, :name AS component, r.period_start, r.period_end, r.measure_value, r.quota, r.rate, "
        "CAST(SIGN(r.amount) * (r.down + CASE WHEN r.whole > 0 AND r.place <= r.size - r.given THEN 1 ELSE 0 END) "
        f"* :cent AS DECIMAL(38, {digits})) AS amount FROM ranked AS r",
        name=exp.Literal.string(component.spec.name),
        cent=cent,
        ranked=template(
            f"SELECT d.*, ABS(d.amount) * {10**digits} AS size, "
            "SUM(d.down) OVER (PARTITION BY d.pool, d.period_end) AS given, "
            "ROW_NUMBER() OVER (PARTITION BY d.pool, d.period_end ORDER BY d.rest DESC, d.participant) AS place "
            "FROM parts AS d",
            parts=template(
                "SELECT s.participant, s.pool, s.period_start, s.period_end, s.whole, p.measure_value, p.quota, "
                "p.rate, p.amount, :down AS down, :rest AS rest FROM weighed AS s "
                f'JOIN "{step_of(component, "pool")}" AS p '
                "ON p.participant = s.pool AND p.period_end = s.period_end",
                down=down,
                rest=rest,
                weighed=template(
                    "SELECT w.*, SUM(w.weight) OVER (PARTITION BY w.pool, w.period_end) AS whole "
                    f'FROM "{step_of(component, "sharers")}" AS w'
                ),
            ),
        ),
    )
    return Step(step_of(component, "earned"), query, f"each one's part of {component.spec.name}")
