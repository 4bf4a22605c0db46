"""Graduated tiers: each rate pays only on the part of the measure inside its tier (marginal).

The running total of the period walks through the tiers, so a deal that crosses a bound is paid at both rates; whether
pay comes from the period's sum or deal by deal, the total is the same. With ``processing: deal_by_deal`` each deal's
own part is stored with every run. Below the first start nothing is paid, except that a negative total gives back at
the first rate where the first tier begins at 0.
"""

from decimal import Decimal
from typing import Literal

from pydantic import Field

from attain import money
from attain.plans.component import Component, ComponentExample, Given, Piece
from attain.plans.tiers import TierParams, rate_words, tier_words
from attain.plans.values import Rate

ZERO = money.number(0)


class GraduatedTiers(TierParams):
    """``tiers``: rising starts with the rate of the part above each; ``processing``: what is stored."""

    processing: Literal["period", "deal_by_deal"] = Field(
        "period", description="period: one sum; deal_by_deal: each deal's part on the running total is stored too"
    )


def _pieces(params: GraduatedTiers, given: Given) -> tuple[Piece, ...]:
    pieces = []
    for number, tier in enumerate(params.tiers):
        part = given.value
        if number + 1 < len(params.tiers):
            part = money.least(part, given.bound(params.tiers[number + 1].start))
        if tier.start.value:
            start = given.bound(tier.start)
            part = money.greatest(money.difference(part, start), ZERO)
        elif number:
            part = money.greatest(part, ZERO)
        rate = given.rates(tier.rate)
        pieces.append(
            Piece(tier_words(params.tiers, number), rate_words(tier.rate), money.product(part, rate), part, rate)
        )
    return tuple(pieces)


def _rate(params: GraduatedTiers, given: Given) -> money.Exact:
    """The rate of the highest tier that the total has entered."""
    cases = [
        (money.reaches(given.total, given.bound(tier.start), exclusive=True), given.rates(tier.rate))
        for tier in reversed(params.tiers[1:])
    ]
    first = given.rates(params.tiers[0].rate)
    if params.tiers[0].start.value:
        cases.append((money.reaches(given.total, given.bound(params.tiers[0].start), exclusive=True), first))
        first = given.rates(Rate(value=Decimal(0)))
    return money.choose(cases, first) if cases else first


_TIERS = ({"from": "0 %", "rate": "6 %"}, {"from": "100 %", "rate": "9 %"}, {"from": "150 %", "rate": "12 %"})

PART = Component(
    params=GraduatedTiers,
    pieces=_pieces,
    rate=_rate,
    bounds=GraduatedTiers.bounds,
    rates=GraduatedTiers.rates,
    examples=(
        ComponentExample({"tiers": _TIERS}, Decimal(120000), Decimal(7800), quota=Decimal(100000)),
        ComponentExample({"tiers": _TIERS}, Decimal(200000), Decimal(16500), quota=Decimal(100000)),
        ComponentExample({"tiers": _TIERS}, Decimal(-1000), Decimal(-60), quota=Decimal(100000)),
        ComponentExample(
            {"tiers": ({"from": 10000, "rate": "5 %"}, {"from": 25000, "rate": "7 %"})}, Decimal(30000), Decimal(1100)
        ),
    ),
)
