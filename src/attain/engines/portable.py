"""One tree for every engine: what engines do differently is rewritten here, just before a tree becomes text.

The trees that plans and measures compile to are written once, as DuckDB takes them. What another engine calls or does
otherwise is put in its place by rules, one for each kind of node.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pyarrow as pa
import sqlglot
from sqlglot import exp

Rules = Mapping[type[exp.Expr], Callable[[exp.Expr], exp.Expr]]
"""What becomes of each kind of node; a rule gives back the node itself where it has nothing to say."""

SPACES = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
"""What TRIM takes away: every space of Unicode, also those that spreadsheets put into numbers."""


def rewritten(query: exp.Expr | str, rules: Rules) -> exp.Expr:
    """A copy of a query with the rules applied from the leaves up; a text is read as DuckDB reads it."""
    tree = sqlglot.parse_one(query, read="duckdb") if isinstance(query, str) else query.copy()
    for node in reversed(list(tree.walk())):
        parent, key, place = node.parent, node.arg_key, node.index  # a rule may put the node itself into another
        rule = rules.get(type(node))
        if rule and (better := rule(node)) is not node and parent and key:
            parent.set(key, better, place)
    return tree


def typed(sql: str, schema: pa.Schema, *, cast: Callable[[str, pa.DataType], str], dialect: str) -> str:
    """A query in SQL whose columns are of the types of a schema; its order stays.

    ``cast`` says how a column becomes one of a type.
    """
    names = [f"c{number}" for number in range(len(schema))]
    columns = ", ".join(
        f"{cast(name, field.type)} AS {exp.to_identifier(field.name, quoted=True).sql(dialect)}"
        for name, field in zip(names, schema, strict=True)
    )
    return f"SELECT {columns} FROM ({sql}) AS r({', '.join(names)})"


def read_from(name: str, query: exp.Expr) -> exp.Expr:
    """A copy of a SELECT from ``source``, as one from what is held under a name."""
    tree = query.copy()
    for node in tree.find_all(exp.Table):
        if node.name == "source":
            node.set("this", exp.to_identifier(name, quoted=True))
    return tree


def wide_integer(node: exp.Expr) -> exp.Expr:
    """A cast to an integer of 128 bits, which only DuckDB has, as one to a decimal without digits after the point."""
    assert isinstance(node, exp.Cast)
    if node.to.is_type(exp.DType.INT128):
        node.set("to", exp.DataType.build("DECIMAL(38, 0)"))
    return node


def all_spaces(node: exp.Expr) -> exp.Expr:
    """TRIM takes away every space of Unicode, as DuckDB's does."""
    if not node.args.get("expression"):
        node.set("expression", exp.Literal.string(SPACES))
        node.set("position", "BOTH")
    return node
