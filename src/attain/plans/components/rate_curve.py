"""Rate curve: a rate that rises or falls in a straight line from point to point, paid on everything (blended rate).

Each point says the rate at a per cent of the quota, or at a number of the measure where the component has no quota. The
rate of the total is read from the line between its two points, and pays on the whole of it. Below the first point its
rate holds, above the last point the last one. A table of tiers of which each adds its rate in proportion to how far it
is passed (1 % up to 1,000, then 2 % up to 5,000) is the curve with the rates added up: 0 % at 0, 1 % at 1,000, 3 % at
5,000. What a part of the way brings is divided once, to twelve digits, before the earning is rounded.
"""

from decimal import Decimal
from itertools import pairwise

from pydantic import BaseModel, ConfigDict, Field, field_validator

from attain import money
from attain.plans.component import Component, ComponentExample, Given, Params, Piece
from attain.plans.tiers import must_rise, rate_words
from attain.plans.values import Bound, Rate, WrittenBound, WrittenRate

ZERO = money.number(0)


class RatePoint(BaseModel):
    """The rate at a place."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    at: WrittenBound = Field(description="a per cent of the quota, or a number of the measure")
    rate: WrittenRate = Field(description="the rate that holds there: 6 %")

    @field_validator("rate")
    @classmethod
    def _is_number(cls, rate: Rate) -> Rate:
        if rate.value is None:
            raise ValueError("write a number or a per cent such as 6 %")
        return rate

    @property
    def exact(self) -> Decimal:
        """The rate as a number."""
        return self.rate.value or Decimal(0)


class RateCurve(Params):
    """``points``: rising places, each with the rate that holds there."""

    points: tuple[RatePoint, ...] = Field(min_length=2, description="rising places (`at`), each with its `rate`")

    @field_validator("points")
    @classmethod
    def _rise(cls, points: tuple[RatePoint, ...]) -> tuple[RatePoint, ...]:
        must_rise("point", [point.at for point in points])
        return points

    def bounds(self) -> tuple[Bound, ...]:
        """Where the points lie."""
        return tuple(point.at for point in self.points)


def _pieces(params: RateCurve, given: Given) -> tuple[Piece, ...]:
    """What the first rate pays, and what each stretch between points adds to the rate."""
    first = params.points[0]
    rate = money.number(first.exact)
    pieces = []
    if first.exact:
        words = f"Rate at {given.bound_words(first.at)}"
        pieces.append(Piece(words, rate_words(first.rate), money.product(given.value, rate), given.value, rate))
    for before, after in pairwise(params.points):
        start, end = given.bound(before.at), given.bound(after.at)
        width = money.difference(end, start)
        part = money.least(money.greatest(money.difference(given.total, start), ZERO), width)
        more = money.product(part, money.number(after.exact - before.exact))
        amount = money.quotient(money.product(given.value, more), width)
        words = f"{given.bound_words(before.at)} to {given.bound_words(after.at)}"
        rule = f"{rate_words(before.rate)} to {rate_words(after.rate)}, by how far it is passed"
        pieces.append(Piece(words, rule, amount, given.value, money.quotient(more, width)))
    return tuple(pieces)


def _rate(params: RateCurve, given: Given) -> money.Exact:
    """The rate of the total."""
    pieces = _pieces(params, given)
    return money.total([piece.rate for piece in pieces if piece.rate])


_POINTS = ({"at": 0, "rate": 0}, {"at": 1000, "rate": "1 %"}, {"at": 5000, "rate": "3 %"}, {"at": 10000, "rate": "6 %"})
_OF_QUOTA = ({"at": "50 %", "rate": "2 %"}, {"at": "100 %", "rate": "6 %"})

PART = Component(
    params=RateCurve,
    pieces=_pieces,
    rate=_rate,
    bounds=RateCurve.bounds,
    rates=lambda _: (),
    never_falls=False,
    examples=(
        ComponentExample({"points": _POINTS}, Decimal(2000), Decimal(30)),
        ComponentExample({"points": _POINTS}, Decimal(1000), Decimal(10)),
        ComponentExample({"points": _POINTS}, Decimal(20000), Decimal(1200)),
        ComponentExample({"points": _OF_QUOTA}, Decimal(750), Decimal(30), quota=Decimal(1000)),
        ComponentExample({"points": _OF_QUOTA}, Decimal(200), Decimal(4), quota=Decimal(1000)),
    ),
)
