"""A measure laid out by participant, team, territory, product, account and period, for any question outside a plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from attain import money
from attain.calendar import PeriodKind
from attain.credits.direct import CreditedRows
from attain.engines.engine import template
from attain.errors import AttainError, Fault
from attain.measures.compile import Compiler, Term, recipe_of

Dimension = Literal["participant", "team", "territory", "product", "account"]
DIMENSIONS: tuple[Dimension, ...] = ("participant", "team", "territory", "product", "account")


@dataclass(frozen=True)
class Only:
    """Nothing but what is credited to a participant and, with ``below``, to those below them on the day of the fact.

    Of teams only their own and those below them.
    """

    participant: str
    below: bool = False


def breakdown(
    compiler: Compiler, name: str, *, by: Sequence[Dimension], every: PeriodKind | None, only: Only | None = None
) -> exp.Expr:
    """One row per combination of the dimensions (and ``period_start``) that has a fact, with ``value``.

    A ``team`` is everyone below its manager on the day of the fact, so a fact counts for every team it is in. The
    ``territory`` is the fact's own, else the one that the credited participant covered on that day. Reads the tables
    ``days`` (with a column for ``every``), ``chain`` and ``versions``.
    """
    recipe = recipe_of(name, compiler.measures)
    terms = list(dict.fromkeys(term for term, _, _ in recipe.terms()))
    columns = [*by, *(["period_start"] if every else [])]
    rows = None
    for term in terms:
        one = _term_rows(compiler, term, terms, by=by, every=every, only=only)
        rows = one if rows is None else exp.union(rows, one, distinct=False)
    assert rows is not None, "a recipe has at least one term"
    value = compiler.value(recipe, {term: term.step for term in terms}).tree
    named = "".join(f"{column}, " for column in columns)
    summed = ", ".join(f'SUM("{term.step}") AS "{term.step}"' for term in terms)
    group = f"GROUP BY {', '.join(columns)}" if columns else ""
    order = f"ORDER BY {', '.join(columns)}" if columns else ""
    inner = template(f"SELECT {named}{summed} FROM rows {group}", rows=rows)
    return template(f"SELECT {named}:value AS value FROM inner_rows AS r {order}", value=value, inner_rows=inner)


def facts(
    compiler: Compiler, name: str, *, by: Dimension | None, value: str | None, only: Only | None = None
) -> exp.Query:
    """The facts behind a measure's value where a dimension has that value, on the engine's ``days``.

    One row per fact and credit: ``measure`` (the part of the measure that it counts for), ``table``, ``fact``,
    ``date``, who is credited, ``amount`` (with its sign), ``kind`` and ``reason``.
    """
    rows = None
    terms = {
        (term, label): sign
        for term, label, sign in recipe_of(name, compiler.measures).terms()
        if not (compiler.measures[term.measure].average and term.aggregate == "count")  # the same facts once more
    }
    for (term, label), sign in terms.items():
        one = _fact_rows(compiler, term, label, sign=sign, by=by, value=value, only=only)
        rows = one if rows is None else exp.union(rows, one, distinct=False)
    assert rows is not None, "a recipe has at least one term"
    return template("SELECT * FROM rows AS r ORDER BY date, fact, measure, participant, kind", rows=rows)


def dimensions_of(compiler: Compiler, name: str) -> tuple[Dimension, ...]:
    """The dimensions that every fact of a measure has."""
    tables = {compiler.measures[term.measure].table or "" for term, _, _ in recipe_of(name, compiler.measures).terms()}
    own = {one for one in DIMENSIONS if all(one in compiler.types(table) for table in tables)}
    return tuple(one for one in DIMENSIONS if one in own | {"participant", "team", "territory"})


def _term_rows(
    compiler: Compiler,
    term: Term,
    terms: Sequence[Term],
    *,
    by: Sequence[Dimension],
    every: PeriodKind | None,
    only: Only | None,
) -> exp.Expr:
    """The sums of one term by the dimensions; the columns of the other terms are empty."""
    rows = compiler.rows(term)
    places: dict[str, exp.Expr] = {one: _dimension(compiler, term, one, rows.participant) for one in by}
    if every:
        places["period_start"] = exp.column(every, table="d")
    if term.aggregate == "distinct":
        added: exp.Expr = exp.Count(this=exp.Distinct(expressions=[compiler.item(term)]))
    else:
        added = exp.Sum(this=compiler.amount(term, rows).tree)
    values = [
        exp.alias_(
            money.decimal(added.copy() if one == term else exp.Null(), compiler.scale(one)), one.step, quoted=True
        )
        for one in terms
    ]
    dimensions = [exp.alias_(tree, name) for name, tree in places.items()]
    numbers = ", ".join(str(number + 1) for number in range(len(dimensions)))
    chosen = {f"part{number}": tree for number, tree in enumerate([*dimensions, *values])}
    return template(
        f"SELECT {', '.join(f':{name}' for name in chosen)} FROM {_source(term, rows, by)} WHERE :condition"
        + (f" GROUP BY {numbers}" if dimensions else ""),
        date=compiler.date(compiler.measures[term.measure]),
        condition=exp.and_(compiler.condition(term, rows), *_limits(term, rows, by, only)),
        **chosen,
    )


def _fact_rows(
    compiler: Compiler,
    term: Term,
    label: str,
    *,
    sign: int,
    by: Dimension | None,
    value: str | None,
    only: Only | None,
) -> exp.Expr:
    """The facts of one term where the dimension has the value."""
    rows, measure = compiler.rows(term), compiler.measures[term.measure]
    dimensions: tuple[Dimension, ...] = (by,) if by else ()
    conditions = [compiler.condition(term, rows), *_limits(term, rows, dimensions, only)]
    if by:
        place = _dimension(compiler, term, by, rows.participant)
        literal = exp.Literal.string(value)
        conditions.append(
            exp.Is(this=place, expression=exp.Null()) if value is None else exp.EQ(this=place, expression=literal)
        )
    amount = exp.Literal.number(1) if term.aggregate == "distinct" else compiler.amount(term, rows).tree
    path = "c.path || ': ' || " if term.rolled_up else ""
    return template(
        f'SELECT :label AS measure, :table AS "table", :fact AS fact, d.day AS date, :credited AS participant, '
        f"{'-' if sign < 0 else ''}:amount AS amount, :kind AS kind, {path}:reason AS reason "
        f"FROM {_source(term, rows, dimensions)} WHERE :condition",
        label=exp.Literal.string(label),
        table=exp.Literal.string(measure.table or ""),
        fact=rows.fact,
        credited=_credited(term, rows.participant),
        amount=money.decimal(amount, compiler.scale(term)),
        kind=exp.Literal.string("rollup") if term.rolled_up else rows.kind,
        reason=rows.reason,
        date=compiler.date(measure),
        condition=exp.and_(*conditions),
    )


def _source(term: Term, rows: CreditedRows, by: Sequence[Dimension]) -> str:
    """What stands behind FROM: the credited facts with their day and, where it is asked for, chain and version."""
    owner = rows.participant.sql("duckdb")
    source = f"{rows.source} JOIN days AS d ON d.day = :date"
    if term.rolled_up or "team" in by:
        source += f' JOIN chain AS c ON c.participant = {owner} AND c."start" <= d.day AND d.day < c."end"'
    if "territory" in by:
        source += f' LEFT JOIN versions AS v ON v.participant = {owner} AND v."start" <= d.day AND d.day < v."end"'
    return source


def _limits(term: Term, rows: CreditedRows, by: Sequence[Dimension], only: Only | None) -> Iterator[exp.Expr]:
    """The conditions that leave nothing but what is asked for: of who is credited, and of whose team it is."""
    if only is None:
        return
    places = [_credited(term, rows.participant), *([exp.column("above", table="c")] if "team" in by else [])]
    key = exp.Literal.string(only.participant)
    for place in places:
        own = exp.EQ(this=place, expression=key.copy())
        below = template(
            "SELECT 1 AS one FROM chain AS w WHERE w.above = :key AND w.participant = :who "
            'AND w."start" <= d.day AND d.day < w."end"',
            key=key.copy(),
            who=place.copy(),
        )
        yield exp.or_(own, exp.Exists(this=below)) if only.below else own


def _credited(term: Term, owner: exp.Expr) -> exp.Expr:
    """Who is credited with a fact."""
    return exp.column("above", table="c") if term.rolled_up else owner.copy()


def _dimension(compiler: Compiler, term: Term, dimension: Dimension, owner: exp.Expr) -> exp.Expr:
    """Where a dimension of a fact stands."""
    if dimension == "participant":
        return _credited(term, owner)
    if dimension == "team":
        return exp.column("above", table="c")
    table = compiler.measures[term.measure].table or ""
    own = compiler.place(table, dimension) if dimension in compiler.types(table) else None
    if dimension == "territory":
        covered = exp.column("territory", table="v", quoted=True)
        return exp.func("COALESCE", own, covered) if own is not None else covered
    if own is None:
        raise AttainError(
            [
                Fault(
                    check="dimension",
                    table=table,
                    message=f"{table} has no {dimension}, so {term.measure} has none",
                    advice="Lay it out by something else, or take a measure over lines that have one.",
                )
            ]
        )
    return own
