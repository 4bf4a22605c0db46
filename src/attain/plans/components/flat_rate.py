"""Flat rate: the same rate on every unit of the measure.

``rate`` is a part of a measure in money (``6 %``), money per unit of a count (``250`` per deal), or a formula over the
participant's attributes (``commission_rate``), which then is the rate of each deal's own day. A negative measure
(returns above sales) gives negative pay.
"""

from decimal import Decimal

from pydantic import Field

from attain import money
from attain.plans.component import Component, ComponentExample, Given, Params, Piece
from attain.plans.tiers import rate_words
from attain.plans.values import WrittenRate


class FlatRate(Params):
    """``rate``: what each unit of the measure pays."""

    rate: WrittenRate = Field(description="what each unit of the measure pays")


def _pieces(params: FlatRate, given: Given) -> tuple[Piece, ...]:
    rate = given.rates(params.rate)
    return (Piece("Flat rate", rate_words(params.rate), money.product(given.value, rate), given.value, rate),)


PART = Component(
    params=FlatRate,
    pieces=_pieces,
    rate=lambda params, given: given.rates(params.rate),
    bounds=lambda _: (),
    rates=lambda params: (params.rate,),
    examples=(
        ComponentExample({"rate": "6 %"}, Decimal("120000.50"), Decimal("7200.03")),
        ComponentExample({"rate": 250}, Decimal(4), Decimal(1000)),
        ComponentExample(
            {"rate": "commission_rate"}, Decimal(-200), Decimal(-3), attributes={"commission_rate": Decimal("0.015")}
        ),
    ),
)
