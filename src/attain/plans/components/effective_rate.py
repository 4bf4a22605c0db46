"""Effective rate: a target incentive divided by the quota is the rate, so that 100 % of the quota pays the target.

Tiers say how many `times` that rate is paid, and ``tiers_pay`` in which of the three ways: each on the part inside its
tier (``graduated``), the one reached on everything above the second start (``overage``), or the one reached on
everything (``retroactive``). ``target`` is money, or a formula over the participant's attributes as they stand on the
period's last day, such as ``(ote - base_salary) * 0.6``. The rate is kept exact, unless ``rate_digits`` says to how
many digits it is rounded (half away from zero) before anything is multiplied by it. Source: the individual commission
rate of sales compensation, target incentive × weight ÷ quota.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from attain import money
from attain.plans.component import Component, ComponentExample, Given, Params, Piece
from attain.plans.components import graduated_tiers, overage_tiers, retroactive_tiers
from attain.plans.tiers import Boundary, TierParams, must_rise, rate_words
from attain.plans.values import Bound, Rate, WrittenBound, WrittenRate

_WAYS = {"graduated": graduated_tiers, "overage": overage_tiers, "retroactive": retroactive_tiers}


class TimesTier(BaseModel):
    """From a start on the effective rate is paid so many times."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, populate_by_name=True)

    start: WrittenBound = Field(alias="from", description="where the tier begins: 100 %, or an amount")
    times: WrittenRate = Field(description="how many times the effective rate is paid: 1.5")

    @field_validator("times")
    @classmethod
    def _is_number(cls, times: Rate) -> Rate:
        if times.value is None or times.value < 0:
            raise ValueError("write a number such as 1.5")
        return times


class EffectiveRate(Params):
    """``target``: what 100 % of the quota pays; ``tiers`` with ``times``; ``tiers_pay``; ``rate_digits``."""

    target: WrittenRate = Field(description="what 100 % of the quota pays")
    tiers: tuple[TimesTier, ...] = Field(min_length=1, description="rising starts (`from`), each with its `times`")
    tiers_pay: Literal["graduated", "overage", "retroactive"] = Field(description="what a tier's times are paid on")
    boundary: Boundary = Field("upper", description="the tier that a total equal to a start belongs to")
    rate_digits: int | None = Field(None, ge=0, le=9, description="digits the rate is rounded to; default: exact")

    @field_validator("tiers")
    @classmethod
    def _rise(cls, tiers: tuple[TimesTier, ...]) -> tuple[TimesTier, ...]:
        must_rise("tier", [tier.start for tier in tiers])
        return tiers

    @property
    def table(self) -> TierParams:
        """The tiers as those of the way in which they pay."""
        part = _WAYS[self.tiers_pay].PART
        written: dict[str, object] = {"tiers": [{"from": tier.start, "rate": tier.times} for tier in self.tiers]}
        if self.tiers_pay != "graduated":
            written["boundary"] = self.boundary
        table: TierParams = part.params.model_validate(written)
        return table

    def bounds(self) -> tuple[Bound, ...]:
        """Where the tiers begin; at least one per cent, since the rate is that of a quota."""
        return tuple(tier.start for tier in self.tiers)


def _in_times(given: Given) -> Given:
    """What the table reads: its rates are times."""
    return replace(given, rates=lambda times: money.number(times.value or 0))


def _effective(params: EffectiveRate, given: Given, amount: money.Exact) -> money.Exact:
    """A number of units, or of times, at the effective rate."""
    target, quota = given.rates(params.target), given.quota or money.number(1)
    if params.rate_digits is None:
        return money.quotient(money.product(amount, target), quota)
    return money.product(amount, money.rounded(money.quotient(target, quota), money.Rounding(params.rate_digits)))


def _pieces(params: EffectiveRate, given: Given) -> tuple[Piece, ...]:
    pieces = _WAYS[params.tiers_pay].PART.pieces(params.table, _in_times(given))
    rule = f"× {rate_words(params.target)} ÷ quota"
    return tuple(
        replace(
            piece,
            rule=f"{_times(tier)} {rule}",
            amount=_effective(params, given, piece.amount),
            rate=_effective(params, given, piece.rate) if piece.rate else None,
        )
        for tier, piece in zip(params.tiers, pieces, strict=True)
    )


def _times(tier: TimesTier) -> str:
    return f"{(tier.times.value or Decimal(0)).normalize():f}"


def _rate(params: EffectiveRate, given: Given) -> money.Exact | None:
    reached = _WAYS[params.tiers_pay].PART.rate(params.table, _in_times(given))
    return _effective(params, given, reached) if reached else None


_TIERS = ({"from": "0 %", "times": 1}, {"from": "100 %", "times": "1.5"}, {"from": "125 %", "times": 2})


def _example(value: int, pays: str, way: str, **more: int) -> ComponentExample:
    settings = {"target": "ote - base", "tiers": _TIERS, "tiers_pay": way, **more}
    attributes = {"ote": Decimal(160000), "base": Decimal(80000)}
    return ComponentExample(settings, Decimal(value), Decimal(pays), Decimal(150000), attributes)


PART = Component(
    params=EffectiveRate,
    pieces=_pieces,
    rate=_rate,
    bounds=EffectiveRate.bounds,
    rates=lambda params: (params.target,),
    rates_by_day=False,
    never_falls=False,
    always_of_quota=True,
    examples=(
        _example(150000, "80000", "graduated"),
        _example(178000, "102400", "graduated"),
        _example(178000, "102393.6", "overage", rate_digits=4),
        _example(225000, "150000", "graduated"),
        _example(225000, "160000", "overage"),
        _example(225000, "240000", "retroactive"),
        _example(-1500, "-800", "graduated"),
    ),
)
