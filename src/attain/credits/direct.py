"""Direct credit: a fact is its owner's, or is shared by percentages where the splits say so."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlglot import exp

from attain import money
from attain.tables import TABLES, Table


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


def credited_rows(table: str, *, owner: exp.Expr, whose: str, share_scale: int | None) -> CreditedRows:
    """The credited rows of a fact table.

    The ``owner`` (a column of the facts or their parent, told as ``whose``) has the credit, unless splits share it;
    ``share_scale`` gives the digits of their shares, or None where there are none.
    """
    own = TABLES[table]
    source = f'"{table}" AS f'
    if own.parent:
        keys = " AND ".join(f'p."{key}" = f."{key}"' for key in TABLES[own.parent].key)
        source += f' JOIN "{own.parent}" AS p ON {keys}'
    fact = _key(own, "f")
    told = _text(f"{whose} of {table} ", fact)
    if share_scale is None:
        return CreditedRows(source, owner, None, fact, exp.Literal.string("direct"), told)
    whole = _key(TABLES[own.parent], "p") if own.parent else fact
    source += f" LEFT JOIN splits AS s ON s.fact_table = '{own.parent or table}' AND s.fact = {whole.sql('duckdb')}"
    sharer, share = (exp.column(name, table="s", quoted=True) for name in ("participant", "share"))
    is_split = exp.not_(exp.Is(this=sharer, expression=exp.Null()))
    percent = money.Exact(exp.func("COALESCE", share, money.decimal(exp.Literal.number(100), share_scale)), share_scale)
    digits: exp.Expr = exp.cast(share.copy(), "VARCHAR")
    if share_scale:
        digits = exp.func("RTRIM", exp.func("RTRIM", digits, exp.Literal.string("0")), exp.Literal.string("."))
    told_split = exp.DPipe(this=digits, expression=_text(f" % of {table} ", fact))
    return CreditedRows(
        source,
        exp.func("COALESCE", sharer.copy(), owner),
        money.product(percent, money.number(Decimal("0.01"))),
        fact,
        exp.Case().when(is_split, exp.Literal.string("split")).else_(exp.Literal.string("direct")),
        exp.Case().when(is_split.copy(), told_split).else_(told),
    )


def _text(words: str, fact: exp.Expr) -> exp.Expr:
    return exp.DPipe(this=exp.Literal.string(words), expression=fact.copy())


def _key(table: Table, alias: str) -> exp.Expr:
    """A fact's key as one text: its key columns with a slash between them."""
    parts = [exp.column(name, table=alias, quoted=True) for name in table.key]
    texts = [part if _is_text(table, part.name) else exp.cast(part, "VARCHAR") for part in parts]
    key: exp.Expr = texts[0]
    for text in texts[1:]:
        key = exp.DPipe(this=exp.DPipe(this=key, expression=exp.Literal.string("/")), expression=text)
    return key


def _is_text(table: Table, name: str) -> bool:
    column = table.column(name)
    return column is not None and column.type == "text"
