"""What the API takes and gives of plans: texts, their versions, and what is wrong with them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictBool

from attain_web.plans.texts import LONGEST
from attain_web.rows.schemas import CLOSED

PlanText = Annotated[str, Field(max_length=LONGEST, pattern=r"^[^\u0000]*$", description="the plan, as YAML")]
Seen = Annotated[
    datetime | None, Field(description="`changed_at` of the draft that you read; 412 where there is another by now")
]


class VersionShown(BaseModel):
    """A version of a plan; a draft may have faults."""

    id: int
    plan: int
    name: str
    number: int
    state: Literal["draft", "coming", "in_force", "replaced", "ended"]
    start: date | None = Field(description="null: not published yet")
    end: date | None = Field(description="the first day on which it no longer holds; null: no end")
    made_by: str | None
    changed_at: str = Field(
        description="when it was saved, to the microsecond, by which drafts are told apart",
        json_schema_extra={"format": "date-time"},
    )
    published_by: str | None
    published_at: datetime | None


class VersionText(VersionShown):
    """A version with its text, and the company's measures that it keeps."""

    text: str
    measures: dict[str, str]


class PlanShown(BaseModel):
    """A plan and its versions that you may see, newest first."""

    id: int
    name: str
    is_retired: bool
    versions: list[VersionShown]


class Plans(BaseModel):
    """Every plan that you may see, by name."""

    items: list[PlanShown]


class NewPlan(BaseModel):
    """A plan that does not exist yet; its text says what it is called."""

    model_config = CLOSED
    text: PlanText


class Draft(BaseModel):
    """The text of a plan's draft."""

    model_config = CLOSED
    text: PlanText
    seen: Seen = None


class ToCheck(BaseModel):
    """A text to check, and of which plan it would be the next version; without one it is a new plan."""

    model_config = CLOSED
    text: PlanText
    plan: Annotated[int, Field(ge=1, lt=2**63)] | None = None


class PlanFault(BaseModel):
    """One thing that is wrong with a text, and where."""

    severity: Literal["error", "warning"]
    check: str
    message: str
    advice: str
    line: int | None
    column: int | None


class CheckedShown(BaseModel):
    """Every fault of a text; it can be published when none of them is an error."""

    is_ready: bool
    faults: list[PlanFault]


class Publishing(BaseModel):
    """Which draft is published."""

    model_config = CLOSED
    seen: Seen = None
    sets_number: StrictBool = Field(default=False, description="write the next number into the text first")
