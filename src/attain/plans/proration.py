"""How a plan prorates by time on it, and how quotas grow with tenure: what is written, and each one's shares."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from attain import money
from attain.engines.engine import Engine
from attain.plans.values import WrittenBound
from attain.quotas.proration import Prorated, Weights, share
from attain.quotas.ramp import Ramped, Step, first_month, ramped
from attain.tables import EVER

_STRICT = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
_DIGITS = money.QUOTIENT_DIGITS

Period = tuple[date, date, date]
"""First day, day after the last, and day after the last that its quota is of."""


class Proration(BaseModel):
    """What a period's quota, amounts and cap are for somebody who is on the plan for a part of it."""

    model_config = _STRICT

    quota: Prorated = Field("none", description="of quotas")
    target: Prorated = Field("none", description="of the amounts of bonuses, steps, curves and target incentives")
    cap: Prorated = Field("none", description="of a component's cap")
    pool: Prorated = Field("none", description="of one's weight in a pool")
    weights: tuple[Annotated[Decimal, Field(ge=0)], ...] | None = Field(
        None, description="of 'weighted months': what each month from January to December weighs"
    )

    @field_validator("weights")
    @classmethod
    def _of_a_year(cls, weights: tuple[Decimal, ...] | None) -> tuple[Decimal, ...] | None:
        if weights is not None and len(weights) != 12:
            raise ValueError(f"there are twelve months, and {len(weights)} weights")
        return weights

    @model_validator(mode="after")
    def _weighted(self) -> Proration:
        if "weighted months" in (self.quota, self.target, self.cap, self.pool) and not self.weights:
            raise ValueError("'weighted months' needs 'weights', one for each month from January on")
        return self

    @property
    def by_month(self) -> Weights | None:
        """The weights by number of the month."""
        return dict(enumerate(self.weights, start=1)) if self.weights else None


class Ramp(BaseModel):
    """How somebody's own quotas grow in their first months."""

    model_config = _STRICT

    quota: tuple[WrittenBound, ...] = Field(
        min_length=1, description="for each month: a per cent of the month's part of the quota, or an amount"
    )
    joined: str | None = Field(
        None, description="attribute with the day somebody joined; default: the first that is known of them"
    )
    first: Literal["month of joining", "first full month"] = Field(
        "month of joining", description="the first month of the ramp"
    )

    @property
    def steps(self) -> list[Step]:
        """What each month counts."""
        return [Step(part=one.value) if one.of_quota else Step(amount=one.value) for one in self.quota]


def give_shares(engine: Engine, proration: Proration, ramp: Ramp | None) -> None:
    """Give the engine ``shares``: what quotas, amounts and caps are multiplied by, for each member and period.

    ``own`` and ``fixed`` make somebody's own quota (``quota × own + fixed``), ``quota`` that of a team; ``pool`` is
    that of a weight.
    """
    joined = _joined(engine, ramp) if ramp else {}
    rows: list[dict[str, Any]] = []
    for (participant, every, period), stretches in _stretches(engine).items():
        start, end, quota_end = period
        until = [(since, min(end, behind)) for since, behind in stretches if since < end]
        weights = proration.by_month
        whole = Ramped(share(proration.quota, stretches, start, quota_end, weights=weights))
        own = whole
        if ramp and (since := joined.get(participant)):
            first = first_month(since, full=ramp.first == "first full month")
            method = proration.quota
            own = ramped(ramp.steps, first, (start, quota_end), method=method, stretches=stretches, weights=weights)
        numbers = {
            "own": own.factor,
            "fixed": own.fixed,
            "quota": whole.factor,
            "target": share(proration.target, stretches, start, quota_end, weights=weights),
            "cap": share(proration.cap, until, start, end, weights=weights),
            "pool": share(proration.pool, until, start, end, weights=weights),
        }
        row = {"participant": participant, "every": every, "period_end": end}
        rows.append(row | {name: _decimal(number) for name, number in numbers.items()})
    kind = pa.decimal128(money.PRECISION, _DIGITS)
    columns = [("participant", pa.string()), ("every", pa.string()), ("period_end", pa.date32())]
    columns += [(name, kind) for name in ("own", "fixed", "quota", "target", "cap", "pool")]
    engine.load("shares", pa.Table.from_pylist(rows, schema=pa.schema(columns)))


def _stretches(engine: Engine) -> dict[tuple[str, str, Period], list[tuple[date, date]]]:
    """The days of each member in each period, and behind it up to where its quota ends."""
    rows = engine.rows(
        "SELECT m.participant, p.every, p.period_start, p.period_end, p.quota_end, m.from_day, m.until_day "
        "FROM members AS m JOIN periods AS p ON m.from_day < p.quota_end AND p.period_start < m.until_day "
        "ORDER BY 1, 2, 4, 6"
    )
    found: dict[tuple[str, str, Period], list[tuple[date, date]]] = defaultdict(list)
    for row in rows:
        period = (row["period_start"], row["period_end"], row["quota_end"])
        days = max(row["from_day"], period[0]), min(row["until_day"], period[2])
        found[row["participant"], row["every"], period].append(days)
    return found


def _joined(engine: Engine, ramp: Ramp) -> dict[str, date]:
    """The day on which each joined, where it is known."""
    column = f'"{ramp.joined}"' if ramp.joined else '"start"'
    rows = engine.rows(f"SELECT participant, MIN({column}) AS joined FROM versions GROUP BY 1")
    return {row["participant"]: row["joined"] for row in rows if row["joined"] not in (None, EVER)}


def _decimal(number: Fraction) -> Decimal:
    """A share with twelve digits, rounded half up."""
    exact = money.WIDE.divide(Decimal(number.numerator), Decimal(number.denominator))
    return exact.quantize(Decimal(1).scaleb(-_DIGITS), rounding=ROUND_HALF_UP, context=money.WIDE)
