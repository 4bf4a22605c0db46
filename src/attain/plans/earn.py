"""What a component of a plan pays on, and what it earns at a running total, in SQL."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from sqlglot import exp

from attain import money
from attain.engines.engine import Step, template
from attain.expressions import scale_of
from attain.measures.measure import is_additive
from attain.plans.compile import PlanCompiler, union
from attain.plans.component import Given
from attain.plans.document import CheckedPlan, PlanComponent, dimension_key
from attain.plans.factors import Deciding
from attain.plans.values import Rate


def basis_step(compiler: PlanCompiler, component: PlanComponent, **pooled: exp.Query) -> Step:
    """What a component pays on: one row per participant and period, or per stretch of it where its rates change inside.

    ``total`` is the measure of the period, ``value`` that of the row and ``running`` the sum up to the row's end. Of a
    pool the measures and quotas are ``pooled``, and its key stands for the participant.
    """
    spec, attributes = component.spec, [] if component.spec.pool else compiler.attributes_of(component)
    same = "g.participant = v.participant AND g.every = v.every AND g.period_end = v.period_end"
    kind = exp.Literal.string(spec.interval.kind)
    parts: dict[str, exp.Expr] = {"measure": exp.Literal.string(spec.measure), "every": kind}
    stretch = "v.period_start AS from_day, v.period_end AS until_day, v.value AS value, v.value AS running"
    joined = ""
    if is_cut(compiler, component):
        stretch = "g.from_day, g.until_day, s.value AS value, s.running AS running"
        joined = (
            f" JOIN segments AS g ON {same} JOIN stretches AS s ON s.participant = g.participant "
            "AND s.period_end = g.period_end AND s.from_day = g.from_day"
        )
        parts["stretches"] = _stretches(compiler, component)
    elif attributes:
        joined = f" JOIN last_segments AS g ON {same} AND g.nth = 1"
        parts["last_segments"] = template(
            "SELECT *, ROW_NUMBER() OVER (PARTITION BY participant, every, period_end "
            "ORDER BY from_day DESC) AS nth FROM segments"
        )
    quota = "CAST(NULL AS DECIMAL(38, 0)) AS quota"
    if spec.quota:
        quota = "q.quota AS quota"
        joined += f" LEFT JOIN quota_cells AS q ON {same.replace('g.', 'q.')} AND q.measure = v.measure"
    selected = "".join(f', g."{name}" AS "{name}"' for name in attributes)
    decided, decided_joins, trees = _decided(compiler, component, same)
    query = template(
        f"SELECT v.participant, v.period_start, v.period_end, {stretch}, v.value AS total, {quota}{selected}{decided} "
        f"FROM measured AS v{joined}{decided_joins} "
        f"WHERE v.measure = :measure AND v.every = :every{effective_of(compiler, component, table='v')}",
        **parts,
        **trees,
        **pooled,
    )
    return Step(step_of(component, "basis"), query, f"what {spec.name} pays on")


def _decided(compiler: PlanCompiler, component: PlanComponent, same: str) -> tuple[str, str, dict[str, exp.Expr]]:
    """The columns of a basis for what is decided and for shares, the joins that bring them, and the trees in them."""
    selected, joined = "", ""
    parts: dict[str, exp.Expr] = {}
    for number, (name, deciding) in enumerate(component.deciding.items()):
        selected += f', :{name} AS "{factor_column(name)}"'
        parts[name] = decided_of(compiler, component, name).tree
        joined += _reached(deciding, number)
    shares = shares_of(compiler, component)
    selected += "".join(f', h."{name}" AS "{factor_column(name)}"' for name in shares)
    return selected, joined + (f" JOIN shares AS h ON {same.replace('g.', 'h.')}" if shares else ""), parts


def factor_column(name: str) -> str:
    """The column of a basis that holds what is decided or a share; no attribute of a participant is called so."""
    return f"_{name}"


def shares_of(compiler: PlanCompiler, component: PlanComponent) -> list[str]:
    """Which of the shares of a member's period a component reads; none in an example, which is of whole periods."""
    return [] if compiler.given_scale is not None else prorated(compiler.checked, component)


def prorated(checked: CheckedPlan, component: PlanComponent) -> list[str]:
    """What of a component is prorated: its amounts (``target``), its ``cap``."""
    if component.spec.pool:
        return []
    proration = checked.plan.proration
    target = proration.target != "none" and not component.part.rates_by_day and component.part.rates(component.params)
    cap = proration.cap != "none" and component.spec.cap is not None
    return [*(["target"] if target else []), *(["cap"] if cap else [])]


def decided_columns(compiler: PlanCompiler, component: PlanComponent) -> list[str]:
    """The columns of a basis for what is decided of a component in a period, and its shares."""
    return [factor_column(name) for name in (*component.deciding, *shares_of(compiler, component))]


