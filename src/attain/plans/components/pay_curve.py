"""Pay curve: a part of a target amount that rises in a straight line from point to point of attainment (interpolated).

Each point says how much of ``target`` is paid at a per cent of the quota, or at a number of the measure where the
component has no quota. Below the first point nothing is paid, so that a first point that pays more than 0 % is a
threshold; above the last point pay stays (``beyond: flat``, a cap) or goes on rising as before it (``beyond: rising``).
``target`` is money, or a formula over the participant's attributes as they stand on the period's last day. What a part
of the way brings is divided once, to twelve digits, before the earning is rounded.
"""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from attain import money
from attain.plans.component import Component, ComponentExample, Given, Params, Piece
from attain.plans.tiers import must_rise, rate_words
from attain.plans.values import Bound, Rate, WrittenBound, WrittenRate, percent

ZERO = money.number(0)


class CurvePoint(BaseModel):
    """How much of the target is paid at a place."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    at: WrittenBound = Field(description="a per cent of the quota, or a number of the measure")
    pays: WrittenRate = Field(description="the part of the target that is paid there, such as 100 %")

    @field_validator("pays")
    @classmethod
    def _is_number(cls, pays: Rate) -> Rate:
        if pays.value is None or pays.value < 0:
            raise ValueError("write a per cent of the target such as 100 %")
        return pays

    @property
    def part(self) -> Decimal:
        """The part of the target that is paid at the point."""
        return self.pays.value or Decimal(0)


class PayCurve(Params):
    """``target``: what 100 % pays; ``points``: rising places and parts of it; ``beyond``: above the last point."""

    target: WrittenRate = Field(description="what is paid where a point says 100 %")
    points: tuple[CurvePoint, ...] = Field(min_length=2, description="rising places (`at`), each with what it `pays`")
    beyond: Literal["flat", "rising"] = Field("flat", description="above the last point: flat, or rising as before it")

    @model_validator(mode="after")
    def _rise(self) -> "PayCurve":
        must_rise("point", self.bounds())
        if not self.points[0].at.value and self.points[0].part:
            raise ValueError("a first point at 0 pays 0 %; what is always paid is no part of a target")
        for before, after in pairwise(self.points):
            if after.part < before.part:
                raise ValueError(f"a curve never falls; at {after.at} it pays less than at {before.at}")
        return self

    def bounds(self) -> tuple[Bound, ...]:
        """Where the points lie."""
        return tuple(point.at for point in self.points)


def _pieces(params: PayCurve, given: Given) -> tuple[Piece, ...]:
    """What the first point pays at once, and what each stretch between points adds."""
    points, target, first = params.points, given.rates(params.target), params.points[0]
    pieces = []
    if first.part:
        reached = money.reaches(given.value, given.bound(first.at))
        at_once = money.choose([(reached, money.product(target, money.number(first.part)))], ZERO)
        pieces.append(Piece(f"At {given.bound_words(first.at)}", _words(params, first.part), at_once))
    for number, (before, after) in enumerate(pairwise(points)):
        start, end = given.bound(before.at), given.bound(after.at)
        part = money.greatest(money.difference(given.value, start), ZERO)
        if params.beyond == "flat" or number + 2 < len(points):
            part = money.least(part, money.difference(end, start))
        more = after.part - before.part
        amount = money.product(money.product(part, money.number(more)), target)
        words = f"{given.bound_words(before.at)} to {given.bound_words(after.at)}"
        width = given.bound_words(replace(after.at, value=after.at.value - before.at.value))
        rule = f"{_words(params, more)} over {width}"
        pieces.append(Piece(words, rule, money.quotient(amount, money.difference(end, start)), part))
    return tuple(pieces)


def _words(params: PayCurve, part: Decimal) -> str:
    return f"{percent(part)} of {rate_words(params.target)}"


_POINTS = ({"at": "70 %", "pays": 0}, {"at": "100 %", "pays": "100 %"}, {"at": "150 %", "pays": "200 %"})
_FILED = ({"at": "80 %", "pays": "80 %"}, {"at": "100 %", "pays": "100 %"}, {"at": "120 %", "pays": "160 %"})


def _example(value: int, pays: str, **more: str) -> ComponentExample:
    settings = {"target": 10000, "points": _POINTS, **more}
    return ComponentExample(settings, Decimal(value), Decimal(pays), quota=Decimal(100000))


def _filed(value: int, pays: int) -> ComponentExample:
    """A filed plan: half of the base pay of 100,000 at 100 %."""
    settings = {"target": "base_salary * 0.5", "points": _FILED}
    attributes = {"base_salary": Decimal(100000)}
    return ComponentExample(settings, Decimal(value), Decimal(pays), Decimal(100), attributes)


PART = Component(
    params=PayCurve,
    pieces=_pieces,
    rate=lambda _params, _given: None,
    bounds=PayCurve.bounds,
    rates=lambda params: (params.target,),
    rates_by_day=False,
    percent_may_be_of_measure=True,
    examples=(
        _example(70000, "0"),
        _example(85000, "5000"),
        _example(120000, "14000"),
        _example(160000, "20000"),
        _example(160000, "22000", beyond="rising"),
        _example(99999, "9999.666666666667"),
        _filed(79, 0),
        _filed(80, 40000),
        _filed(110, 65000),
        _filed(130, 80000),
    ),
)
