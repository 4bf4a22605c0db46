"""Formulas that engines calculate exactly: products have room, and numbers beside one another are of one scale."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from attain import money
from attain.errors import AttainError, Fault
from attain.expressions.kinds import CHOICES, COMPARISONS, alternatives

_ARITHMETIC = (exp.Add, exp.Sub, exp.Neg, exp.Abs, exp.Round)


def scale_of(node: exp.Expr, scales: Mapping[str, int]) -> int:
    """Digits after the point of a formula that gives a number, from those of its columns; 0 for all else."""
    match node:
        case exp.Column():
            return scales.get(node.name, 0)
        case exp.Literal(is_string=False):
            return _digits_after_point(node.name)
        case exp.Round():
            return min(int(node.args["decimals"].name), scale_of(node.this, scales))
        case exp.Mul():
            return sum(scale_of(part, scales) for part in node.flatten())
        case exp.Add():
            return max(scale_of(part, scales) for part in node.flatten())
        case exp.Cast():
            kind = node.to.expressions
            return int(kind[1].name) if kind else 0
        case exp.Sub() | exp.Neg() | exp.Abs() | exp.Paren():
            return max(scale_of(part, scales) for part in node.iter_expressions())
        case exp.Coalesce() | exp.Nullif() | exp.Least() | exp.Greatest() | exp.Case():
            return max(scale_of(part, scales) for part in alternatives(node))
    return 0


def _digits_after_point(number: str) -> int:
    return len(number.partition(".")[2])


def exact_tree(tree: exp.Expr, text: str, scales: Mapping[str, int]) -> exp.Expr:
    """A copy of a formula's tree in which no engine can lose a digit.

    Raises AttainError where that would need more digits than exact arithmetic has.
    """
    held = exp.Paren(this=tree.copy())
    for node in list(held.walk()):
        if isinstance(node, exp.Mul):
            _check_room(text, scale_of(node, scales))
            for part in (node.this, node.expression):
                _cast(part, scale_of(part, scales))
        elif isinstance(node, _ARITHMETIC):
            for part in node.iter_expressions():
                if _is_number(part.unnest()) and part.arg_key != "decimals":
                    _cast(part.unnest(), scale_of(part, scales))  # whole numbers alone would overflow as such
        elif isinstance(node, (*COMPARISONS, *CHOICES)):
            _bring_to_one_scale(node, text, scales)
    exact: exp.Expr = held.this.pop()
    return exact


def _is_number(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and not node.is_string


def _bring_to_one_scale(node: exp.Expr, text: str, scales: Mapping[str, int]) -> None:
    """Bring what is compared or chosen between to the finest scale among it: a number by zeros, all else by a cast."""
    parts = alternatives(node)
    finest = max(scale_of(part, scales) for part in parts)
    for part in parts:
        scale = scale_of(part, scales)
        if _is_number(part):
            padded = f"{part.name.rstrip('.')}{'.' * (not scale and finest > 0)}{'0' * (finest - scale)}"
            _check_room(text, finest, digits=len(padded))
            part.set("this", padded)
        elif scale != finest and not isinstance(part, exp.Null):
            _cast(part, finest)


def _cast(part: exp.Expr, scale: int) -> None:
    """Put a cast to the widest decimal of that scale around a part, where it stands."""
    around = money.decimal(exp.Null(), scale)
    part.replace(around)
    around.set("this", part)


def _check_room(text: str, scale: int, *, digits: int = 0) -> None:
    if scale > money.MAX_SCALE or digits > money.PRECISION:
        message = f"'{text}' needs {scale} digits after the point; {money.MAX_SCALE} are the most"
        advice = "Round what is multiplied: round(amount, 2)."
        raise AttainError([Fault(check="formula", message=message, advice=advice)])
