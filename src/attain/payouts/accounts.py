"""Accounts: what runs on from one period of payment to the next, and the arithmetic of drawing, holding back, limiting.

Every function takes what is available in one period and what is owed from those before, and gives back exact decimals.
An account of a draw holds what the participant owes; one of a holdback or of what lies above a maximum, what is owed to
them.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple

from attain.money import Rounding, round_money

AccountKind = Literal["draw", "minimum", "holdback", "maximum", "clawback", "prior period"]
NOTHING = Decimal(0)


@dataclass
class Account:
    """One account of a participant: what it held when the period began, and what moved since."""

    name: str
    kind: AccountKind
    opening: Decimal = NOTHING
    added: Decimal = NOTHING
    taken: Decimal = NOTHING
    forgiven: Decimal = NOTHING

    @property
    def closing(self) -> Decimal:
        """What it holds now: opening + added - taken - forgiven."""
        return self.opening + self.added - self.taken - self.forgiven

    def turn(self) -> None:
        """Begin the next period."""
        self.opening, self.added, self.taken, self.forgiven = self.closing, NOTHING, NOTHING, NOTHING


class Drawn(NamedTuple):
    """What a draw does in one period: what is taken back of what was owed, and what is paid beyond the earnings."""

    recovered: Decimal
    paid: Decimal


def recovery(base: Decimal, owed: Decimal, part: Decimal, rounding: Rounding) -> Decimal:
    """What is taken back out of ``base``: that part of it, never more than is owed, and nothing of a negative base."""
    return min(owed, round_money(max(base, NOTHING) * part, rounding))


def guarantee(
    available: Decimal, amount: Decimal, owed: Decimal, *, part: Decimal, of_excess: bool, rounding: Rounding
) -> Drawn:
    """A draw that lifts pay to ``amount``.

    First what is owed is taken back: out of what lies above the amount (``of_excess``: pay never falls below it), or
    out of all that is available. Then what is missing to the amount is paid. Source: recoverable draws of Siebel
    Incentive Compensation (excess) and the recoverable minimum of Oracle's payment plans (all).
    """
    recovered = recovery(available - amount if of_excess else available, owed, part, rounding)
    return Drawn(recovered, max(amount - (available - recovered), NOTHING))


class Limited(NamedTuple):
    """What a maximum does in one period: what is cut off, and what is paid of that which was cut off before."""

    cut: Decimal
    later: Decimal


def limit(available: Decimal, most: Decimal, carried: Decimal) -> Limited:
    """A maximum: what is above is cut off; where it is kept for later, as much of it is paid as there is room for."""
    return Limited(max(available - most, NOTHING), min(carried, max(most - available, NOTHING)))


def instalments(amount: Decimal, count: int, rounding: Rounding) -> list[Decimal]:
    """An amount in so many equal parts; they sum to it, the differences of the rounded running total."""
    paid, parts = NOTHING, []
    for number in range(1, count + 1):
        behind = amount if number == count else round_money(amount * number / count, rounding)
        parts.append(behind - paid)
        paid = behind
    return parts
