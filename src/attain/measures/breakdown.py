"""A measure laid out by participant, team, territory, product, account and period, for any question outside a plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sqlglot import exp

from attain import money
from attain.calendar import PeriodKind
from attain.engines.engine import template
from attain.errors import AttainError, Fault
from attain.measures.compile import Compiler, Term, recipe_of

Dimension = Literal["participant", "team", "territory", "product", "account"]


def breakdown(compiler: Compiler, name: str, *, by: Sequence[Dimension], every: PeriodKind | None) -> exp.Expr:
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
        one = _term_rows(compiler, term, terms, by, every)
        rows = one if rows is None else exp.union(rows, one, distinct=False)
    assert rows is not None, "a recipe has at least one term"
    value = compiler.value(recipe, {term: term.step for term in terms}).tree
    named = "".join(f"{column}, " for column in columns)
    summed = ", ".join(f'SUM("{term.step}") AS "{term.step}"' for term in terms)
    group = f"GROUP BY {', '.join(columns)}" if columns else ""
    order = f"ORDER BY {', '.join(columns)}" if columns else ""
    inner = template(f"SELECT {named}{summed} FROM rows {group}", rows=rows)
    return template(f"SELECT {named}:value AS value FROM inner_rows AS r {order}", value=value, inner_rows=inner)


def _term_rows(
    compiler: Compiler, term: Term, terms: Sequence[Term], by: Sequence[Dimension], every: PeriodKind | None
) -> exp.Expr:
    """The sums of one term by the dimensions; the columns of the other terms are empty."""
    measure, rows = compiler.measures[term.measure], compiler.rows(term)
    owner = rows.participant.sql("duckdb")
    source = f"{rows.source} JOIN days AS d ON d.day = :date"
    if term.rolled_up or "team" in by:
        source += f' JOIN chain AS c ON c.participant = {owner} AND c."start" <= d.day AND d.day < c."end"'
    if "territory" in by:
        source += f' LEFT JOIN versions AS v ON v.participant = {owner} AND v."start" <= d.day AND d.day < v."end"'
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
        f"SELECT {', '.join(f':{name}' for name in chosen)} FROM {source} WHERE :condition"
        + (f" GROUP BY {numbers}" if dimensions else ""),
        date=compiler.date(measure),
        condition=compiler.condition(term, rows),
        **chosen,
    )


def _dimension(compiler: Compiler, term: Term, dimension: Dimension, owner: exp.Expr) -> exp.Expr:
    """Where a dimension of a fact stands."""
    if dimension == "participant":
        return exp.column("above", table="c") if term.rolled_up else owner.copy()
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
