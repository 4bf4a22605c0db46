"""The types of formulas: text, numbers, dates and conditions, which never turn into one another in silence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlglot import exp

from attain.expressions.grammar import CHAINS, Written

ValueType = Literal["text", "number", "date", "flag", "null"]
"""What a formula gives; a column of type ``null`` is not known yet and goes with everything."""

WORDS: dict[ValueType, str] = {
    "text": "text",
    "number": "a number",
    "date": "a date",
    "flag": "a condition",
    "null": "nothing",
}
"""The types as people say them."""

COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In, exp.Between)
CHOICES = (exp.Coalesce, exp.Nullif, exp.Least, exp.Greatest, exp.Case)

# What each operator and function takes and gives, where that does not depend on what it is given.
_SIGNATURES: dict[type[exp.Expr], tuple[ValueType, ValueType]] = {
    **dict.fromkeys((exp.Add, exp.Mul, exp.Neg, exp.Abs), ("number", "number")),
    **dict.fromkeys((exp.Lower, exp.Upper, exp.Trim, exp.DPipe), ("text", "text")),
    **dict.fromkeys((exp.And, exp.Or, exp.Not), ("flag", "flag")),
    **dict.fromkeys((exp.Like, exp.ILike), ("text", "flag")),
    **dict.fromkeys((exp.Year, exp.Month), ("date", "number")),
}


@dataclass(frozen=True)
class Typed(Written):
    """A formula as it was written, and the types of the columns that it reads."""

    columns: Mapping[str, ValueType]


def type_of(node: exp.Expr, written: Typed) -> ValueType:
    """The type a node gives, with every part of it checked; raises FormulaError."""
    if signature := _SIGNATURES.get(type(node)):
        for part in node.flatten() if isinstance(node, CHAINS) else node.iter_expressions():
            _want(part, signature[0], written)
        return signature[1]
    if rule := _RULES.get(type(node)):
        return rule(node, written)
    kind = _same(node, alternatives(node), written)
    return "flag" if isinstance(node, COMPARISONS) else kind


def alternatives(node: exp.Expr) -> list[exp.Expr]:
    """What a node compares, or chooses between."""
    if isinstance(node, exp.Case):
        default = node.args.get("default")
        return [branch.args["true"] for branch in node.args["ifs"]] + ([default] if default else [])
    return list(node.iter_expressions())


def _want(node: exp.Expr, kind: ValueType, written: Typed) -> ValueType:
    """The type that is wanted of a node; raises FormulaError where it gives another, or is always empty."""
    found = type_of(node, written)
    if found not in (kind, "null") or isinstance(node.unnest(), exp.Null):
        advice = f"Put {WORDS[kind]} there." if kind != "flag" else "Compare it with something: amount > 1000."
        raise written.error(node, f"is {WORDS[found]}, where {WORDS[kind]} is wanted", advice)
    return kind


def _same(node: exp.Expr, parts: Iterable[exp.Expr], written: Typed) -> ValueType:
    """The one type that all parts share; a choice may hold ``null``, which goes with any."""
    parts = list(parts)
    empty = [part for part in parts if isinstance(part.unnest(), exp.Null)]
    if empty and (not isinstance(node, CHOICES) or len(empty) == len(parts)):
        advice = "Write: amount is null, amount is not null, coalesce(amount, 0)."
        raise written.error(node, "is always empty, because nothing equals null", advice)
    kinds = {type_of(part, written) for part in parts} - {"null"}
    if len(kinds) > 1:
        told = " and ".join(sorted(WORDS[kind] for kind in kinds))
        advice = "Put text in quotes, numbers without them, dates as date '2026-01-31'."
        raise written.error(node, f"mixes {told}", advice)
    return kinds.pop() if kinds else "null"


def _literal(node: exp.Expr, _: Typed) -> ValueType:
    return "text" if node.is_string else "number"


def _is(node: exp.Expr, written: Typed) -> ValueType:
    """``is null`` after anything, ``is true`` after a condition."""
    if isinstance(node.expression, exp.Boolean):
        return _want(node.this, "flag", written)
    if not isinstance(node.expression, exp.Null) or isinstance(node.this.unnest(), exp.Null):
        raise written.error(node, "asks nothing", "Write: amount is null, amount is not null.")
    type_of(node.this, written)
    return "flag"


def _case(node: exp.Expr, written: Typed) -> ValueType:
    for branch in node.args["ifs"]:
        _want(branch.this, "flag", written)
    return _same(node, alternatives(node), written)


def _sub(node: exp.Expr, written: Typed) -> ValueType:
    """A number less a number, or the days between two dates; these are marked, since engines write them differently."""
    kind = _same(node, node.iter_expressions(), written)
    if kind == "date":
        node.set("days", value=True)
    if kind not in ("number", "date", "null"):
        raise written.error(node, f"subtracts {WORDS[kind]}", "Only numbers and dates are subtracted.")
    return "number"


def _round(node: exp.Expr, written: Typed) -> ValueType:
    digits = node.args.get("decimals")
    if not (isinstance(digits, exp.Literal) and re.fullmatch(r"\d|10", digits.name)):
        raise written.error(node, "does not say to how many digits", "Write round(amount, 2).")
    return _want(node.this, "number", written)


def _date(node: exp.Expr, written: Typed) -> ValueType:
    text = node.this.name
    try:
        day = date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) else None
    except ValueError:
        day = None
    if day is None:
        raise written.error(node.this, "is no date", "Write date '2026-01-31'.")
    return "date"


_RULES: dict[type[exp.Expr], Callable[[exp.Expr, Typed], ValueType]] = {
    exp.Column: lambda node, written: written.columns[node.name],
    exp.Literal: _literal,
    exp.Boolean: lambda _node, _written: "flag",
    exp.Null: lambda _node, _written: "null",
    exp.Paren: lambda node, written: type_of(node.this, written),
    exp.Cast: _date,
    exp.Round: _round,
    exp.Is: _is,
    exp.Sub: _sub,
    exp.Case: _case,
}