def _shared(compiler: PlanCompiler, name: str, amount: money.Exact, *, table: str) -> money.Exact:
    """An amount of the plan, prorated; rounded to the plan's digits, or its own where they are more."""
    share = replace(
        money.column(factor_column(name), money.QUOTIENT_DIGITS, table=table, digits=1), size=money.number(1).size
    )
    digits = max(amount.scale, compiler.rounding.digits)
    return money.rounded(money.product(amount, share), money.Rounding(digits))


def decided_of(compiler: PlanCompiler, component: PlanComponent, name: str) -> money.Exact:
    """What is decided of a component in SQL, by the measure and quota that stand beside a row of its basis."""
    number = list(component.deciding).index(name)
    value = money.column("value", compiler.value_scale, table=f"f{number}", digits=compiler.value_digits)
    quota = money.column("quota", compiler.quota_scale, table=f"q{number}", digits=compiler.quota_digits)
    return component.deciding[name].exact(value, quota)


def _reached(deciding: Deciding, number: int) -> str:
    """The join of the measure, and of the quota, that decides."""
    joined = ""
    for table, alias in (("measured", "f"), *((("quota_cells", "q"),) if deciding.quota else ())):
        one = f"{alias}{number}"
        joined += (
            f" LEFT JOIN {table} AS {one} ON {one}.participant = v.participant AND {one}.every = v.every "
            f"AND {one}.period_end = v.period_end AND {one}.measure = {exp.Literal.string(deciding.measure).sql()}"
        )
    return joined


def effective_of(compiler: PlanCompiler, component: PlanComponent, *, table: str) -> str:
    """The condition that a period lies in the component's own dates."""
    own = component.spec.effective
    if own is None or compiler.given_scale is not None:  # an example stands in no time
        return ""
    until = f" AND {table}.period_end <= DATE '{own.end}'" if own.end else ""
    return f" AND {table}.period_start >= DATE '{own.start}'{until}"


def _stretches(compiler: PlanCompiler, component: PlanComponent) -> exp.Expr:
    """The sum of an additive measure by stretch of a period, with the running total up to the end of each."""
    scale = compiler.value_scale
    signed = union(
        [
            template(f'SELECT participant, slice, {"-" if sign < 0 else ""}value AS value FROM "{term.step}"')
            for term, _, sign in compiler.recipes[component.spec.measure].terms()
        ]
    )
    summed = template(
        f"SELECT g.participant, g.period_end, g.from_day, "
        f"CAST(COALESCE(SUM(s.value), 0) AS DECIMAL(38, {scale})) AS value "
        "FROM segments AS g LEFT JOIN signed AS s ON s.participant = g.participant AND g.from_day <= s.slice "
        "AND s.slice < g.until_day WHERE g.every = :every GROUP BY 1, 2, 3",
        signed=signed,
        every=exp.Literal.string(component.spec.interval.kind),
    )
    return template(
        "SELECT *, CAST(SUM(value) OVER (PARTITION BY participant, period_end ORDER BY from_day) "
        f"AS DECIMAL(38, {scale})) AS running FROM summed AS w",
        summed=summed,
    )


def is_cut(compiler: PlanCompiler, component: PlanComponent) -> bool:
    """Whether a period is cut where the participant's attributes change, each part at its own rate."""
    return (
        compiler.given_scale is None
        and component.spec.pool is None
        and component.part.rates_by_day
        and bool(compiler.attributes_of(component))
        and is_additive(component.spec.measure, compiler.checked.measures)
    )


def step_of(component: PlanComponent, what: str) -> str:
    """The name of a component's step."""
    return f"{what}_{component.number + 1}"


def earned_by_period(component: PlanComponent) -> exp.Query:
    """What a component earns by period; of one that reads a longer time to date, what is more than before."""
    step = step_of(component, "earned")
    if not component.spec.over:
        return template(f'SELECT * FROM "{step}"')
    return template(
        "SELECT e.participant, e.component, p.period_start, e.period_end, e.measure_value, e.quota, e.rate, "
        "e.amount - COALESCE(LAG(e.amount) OVER (PARTITION BY e.participant, e.period_start ORDER BY e.period_end), 0) "
        f'AS amount FROM "{step}" AS e JOIN periods AS p ON p.every = :every AND p.period_end = e.period_end',
        every=component.spec.every,
    )


def rate_of(compiler: PlanCompiler, written: Rate, *, table: str) -> money.Exact:
    """A rate or an amount of the plan in SQL: a number, or a formula over the attributes beside a table's rows.

    Of one with columns, that of the column which is decided beside the rows.
    """
    if written.columns:
        return _column_of(compiler, written, 0, table=table)
    if written.value is not None:
        return money.number(written.value)
    formula = compiler.attribute_formula(written)
    assert formula is not None
    scales = {name: info.scale for name, info in compiler.attributes.items()}
    tree = formula.over(lambda name: exp.column(name, table=table, quoted=True), scales)
    digits = scale_of(formula.tree, scales)
    return money.Exact(money.decimal(tree, digits), digits)


