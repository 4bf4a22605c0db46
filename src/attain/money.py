"""Exact decimals inside SQL: every product, quotient, comparison and rounding of money is built here.

Engines differ in what they do to decimals (one divides them into floating point, one cuts the scale of wide products,
one lets ``least`` take the coarser scale), so an amount is always a syntax tree together with its scale, and every
operation states the type of its result. Nothing is ever rounded except by ``quotient`` and ``rounded``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal
from typing import Literal

from sqlglot import exp

PRECISION = 38
"""Digits of the widest decimal that every engine has."""

QUOTIENT_DIGITS = 12
"""Digits after the point of attainments, ratios and averages, which no decimal holds exactly."""

MAX_SCALE = 28
"""Digits after the point that a product may have, so that amounts up to ten digits before it always fit."""

Mode = Literal["half_up", "half_even", "up", "down", "ceiling", "floor"]

_MODES: dict[Mode, str] = {
    "half_up": ROUND_HALF_UP,
    "half_even": ROUND_HALF_EVEN,
    "up": ROUND_UP,
    "down": ROUND_DOWN,
    "ceiling": ROUND_CEILING,
    "floor": ROUND_FLOOR,
}

MINOR_UNITS = dict.fromkeys(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0
) | dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3)
"""Digits of the currencies that do not have two (ISO 4217)."""


@dataclass(frozen=True)
class Rounding:
    """How an amount becomes payable money: digits after the point and the mode (``half_up`` is away from zero)."""

    digits: int = 2
    mode: Mode = "half_up"


@dataclass(frozen=True)
class Exact:
    """An exact decimal in SQL: its syntax tree and the digits it has after the point."""

    tree: exp.Expr
    scale: int

    def at(self, scale: int) -> exp.Expr:
        """The tree as a decimal of at least this scale (a cast, unless it has it already)."""
        return decimal(self.tree.copy(), max(scale, self.scale))


class TooManyDigitsError(ValueError):
    """A product would need more digits after the point than exact arithmetic has room for."""


def decimal(tree: exp.Expr, scale: int) -> exp.Expr:
    """Cast a tree to the widest decimal of that scale."""
    kind = exp.DataType.build(f"DECIMAL({PRECISION}, {scale})")
    if isinstance(tree, exp.Cast) and tree.to == kind:
        return tree
    return exp.Cast(this=tree, to=kind)


def column(name: str, scale: int, *, table: str | None = None) -> Exact:
    """A column that is known to be a decimal of that scale."""
    return Exact(exp.column(name, table=table, quoted=True), scale)


def number(value: Decimal | int) -> Exact:
    """A literal, with exactly the digits it was written with."""
    plain = Decimal(value)
    exponent = plain.as_tuple().exponent
    scale = max(0, -exponent) if isinstance(exponent, int) else 0
    literal: exp.Expr = exp.Literal.number(format(abs(plain), "f"))
    return Exact(decimal(exp.Neg(this=literal) if plain < 0 else literal, scale), scale)


def product(left: Exact, right: Exact) -> Exact:
    """Left times right, exactly; raises TooManyDigitsError where the result has no room."""
    scale = left.scale + right.scale
    if scale > MAX_SCALE:
        text = f"{left.scale} and {right.scale} digits after the point multiply to {scale}; {MAX_SCALE} is the most"
        raise TooManyDigitsError(text)
    return Exact(exp.Paren(this=exp.Mul(this=left.at(left.scale), expression=right.at(right.scale))), scale)


def total(terms: Sequence[Exact]) -> Exact:
    """The sum of the terms, exactly; of none, zero."""
    if not terms:
        return number(0)
    scale = max(term.scale for term in terms)
    tree = terms[0].at(scale)
    for term in terms[1:]:
        tree = exp.Add(this=tree, expression=term.at(scale))
    return Exact(tree if len(terms) == 1 else exp.Paren(this=tree), scale)


def difference(left: Exact, right: Exact) -> Exact:
    """Left minus right, exactly."""
    scale = max(left.scale, right.scale)
    return Exact(exp.Paren(this=exp.Sub(this=left.at(scale), expression=right.at(scale))), scale)


def least(left: Exact, right: Exact) -> Exact:
    """The smaller of two, at the finer of their scales."""
    scale = max(left.scale, right.scale)
    return Exact(exp.Least(this=left.at(scale), expressions=[right.at(scale)]), scale)


def greatest(left: Exact, right: Exact) -> Exact:
    """The larger of two, at the finer of their scales."""
    scale = max(left.scale, right.scale)
    return Exact(exp.Greatest(this=left.at(scale), expressions=[right.at(scale)]), scale)


def reaches(left: Exact, right: Exact, *, exclusive: bool = False) -> exp.Expr:
    """The condition left >= right (or > when exclusive), compared at the finer of their scales."""
    scale = max(left.scale, right.scale)
    kind = exp.GT if exclusive else exp.GTE
    return kind(this=left.at(scale), expression=right.at(scale))


def choose(cases: Sequence[tuple[exp.Expr, Exact]], otherwise: Exact) -> Exact:
    """The amount of the first condition that holds, else ``otherwise``; all at one scale."""
    scale = max(otherwise.scale, *(amount.scale for _, amount in cases))
    tree = exp.Case(default=otherwise.at(scale))
    for condition, amount in cases:
        tree = tree.when(condition, amount.at(scale))
    return Exact(tree, scale)


def quotient(left: Exact, right: Exact, *, digits: int = QUOTIENT_DIGITS) -> Exact:
    """Left divided by right, rounded half away from zero to ``digits``; null where right is zero or null.

    Done in whole numbers, ``(2·l·10ⁿ ± r) ÷ 2r`` cut towards zero, because engines divide decimals inexactly.
    """
    scale = max(left.scale, right.scale)
    whole = exp.DataType.build("INT128")

    def as_integer(amount: Exact, factor: int) -> exp.Expr:
        scaled = exp.Mul(this=amount.at(scale), expression=exp.Literal.number(10**scale * factor))
        return exp.Cast(this=exp.Paren(this=decimal(scaled, 0)), to=whole.copy())

    above = exp.Abs(this=as_integer(left, 2 * 10**digits))
    below = exp.Abs(this=as_integer(right, 1))
    halves = exp.Paren(this=exp.Add(this=above, expression=below))
    twice = exp.Paren(this=exp.Mul(this=below.copy(), expression=exp.Literal.number(2)))
    size = exp.IntDiv(this=halves, expression=exp.Nullif(this=twice, expression=exp.Literal.number(0)))
    unit = number(Decimal(1).scaleb(-digits))
    magnitude = exp.Mul(this=decimal(size, 0), expression=unit.tree)
    sign = exp.Mul(this=exp.Sign(this=left.tree.copy()), expression=exp.Sign(this=right.tree.copy()))
    signed = exp.Mul(this=exp.Paren(this=decimal(magnitude, digits)), expression=decimal(exp.Paren(this=sign), 0))
    return Exact(decimal(exp.Paren(this=signed), digits), digits)


def rounded(amount: Exact, rounding: Rounding) -> Exact:
    """The amount rounded as the plan says.

    Every mode is made from the one that all engines share on decimals, half away from zero, and a correction by one
    unit where the mode differs from it.
    """
    digits, mode = rounding.digits, rounding.mode
    nearest = decimal(exp.Round(this=amount.at(digits), decimals=exp.Literal.number(digits)), digits)
    if mode == "half_up" or amount.scale <= digits:
        return Exact(nearest, digits)
    unit = number(Decimal(1).scaleb(-digits))
    near = Exact(nearest, digits)
    sign = Exact(decimal(exp.Sign(this=amount.tree.copy()), 0), 0)
    step = product(sign, unit)
    above, below = reaches(near, amount, exclusive=True), reaches(amount, near, exclusive=True)
    if mode == "half_even":
        last_digit = exp.Mod(this=exp.Paren(this=decimal(product(near, number(10**digits)).tree, 0)),
                             expression=exp.Literal.number(2))
        gap = product(difference(near, amount), number(2))
        tie = exp.EQ(this=exp.Abs(this=gap.tree), expression=unit.at(gap.scale))
        odd = exp.NEQ(this=last_digit, expression=exp.Literal.number(0))
        return choose([(exp.and_(tie, odd), difference(near, step))], near)
    positive = exp.GT(this=amount.tree.copy(), expression=exp.Literal.number(0))
    too_high = {"down": exp.and_(positive, above), "floor": above}.get(mode)
    too_low = {"up": exp.and_(positive.copy(), below), "ceiling": below}.get(mode)
    cases = []
    if too_high is not None:
        cases.append((too_high, difference(near, unit)))
    if mode == "down":
        cases.append((exp.and_(exp.not_(positive.copy()), below), total([near, unit])))
    if too_low is not None:
        cases.append((too_low, total([near, unit])))
    if mode == "up":
        cases.append((exp.and_(exp.not_(positive.copy()), above), difference(near, unit)))
    return choose(cases, near)


def round_money(amount: Decimal, rounding: Rounding) -> Decimal:
    """The same rounding for one number outside SQL."""
    return amount.quantize(Decimal(1).scaleb(-rounding.digits), rounding=_MODES[rounding.mode])


def apportion(parts: Sequence[Decimal], rounding: Rounding) -> list[Decimal]:
    """Parts of a sum as payable money that adds up to the rounded sum.

    Each is the difference between the rounded running total behind it and the one before it.
    """
    shares, running, paid = [], Decimal(0), Decimal(0)
    for part in parts:
        running += part
        shares.append(round_money(running, rounding) - paid)
        paid += shares[-1]
    return shares
