"""Step bonus: the amount of the highest step that the measure reaches, and nothing below the first.

Steps begin at a per cent of the quota where the component has one, else at a number of the measure (5.5 turns). An
``amount`` is money, or a formula over the participant's attributes as they stand on the period's last day; it takes the
place of the amounts of lower steps. A value equal to a step has reached it; with ``boundary: lower`` it must be above.
Deal by deal, the deal that reaches a step carries what the step adds.
"""

from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from attain import money
from attain.plans.component import Component, ComponentExample, Given, Params, Piece
from attain.plans.tiers import Boundary, must_rise, rate_words
from attain.plans.values import Bound, Rate, WrittenBound, WrittenRate


class BonusStep(BaseModel):
    """A step pays its amount until the next one is reached."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, populate_by_name=True)

    start: WrittenBound = Field(alias="from", description="what must be reached")
    amount: WrittenRate = Field(description="what is then paid, in place of lower steps")


class StepBonus(Params):
    """``steps``: rising starts with the amount that is then paid; ``boundary``: where a value equal to a start is."""

    steps: tuple[BonusStep, ...] = Field(min_length=1, description="rising starts (`from`), each with its `amount`")
    boundary: Boundary = Field("upper", description="the step that a value equal to a start belongs to")

    @field_validator("steps")
    @classmethod
    def _rise(cls, steps: tuple[BonusStep, ...]) -> tuple[BonusStep, ...]:
        must_rise("step", [step.start for step in steps])
        if not steps[0].start.value:
            raise ValueError("the first step lies above 0; what is always paid is no bonus")
        return steps

    def bounds(self) -> tuple[Bound, ...]:
        """Where the steps begin."""
        return tuple(step.start for step in self.steps)

    def rates(self) -> tuple[Rate, ...]:
        """The amounts of the steps."""
        return tuple(step.amount for step in self.steps)


def _pieces(params: StepBonus, given: Given) -> tuple[Piece, ...]:
    """One piece for each step, of which only the highest that was reached holds anything."""
    zero, pieces = money.number(0), []
    reached = [
        money.reaches(given.value, given.bound(step.start), exclusive=params.boundary == "lower")
        for step in params.steps
    ]
    for number, step in enumerate(params.steps):
        cases = [(reached[number], given.rates(step.amount))]
        if number + 1 < len(params.steps):
            cases.insert(0, (reached[number + 1], zero))
        words = f"Bonus from {given.bound_words(step.start)}"
        pieces.append(Piece(words, rate_words(step.amount), money.choose(cases, zero)))
    return tuple(pieces)


_STEPS = ({"from": "5.5", "amount": 5000}, {"from": 6, "amount": 20000})

PART = Component(
    params=StepBonus,
    pieces=_pieces,
    rate=lambda _params, _given: None,
    bounds=StepBonus.bounds,
    rates=StepBonus.rates,
    rates_by_day=False,
    never_falls=False,
    percent_may_be_of_measure=True,
    examples=(
        ComponentExample({"steps": _STEPS}, Decimal(6), Decimal(20000)),
        ComponentExample({"steps": _STEPS}, Decimal("5.5"), Decimal(5000)),
        ComponentExample({"steps": _STEPS, "boundary": "lower"}, Decimal(6), Decimal(5000)),
        ComponentExample({"steps": _STEPS}, Decimal("5.4"), Decimal(0)),
        ComponentExample(
            {"steps": ({"from": "80 %", "amount": "bonus * 0.5"}, {"from": "100 %", "amount": "bonus"})},
            Decimal(99999),
            Decimal("1000.50"),
            quota=Decimal(100000),
            attributes={"bonus": Decimal(2001)},
        ),
    ),
)
