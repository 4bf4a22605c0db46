"""Exact decimals inside SQL: every product, quotient, comparison and rounding of money is built here.

Engines differ in what they do to decimals (one divides them into floating point, one cuts the scale of wide products,
one lets ``least`` take the coarser scale), so an amount is always a syntax tree together with its scale, and every
operation states the type of its result. Nothing is ever rounded except by ``quotient`` and ``rounded``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
)
from functools import cache, reduce
from typing import Literal

from sqlglot import exp

PRECISION = 38
"""Digits of the widest decimal that every engine has."""

NARROW = 18
"""Digits of the widest decimal that engines hold in an ordinary integer."""

QUOTIENT_DIGITS = 12
"""Digits after the point of attainments, ratios and averages, which no decimal holds exactly."""

MAX_SCALE = 28
"""Digits after the point that a product may have, so that amounts up to ten digits before it always fit."""

WIDEST = Decimal(10) ** PRECISION
"""The size of what nothing is known of."""

Mode = Literal["half_up", "half_even", "up", "down", "ceiling", "floor"]

_MODES: dict[Mode, str] = {
    "half_up": ROUND_HALF_UP,
    "half_even": ROUND_HALF_EVEN,
    "up": ROUND_UP,
    "down": ROUND_DOWN,
    "ceiling": ROUND_CEILING,
    "floor": ROUND_FLOOR,
}

_HALF = Decimal("0.5")

WIDE = Context(prec=2 * PRECISION)
"""Python's own context keeps 28 digits and drops the rest in silence."""

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
    """An exact decimal in SQL: its syntax tree, the digits it has after the point, and the most it is, sign aside.

    Where few digits hold it, the engine calculates with ordinary integers, which is several times as fast.
    """

    tree: exp.Expr
    scale: int
    size: Decimal = WIDEST

    @property
    def digits(self) -> int:
        """How many digits it has before the point at most."""
        return digits_of(self.size)

    def at(self, scale: int, digits: int = 0) -> exp.Expr:
        """The tree as a decimal of at least this scale and room (a cast, unless it has it already).

        Trees may share their parts: nothing changes a tree in place.
        """
        return decimal(self.tree, max(scale, self.scale), max(digits, self.digits))


def digits_of(size: Decimal) -> int:
    """How many digits numbers up to a size have before the point at most."""
    return min(max(size.adjusted() + 1, 0), PRECISION) if size else 0


class TooManyDigitsError(ValueError):
    """A number or a product would need more digits than exact arithmetic has room for."""


def decimal(tree: exp.Expr, scale: int, digits: int = PRECISION) -> exp.Expr:
    """Cast a tree to a decimal of that scale: a narrow one where that has room for the digits, else the widest."""
    kind = decimal_type(scale, digits)
    if isinstance(tree, exp.Cast):
        if tree.to == kind:
            return tree
        if isinstance(tree.this, exp.Literal):
            tree = tree.this
    return exp.Cast(this=tree, to=kind)


@cache
def decimal_type(scale: int, digits: int = PRECISION) -> exp.DataType:
    """The type of a decimal with that scale and at most that many digits before the point."""
    narrow = max(scale + digits, 1)
    return exp.DataType.build(f"DECIMAL({narrow if narrow <= NARROW else PRECISION}, {scale})")


def column(name: str, scale: int, *, table: str | None = None, digits: int = PRECISION) -> Exact:
    """A column that is known to be a decimal of that scale, with at most ``digits`` before the point."""
    size = WIDE.subtract(Decimal(10) ** digits, Decimal(1).scaleb(-scale)) if digits < PRECISION else WIDEST
    return Exact(exp.column(name, table=table, quoted=True), scale, size)


def number(value: Decimal | int) -> Exact:
    """A literal, with exactly the digits it was written with.

    Raises TooManyDigitsError for one of more than ``PRECISION`` digits, which engines read as floating point.
    """
    plain = Decimal(value)
    exponent = plain.as_tuple().exponent
    if not isinstance(exponent, int):
        raise TypeError(f"{plain} is no number; an amount has digits")
    scale = max(0, -exponent)
    digits = max(plain.adjusted() + 1, 0)
    if max(digits, 1) + scale > PRECISION:
        raise TooManyDigitsError(f"{plain} has more than {PRECISION} digits; write it with fewer")
    literal: exp.Expr = exp.Literal.number(format(plain.copy_abs(), "f"))
    return Exact(decimal(exp.Neg(this=literal) if plain < 0 else literal, scale, digits), scale, plain.copy_abs())


def product(left: Exact, right: Exact) -> Exact:
    """Left times right, exactly; raises TooManyDigitsError where the result has no room."""
    scale = left.scale + right.scale
    if scale > MAX_SCALE:
        text = f"{left.scale} and {right.scale} digits after the point multiply to {scale}; {MAX_SCALE} is the most"
        raise TooManyDigitsError(text)
    size = WIDE.multiply(left.size, right.size)
    tree = exp.Mul(this=left.at(left.scale, _operand(scale, size)), expression=right.at(right.scale))
    return Exact(exp.Paren(this=tree), scale, size)


