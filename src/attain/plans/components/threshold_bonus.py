"""Threshold bonus: a fixed amount once the measure reaches the threshold, else nothing.

``threshold`` is a per cent of the quota where the component has one, else a number of the measure (``30 %`` of a win
rate is 0.3). ``amount`` is money, or a formula over the participant's attributes as they stand on the period's last
day. Deal by deal, the deal that reaches the threshold carries the bonus.
"""

from decimal import Decimal

from pydantic import Field, field_validator

from attain import money
from attain.plans.component import Component, ComponentExample, Given, Params, Piece
from attain.plans.tiers import rate_words
from attain.plans.values import Bound, WrittenBound, WrittenRate


class ThresholdBonus(Params):
    """``threshold``: what must be reached; ``amount``: what is then paid."""

    threshold: WrittenBound = Field(description="what must be reached: of the measure, or per cent of the quota")
    amount: WrittenRate = Field(description="what is then paid")

    @field_validator("threshold")
    @classmethod
    def _above_zero(cls, threshold: Bound) -> Bound:
        if threshold.value <= 0:
            raise ValueError("a threshold lies above 0; what is always paid is no bonus")
        return threshold


def _pieces(params: ThresholdBonus, given: Given) -> tuple[Piece, ...]:
    reached = money.reaches(given.value, given.bound(params.threshold))
    amount = money.choose([(reached, given.rates(params.amount))], money.number(0))
    return (Piece(f"Bonus from {given.bound_words(params.threshold)}", rate_words(params.amount), amount),)


PART = Component(
    params=ThresholdBonus,
    pieces=_pieces,
    rate=lambda _params, _given: None,
    bounds=lambda params: (params.threshold,),
    rates=lambda params: (params.amount,),
    rates_by_day=False,
    percent_may_be_of_measure=True,
    examples=(
        ComponentExample({"threshold": "100 %", "amount": 1500}, Decimal(90000), Decimal(1500), quota=Decimal(90000)),
        ComponentExample({"threshold": "100 %", "amount": 1500}, Decimal("89999.99"), Decimal(0), quota=Decimal(90000)),
        ComponentExample(
            {"threshold": 20, "amount": "target_incentive * 0.1"},
            Decimal(21),
            Decimal("2000.50"),
            attributes={"target_incentive": Decimal(20005)},
        ),
    ),
)
