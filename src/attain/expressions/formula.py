"""A formula over the columns of a table: parsed, checked, typed, and put where its columns stand in a query."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlglot import exp

from attain.expressions.exact import exact_tree
from attain.expressions.grammar import FormulaError, check_grammar, parse_one
from attain.expressions.kinds import WORDS, Typed, ValueType, type_of


@dataclass(frozen=True)
class Formula:
    """A checked formula: its text, its syntax tree, the type it gives and the columns it reads."""

    text: str
    tree: exp.Expr
    type: ValueType
    columns: tuple[str, ...]

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns without which it has no value: those that no ``coalesce`` and no ``is null`` asks about."""
        asked = exp.Coalesce, exp.Is
        return tuple(sorted({one.name for one in self.tree.find_all(exp.Column) if not one.find_ancestor(*asked)}))

    def over(self, place: Callable[[str], exp.Expr], scales: Mapping[str, int] | None = None) -> exp.Expr:
        """The tree with each column put where it stands in a query (``place`` gives that from its name).

        With the ``scales`` of the columns it is exact: products have room, and numbers that are compared or chosen
        between are brought to one scale first, since engines take the coarser one. Raises AttainError where a product
        or a comparison would need more digits than exact arithmetic has.
        """
        tree = self.tree.copy() if scales is None else exact_tree(self.tree, self.text, scales)

        def put(node: exp.Expr) -> exp.Expr:
            return place(node.name) if isinstance(node, exp.Column) else node

        placed = tree.transform(put)
        return placed if isinstance(placed, (exp.Column, exp.Literal, exp.Paren)) else exp.Paren(this=placed)


def parse(text: str, columns: Mapping[str, ValueType], *, of: str, wanted: ValueType | None = None) -> Formula:
    """Parse and check a formula over columns (name → type) ``of`` a table, whose result must be ``wanted``.

    Column names are matched without regard to case; a column of type ``null`` goes with everything. Raises
    FormulaError.
    """
    tree, written = parse_one(text), Typed(text, columns)
    check_grammar(tree, written)
    for node in tree.find_all(exp.Column):
        node.this.set("this", _column(node, written, of))
    found = type_of(tree, written)
    for node in tree.find_all(exp.Column):
        node.this.set("quoted", value=True)
    read = tuple(sorted({node.name for node in tree.find_all(exp.Column)}))
    if isinstance(tree.unnest(), exp.Null) or (wanted and found not in (wanted, "null")):
        advice = "Write a condition such as amount > 1000." if wanted == "flag" else "Write what gives that."
        raise FormulaError(f"'{text}' gives {WORDS[found]}, where {WORDS[wanted or 'number']} is wanted", advice)
    return Formula(text, tree, found, read)


def _column(node: exp.Column, written: Typed, of: str) -> str:
    """The name of the column that a node means; raises FormulaError where there is none."""
    names = {name.lower(): name for name in written.columns}
    if name := names.get(node.name.lower()):
        return name
    last = node.name.rpartition(".")[2].lower()
    near = [last] if last in names else difflib.get_close_matches(node.name.lower(), names, n=1)
    known = ", ".join(sorted(name for name in written.columns if "." not in name))
    advice = f"Did you mean {names[near[0]]}?" if near else f"It has: {known}. Text goes in single quotes."
    raise written.error(node, f"is not a column of {of}", advice)


def names_in(text: str) -> list[str]:
    """The names of columns in a formula, checked or not; none where it is no formula."""
    try:
        return [column.name for column in parse_one(text).find_all(exp.Column, bfs=False)]
    except FormulaError:
        return []