def total(terms: Sequence[Exact]) -> Exact:
    """The sum of the terms, exactly; of none, zero."""
    if not terms:
        return number(0)
    if len(terms) == 1:
        return terms[0]
    scale, largest = _room(*terms)
    size = reduce(WIDE.add, (term.size for term in terms))
    room = max(digits_of(largest), _operand(scale, size))
    tree = terms[0].at(scale, room)
    for term in terms[1:]:
        tree = exp.Add(this=tree, expression=term.at(scale, room))
    return Exact(exp.Paren(this=tree), scale, size)


def difference(left: Exact, right: Exact) -> Exact:
    """Left minus right, exactly."""
    scale, largest = _room(left, right)
    size = WIDE.add(left.size, right.size)
    room = max(digits_of(largest), _operand(scale, size))
    tree = exp.Sub(this=left.at(scale, room), expression=right.at(scale, room))
    return Exact(exp.Paren(this=tree), scale, size)


def least(left: Exact, right: Exact) -> Exact:
    """The smaller of two, at the finer of their scales; neither may be null."""
    scale, size = _room(left, right)
    sides = [side.at(scale, digits_of(size)) for side in (left, right)]
    return Exact(exp.Least(this=sides[0], expressions=sides[1:], ignore_nulls=True), scale, size)


def greatest(left: Exact, right: Exact) -> Exact:
    """The larger of two, at the finer of their scales; neither may be null."""
    scale, size = _room(left, right)
    sides = [side.at(scale, digits_of(size)) for side in (left, right)]
    return Exact(exp.Greatest(this=sides[0], expressions=sides[1:], ignore_nulls=True), scale, size)


def _operand(scale: int, size: Decimal) -> int:
    """The room that an operand needs because its result is of that size: all where the result is wide, else none.

    Engines keep what two narrow ones give narrow, and stop where that has no room.
    """
    return 0 if scale + digits_of(size) <= NARROW else PRECISION


def _room(*amounts: Exact) -> tuple[int, Decimal]:
    """The scale and the size that hold every one of the amounts."""
    return max(amount.scale for amount in amounts), max(amount.size for amount in amounts)


def reaches(left: Exact, right: Exact, *, exclusive: bool = False) -> exp.Expr:
    """The condition left >= right (or > when exclusive), compared at the finer of their scales."""
    scale, size = _room(left, right)
    kind = exp.GT if exclusive else exp.GTE
    return kind(this=left.at(scale, digits_of(size)), expression=right.at(scale, digits_of(size)))


def choose(cases: Sequence[tuple[exp.Expr, Exact]], otherwise: Exact) -> Exact:
    """The amount of the first condition that holds, else ``otherwise``; all at one scale."""
    scale, size = _room(otherwise, *(amount for _, amount in cases))
    tree = exp.Case(default=otherwise.at(scale, digits_of(size)))
    for condition, amount in cases:
        tree = tree.when(condition, amount.at(scale, digits_of(size)), copy=False)
    return Exact(tree, scale, size)


def quotient(left: Exact, right: Exact, *, digits: int = QUOTIENT_DIGITS) -> Exact:
    """Left divided by right, rounded half away from zero to ``digits``; null where right is zero or null.

    Done in whole numbers, ``(2·l·10ⁿ + r) ÷ 2r`` of the sizes cut towards zero, because engines divide decimals
    inexactly. There is room for a left below ``8·10^(25 - digits of right's scale)`` (8·10¹³ at twelve digits); beyond
    it the engine raises an overflow, never a wrong number.
    """
    power = digits + right.scale - left.scale
    above = exp.Mul(this=_units(left), expression=exp.Literal.number(2 * 10 ** max(power, 0)))
    below = exp.Mul(this=_units(right), expression=exp.Literal.number(10 ** max(-power, 0)))
    size = exp.Paren(this=exp.Add(this=exp.Abs(this=above), expression=exp.Abs(this=below)))
    twice = exp.Mul(this=exp.Abs(this=below.copy()), expression=exp.Literal.number(2))
    quotient_size = exp.IntDiv(this=size, expression=exp.Nullif(this=twice, expression=exp.Literal.number(0)))
    sign = exp.Mul(this=exp.Sign(this=left.tree.copy()), expression=exp.Sign(this=right.tree.copy()))
    signed = exp.Paren(this=exp.Mul(this=exp.Paren(this=quotient_size), expression=exp.Paren(this=sign)))
    unit = number(Decimal(1).scaleb(-digits))
    return Exact(decimal(exp.Paren(this=exp.Mul(this=decimal(signed, 0), expression=unit.tree)), digits), digits)


