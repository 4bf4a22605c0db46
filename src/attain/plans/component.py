"""What a plan component is: given a measure's value and a quota, the pieces of pay that follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict

from attain import money
from attain.plans.values import Bound, Rate, percent


class Params(BaseModel):
    """The settings of a component kind, as they stand in the plan document."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


@dataclass(frozen=True)
class Given:
    """What a component may read, as exact SQL: ``value`` is the measure so far and ``total`` that of the whole period.

    For pay from sums both are the same; for the line of one deal ``value`` is the running total behind it. ``rates``
    turns a rate of the plan into SQL (a number, or a formula over the participant's attributes). A ratio without
    denominator has no value; then ``is_always_known`` is false and nothing is paid.
    """

    value: money.Exact
    total: money.Exact
    quota: money.Exact | None
    rates: Callable[[Rate], money.Exact]
    is_always_known: bool = True

    def bound(self, bound: Bound) -> money.Exact:
        """A bound as an amount of the measure; without a quota a per cent is that part of one (30 % of a win rate)."""
        amount = money.number(bound.value)
        return money.product(self.quota, amount) if bound.of_quota and self.quota else amount

    def bound_words(self, bound: Bound) -> str:
        """A bound in words."""
        return str(bound) if self.quota or not bound.of_quota else percent(bound.value)


@dataclass(frozen=True)
class Piece:
    """One piece of an earning: the part of the measure it pays on, its rate, and the exact amount.

    A lump sum has neither part nor rate. ``rule`` is what the plan says, in words.
    """

    label: str
    rule: str
    amount: money.Exact
    base: money.Exact | None = None
    rate: money.Exact | None = None


@dataclass(frozen=True)
class ComponentExample:
    """A worked example: settings as in a plan, the measure's value and the quota, and the pay before rounding."""

    settings: Mapping[str, Any]
    value: Decimal
    pays: Decimal
    quota: Decimal | None = None
    attributes: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Component:
    """One kind of component: its settings and its rule.

    ``pieces`` gives the pieces of an earning; their sum is the earning. ``rate`` is the rate that was reached.
    ``rates_by_day`` says that a rate from an attribute is the one of each deal's day (else that of the period's last
    day). ``never_falls`` says that more credit never pays less, as long as the rates are numbers and none is negative.
    ``percent_may_be_of_measure`` says that a per cent needs no quota; ``always_of_quota`` that it always needs one.
    """

    params: type[Params]
    pieces: Callable[[Any, Given], tuple[Piece, ...]]
    rate: Callable[[Any, Given], money.Exact | None]
    bounds: Callable[[Any], tuple[Bound, ...]]
    rates: Callable[[Any], tuple[Rate, ...]]
    examples: tuple[ComponentExample, ...]
    rates_by_day: bool = True
    never_falls: bool = True
    percent_may_be_of_measure: bool = False
    always_of_quota: bool = False

    def speaks_of_quota(self, params: Params) -> bool:
        """Whether these settings speak of the quota, as by a per cent of it."""
        return self.always_of_quota or any(bound.of_quota for bound in self.bounds(params))

    def words(self, params: Params, *, has_quota: bool) -> dict[str, str]:
        """What these settings pay, piece by piece: ``9 %`` by ``100 % to 150 % of quota``."""
        return {piece.label: piece.rule for piece in self.plain_pieces(params, has_quota=has_quota)}

    def plain_pieces(self, params: Params, *, has_quota: bool) -> tuple[Piece, ...]:
        """The pieces at nothing sold, for who asks what they are called and what they pay on."""
        nothing = money.number(0)
        given = Given(nothing, nothing, money.number(1) if has_quota else None, lambda _: nothing)
        return self.pieces(params, given)
