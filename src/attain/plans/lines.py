"""Every deal's part: the credits behind a plan's measures, and the lines that add up to each earning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import partial

from sqlglot import exp

from attain import money
from attain.engines.engine import Engine, Step, template
from attain.measures.compile import Recipe, Term
from attain.measures.measure import is_additive
from attain.plans.compile import PlanCompiler, union
from attain.plans.document import PlanComponent
from attain.plans.earn import (
    before,
    capped,
    decided_columns,
    earned,
    earned_by_period,
    given_of,
    is_cut,
    part_of_deal,
    step_of,
)
from attain.spans import Span

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


AT_ONCE = 1_000_000
"""About so many facts are put in order at a time, for which memory has room."""


def credit_rows(compiler: PlanCompiler, term: Term, label: str, *, sign: int = 1, span: Span | None = None) -> exp.Expr:
    """The credits of one term, or those of a span: one row per participant and fact, with its periods' starts."""
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
        f"FROM {rows.source} JOIN days AS d ON d.day = :date WHERE :condition{_within(span)}",
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


def _within(span: Span | None) -> str:
    """The condition that a fact's date lies in a span."""
    if span is None:
        return ""
    until = f" AND :date < DATE '{span.end}'" if span.end else ""
    return f" AND :date >= DATE '{span.start}'{until}"


def credited_rows(compiler: PlanCompiler, component: PlanComponent, span: Span | None = None) -> exp.Query:
    """The credits of an additive component beside what it pays on: one row per participant, period and credit."""
    spec = component.spec
    recipe = compiler.recipes[spec.measure]
    rows = union([credit_rows(compiler, term, label, sign=sign, span=span) for term, label, sign in recipe.terms()])
    if spec.per == "deal" and not _is_credited_once(compiler, recipe):
        rows = _by_deal(compiler, rows)
    joined = f"r.participant = b.participant AND b.period_start = r.{spec.every}"
    if spec.over:
        joined = "r.participant = b.participant AND b.period_start <= r.date AND r.date < b.period_end"
    if is_cut(compiler, component):
        joined += " AND b.from_day <= r.date AND r.date < b.until_day"
    elif not compiler.members_throughout:
        joined += _membership(compiler)
    columns = (*compiler.attributes_of(component), *decided_columns(compiler, component))
    attributes = "".join(f', b."{name}"' for name in columns)
    return template(
        f"SELECT b.participant, b.period_start, b.period_end, b.total, b.quota{attributes}, r.fact, r.date, "
        f'r.amount AS credit FROM rows AS r JOIN "{step_of(component, "basis")}" AS b ON {joined}',
        rows=rows,
    )


def _is_credited_once(compiler: PlanCompiler, recipe: Recipe) -> bool:
    """Whether nobody is credited twice with the same fact."""
    term = recipe.term
    return term is not None and not term.rolled_up and not compiler.measures.measures[term.measure].credits


def _by_deal(compiler: PlanCompiler, rows: exp.Expr) -> exp.Query:
    """The credits of somebody for the same deal added up, whoever shares in it and however it is counted."""
    kind = money.decimal_type(compiler.value_scale, compiler.value_digits).sql("duckdb")
    return template(
        f"SELECT r.participant, r.fact, r.date, r.month, r.quarter, r.year, CAST(SUM(r.amount) AS {kind}) AS amount "
        "FROM rows AS r GROUP BY 1, 2, 3, 4, 5, 6",
        rows=rows,
    )


def running_rows(compiler: PlanCompiler, component: PlanComponent, span: Span | None = None) -> exp.Query:
    """The same in (date, fact) order with the running total behind each; of deals that are alone, without it."""
    credited = credited_rows(compiler, component, span)
    if component.spec.per == "deal":
        return credited
    recipe = compiler.recipes[component.spec.measure]
    is_unique = compiler.measures.share_scale is None and _is_credited_once(compiler, recipe)
    kind = money.decimal_type(compiler.value_scale, compiler.value_digits)
    return _with_running(component, credited, "credit", "running", kind, is_unique=is_unique)


