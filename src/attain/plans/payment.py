"""The payment of a plan as written: when it pays, draws, holdbacks, maximums and the minimum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from attain.calendar import PeriodKind
from attain.plans.values import Rate, WrittenRate, read_rate
from attain.quotas.proration import Prorated
from attain.spans import WrittenSpan

_STRICT = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, populate_by_name=True)


def _part(written: object) -> object:
    """A part as a number: ``20 %`` or 0.2."""
    rate = read_rate(written)
    return rate.value if isinstance(rate, Rate) and rate.value is not None else written


Part = Annotated[Decimal, BeforeValidator(_part), Field(ge=0, le=1)]


class Recovery(BaseModel):
    """How what a draw paid is taken back."""

    model_config = _STRICT

    part: Part = Field(Decimal(1), description="the part of what it is taken out of: 50 %")
    of: Literal["excess", "earnings"] | None = Field(
        None, description="excess: what is above the draw, so that pay never falls below it; earnings: all of it"
    )
    start: date | None = Field(None, alias="from", description="periods that end after this day; default: at once")
    after: int = Field(0, ge=0, description="so many periods of payment of one's draw before it begins")
    forgiven: date | None = Field(None, description="what is still owed after this day's period is forgiven")


class Amount(BaseModel):
    """A part of the payment that speaks of an amount for each period of payment."""

    model_config = _STRICT

    amount: WrittenRate = Field(description="for each period of payment: money, or a formula over attributes")
    prorated: Prorated = Field("none", description="by which days somebody is on the plan in a period")


class Draw(Amount):
    """An amount for each period of payment that does not wait for earnings."""

    name: str = Field(min_length=1)
    pays: Literal["guarantee", "additive"] = Field(
        description="guarantee: what earnings lack of the amount; additive: the amount on top of them"
    )
    recoverable: bool = Field(description="whether it is taken back from later earnings")
    paid: Literal["end", "start"] = Field("end", description="start: in advance, settled when the period ends")
    recovery: Recovery = Recovery()
    effective: WrittenSpan | None = Field(None, description="periods of payment that begin in it; default: all")
    periods: int | None = Field(None, ge=1, description="so many, from the first in which somebody is on the plan")

    @property
    def of_excess(self) -> bool:
        """Whether it is taken back only out of what is above it."""
        return (self.recovery.of or ("excess" if self.pays == "guarantee" else "earnings")) == "excess"


class Clawback(BaseModel):
    """What was paid for a fact that is cancelled is taken back, at the rate at which it was paid.

    The measure keeps the fact: whoever wants attainment to fall enters the return as a fact of its own, with a negative
    amount, and needs no clawback.
    """

    model_config = _STRICT

    name: str = Field("Clawback", min_length=1)
    of: tuple[str, ...] | None = Field(None, description="components; default: all of which a fact has its own part")
    within: int | None = Field(None, ge=1, description="so many months after the fact's day; later nothing is taken")
    part: Part | Literal["unserved"] = Field(
        Decimal(1), description="the part that is taken back; unserved: by the months of its term that were not served"
    )
    term: int | None = Field(None, ge=1, description="months for which a fact is sold, where its row does not say")
    instalments: int = Field(1, ge=1, description="taken in so many periods of payment, from that of the cancellation")
    most: Part | None = Field(None, description="at most this part of what is earned in a period; the rest waits")
    forgiven: int | None = Field(None, ge=1, description="so many periods of payment later it is written off")
    attainment: Literal["kept"] = Field(description="kept: the measure keeps the fact that was cancelled")


class Holdback(BaseModel):
    """A part of earnings that is paid later."""

    model_config = _STRICT

    name: str = Field("Holdback", min_length=1)
    part: Part = Field(description="the part that is held back: 20 %")
    of: tuple[str, ...] | None = Field(None, description="components; default: all")
    periods: int | None = Field(None, ge=1, description="released so many periods of payment later")
    until: date | None = Field(None, description="released in the period of payment that holds this day")

    @model_validator(mode="after")
    def _has_release(self) -> Holdback:
        if (self.periods is None) == (self.until is None):
            raise ValueError("say when it is released: 'periods: 3' later, or 'until: 2026-12-31'")
        return self


class Hold(BaseModel):
    """A part of what is earned for a fact that is paid when something has happened to it."""

    model_config = _STRICT

    name: str = Field(min_length=1, description="name, which its balance goes by")
    until: str = Field(description="date column of the fact: paid with the period that holds the day; empty: held")
    part: Part = Field(Decimal(1), description="the part that is held: 50 %")
    of: tuple[str, ...] | None = Field(None, description="components; default: all of which a fact has its own part")

    def holds(self, component: str) -> bool:
        """Whether it holds what a component pays."""
        return self.of is None or component in self.of


class Maximum(Amount):
    """The most that is paid in a period of payment, of some components or of all."""

    name: str = Field("Maximum", min_length=1)
    of: tuple[str, ...] | None = Field(None, description="components whose earnings it cuts; default: the payment")
    excess: Literal["lost", "carried"] = Field(description="carried: paid later, when there is room below the maximum")


class Minimum(Amount):
    """The least that is paid in a period of payment; 0 keeps pay from being negative."""

    short: Literal["carried", "lost"] = Field(
        description="carried: what was added is taken back from later pay; lost: it is not"
    )


class Payment(BaseModel):
    """From what is earned to what is paid, in this order.

    Clawbacks, holds, maximums of components, holdbacks, draws, the minimum, maximums of the payment.
    """

    model_config = _STRICT

    every: PeriodKind | None = Field(None, description="when it pays; default: the shortest period of its components")
    clawbacks: tuple[Clawback, ...] = ()
    holds: tuple[Hold, ...] = ()
    maximums: tuple[Maximum, ...] = ()
    holdbacks: tuple[Holdback, ...] = ()
    draws: tuple[Draw, ...] = ()
    minimum: Minimum | None = None

    @model_validator(mode="after")
    def _names_differ(self) -> Payment:
        lists = ("clawbacks", "holds", "maximums", "holdbacks", "draws")
        names = Counter([MINIMUM, *(one.name for key in lists for one in getattr(self, key))])
        for name, count in names.items():
            if count > 1:
                raise ValueError(f"two parts of the payment are named '{name}'; balances go by their names")
        return self

    @property
    def runs_on(self) -> bool:
        """Whether what is paid depends on the periods before, or on more than what was earned."""
        lists = (self.clawbacks, self.holds, self.maximums, self.holdbacks, self.draws)
        return bool(self.every or any(lists) or self.minimum)

    def amounts(self) -> Iterator[tuple[str, Rate, Prorated]]:
        """Every amount that it speaks of: the name of its part, the amount, and how it is prorated."""
        named: list[tuple[str, Amount]] = [(one.name, one) for one in self.maximums]
        named += [(one.name, one) for one in self.draws]
        named += [(MINIMUM, self.minimum)] if self.minimum else []
        for name, one in named:
            yield name, one.amount, one.prorated


MINIMUM = "Minimum"
"""The name of the minimum's account."""