def part_of(amount: Exact, weight: Exact, whole: Exact) -> tuple[exp.Expr, exp.Expr]:
    """The part of an amount's size that a weight has of the whole, in units of the amount's last digit.

    Exactly: the whole units below it, and what is left of ``size × weight`` beside them; both 0 where the whole is 0.
    There is room for a product of 1.7·10³⁸ units; beyond it the engine raises an overflow.
    """
    product = exp.Paren(this=exp.Mul(this=exp.Abs(this=_units(amount)), expression=_units(weight)))
    below = exp.Nullif(this=_units(whole), expression=exp.Literal.number(0))
    down = exp.Paren(this=exp.IntDiv(this=product, expression=below))
    rest = exp.Sub(this=product.copy(), expression=exp.Mul(this=down.copy(), expression=_units(whole)))
    zero = exp.Literal.number(0)
    found = (exp.Coalesce(this=decimal(one, 0), expressions=[decimal(zero.copy(), 0)]) for one in (down, rest))
    return next(found), next(found)


def _units(amount: Exact) -> exp.Expr:
    """The amount as a whole number of its last digit: shifted six digits at a time, so that each step has room.

    Of many digits the nearest whole number is shifted at once, and only what is more or less than it step by step.
    """
    if amount.scale > QUOTIENT_DIGITS:
        whole = decimal(exp.Round(this=amount.at(amount.scale, PRECISION), decimals=exp.Literal.number(0)), 0)
        rest = Exact(
            decimal(exp.Paren(this=exp.Sub(this=amount.tree.copy(), expression=whole)), amount.scale), amount.scale
        )
        unit = exp.Cast(this=exp.Literal.number(10**amount.scale), to=exp.DataType.build("INT128"))
        shifted = exp.Mul(this=exp.Cast(this=whole.copy(), to=exp.DataType.build("INT128")), expression=unit)
        return exp.Paren(this=exp.Add(this=shifted, expression=_shifted(rest)))
    return _shifted(amount)


def _shifted(amount: Exact) -> exp.Expr:
    """The amount in units of its last digit, six digits at a time."""
    tree, scale = amount.at(amount.scale, PRECISION), amount.scale
    while scale:
        step = min(scale, 6)
        scale -= step
        tree = decimal(exp.Paren(this=exp.Mul(this=tree, expression=exp.Literal.number(10**step))), scale)
    return exp.Cast(this=tree, to=exp.DataType.build("INT128"))


def rounded(amount: Exact, rounding: Rounding) -> Exact:
    """The amount rounded as the plan says.

    Engines share one rounding of decimals, half away from zero. Every other mode is that one after a nudge: nearly
    half a unit down (floor), up (ceiling), towards zero (down) or away from it (up); for half_even a hair towards the
    nearest even multiple. A hair is half of the amount's last digit, so nothing but what it is meant for changes; these
    modes need room for one digit more than the amount has, and without it the engine raises an overflow.
    """
    digits = rounding.digits
    if amount.scale <= digits:
        return Exact(amount.at(digits), digits, amount.size)
    if rounding.mode != "half_up":
        amount = total([amount, _nudge(amount, rounding)])
    return _half_up(amount, digits)


def _half_up(amount: Exact, digits: int) -> Exact:
    tree = exp.Round(this=amount.at(amount.scale), decimals=exp.Literal.number(digits))
    size = WIDE.add(amount.size, Decimal(1).scaleb(-digits))
    return Exact(decimal(tree, digits, digits_of(size)), digits, size)


def _nudge(amount: Exact, rounding: Rounding) -> Exact:
    """What to add to an amount so that rounding it half away from zero gives the rounding asked for."""
    hair = Decimal(5).scaleb(-amount.scale - 1)
    nearly_half = Decimal(5).scaleb(-rounding.digits - 1) - hair
    up, down = number(nearly_half), number(-nearly_half)
    negative = exp.LT(this=amount.tree.copy(), expression=exp.Literal.number(0))
    match rounding.mode:
        case "floor":
            return down
        case "ceiling":
            return up
        case "down":
            return choose([(negative, up)], down)
        case "up":
            return choose([(negative, down)], up)
        case _:
            half = Exact(
                exp.Paren(this=exp.Mul(this=amount.at(amount.scale), expression=number(_HALF).tree)), amount.scale + 1
            )
            even = Exact(
                exp.Mul(this=_half_up(half, rounding.digits).tree, expression=exp.Literal.number(2)), rounding.digits
            )
            return choose([(reaches(amount, even), number(-hair))], number(hair))


def round_money(amount: Decimal, rounding: Rounding) -> Decimal:
    """The same rounding for one number outside SQL."""
    return amount.quantize(Decimal(1).scaleb(-rounding.digits), rounding=_MODES[rounding.mode], context=WIDE)


def held(value: Decimal, scale: int) -> Decimal | None:
    """A value rounded half up to so many digits after the point; None where the widest decimal has no room for it."""
    if not value.is_finite() or value.adjusted() >= PRECISION - scale:
        return None
    return value.quantize(Decimal(1).scaleb(-scale), rounding=ROUND_HALF_UP, context=WIDE)


def apportion(parts: Sequence[Decimal], rounding: Rounding) -> list[Decimal]:
    """Parts of a sum as payable money that adds up to the rounded sum.

    Each is the difference between the rounded running total behind it and the one before it.
    """
    shares, running, paid = [], Decimal(0), Decimal(0)
    for part in parts:
        running = WIDE.add(running, part)
        behind = round_money(running, rounding)
        shares.append(WIDE.subtract(behind, paid))
        paid = behind
    return shares
