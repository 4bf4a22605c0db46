"""What the API takes and gives of people: the directory, a person as of a day, and the flows that change them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, StrictBool

from attain_web.access.api import Asked
from attain_web.people.timeline import FIRST_DAY, LAST_DAY
from attain_web.rows.queries import today
from attain_web.rows.schemas import CLOSED, Attributes, Day, Text


def _workable(day: date) -> date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError("Choose a day from 1900 to 2199.")
    return day


From = Annotated[Day, AfterValidator(_workable)]


class AsOf(BaseModel):
    """As of which day something is told."""

    model_config = CLOSED
    on: Day = Field(default_factory=today, description="the day; today unless told")


class PeopleAsked(Asked):
    """Who is looked for, and as of which day."""

    on: Day = Field(default_factory=today, description="the day; today unless told")
    search: Text = Field("", description="words of the name or key")
    team: Text = Field("", description="a team")
    title: Text = Field("", description="a title")
    manager: Text = Field("", description="the key of whom they report to")


class ColleagueShown(BaseModel):
    """Somebody who is here on a day; with ``is_readable`` off, what you may not read is null."""

    key: str
    name: str
    title: str | None
    team: str | None
    territory: str | None
    manager: str | None
    manager_name: str | None
    is_readable: bool


class ColleaguePage(BaseModel):
    """People, and where the next page is."""

    items: list[ColleagueShown]
    next: str | None


class PositionShown(BaseModel):
    """What is known about somebody from ``start`` until the day before ``end``; null: ever."""

    name: str | None
    title: str | None
    team: str | None
    territory: str | None
    attributes: dict[str, Any]
    start: date | None
    end: date | None


class LineShown(BaseModel):
    """Whom somebody reports to from ``start`` until the day before ``end``; null: ever."""

    manager: str | None
    start: date | None
    end: date | None


class PersonShown(BaseModel):
    """A participant as of a day, with everything before and after."""

    key: str
    name: str
    on: date
    now: PositionShown | None = Field(description="null: not here on that day")
    above: list[ColleagueShown] = Field(description="from the manager up")
    reports: list[ColleagueShown]
    below: int = Field(description="how many are below, at any distance")
    positions: list[PositionShown] = Field(description="newest first")
    lines: list[LineShown] = Field(description="newest first")
    accounts: int | None = Field(description="how many are theirs; null: you read none")
    opportunities: int | None = Field(description="how many open ones are theirs; null: you read none")


class JoinedShown(PersonShown):
    """Who has joined."""

    mail_fault: str | None = Field(description="why the invitation could not be sent; null: nothing is wrong")


class Position(BaseModel):
    """What changes about a participant from a day on; what is left out stays."""

    model_config = CLOSED
    day: From = Field(description="the first day on which it holds")
    name: Text = Field("")
    title: Text | None = Field(None, description="plans are given by title")
    team: Text | None = None
    territory: Text | None = Field(None, description="the key of a territory")
    attributes: Attributes = Field(default_factory=dict, description="further columns; they replace those before")


class Join(Position):
    """Who joins, from which day on, as what and under whom."""

    key: Text = Field(description="by which every table names them; it never changes")
    name: Text
    manager: Text | None = Field(None, description="the key of the manager")
    email: Text | None = Field(None, description="invites them as a user; asks for the right to write users")


class ReportsTo(BaseModel):
    """Whom a participant reports to from a day on."""

    model_config = CLOSED
    day: From = Field(description="the first day on which it holds")
    manager: Text | None = Field(description="the key of the manager; null: nobody")


class Leave(BaseModel):
    """From when somebody is gone, and who takes over, by key."""

    model_config = CLOSED
    day: From = Field(description="the first day on which they are no longer here")
    reports_to: Text | None = Field(None, description="who takes over their reports")
    accounts_to: Text | None = Field(None, description="who takes over their accounts")
    opportunities_to: Text | None = Field(None, description="who takes over their open opportunities")
    ends_access: StrictBool = Field(default=True, description="whether their user signs in no more from that day")


class Stay(BaseModel):
    """Until when somebody stays who was to leave."""

    model_config = CLOSED
    day: From | None = Field(
        None, description="the first day on which they are no longer here; null: they do not leave"
    )