def _with_running(
    component: PlanComponent, rows: exp.Expr, added: str, name: str, kind: exp.DataType, *, is_unique: bool = False
) -> exp.Query:
    """Rows with the running total of a column behind each, by participant and period, in (date, fact) order.

    It is what was added on the days before, and on the row's own day up to it: days are put in order many at a time,
    while a period of somebody who has everybody's facts would be put in order alone. ``is_unique``: no two rows of a
    participant have the same fact.
    """
    order = "c.fact" if is_unique else "c.fact, c.credit"
    # A day lies in one period, but in many stretches up to date.
    which, same = (", c.period_end", " AND e.period_end = c.period_end") if component.spec.over else ("", "")
    return template(
        f"SELECT c.*, CAST(e.added + SUM(c.{added}) OVER (PARTITION BY c.participant, c.date{which} "
        f"ORDER BY {order} ROWS UNBOUNDED PRECEDING) AS {kind.sql('duckdb')}) AS {name} FROM rows AS c "
        f"JOIN (SELECT d.participant, d.date, d.period_end, SUM(d.added) OVER (PARTITION BY d.participant, "
        "d.period_end ORDER BY d.date ROWS UNBOUNDED PRECEDING) - d.added AS added FROM by_day AS d) AS e "
        f"ON e.participant = c.participant AND e.date = c.date{same}",
        by_day=template(
            f"SELECT r.participant, r.period_end, r.date, SUM(r.{added}) AS added FROM rows AS r "
            "GROUP BY r.participant, r.period_end, r.date",
            rows=rows,
        ),
        rows=rows,
    )


def has_lines(compiler: PlanCompiler, component: PlanComponent) -> bool:
    """Whether each deal has its own part of the earning; a ratio, a mean and a part of a pool is earned as a whole."""
    return component.spec.pool is None and is_additive(component.spec.measure, compiler.checked.measures)


def lines_query(compiler: PlanCompiler, component: PlanComponent, span: Span | None = None) -> exp.Query:
    """Every deal's part of every earning of a component, or of its periods in a span.

    The parts of an earning add up to it, to the cent. Where a component reads a longer time to date, a deal of an
    earlier period has a part of what is earned later, if that changed what it brings (a true-up).
    """
    found = _lines(compiler, component, span)
    if not component.spec.over or not has_lines(compiler, component):
        return found
    return template(
        "SELECT * FROM trued AS t WHERE t.amount <> 0 OR t.date >= t.period_start",
        trued=template(
            "SELECT s.participant, s.component, p.period_start, s.period_end, s.fact, s.date, "
            "CASE WHEN s.date >= p.period_start THEN s.credit ELSE 0 END AS credit, CAST(s.amount - COALESCE("
            "LAG(s.amount) OVER (PARTITION BY s.participant, s.period_start, s.fact, s.date ORDER BY s.period_end), 0) "
            f"AS DECIMAL(38, {compiler.rounding.digits})) AS amount, s.currency FROM summed AS s "
            "JOIN periods AS p ON p.every = :every AND p.period_end = s.period_end",
            every=component.spec.every,
            summed=template(
                "SELECT participant, component, period_start, period_end, fact, date, SUM(credit) AS credit, "
                "SUM(amount) AS amount, currency FROM found AS f GROUP BY 1, 2, 3, 4, 5, 6, 9",
                found=found,
            ),
        ),
    )


