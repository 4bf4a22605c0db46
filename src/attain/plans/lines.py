"""Every deal's part: the credits behind a plan's measures, and the lines that add up to each earning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from sqlglot import exp

from attain import money
from attain.engines.engine import Engine, Step, template
from attain.measures.compile import Term
from attain.measures.measure import is_additive
from attain.plans.compile import PlanCompiler, union
from attain.plans.document import PlanComponent
from attain.plans.earn import before, earned, given_of, is_cut, step_of

CREDIT_COLUMNS = ("participant", "measure", "fact", "date", "amount", "split", "kind", "reason")
LINE_COLUMNS = (
    "participant",
    "component",
    "period_start",
    "period_end",
    "fact",
    "date",
    "credit",
    "amount",
    "currency",
)


def credit_rows(compiler: PlanCompiler, term: Term, label: str, *, sign: int = 1) -> exp.Expr:
    """The credits of one term: one row per participant and fact, with the start of its period of each kind."""
    measures = compiler.measures
    measure, rows = measures.measures[term.measure], measures.rows(term)
    who = rows.participant.sql("duckdb")
    scale, digits = compiler.value_scale, compiler.value_digits
    amount: exp.Expr = money.decimal(exp.Literal.number(1), scale, digits)
    if term.aggregate != "distinct":
        added = money.decimal(measures.amount(term, rows).tree, scale, digits)
        amount = exp.func("COALESCE", added, money.decimal(exp.Literal.number(0), scale, digits))
    share = "COALESCE(s.share, 100)" if rows.share else "CAST(100 AS DECIMAL(9, 6))"
    direct = template(
        f"SELECT {who} AS participant, :fact AS fact, d.day AS date, d.month, d.quarter, d.year, "
        f"{'-' if sign < 0 else ''}:amount AS amount, "
        f"{share} AS split, :kind AS kind, :reason AS reason "
        f"FROM {rows.source} JOIN days AS d ON d.day = :date WHERE :condition",
        fact=rows.fact,
        amount=amount,
        kind=rows.kind,
        reason=rows.reason,
        date=measures.date(measure),
        condition=measures.condition(term, rows),
    )
    if not term.rolled_up:
        return template("SELECT *, :label AS measure FROM direct AS r", label=exp.Literal.string(label), direct=direct)
    return template(
        "SELECT c.above AS participant, r.fact, r.date, r.month, r.quarter, r.year, r.amount, r.split, "
        "'rollup' AS kind, "
        "c.path || ': ' || r.reason AS reason, :label AS measure FROM direct AS r JOIN chain AS c "
        'ON c.participant = r.participant AND c."start" <= r.date AND r.date < c."end"',
        label=exp.Literal.string(label),
        direct=direct,
    )


def credits_query(compiler: PlanCompiler) -> exp.Expr:
    """Every credit behind the plan's measures: one row per participant, measure and fact."""
    found: dict[tuple[Term, str], None] = {}
    for recipe in compiler.recipes.values():
        for term, label, _ in recipe.terms():
            found[term, label] = None
    rows = union([credit_rows(compiler, term, label) for term, label in found])
    columns = ", ".join(f"r.{name}" for name in CREDIT_COLUMNS)
    columns = columns.replace("r.amount", f"CAST(r.amount AS DECIMAL(38, {compiler.value_scale})) AS amount")
    return template(f"SELECT {columns} FROM rows AS r{_membership(compiler)}", rows=rows)


def _membership(compiler: PlanCompiler) -> str:
    """The join that keeps the rows (``r``) of members, on the days on which they are on the plan."""
    if compiler.members_throughout:
        return " WHERE r.participant IN (SELECT participant FROM members)"
    return " JOIN members AS m ON m.participant = r.participant AND m.from_day <= r.date AND r.date < m.until_day"


def running_rows(compiler: PlanCompiler, component: PlanComponent) -> exp.Expr:
    """The credits of an additive component in (date, fact) order with the running total behind each."""
    spec, scale = component.spec, compiler.value_scale
    recipe = compiler.recipes[spec.measure]
    rows = union([credit_rows(compiler, term, label, sign=sign) for term, label, sign in recipe.terms()])
    joined = f"r.participant = b.participant AND b.period_start = r.{spec.every}"
    if is_cut(compiler, component):
        joined += " AND b.from_day <= r.date AND r.date < b.until_day"
    elif not compiler.members_throughout:
        joined += _membership(compiler)
    attributes = "".join(f', b."{name}"' for name in compiler.attributes_of(component))
    tie = "" if compiler.measures.share_scale is None and recipe.term else ", r.amount"
    window = f"PARTITION BY b.participant, b.period_start ORDER BY r.date, r.fact{tie} ROWS UNBOUNDED PRECEDING"
    running = money.decimal_type(scale, compiler.value_digits).sql("duckdb")
    return template(
        f"SELECT b.participant, b.period_start, b.period_end, b.total, b.quota{attributes}, r.fact, r.date, "
        f"r.amount AS credit, CAST(SUM(r.amount) OVER ({window}) AS {running}) AS running "
        f'FROM rows AS r JOIN "{step_of(component, "basis")}" AS b ON {joined}',
        rows=rows,
    )


