"""What the API takes and gives of runs and of what they found."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from attain_web.access.api import Asked
from attain_web.payouts.models import Run
from attain_web.rows.schemas import Text

Decimals = Annotated[str, Field(description="an exact decimal", json_schema_extra={"format": "decimal"})]
_Words = Annotated[str, Field(max_length=2000, pattern=r"^[^\u0000]*$")]


class RunGiven(BaseModel):
    """A run to be started."""

    model_config = ConfigDict(extra="forbid")
    version: int = Field(ge=1, le=2**62, description="id of a published version of a plan")
    period: Text = Field(description="2026, 2026-Q1, 2026-03, all, or 2026-01-01..2026-04-01 (end exclusive)")


class Decision(BaseModel):
    """What is said with an approval; why, where a run is sent back."""

    model_config = ConfigDict(extra="forbid")
    note: _Words = ""


class RunFault(BaseModel):
    """A fault of plan or data that a run has told."""

    severity: Literal["error", "warning"]
    check: str
    place: str
    message: str
    advice: str
    rows: int


class RunShown(BaseModel):
    """A run: where it stands, what it was made from, and its sums."""

    id: int
    plan: str
    version: int = Field(description="number of the plan's version")
    period: str
    start: date | None = Field(description="first day that it calculated")
    end: date | None = Field(description="day after the last")
    state: Run.State
    doing: str = Field(description="the present step; empty: none")
    done: int = Field(description="per cent")
    started_by: str | None = Field(description="who; null: the schedule")
    started_at: datetime
    ended_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None
    decision: str
    previous: int | None = Field(description="the run that it is compared with")
    people: int | None
    payouts: Decimals | None = Field(description="all that it pays; null: not yet, or not yours to see")
    currency: str | None
    fingerprint: str | None = Field(description="of all that it was made from")
    faults: list[RunFault]


class RunPage(BaseModel):
    """Runs, newest first, and where the next page is."""

    items: list[RunShown]
    next: str | None


class ResultAsked(Asked):
    """Which results, and which part of them."""

    participant: Text | None = Field(None, description="only this participant's")


class AttainmentShown(BaseModel):
    """A measure's value in a period, its quota, and how much of it was attained."""

    participant: str
    measure: str
    period_start: date
    period_end: date
    value: Decimals | None
    quota: Decimals | None
    attainment: Decimals | None


class EarningShown(BaseModel):
    """What one component pays a participant for a period."""

    participant: str
    component: str
    period_start: date
    period_end: date
    measure_value: Decimals | None
    quota: Decimals | None
    rate: Decimals | None
    amount: Decimals
    currency: str


class PayoutShown(BaseModel):
    """All that the plan pays a participant in a period of payment."""

    participant: str
    period_start: date
    period_end: date
    amount: Decimals
    currency: str


class AttainmentPage(BaseModel):
    """Attainment, and where the next page is."""

    items: list[AttainmentShown]
    next: str | None


class EarningPage(BaseModel):
    """Earnings, and where the next page is."""

    items: list[EarningShown]
    next: str | None


class PayoutPage(BaseModel):
    """Payouts, and where the next page is."""

    items: list[PayoutShown]
    next: str | None
