"""The facts that count for the participants who are asked about, held: all later steps read these few rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce

from sqlglot import exp

from attain.engines.engine import Engine, Step, template
from attain.measures.compile import Compiler, Term
from attain.tables import TABLES


def hold_steps(engine: Engine, compiler: Compiler, terms: Iterable[Term]) -> Iterator[Step]:
    """The steps that put the rows of the ``credited`` on the engine's ``days`` in place of all facts.

    Parents of other facts stay as they are: their children may be somebody else's, or count on another day.
    """
    by_table: dict[str, list[Term]] = {}
    for term in dict.fromkeys(term.direct for term in terms):
        by_table.setdefault(compiler.measures[term.measure].table or "", []).append(term)
    days = engine.rows("SELECT MIN(day) AS low, MAX(day) AS high FROM days")[0]
    span: dict[str, exp.Expr] = {name: exp.cast(exp.Literal.string(str(day)), "DATE") for name, day in days.items()}
    for table in by_table.keys() - {TABLES[name].parent for name in by_table}:
        read = dict.fromkeys(name for term in by_table[table] for name in _columns_read(compiler, term))
        once = "" if len(by_table[table]) > 1 else "DISTINCT "  # what several terms find, their union has once
        columns = once + ", ".join(f'f."{name}"' for name in read)
        found = [_counting(compiler, term, columns, span) for term in by_table[table]]
        held = reduce(exp.union, found)
        yield Step(f"held_{table}", held, "the facts that count for who is asked about")
        yield Step(table, template(f'SELECT * FROM "held_{table}"'), "the same", is_stored=False)


def _columns_read(compiler: Compiler, term: Term) -> Iterator[str]:
    """The columns of its own table that a term reads, with the keys of the table and its parent."""
    measure, rows = compiler.measures[term.measure], compiler.rows(term)
    added = compiler.item(term) if term.aggregate == "distinct" else compiler.amount(term, rows).tree
    table, source = TABLES[measure.table or ""], template(f"SELECT 1 AS one FROM {rows.source}")
    yield from table.key
    yield from TABLES[table.parent].key if table.parent else ()
    yield from (name for name in compiler.columns[table.name] if name in compiler.kept)
    for tree in (source, rows.participant, compiler.date(measure), compiler.condition(term, rows), added):
        yield from (column.name for column in tree.find_all(exp.Column) if column.table == "f")


def _counting(compiler: Compiler, term: Term, columns: str, span: dict[str, exp.Expr]) -> exp.Query:
    """Every row that counts for a term, once for each of the participants that its splits name."""
    rows = compiler.rows(term)
    return template(
        f"SELECT {columns} FROM {rows.source} WHERE :condition AND :date BETWEEN :low AND :high",
        condition=compiler.condition(term, rows),
        date=compiler.date(compiler.measures[term.measure]),
        **span,
    )
