"""The API's addresses of people: who is here on a day, one person, and joining, changing and leaving."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Path, Query, Router
from pydantic import BaseModel

from attain_web.access.api import ApiRequest, a_slice, must_know
from attain_web.access.rights import Area, Reach
from attain_web.access.services.users import MailError
from attain_web.access.viewer import NotAllowedError, Viewer
from attain_web.people import queries, services
from attain_web.people.models import ParticipantVersion
from attain_web.people.schemas import (
    AsOf,
    ColleaguePage,
    Join,
    JoinedShown,
    Leave,
    PeopleAsked,
    PersonShown,
    Position,
    ReportsTo,
    Stay,
)
from attain_web.rows.queries import today
from attain_web.rows.schemas import Text

router = Router(tags=["people"])
_PLACE = {"Location": {"schema": {"type": "string"}, "description": "where the person is"}}


@router.get("/people", response=ColleaguePage, operation_id="people_list", url_name="people")
def list_people(request: ApiRequest, asked: Query[PeopleAsked]) -> dict[str, Any]:
    """Everybody who is here on a day, by name, by search and filters, a page at a time."""
    must_know(request, asked)
    wanted = queries.Asked(asked.search, asked.team, asked.title, asked.manager)
    people = queries.found_people(request.auth, asked.on, wanted)
    some, following = a_slice(request, people, cursor=asked.cursor, limit=asked.limit)
    return {"items": [asdict(queries.as_colleague(one)) for one in some], "next": following}


@router.post(
    "/people",
    response={201: JoinedShown},
    operation_id="people_join",
    url_name="people",
    openapi_extra={"responses": {201: {"headers": _PLACE}}},
)
def join(request: ApiRequest, person: Join, response: HttpResponse) -> dict[str, Any]:
    """Somebody is a participant from a day on; who left before may join again."""
    told, fault = _told(person), None
    key, day = told.pop("key"), told.pop("day")
    if person.email and request.auth.right(Area.USERS).write < Reach.ALL:
        request.auth.must_read(Area.PEOPLE)
        raise NotAllowedError(_("Your roles do not let you invite users: leave the e-mail out."))
    try:
        services.join(request.auth, key, day, **told)
    except MailError as error:  # what was done stands
        fault = str(error)
    response["Location"] = f"{request.path}/{key}"
    return _shown(request.auth, key, day) | {"mail_fault": fault}


@router.get("/people/{key}", response=PersonShown, operation_id="people_person", url_name="person")
def one_person(request: ApiRequest, key: Path[Text], asked: Query[AsOf]) -> dict[str, Any]:
    """One participant as of a day: what holds, who is above and below, and everything before and after."""
    must_know(request, asked)
    return _shown(request.auth, key, asked.on)


@router.post("/people/{key}/position", response=PersonShown, operation_id="people_position", url_name="person_position")
def change_position(request: ApiRequest, key: Path[Text], position: Position) -> dict[str, Any]:
    """Name, title, team, territory or attributes change from a day on, until what was set for a later day."""
    told = _told(position)
    services.change_position(request.auth, key, told.pop("day"), told)
    return _shown(request.auth, key, position.day)


@router.post("/people/{key}/manager", response=PersonShown, operation_id="people_manager", url_name="person_manager")
def change_manager(request: ApiRequest, key: Path[Text], manager: ReportsTo) -> dict[str, Any]:
    """They report to somebody else, or to nobody, from a day on, until what was set for a later day."""
    services.change_manager(request.auth, key, manager.day, manager.manager)
    return _shown(request.auth, key, manager.day)


@router.post("/people/{key}/leave", response=PersonShown, operation_id="people_leave", url_name="person_leave")
def leave(request: ApiRequest, key: Path[Text], leaving: Leave) -> dict[str, Any]:
    """They are here no more from a day on, and others take over."""
    services.leave(request.auth, key, **_told(leaving))
    return _shown(request.auth, key, leaving.day)


@router.post("/people/{key}/stay", response=PersonShown, operation_id="people_stay", url_name="person_stay")
def stay(request: ApiRequest, key: Path[Text], staying: Stay) -> dict[str, Any]:
    """They leave on a later day than was entered, or not at all."""
    services.stay(request.auth, key, staying.day)
    return _shown(request.auth, key, today())


def _told(sent: BaseModel) -> dict[str, Any]:
    """What was sent, and nothing that was left out."""
    return {name: getattr(sent, name) for name in sent.model_fields_set}


def _shown(viewer: Viewer, key: str, day: date) -> dict[str, Any]:
    """A person as the API gives it."""
    found = queries.person(viewer, key, day)
    return {
        "key": key,
        "name": found.name,
        "on": day,
        "now": _position(found.now) if found.now else None,
        "above": [asdict(one) for one in found.above],
        "reports": [asdict(one) for one in found.reports],
        "below": found.below,
        "positions": [_position(one) for one in found.versions],
        "lines": [{"manager": line.manager_id, "start": line.start, "end": line.end} for line, _name in found.lines],
        **found.records,
    }


def _position(version: ParticipantVersion) -> dict[str, Any]:
    told = {name: getattr(version, attribute) for name, attribute in services.FIELDS.items()}
    return told | {"start": version.start, "end": version.end}