def has_lines(compiler: PlanCompiler, component: PlanComponent) -> bool:
    """Whether each deal has its own part of the earning; a ratio or a mean is earned as a whole."""
    return is_additive(component.spec.measure, compiler.checked.measures)


def lines_query(compiler: PlanCompiler, component: PlanComponent) -> exp.Expr:
    """Every deal's part of every earning of a component; the parts of an earning add up to it, to the cent."""
    name, currency = exp.Literal.string(component.spec.name), exp.Literal.string(compiler.checked.plan.currency)
    columns = "l.participant, :name AS component, l.period_start, l.period_end"
    digits = compiler.rounding.digits
    if not has_lines(compiler, component):
        return template(
            f"SELECT {columns}, CAST(NULL AS VARCHAR) AS fact, CAST(NULL AS DATE) AS date, "
            f"CAST(NULL AS DECIMAL(38, {compiler.value_scale})) AS credit, "
            f"CAST(l.amount AS DECIMAL(38, {digits})) AS amount, "
            f':currency AS currency FROM "{step_of(component, "earned")}" AS l',
            name=name,
            currency=currency,
        )
    given = given_of(compiler, component, table="l")
    after, earlier = (
        earned(component, given),
        earned(component, before(compiler, given, part="credit", table="l")),
    )
    rows = running_rows(compiler, component)
    if is_cut(compiler, component):
        exact = money.difference(after, earlier)
        rows = _paid_rows(compiler, component, exact, rows)
        after = money.column("paid", exact.scale, table="l")
        earlier = money.difference(after, money.column("exact", exact.scale, table="l"))
    amount = money.difference(money.rounded(after, compiler.rounding), money.rounded(earlier, compiler.rounding))
    return template(
        f"SELECT {columns}, l.fact, l.date, CAST(l.credit AS DECIMAL(38, {compiler.value_scale})) AS credit, "
        f"CAST(:amount AS DECIMAL(38, {digits})) AS amount, "
        ":currency AS currency FROM rows AS l",
        name=name,
        currency=currency,
        amount=amount.tree,
        rows=rows,
    )


def _paid_rows(compiler: PlanCompiler, component: PlanComponent, exact: money.Exact, rows: exp.Expr) -> exp.Query:
    """The rows with each deal's exact part at the rate of its own day, and what is paid up to it."""
    attributes = "".join(f', l."{one}"' for one in compiler.attributes_of(component))
    window = "PARTITION BY l.participant, l.period_start ORDER BY l.date, l.fact, l.credit ROWS UNBOUNDED PRECEDING"
    return template(
        f"SELECT l.participant, l.period_start, l.period_end, l.fact, l.date, l.credit{attributes}, :exact AS exact, "
        f"CAST(SUM(:exact) OVER ({window}) AS DECIMAL(38, {exact.scale})) AS paid FROM rows AS l",
        exact=exact.tree,
        rows=rows,
    )


def narrowed(compiler: PlanCompiler, engine: Engine) -> PlanCompiler:
    """The compiler with what the data says of the room that its numbers need, so that lines are quick to calculate.

    No running total is larger than the sum of the sizes of all that is added up.
    """
    measures, whole = compiler.measures, Decimal(0)
    for term in {term.direct for term in compiler.terms if term.aggregate == "sum"}:
        rows = measures.rows(term)
        found = engine.fetch(
            template(
                f"SELECT SUM(ABS(:amount)) AS whole FROM {rows.source} WHERE :condition",
                amount=measures.amount(term, rows).tree,
                condition=measures.condition(term, rows),
            )
        )
        whole += found["whole"][0].as_py() or 0
    counts = [engine.fetch(template(f'SELECT COUNT(*) AS n FROM "{name}"')) for name in measures.columns]
    largest = max(whole, *(rows["n"][0].as_py() for rows in counts))
    quota = None
    if compiler.checked.targets:
        quota = engine.fetch(template("SELECT MAX(ABS(quota)) AS quota FROM quota_cells"))["quota"][0].as_py()
    partly = engine.fetch(
        template(
            "SELECT 1 FROM members AS m JOIN (SELECT MIN(day) AS first, MAX(day) AS last FROM days) AS d "
            "ON m.from_day > d.first OR m.until_day <= d.last LIMIT 1"
        )
    )
    return replace(
        compiler,
        value_digits=len(str(int(largest))),
        quota_digits=len(str(int(quota or 0))),
        members_throughout=partly.num_rows == 0,
    )


def line_steps(compiler: PlanCompiler, engine: Engine) -> Iterator[Step]:
    """The credits and the lines of every component."""
    compiler = narrowed(compiler, engine)
    yield Step("credits", credits_query(compiler), "one row per participant, measure and fact, with the reason")
    if compiler.checked.components:
        yield Step(
            "lines",
            union([lines_query(compiler, component) for component in compiler.checked.components]),
            "every deal's part of every earning: one row per participant, component, period and fact",
        )