def _lines(compiler: PlanCompiler, component: PlanComponent, span: Span | None) -> exp.Query:
    """The same; of a component that reads a longer time to date, for each period up to date."""
    name, currency = exp.Literal.string(component.spec.name), exp.Literal.string(compiler.checked.plan.currency)
    columns = "l.participant, :name AS component, l.period_start, l.period_end"
    digits = compiler.rounding.digits
    if not has_lines(compiler, component):
        return template(
            f"SELECT {columns}, CAST(NULL AS VARCHAR) AS fact, CAST(NULL AS DATE) AS date, "
            f"CAST(NULL AS DECIMAL(38, {compiler.value_scale})) AS credit, "
            f"CAST(l.amount AS DECIMAL(38, {digits})) AS amount, "
            f":currency AS currency FROM earned AS l{compiler.where_asked}",
            earned=earned_by_period(component),
            name=name,
            currency=currency,
        )
    given = given_of(compiler, component, table="l")
    rows = running_rows(compiler, component, span)
    if not is_cut(compiler, component) and component.spec.per == "period":
        after = earned(compiler, component, given, table="l")
        earlier = earned(compiler, component, before(compiler, given, part="credit", table="l"), table="l")
    else:
        exact = part_of_deal(compiler, component, table="l")
        rows = _paid_rows(compiler, component, exact, rows)
        after = money.column("paid", exact.scale, table="l")
        earlier = money.difference(after, money.column("exact", exact.scale, table="l"))
    most = partial(capped, compiler, component, table="l")
    paid = [money.rounded(most(one), compiler.rounding) for one in (after, earlier)]
    amount = money.difference(*paid)
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
    columns = (*compiler.attributes_of(component), *decided_columns(compiler, component))
    attributes = "".join(f', l."{one}"' for one in columns)
    parts = template(
        f"SELECT l.participant, l.period_start, l.period_end, l.fact, l.date, l.credit{attributes}, :exact AS exact "
        "FROM rows AS l",
        exact=exact.tree,
        rows=rows,
    )
    return _with_running(component, parts, "exact", "paid", money.decimal_type(exact.scale, money.PRECISION))


def _count(engine: Engine, table: str) -> int:
    count: int = engine.rows(template(f'SELECT COUNT(*) AS n FROM "{table}"'))[0]["n"]
    return count


def narrowed(compiler: PlanCompiler, engine: Engine) -> PlanCompiler:
    """The compiler with what the data says of the room that its numbers need, so that lines are quick to calculate.

    No running total is larger than the sum of the sizes of all that is added up.
    """
    measures, largest = compiler.measures, Decimal(0)
    for term in {term.direct for term in compiler.terms if term.aggregate == "sum"}:
        rows = measures.rows(term)
        found = engine.fetch(
            template(
                f"SELECT SUM(ABS(:amount)) AS whole FROM {rows.source} WHERE :condition",
                amount=measures.amount(term, rows).tree,
                condition=measures.condition(term, rows),
            )
        )
        largest += found["whole"][0].as_py() or 0
    largest = max(largest, *(Decimal(_count(engine, name)) for name in measures.columns))
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


def _in_spans(compiler: PlanCompiler, engine: Engine, component: PlanComponent, at_once: int) -> Iterator[exp.Expr]:
    """The lines of a component, so many periods at a time as have about that many facts, but at least one."""
    if not has_lines(compiler, component):
        yield lines_query(compiler, component)
        return
    if component.spec.over:
        lines = lines_query(compiler, component)
        yield template(f"SELECT * FROM lines AS l{compiler.where_asked}", lines=lines)
        return
    every = exp.Literal.string(component.spec.every)
    sql = "SELECT period_start, period_end FROM asked AS p WHERE every = :every ORDER BY 1"
    periods = engine.rows(template(sql, every=every, asked=compiler.asked("periods")))
    facts = max((_count(engine, name) for name in compiler.measures.columns), default=0)
    many = max(1, len(periods) * at_once // max(facts, 1))
    for number in range(0, len(periods), many):
        some = periods[number : number + many]
        yield lines_query(compiler, component, Span(some[0]["period_start"], some[-1]["period_end"]))


def line_steps(compiler: PlanCompiler, engine: Engine, *, at_once: int = AT_ONCE) -> Iterator[Step]:
    """The credits and the lines of every component, those put in order by so many facts at a time."""
    compiler = narrowed(compiler, engine)
    yield Step("credits", credits_query(compiler), "one row per participant, measure and fact, with the reason")
    if compiler.checked.components:
        yield Step(
            "lines",
            union(
                [query for one in compiler.checked.components for query in _in_spans(compiler, engine, one, at_once)]
            ),
            "every deal's part of every earning: one row per participant, component, period and fact",
        )
