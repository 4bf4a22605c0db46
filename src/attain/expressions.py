"""Formulas that people type: scalar SQL over the columns of one table, checked before anything runs.

``stage = 'won' and amount > 1000`` is parsed by SQLGlot, limited to a white list, and typed against the columns, so
that a fault is told with its place and what to write instead. There is no subquery, no Python and no ``eval``.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

ValueType = Literal["text", "number", "date", "flag", "null"]

_NUMBER_FUNCTIONS = (exp.Add, exp.Sub, exp.Mul, exp.Neg, exp.Abs, exp.Round)
_TEXT_FUNCTIONS = (exp.Lower, exp.Upper, exp.Trim, exp.DPipe, exp.Concat)
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_CHOICES = (exp.Coalesce, exp.Nullif, exp.Case, exp.If, exp.Least, exp.Greatest)
_LOGIC = (exp.And, exp.Or, exp.Not, exp.Xor)
_TESTS = (exp.Is, exp.In, exp.Between, exp.Like, exp.ILike)
_ATOMS = (exp.Column, exp.Literal, exp.Boolean, exp.Null, exp.Identifier, exp.Paren, exp.DataType)

ALLOWED = "and or not, = <> < <= > >=, is null, in (…), between, like, + - *, round, abs, least, greatest, coalesce, " \
    "nullif, case when … then … else … end, lower, upper, trim, ||, date '2026-01-31', year(…), month(…)"
"""What a formula may hold, as told to who writes one."""

_WHITE_LIST = (
    *_NUMBER_FUNCTIONS, *_TEXT_FUNCTIONS, *_COMPARISONS, *_CHOICES, *_LOGIC, *_TESTS, *_ATOMS,
    exp.Cast, exp.Year, exp.Month,
)


class FormulaError(ValueError):
    """A formula is wrong: what, at which line and column of it, and what to write instead."""

    def __init__(self, message: str, advice: str, *, line: int = 1, position: int = 1) -> None:
        super().__init__(message)
        self.message, self.advice, self.line, self.position = message, advice, line, position


@dataclass(frozen=True)
class Formula:
    """A checked formula: its text, its syntax tree, the type it gives and the columns it reads."""

    text: str
    tree: exp.Expr
    type: ValueType
    columns: tuple[str, ...]

    def over(self, place: Callable[[str], exp.Expr], scales: Mapping[str, int] | None = None) -> exp.Expr:
        """The tree with each column put where it stands in a query (``place`` gives that from its name).

        With the ``scales`` of the columns, numbers that are compared or chosen between are brought to one scale first,
        since engines take the coarser one.
        """
        tree = _at_one_scale(self.tree.copy(), scales) if scales is not None else self.tree.copy()

        def put(node: exp.Expr) -> exp.Expr:
            return place(node.name) if isinstance(node, exp.Column) else node

        placed = tree.transform(put)
        return placed if isinstance(placed, (exp.Column, exp.Literal, exp.Paren)) else exp.Paren(this=placed)


def _at_one_scale(tree: exp.Expr, scales: Mapping[str, int]) -> exp.Expr:
    """Cast what a choice or comparison is between to the finest scale among it."""
    for node in list(tree.find_all(exp.Coalesce, exp.Nullif, exp.Least, exp.Greatest, exp.Case, *_COMPARISONS, exp.Between)):
        parts = _alternatives(node)
        finest = max(scale_of(part, scales) for part in parts)
        if finest == 0 or len({scale_of(part, scales) for part in parts}) == 1:
            continue
        for part in parts:
            if not isinstance(part, exp.Null):
                part.replace(exp.cast(part.copy(), f"DECIMAL(38, {finest})"))
    return tree


def _alternatives(node: exp.Expr) -> list[exp.Expr]:
    if isinstance(node, exp.Case):
        return [branch.args["true"] for branch in node.args["ifs"]] + [one for one in [node.args.get("default")] if one]
    return list(node.iter_expressions())


def parse(text: str, columns: Mapping[str, ValueType], *, of: str, wanted: ValueType | None = None) -> Formula:
    """Parse and check a formula over columns (name → type) ``of`` a table, whose result must be ``wanted``.

    Column names are matched without regard to case. Raises FormulaError.
    """
    tree = _parse_one(text)
    names = {name.lower(): name for name in columns}
    for node in tree.walk():
        _check_node(node, text)
        if isinstance(node, exp.Column):
            _check_column(node, names, of, text)
    read = {names[node.name.lower()] for node in tree.find_all(exp.Column)}
    for node in list(tree.find_all(exp.Column)):
        node.set("this", exp.to_identifier(names[node.name.lower()], quoted=True))
    found = _type_of(tree, columns, text)
    if wanted and found not in (wanted, "null"):
        message = f"'{text}' gives a {found}, where a {wanted} is wanted"
        raise FormulaError(message, "Write a condition such as amount > 1000." if wanted == "flag"
                           else f"Write a formula that gives a {wanted}.")
    return Formula(text, tree, found, tuple(sorted(read)))


def names_in(text: str) -> list[str]:
    """The names of columns in a formula, checked or not; none where it is no formula."""
    try:
        return [column.name for column in _parse_one(text).find_all(exp.Column)]
    except FormulaError:
        return []


def _parse_one(text: str) -> exp.Expr:
    try:
        trees = sqlglot.parse(text, read="duckdb")
    except (ParseError, TokenError) as error:
        first = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
        word = str(first.get("highlight") or "")
        position = max(1, int(first.get("col") or 1) - len(word) + 1)
        message = f"'{text}' is no formula" + (f" at '{word}'" if word else "")
        raise FormulaError(message, f"A formula may hold: {ALLOWED}.", line=int(first.get("line") or 1),
                           position=position) from error
    if len(trees) != 1 or trees[0] is None:
        raise FormulaError("there is no formula, or more than one", "Write one condition or one amount.")
    return trees[0]


def _place(node: exp.Expr, text: str) -> tuple[int, int]:
    """Line and column of a node in the formula: those of the first part of it that knows its own."""
    for part in node.walk():
        if "start" in part.meta:
            before = text[: part.meta["start"]]
            return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    return 1, 1


def _error(node: exp.Expr, text: str, message: str, advice: str) -> FormulaError:
    line, position = _place(node, text)
    return FormulaError(message, advice, line=line, position=position)


def _check_node(node: exp.Expr, text: str) -> None:
    if isinstance(node, exp.Div):
        raise _error(node, text, f"'{node.sql()}' divides, which is not exact",
                     "Multiply the other side instead, or define a measure of kind ratio.")
    if isinstance(node, exp.Cast) and not (node.to.is_type("date") and isinstance(node.this, exp.Literal)):
        raise _error(node, text, f"'{node.sql()}' changes a type", "Only date '2026-01-31' may be written so.")
    if isinstance(node, exp.In) and (node.args.get("query") or node.args.get("unnest")):
        raise _error(node, text, f"'{node.sql()}' holds a query", "Write the values: in ('a', 'b').")
    if isinstance(node, exp.Column) and node.table:
        raise _error(node, text, f"'{node.sql()}' names a table", f"Write only the column: {node.name}.")
    if isinstance(node, exp.Literal) and not node.is_string and "e" in node.name.lower():
        raise _error(node, text, f"{node.name} is a floating-point number", "Write its digits out.")
    if not isinstance(node, _WHITE_LIST):
        raise _error(node, text, f"'{node.sql()}' may not stand in a formula", f"A formula may hold: {ALLOWED}.")


def _check_column(node: exp.Column, names: Mapping[str, str], of: str, text: str) -> None:
    if node.name.lower() in names:
        return
    near = difflib.get_close_matches(node.name.lower(), names, n=1)
    known = ", ".join(sorted(names.values()))
    advice = f"Did you mean {names[near[0]]}?" if near else f"It has: {known}. Text goes in single quotes."
    raise _error(node, text, f"'{node.name}' is not a column of {of}", advice)


def _type_of(node: exp.Expr, columns: Mapping[str, ValueType], text: str) -> ValueType:
    """The type a node gives, with every part of it checked."""
    if isinstance(node, exp.Column):
        return columns[node.name]
    if isinstance(node, exp.Literal):
        return "text" if node.is_string else "number"
    if isinstance(node, exp.Boolean):
        return "flag"
    if isinstance(node, exp.Null):
        return "null"
    if isinstance(node, exp.Paren):
        return _type_of(node.this, columns, text)
    if isinstance(node, exp.Cast):
        _check_date(node, text)
        return "date"
    if isinstance(node, (exp.Year, exp.Month)):
        _want(node.this, "date", columns, text)
        return "number"
    return _type_of_compound(node, columns, text)


def _type_of_compound(node: exp.Expr, columns: Mapping[str, ValueType], text: str) -> ValueType:
    if isinstance(node, exp.Round):
        _check_round(node, text)
        _want(node.this, "number", columns, text)
        return "number"
    if isinstance(node, exp.Sub) and {_type_of(part, columns, text) for part in node.iter_expressions()} == {"date"}:
        return "number"
    if isinstance(node, _LOGIC):
        return _all(node, "flag", columns, text)
    if isinstance(node, _NUMBER_FUNCTIONS):
        return _all(node, "number", columns, text)
    if isinstance(node, _TEXT_FUNCTIONS):
        return _all(node, "text", columns, text)
    if isinstance(node, exp.Case):
        return _type_of_case(node, columns, text)
    if isinstance(node, exp.Is):
        _type_of(node.this, columns, text)
        return "flag"
    if isinstance(node, (exp.Like, exp.ILike)):
        _all(node, "text", columns, text)
        return "flag"
    kind = _same(list(node.iter_expressions()), node, columns, text)
    return "flag" if isinstance(node, (*_COMPARISONS, exp.In, exp.Between)) else kind


def _type_of_case(node: exp.Case, columns: Mapping[str, ValueType], text: str) -> ValueType:
    if node.this:
        raise _error(node, text, "'case x when …' is not taken", "Write: case when x = … then … else … end.")
    for branch in node.args["ifs"]:
        _want(branch.this, "flag", columns, text)
    results = [branch.args["true"] for branch in node.args["ifs"]]
    if node.args.get("default"):
        results.append(node.args["default"])
    return _same(results, node, columns, text)


def _want(node: exp.Expr, kind: ValueType, columns: Mapping[str, ValueType], text: str) -> None:
    found = _type_of(node, columns, text)
    if found not in (kind, "null"):
        raise _error(node, text, f"'{node.sql()}' is a {found}, where a {kind} is wanted",
                     f"Put a {kind} there." if kind != "flag" else "Compare it with something: amount > 1000.")


def _all(node: exp.Expr, kind: ValueType, columns: Mapping[str, ValueType], text: str) -> ValueType:
    for part in node.iter_expressions():
        _want(part, kind, columns, text)
    return kind


def _same(parts: list[exp.Expr], node: exp.Expr, columns: Mapping[str, ValueType], text: str) -> ValueType:
    """The one type that all parts share (null goes with any)."""
    kinds = {_type_of(part, columns, text) for part in parts} - {"null"}
    if len(kinds) > 1:
        told = " and ".join(f"a {kind}" for kind in sorted(kinds))
        advice = "Put text in quotes, numbers without them, dates as date '2026-01-31'."
        raise _error(node, text, f"'{node.sql()}' mixes {told}", advice)
    return kinds.pop() if kinds else "null"


def _check_round(node: exp.Round, text: str) -> None:
    digits = node.args.get("decimals")
    if not (isinstance(digits, exp.Literal) and digits.name.isdigit() and int(digits.name) <= 10):
        raise _error(node, text, f"'{node.sql()}' does not say to how many digits", "Write round(amount, 2).")


def _check_date(node: exp.Cast, text: str) -> None:
    from datetime import date

    try:
        date.fromisoformat(node.this.name)
    except ValueError:
        raise _error(node, text, f"'{node.this.name}' is no date", "Write date '2026-01-31'.") from None


def scale_of(node: exp.Expr, scales: Mapping[str, int]) -> int:
    """Digits after the point of a formula that gives a number, from those of its columns."""
    if isinstance(node, exp.Column):
        return scales.get(node.name, 0)
    if isinstance(node, exp.Literal):
        if node.is_string:
            return 0
        exponent = Decimal(node.name).as_tuple().exponent
        return max(0, -exponent) if isinstance(exponent, int) else 0
    if isinstance(node, exp.Round):
        return int(node.args["decimals"].name)
    if isinstance(node, exp.Mul):
        return scale_of(node.this, scales) + scale_of(node.expression, scales)
    if isinstance(node, exp.Case):
        results = [branch.args["true"] for branch in node.args["ifs"]]
        results += [node.args["default"]] if node.args.get("default") else []
        return max(scale_of(part, scales) for part in results)
    if isinstance(node, (exp.Null, exp.Year, exp.Month)):
        return 0
    return max((scale_of(part, scales) for part in node.iter_expressions()), default=0)
