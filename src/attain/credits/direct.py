"""Direct credit: a fact is its owner's, or is shared by percentages where the splits say so."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlglot import exp

from attain import money
from attain.tables import TABLES

KINDS = {
    "direct": "the owner of the fact has all of it",
    "split": "the fact is shared by percentages that total 100",
    "rollup": "a manager has the credit of everyone below, by the reporting lines on the day of the fact",
}
"""Every kind of credit and its reason in words."""


@dataclass(frozen=True)
class CreditedRows:
    """Where the credited rows of a fact table come from, as the pieces of a SELECT.

    ``source`` is what stands behind FROM (the facts are ``f``, their parent ``p``, their splits ``s``); the other
    pieces are trees over it: who is credited, the part of the fact (None: all), its per cent, kind and reason.
    """

    source: str
    participant: exp.Expr
    share: money.Exact | None
    fact: exp.Expr
    kind: exp.Expr
    reason: exp.Expr


def place_of(table: str, name: str) -> exp.Column:
    """Where a column stands in the source: in the facts themselves (``f``), else in their parent (``p``)."""
    own = TABLES[table]
    inherited = own.parent and own.column(name) is None and TABLES[own.parent].column(name) is not None
    return exp.column(name, table="p" if inherited else "f", quoted=True)


def credited_rows(table: str, *, credited: str, share_scale: int | None) -> CreditedRows:
    """The credited rows of a fact table: by owner, and by split where ``share_scale`` gives the digits of a share."""
    own = TABLES[table]
    source = f'"{table}" AS f'
    if own.parent:
        keys = " AND ".join(f'p."{key}" = f."{key}"' for key in TABLES[own.parent].key)
        source += f' JOIN "{own.parent}" AS p ON {keys}'
    owner = place_of(table, credited)
    told = exp.Literal.string(f"{'owner' if credited == 'participant' else credited} of {table} ")
    fact = _key(own.key, "f")
    if share_scale is None:
        reason = exp.DPipe(this=told, expression=fact.copy())
        return CreditedRows(source, owner, None, fact, exp.Literal.string("direct"), reason)
    whole = TABLES[own.parent] if own.parent else own
    source += (
        f" LEFT JOIN splits AS s ON s.fact_table = '{whole.name}'"
        f" AND s.fact = {_key(whole.key, 'p' if own.parent else 'f').sql('duckdb')}"
    )
    shared = exp.column("participant", table="s", quoted=True)
    is_split = exp.not_(exp.Is(this=shared, expression=exp.Null()))
    share = exp.column("share", table="s", quoted=True)
    percent = money.Exact(exp.func("COALESCE", share, money.decimal(exp.Literal.number(100), share_scale)), share_scale)
    told_split = exp.DPipe(
        this=exp.Literal.string("split of "),
        expression=exp.DPipe(this=exp.Literal.string(f"{table} "), expression=fact.copy()),
    )
    return CreditedRows(
        source,
        exp.func("COALESCE", shared.copy(), owner),
        money.product(percent, money.number(Decimal("0.01"))),
        fact,
        exp.Case().when(is_split, exp.Literal.string("split")).else_(exp.Literal.string("direct")),
        exp.Case().when(is_split.copy(), told_split).else_(exp.DPipe(this=told, expression=fact.copy())),
    )


def _key(columns: tuple[str, ...], table: str) -> exp.Expr:
    """A fact's key as one text: its key columns with a slash between them."""
    trees: list[exp.Expr] = []
    for name in columns:
        tree: exp.Expr = exp.column(name, table=table, quoted=True)
        if TABLES_BY_KEY_TYPE.get(name) == "date":
            tree = exp.cast(tree, "VARCHAR")
        trees += [exp.Literal.string("/"), tree] if trees else [tree]
    key = trees[0]
    for tree in trees[1:]:
        key = exp.DPipe(this=key, expression=tree)
    return key


TABLES_BY_KEY_TYPE = {column.name: column.type for column in TABLES["stage_history"].columns}