def _column_of(compiler: PlanCompiler, written: Rate, depth: int, *, table: str) -> money.Exact:
    """The rate of the columns that are decided, from a dimension on."""
    if not written.columns:
        return rate_of(compiler, written, table=table)
    chosen = exp.column(factor_column(dimension_key(depth)), table=table, quoted=True)
    rates = [_column_of(compiler, one, depth + 1, table=table) for one in written.columns]
    cases = [
        (exp.EQ(this=chosen.copy(), expression=exp.Literal.number(number)), rate)
        for number, rate in enumerate(rates[:-1])
    ]
    return money.choose(cases, rates[-1])


def _amount_of(compiler: PlanCompiler, written: Rate, *, table: str) -> money.Exact:
    """An amount of the plan in SQL, prorated."""
    return _shared(compiler, "target", rate_of(compiler, written, table=table), table=table)


def given_of(compiler: PlanCompiler, component: PlanComponent, *, table: str) -> Given:
    """What a component's rule reads at the ``running`` total of a table's rows."""
    scale, digits = compiler.value_scale, compiler.value_digits
    quota = money.column("quota", compiler.quota_scale, table=table, digits=compiler.quota_digits)
    rates = partial(_amount_of if "target" in shares_of(compiler, component) else rate_of, compiler, table=table)
    return Given(
        money.column("running", scale, table=table, digits=digits),
        money.column("total", scale, table=table, digits=digits),
        quota if component.spec.quota else None,
        rates,
        is_always_known=is_additive(component.spec.measure, compiler.checked.measures),
    )


def earned(compiler: PlanCompiler, component: PlanComponent, given: Given, *, table: str) -> money.Exact:
    """The exact earning at a running total: the sum of the pieces by the factors, 0 without the quota it needs.

    Of a deal by itself it is at most what a deal earns.
    """
    amount = money.total([piece.amount for piece in component.part.pieces(component.params, given)])
    for name in component.factors:
        factor = decided_of(compiler, component, name)
        amount = money.product(amount, replace(factor, tree=exp.column(factor_column(name), table=table, quoted=True)))
    if component.spec.cap_per_deal is not None:
        amount = money.least(amount, money.number(component.spec.cap_per_deal))
    return guarded(component, given, amount)


def capped(
    compiler: PlanCompiler, component: PlanComponent, amount: money.Exact, *, table: str, grouped: bool = False
) -> money.Exact:
    """An earning, or the cap of its component where that is less; ``grouped`` rows of a period share one cap."""
    if component.spec.cap is None:
        return amount
    cap = money.number(component.spec.cap)
    if "cap" in shares_of(compiler, component):
        cap = _shared(compiler, "cap", cap, table=table)
        cap = replace(cap, tree=exp.Max(this=cap.tree)) if grouped else cap
    return money.least(amount, cap)


def guarded(component: PlanComponent, given: Given, amount: money.Exact) -> money.Exact:
    """An amount, or 0 where there is no quota to measure it by, no measure at all, or no rate."""
    conditions: list[exp.Expr] = []
    if component.uses_quota and given.quota:
        conditions.append(money.reaches(given.quota, money.number(0), exclusive=True))
    if not given.is_always_known:
        conditions.append(exp.not_(exp.Is(this=given.value.tree.copy(), expression=exp.Null())))
    if conditions:
        amount = money.choose([(exp.and_(*conditions, copy=False), amount)], money.number(0))
    nothing = money.decimal(exp.Literal.number(0), amount.scale, amount.digits)
    return replace(amount, tree=exp.Coalesce(this=amount.at(amount.scale), expressions=[nothing]))


def before(compiler: PlanCompiler, given: Given, *, part: str, table: str) -> Given:
    """What the rule reads before a part of the running total (the column ``part``) was added."""
    added = money.column(part, compiler.value_scale, table=table, digits=compiler.value_digits)
    return replace(given, value=money.difference(given.value, added))


def alone(compiler: PlanCompiler, given: Given, *, table: str) -> Given:
    """What the rule reads of one deal (the column ``credit``) that goes through the table by itself."""
    credit = money.column("credit", compiler.value_scale, table=table, digits=compiler.value_digits)
    return replace(given, value=credit, total=credit)


def part_of_deal(compiler: PlanCompiler, component: PlanComponent, *, table: str) -> money.Exact:
    """The exact part of one deal: by itself, or what it adds at the running total that it brings the period to."""
    given = given_of(compiler, component, table=table)
    if component.spec.per == "deal":
        return earned(compiler, component, alone(compiler, given, table=table), table=table)
    earlier = before(compiler, given, part="credit", table=table)
    return money.difference(
        earned(compiler, component, given, table=table), earned(compiler, component, earlier, table=table)
    )
