"""Overage tiers: up to the second tier the first rate pays; everything above it pays the rate of the tier reached.

It lies between graduated and retroactive tiers: what is sold up to the quota keeps its rate, and reaching a higher tier
raises the rate of all overage, so pay jumps at each start from the third on. A total equal to a start has reached that
tier; with ``boundary: lower`` it must be above. A negative total gives back at the first rate.
"""

from decimal import Decimal

from pydantic import Field, field_validator
from sqlglot import exp

from attain import money
from attain.plans.component import Component, ComponentExample, Given, Piece
from attain.plans.tiers import Boundary, Tier, TierParams, rate_words, tier_words

ZERO = money.number(0)


class OverageTiers(TierParams):
    """``tiers``: the first from 0, the second where overage begins; ``boundary``: where a total equal to a start is."""

    boundary: Boundary = Field("upper", description="the tier that a total equal to a start belongs to")

    @field_validator("tiers")
    @classmethod
    def _have_overage(cls, tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
        if len(tiers) < 2 or tiers[0].start.value:
            raise ValueError("write a first tier from 0, and at least one more, from where overage is paid")
        return tiers


def _reached(params: OverageTiers, given: Given, number: int) -> exp.Expr:
    """The condition that the whole total has reached a tier."""
    start = given.bound(params.tiers[number].start)
    return money.reaches(given.total, start, exclusive=params.boundary == "lower")


def _pieces(params: OverageTiers, given: Given) -> tuple[Piece, ...]:
    """One piece up to the overage, and one for each tier above, of which only the one reached holds anything."""
    tiers, start = params.tiers, given.bound(params.tiers[1].start)
    overage = money.greatest(money.difference(given.value, start), ZERO)
    parts = [money.least(given.value, start)]
    for number in range(1, len(tiers)):
        cases = [(_reached(params, given, number + 1), ZERO)] if number + 1 < len(tiers) else []
        cases += [(_reached(params, given, number), overage)] if number > 1 else []
        parts.append(money.choose(cases, ZERO if number > 1 else overage) if cases else overage)
    return tuple(
        Piece(
            tier_words(tiers, number),
            rate_words(tier.rate),
            money.product(part, given.rates(tier.rate)),
            part,
            given.rates(tier.rate),
        )
        for number, (tier, part) in enumerate(zip(tiers, parts, strict=True))
    )


def _rate(params: OverageTiers, given: Given) -> money.Exact:
    """The rate of the tier that the total reaches."""
    cases = [
        (_reached(params, given, number), given.rates(params.tiers[number].rate))
        for number in reversed(range(1, len(params.tiers)))
    ]
    return money.choose(cases, given.rates(params.tiers[0].rate))


_TIERS = (
    {"from": "0 %", "rate": "rate"},
    {"from": "100 %", "rate": "rate * 1.5"},
    {"from": "125 %", "rate": "rate * 2"},
    {"from": "150 %", "rate": "rate * 2.5"},
)


def _example(value: int, rate: str, pays: int, **more: str) -> ComponentExample:
    settings = {"tiers": _TIERS, **more}
    return ComponentExample(settings, Decimal(value), Decimal(pays), Decimal(100000), {"rate": Decimal(rate)})


PART = Component(
    params=OverageTiers,
    pieces=_pieces,
    rate=_rate,
    bounds=OverageTiers.bounds,
    rates=OverageTiers.rates,
    never_falls=False,
    examples=(
        _example(80000, "0.6", 48000),
        _example(110000, "0.6", 69000),
        _example(140000, "0.5", 90000),
        _example(175000, "0.6", 172500),
        _example(125000, "0.6", 90000),
        _example(125000, "0.6", 82500, boundary="lower"),
        _example(-1000, "0.6", -600),
    ),
)
