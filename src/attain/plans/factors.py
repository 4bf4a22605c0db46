"""What other measures decide of a component: a gate opens it and a multiplier scales it (its factors).

A factor looks at its measure over the whole period of the component: at the value, or at the part of the quota where it
names one. Without a value, or without a quota above 0 where it names one, a gate is closed and a multiplier is at its
first tier. The cap of a component is taken after its factors.
"""

from __future__ import annotations

from abc import abstractmethod
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlglot import exp

from attain import money
from attain.plans.tiers import Boundary, must_rise
from attain.plans.values import Bound, Rate, WrittenBound, percent, read_rate
from attain.quotas.cells import QuotaSource


class Deciding(BaseModel):
    """What is chosen for a component by the value of another measure, or by its part of a quota."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, populate_by_name=True)

    measure: str = Field(description="the measure that decides")
    quota: QuotaSource | None = Field(
        None, description="the quota that per cents are of; without, of the measure itself"
    )
    boundary: Boundary = Field(
        "upper", description="upper: who is exactly at a start has reached it; lower: must be above"
    )

    @property
    @abstractmethod
    def cases(self) -> tuple[tuple[Bound, Decimal], ...]:
        """Where each begins, rising, and what it is; the first holds below as well."""

    @abstractmethod
    def words(self, times: Decimal, measure: str) -> str:
        """What happens to the pay there; ``measure`` is what its measure is called."""

    @abstractmethod
    def rule(self, measure: str) -> str:
        """What the plan says, in words."""

    def exact(self, value: money.Exact, quota: money.Exact | None) -> money.Exact:
        """What is chosen, in SQL, at a value of the measure and a quota, either of which may be null."""
        first, *others = self.cases
        known = [money.reaches(quota, money.number(0), exclusive=True)] if self.quota and quota else []
        cases = []
        for bound, times in reversed(others):
            start = money.number(bound.value)
            if bound.of_quota and self.quota and quota:
                start = money.product(quota, start)
            reached = money.reaches(value, start, exclusive=self.boundary == "lower")
            cases.append((exp.and_(*known, reached), money.number(times)))
        return money.choose(cases, money.number(first[1])) if cases else money.number(first[1])

    def bound_words(self, bound: Bound) -> str:
        """A start in words: ``80 % of quota``, ``40 %`` of a ratio, or a number."""
        if not bound.of_quota:
            return f"{bound.value:,f}"
        return str(bound) if self.quota else percent(bound.value)


class Factor(Deciding):
    """What the pay of a component is multiplied by."""


class Gate(Factor):
    """``reaches``: the component pays nothing until the measure is there."""

    reaches: WrittenBound = Field(description="what the measure must reach: 40 %, or an amount")

    @property
    def cases(self) -> tuple[tuple[Bound, Decimal], ...]:
        """Closed, then open."""
        return (Bound(Decimal(0)), Decimal(0)), (self.reaches, Decimal(1))

    def words(self, times: Decimal, measure: str) -> str:
        """Whether the gate is open."""
        return f"Gate {'open' if times else 'closed'}: it asks for {self._wanted(measure)}"

    def rule(self, measure: str) -> str:
        """What opens it."""
        return f"nothing without {self._wanted(measure)}"

    def _wanted(self, measure: str) -> str:
        return f"{measure} {'above' if self.boundary == 'lower' else 'of at least'} {self.bound_words(self.reaches)}"


class Times(BaseModel):
    """From a start on the pay is taken so many times."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, populate_by_name=True)

    start: WrittenBound = Field(alias="from", description="where it begins")
    times: Decimal = Field(ge=0, description="how many times the pay is taken: 1.2")

    @field_validator("times", mode="before")
    @classmethod
    def _as_number(cls, written: object) -> object:
        rate = read_rate(written)
        return rate.value if isinstance(rate, Rate) and rate.value is not None else written


class Multiplier(Factor):
    """``tiers``: rising starts, the first at 0, each with the ``times`` that the pay is then taken."""

    tiers: tuple[Times, ...] = Field(min_length=1, description="rising starts (`from`), each with its `times`")

    @field_validator("tiers")
    @classmethod
    def _rise(cls, tiers: tuple[Times, ...]) -> tuple[Times, ...]:
        must_rise("tier", [tier.start for tier in tiers])
        if tiers[0].start.value:
            raise ValueError("the first tier begins at 0, so that it is clear what is paid below the others")
        return tiers

    @property
    def cases(self) -> tuple[tuple[Bound, Decimal], ...]:
        """The tiers."""
        return tuple((tier.start, tier.times) for tier in self.tiers)

    def words(self, times: Decimal, measure: str) -> str:
        """How many times the pay is taken, and by which tier."""
        bound = next((start for start, one in reversed(self.cases) if one == times), self.cases[0][0])
        return f"× {times.normalize():f} for {measure} from {self.bound_words(bound)}"

    def rule(self, measure: str) -> str:
        """The tiers in one line."""
        tiers = (f"{times.normalize():f} from {self.bound_words(start)}" for start, times in self.cases)
        return f"times {', '.join(tiers)}, by {measure}"
