"""Tokens, limits and paging of the API, and its addresses of users and the audit trail."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.db.models import QuerySet
from django.forms.models import model_to_dict
from django.http import HttpRequest
from ninja import Query, Router
from ninja.errors import ValidationError
from ninja.security import HttpBearer
from ninja.throttling import BaseThrottle
from pydantic import BaseModel, ConfigDict, Field

from attain_web.access.cursors import LIMIT, MOST, CursorError, M, after
from attain_web.access.models import User
from attain_web.access.queries import all_users, audit_event, audit_events, roles_of, user_seen
from attain_web.access.rights import Role
from attain_web.access.services import token_viewer
from attain_web.access.viewer import Viewer


class Token(HttpBearer):
    """A token of a user, and nothing else: the API takes no cookie."""

    def authenticate(self, request: HttpRequest, token: str) -> Viewer | None:  # noqa: ARG002
        """The viewer that the token stands for; requests carry it as ``auth``."""
        return token_viewer(token)


class PerMinute(BaseThrottle):
    """So many requests of one user in a minute."""

    def __init__(self, most: int) -> None:
        self.most = most

    def allow_request(self, request: HttpRequest) -> bool:
        """Count the request, and say whether it is one too many."""
        viewer: Viewer = request.auth  # type: ignore[attr-defined]
        key = f"api-{viewer.user_id}-{int(time.time() // 60)}"
        cache.add(key, 0, timeout=120)
        return cache.incr(key) <= self.most

    def wait(self) -> float:
        """Seconds until the minute is over."""
        return 60 - time.time() % 60


class ApiRequest(HttpRequest):
    """A request with a valid token."""

    auth: Viewer


def next_link(request: HttpRequest, cursor: str) -> str | None:
    """Where the next page is: the same question, going on behind the cursor."""
    asked = {name: value for name, value in request.GET.items() if name != "cursor"}
    return f"{request.path}?{urlencode({**asked, 'cursor': cursor})}" if cursor else None


def wrong(parameter: str, message: str) -> ValidationError:
    """The fault of a parameter."""
    return ValidationError([{"loc": ("query", parameter), "msg": message}])


class Asked(BaseModel):
    """Which part of a list is asked for."""

    model_config = ConfigDict(extra="forbid")
    cursor: str = Field("", max_length=2000, description="where the page before ended, as its `next` says")
    limit: int = Field(LIMIT, ge=1, le=MOST, description=f"rows of a page; {LIMIT} unless told")


def must_know(request: HttpRequest, asked: BaseModel) -> None:
    """Refuse a parameter that a list does not know, as it would find too much."""
    known = {field.alias or name for name, field in type(asked).model_fields.items()}
    if strange := request.GET.keys() - known:
        raise wrong(min(strange), "There is no such parameter.")


def a_slice(request: HttpRequest, rows: QuerySet[M], *, cursor: str, limit: int) -> tuple[list[M], str | None]:
    """The rows behind a cursor, and where the next page is."""
    try:
        some, following = after(rows, cursor, limit=limit)
    except CursorError as error:
        raise wrong("cursor", "This cursor was not given out for this list, sorted so.") from error
    return some, next_link(request, following)


class UserShown(BaseModel):
    """Somebody who signs in."""

    id: int
    email: str
    name: str
    is_active: bool
    roles: list[Role]


class UserPage(BaseModel):
    """Users, and where the next page is."""

    items: list[UserShown]
    next: str | None


class EventShown(BaseModel):
    """An event of the audit trail; ``actor`` is the user's id, empty for the system itself."""

    number: int
    at: datetime
    actor: int | None
    actor_name: str
    action: str
    subject: str
    details: dict[str, Any]
    own_hash: str


class EventPage(BaseModel):
    """Events, newest first, and where the next page is."""

    items: list[EventShown]
    next: str | None


router = Router()


@router.get("/users", response=UserPage, operation_id="users_list", url_name="users", tags=["users"])
def list_users(request: ApiRequest, asked: Query[Asked]) -> dict[str, Any]:
    """Everybody who signs in, by name."""
    must_know(request, asked)
    users = all_users(request.auth).order_by("name", "pk")
    some, following = a_slice(request, users, cursor=asked.cursor, limit=asked.limit)
    return {"items": [_shown(user) for user in some], "next": following}


@router.get("/users/{int:user}", response=UserShown, operation_id="users_row", url_name="user", tags=["users"])
def one_user(request: ApiRequest, user: int) -> dict[str, Any]:
    """One user."""
    return _shown(user_seen(request.auth, user))


@router.get("/audit_events", response=EventPage, operation_id="audit_list", url_name="audit_events", tags=["audit"])
def list_events(request: ApiRequest, asked: Query[Asked]) -> dict[str, Any]:
    """The audit trail, newest first: all of it, or what you did."""
    must_know(request, asked)
    events = audit_events(request.auth).order_by("-number")
    some, following = a_slice(request, events, cursor=asked.cursor, limit=asked.limit)
    return {"items": [model_to_dict(event) for event in some], "next": following}


@router.get(
    "/audit_events/{int:number}",
    response=EventShown,
    operation_id="audit_row",
    url_name="audit_event",
    tags=["audit"],
)
def one_event(request: ApiRequest, number: int) -> dict[str, Any]:
    """One event of the audit trail."""
    return model_to_dict(audit_event(request.auth, number))


def _shown(user: User) -> dict[str, Any]:
    told = {name: getattr(user, name) for name in ("id", "email", "name", "is_active")}
    return told | {"roles": roles_of(user)}
