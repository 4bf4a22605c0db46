"""The steps of a plan's pay: what each component earns, rounded once, and what is paid when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from attain import money
from attain.engines.engine import Step, template
from attain.plans.compile import PlanCompiler, union
from attain.plans.document import PlanComponent
from attain.plans.earn import (
    basis_step,
    before,
    capped,
    earned,
    earned_by_period,
    factor_column,
    given_of,
    guarded,
    is_cut,
    part_of_deal,
    shares_of,
    step_of,
)
from attain.plans.lines import credited_rows
from attain.plans.sharing import pooled, shared_step, sharers_step


def plan_steps(compiler: PlanCompiler) -> Iterator[Step]:
    """Every step of a plan behind its members, in order; of one that is settled, up to what is earned."""
    yield from compiler.steps()
    for component in compiler.checked.components:
        if pool := component.spec.pool:
            yield sharers_step(compiler, component, pool)
            yield basis_step(compiler, component, **pooled(compiler, component))
            yield replace(earned_step(compiler, component), name=step_of(component, "pool"))
            yield shared_step(compiler, component, pool)
        else:
            yield basis_step(compiler, component)
            yield earned_step(compiler, component)
    if compiler.checked.components:
        yield earnings_step(compiler)
        if not compiler.is_settled:
            yield payouts_step(compiler)


def earned_step(compiler: PlanCompiler, component: PlanComponent) -> Step:
    """What a component earns: one row per participant and period, rounded once.

    A worked example gives one number: of a component that is paid per deal, that of one deal.
    """
    if component.spec.per == "deal" and compiler.given_scale is None:
        return _earned_by_deals(compiler, component)
    given = given_of(compiler, component, table="b")
    exact = earned(compiler, component, given, table="b")
    reached = component.part.rate(component.params, given)
    rate = guarded(component, given, reached).tree if reached else exp.cast(exp.Null(), "DECIMAL(38, 0)")
    quota, total, group = "b.quota", "b.total", ""
    if is_cut(compiler, component):
        earlier = before(compiler, given, part="value", table="b")
        exact = money.difference(exact, earned(compiler, component, earlier, table="b"))
        exact = money.Exact(money.decimal(exp.Sum(this=exact.tree), exact.scale), exact.scale)
        rate = exp.Case().when(
            exp.EQ(this=exp.Min(this=rate), expression=exp.Max(this=rate.copy())), exp.Max(this=rate.copy())
        )
        quota, total, group = "MAX(b.quota)", "MAX(b.total)", " GROUP BY b.participant, b.period_start, b.period_end"
    query = template(
        f"SELECT b.participant, :name AS component, b.period_start, b.period_end, {total} AS measure_value, "
        f"{quota} AS quota, "
        f':rate AS rate, :amount AS amount FROM "{step_of(component, "basis")}" AS b{group}',
        name=exp.Literal.string(component.spec.name),
        rate=rate,
        amount=money.rounded(
            capped(compiler, component, exact, table="b", grouped=bool(group)), compiler.rounding
        ).tree,
    )
    return Step(step_of(component, "earned"), query, f"what {component.spec.name} earns")


def _earned_by_deals(compiler: PlanCompiler, component: PlanComponent) -> Step:
    """The same where each deal goes through the table by itself: the sum of what each earns, rounded once."""
    exact = part_of_deal(compiler, component, table="l")
    whole = money.Exact(money.decimal(exp.column("whole", table="d"), exact.scale), exact.scale)
    nothing = money.number(0)
    shares = "".join(f', MAX("{name}") AS "{name}"' for name in map(factor_column, shares_of(compiler, component)))
    query = template(
        "SELECT b.participant, :name AS component, b.period_start, b.period_end, b.total AS measure_value, "
        "b.quota AS quota, CAST(NULL AS DECIMAL(38, 0)) AS rate, :amount AS amount FROM once AS b "
        "LEFT JOIN by_period AS d ON d.participant = b.participant AND d.period_end = b.period_end",
        name=exp.Literal.string(component.spec.name),
        amount=money.rounded(
            capped(
                compiler,
                component,
                money.choose([(exp.Is(this=whole.tree, expression=exp.Null()), nothing)], whole),
                table="b",
            ),
            compiler.rounding,
        ).tree,
        once=template(
            f"SELECT participant, period_start, period_end, MAX(total) AS total, MAX(quota) AS quota{shares} "
            f'FROM "{step_of(component, "basis")}" GROUP BY 1, 2, 3'
        ),
        by_period=template(
            "SELECT l.participant, l.period_end, SUM(:exact) AS whole FROM rows AS l GROUP BY 1, 2",
            exact=exact.tree,
            rows=credited_rows(compiler, component),
        ),
    )
    return Step(step_of(component, "earned"), query, f"what {component.spec.name} earns, deal by deal")


def earnings_step(compiler: PlanCompiler) -> Step:
    """All earnings with the same types: one row per participant, component and period."""
    components = compiler.checked.components
    reached = [one.part.rate(one.params, given_of(compiler, one, table="b")) for one in components]
    scales = {
        "measure_value": compiler.value_scale,
        "quota": compiler.quota_scale,
        "rate": max((rate.scale for rate in reached if rate), default=0),
        "amount": compiler.rounding.digits,
    }
    numbers = ", ".join(f"CAST({name} AS DECIMAL(38, {scale})) AS {name}" for name, scale in scales.items())
    queries = [
        template(
            f"SELECT participant, component, period_start, period_end, {numbers}, :currency AS currency "
            "FROM earned AS e",
            currency=exp.Literal.string(compiler.checked.plan.currency),
            earned=earned_by_period(one),
        )
        for one in components
    ]
    return Step("earnings", union(queries), "one row per participant, component and period, rounded once")


def payouts_step(compiler: PlanCompiler) -> Step:
    """What is paid: one row per participant and period of payment."""
    digits = compiler.rounding.digits
    return Step(
        "payouts",
        template(
            "SELECT e.participant, COALESCE(p.period_start, e.period_start) AS period_start, e.period_end, "
            f"CAST(SUM(e.amount) AS DECIMAL(38, {digits})) AS amount, e.currency FROM earnings AS e "
            f"LEFT JOIN periods AS p ON p.every = '{compiler.checked.pays_every}' AND p.period_end = e.period_end "
            "GROUP BY 1, 2, 3, 5"
        ),
        "one row per participant and period of payment; an earning is paid when its own period ends",
    )
