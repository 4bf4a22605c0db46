"""Direct credit: a fact is its owner's, or is shared by percentages where the splits say so."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlglot import exp

from attain import money
from attain.columns import Table
from attain.credits.facts import digits_of
from attain.tables import TABLES


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


def credited_rows(
    table: str, source: str, *, owner: exp.Expr, whose: str, share_scale: int | None = None
) -> CreditedRows:
    """The credited rows of a fact table, whose facts are in a ``source``.

    The ``owner`` (what stands there, told as ``whose``) has the credit, unless splits share it; ``share_scale`` gives
    the digits of their shares, or None where there are none.
    """
    own = TABLES[table]
    fact = fact_key(own)
    told = _text(f"{whose} of {table} ", fact)
    if share_scale is None:
        return CreditedRows(source, owner, None, fact, exp.Literal.string("direct"), told)
    whole = fact_key(TABLES[own.parent], "p") if own.parent else fact
    source += splits_joined(own.parent or table, whole)
    sharer, share = (exp.column(name, table="s", quoted=True) for name in ("participant", "share"))
    is_split = exp.not_(exp.Is(this=sharer, expression=exp.Null()))
    percent = money.Exact(exp.func("COALESCE", share, money.decimal(exp.Literal.number(100), share_scale)), share_scale)
    told_split = exp.DPipe(this=digits_of(share, share_scale), expression=_text(f" % of {table} ", fact))
    return CreditedRows(
        source,
        exp.func("COALESCE", sharer.copy(), owner),
        money.product(percent, money.number(Decimal("0.01"))),
        fact,
        exp.Case().when(is_split, exp.Literal.string("split")).else_(exp.Literal.string("direct")),
        exp.Case().when(is_split.copy(), told_split).else_(told),
    )


def splits_joined(table: str, fact: exp.Expr) -> str:
    """The join to the splits (``s``) of the revenue of facts of a table."""
    return f" LEFT JOIN{_of_kind('revenue', table, fact)}"


def _of_kind(kind: str, table: str, fact: exp.Expr) -> str:
    told = fact.sql("duckdb")
    return f" splits AS s ON s.fact_table = '{table}' AND s.fact = {told} AND COALESCE(s.kind, 'revenue') = '{kind}'"


def overlay_rows(table: str, source: str, share_scale: int) -> CreditedRows:
    """The credited rows of a fact table whose credit goes to those who have an overlay split, and to nobody else."""
    own = TABLES[table]
    fact = fact_key(own)
    whole = fact_key(TABLES[own.parent], "p") if own.parent else fact
    sharer, share = (exp.column(name, table="s", quoted=True) for name in ("participant", "share"))
    return CreditedRows(
        f"{source} JOIN{_of_kind('overlay', own.parent or table, whole)}",
        sharer,
        money.product(money.Exact(share, share_scale), money.number(Decimal("0.01"))),
        fact,
        exp.Literal.string("overlay"),
        exp.DPipe(this=digits_of(share, share_scale), expression=_text(f" % of {table} beside its owner, ", fact)),
    )


def _text(words: str, fact: exp.Expr) -> exp.Expr:
    return exp.DPipe(this=exp.Literal.string(words), expression=fact.copy())


def fact_key(table: Table, alias: str = "f") -> exp.Expr:
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
