"""Tiers of a rate table: rising starts, each with its rate."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from attain.plans.component import Params
from attain.plans.values import Bound, Rate, WrittenBound, WrittenRate, number_words, percent

Boundary = Literal["upper", "lower"]


class Tier(BaseModel):
    """A tier holds from its start to the start of the next; the last one has no end."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, populate_by_name=True)

    start: WrittenBound = Field(alias="from", description="where the tier begins: 100 %, or an amount")
    rate: WrittenRate = Field(description="what is paid on it: 6 %, or a formula")


class TierParams(Params):
    """A table of tiers with rising starts, either all amounts of the measure or all per cent of the quota."""

    tiers: tuple[Tier, ...] = Field(min_length=1, description="rising starts (`from`), each with its `rate`")

    @field_validator("tiers")
    @classmethod
    def _rise(cls, tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
        must_rise("tier", [tier.start for tier in tiers])
        return tiers

    def bounds(self) -> tuple[Bound, ...]:
        """Where the tiers begin."""
        return tuple(tier.start for tier in self.tiers)

    def rates(self) -> tuple[Rate, ...]:
        """The rates of the tiers."""
        return tuple(tier.rate for tier in self.tiers)


def must_rise(what: str, starts: Sequence[Bound]) -> None:
    """Raise ValueError unless places rise from 0 or above, all amounts of the measure or all per cent of the quota."""
    if len({start.of_quota for start in starts if start.value}) > 1:
        raise ValueError(f"some {what}s begin at an amount and some at a per cent of quota; write all the same way")
    for before, after in pairwise(starts):
        if after.value <= before.value:
            raise ValueError(f"each {what} begins above the one before; {after} comes after {before}")
    if starts[0].value < 0:
        raise ValueError(f"the first {what} begins at {starts[0]}; the lowest start is 0")


def tier_words(tiers: Sequence[Tier], number: int) -> str:
    """A tier in words: ``100 % to 150 % of quota``."""
    start, following = tiers[number].start, tiers[number + 1].start if number + 1 < len(tiers) else None
    if following is None:
        return f"from {start}"
    begin = percent(start.value) if following.of_quota else format(start.value, "f")
    return f"{begin} to {following}"


def rate_words(rate: Rate) -> str:
    """A rate of the plan for reading: its formula, its number, or those of its columns."""
    if rate.columns:
        return " | ".join(f"({rate_words(one)})" if one.columns else rate_words(one) for one in rate.columns)
    return rate.formula or number_words(rate.value)
