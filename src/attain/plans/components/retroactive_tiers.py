"""Retroactive tiers: the tier that the whole period reaches pays on everything, from the first unit.

A total equal to a start has reached that tier; with ``boundary: lower`` it must be above. Reaching a tier raises the
pay of what was sold before, so pay jumps at each start; a table whose rates fall can make more credit pay less.
"""

from decimal import Decimal

from pydantic import Field

from attain import money
from attain.plans.component import Component, ComponentExample, Given, Piece
from attain.plans.tiers import Boundary, TierParams, rate_words, tier_words
from attain.plans.values import Rate

ZERO = money.number(0)


class RetroactiveTiers(TierParams):
    """``tiers``: rising starts with the rate that then pays on all; ``boundary``: where a total equal to a start is."""

    boundary: Boundary = Field("upper", description="the tier that a total equal to a start belongs to")


def _rate(params: RetroactiveTiers, given: Given) -> money.Exact:
    """The rate of the tier that the total reaches."""
    cases = [
        (
            money.reaches(given.total, given.bound(tier.start), exclusive=params.boundary == "lower"),
            given.rates(tier.rate),
        )
        for tier in reversed(params.tiers[1:])
    ]
    first = given.rates(params.tiers[0].rate)
    if params.tiers[0].start.value:
        start = given.bound(params.tiers[0].start)
        cases.append((money.reaches(given.total, start, exclusive=params.boundary == "lower"), first))
        first = given.rates(Rate(value=Decimal(0)))
    return money.choose(cases, first) if cases else first


def _pieces(params: RetroactiveTiers, given: Given) -> tuple[Piece, ...]:
    """One piece for each tier, of which only the one that was reached holds anything."""
    pieces = []
    for number, tier in enumerate(params.tiers):
        exclusive = params.boundary == "lower"
        reached = money.reaches(given.total, given.bound(tier.start), exclusive=exclusive)
        cases = [(reached, given.value)]
        otherwise = ZERO
        if number == 0 and not tier.start.value:
            cases, otherwise = [], given.value
        if number + 1 < len(params.tiers):
            beyond = money.reaches(given.total, given.bound(params.tiers[number + 1].start), exclusive=exclusive)
            cases.insert(0, (beyond, ZERO))
        part = money.choose(cases, otherwise) if cases else otherwise
        rate = given.rates(tier.rate)
        pieces.append(
            Piece(tier_words(params.tiers, number), rate_words(tier.rate), money.product(part, rate), part, rate)
        )
    return tuple(pieces)


_TIERS = ({"from": 0, "rate": "5 %"}, {"from": 10000, "rate": "7 %"}, {"from": 25000, "rate": "10 %"})

PART = Component(
    params=RetroactiveTiers,
    pieces=_pieces,
    rate=_rate,
    bounds=RetroactiveTiers.bounds,
    rates=RetroactiveTiers.rates,
    never_falls=False,
    examples=(
        ComponentExample({"tiers": _TIERS}, Decimal(30000), Decimal(3000)),
        ComponentExample({"tiers": _TIERS}, Decimal(10000), Decimal(700)),
        ComponentExample({"tiers": _TIERS, "boundary": "lower"}, Decimal(10000), Decimal(500)),
        ComponentExample({"tiers": _TIERS}, Decimal(-100), Decimal(-5)),
    ),
)
