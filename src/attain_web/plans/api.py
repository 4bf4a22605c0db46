"""The API's addresses of plans: list, read, write a draft, check a text, publish."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.http import HttpResponse
from ninja import Router
from ninja.errors import HttpError

from attain_web.access.api import ApiRequest
from attain_web.access.rights import Area, Reach
from attain_web.plans import queries, services
from attain_web.plans.models import Plan, PlanVersion
from attain_web.plans.schemas import (
    CheckedShown,
    Draft,
    NewPlan,
    Plans,
    PlanShown,
    Publishing,
    ToCheck,
    VersionText,
)

router = Router(tags=["plans"])
_PLACE = {"Location": {"schema": {"type": "string"}, "description": "where the plan is"}}
_CHANGED = {412: {"$ref": "#/components/responses/Problem412"}}


@router.get("/plans", response=Plans, operation_id="plans_list", url_name="plans")
def list_plans(request: ApiRequest) -> dict[str, Any]:
    """Every plan that you may see, with its versions."""
    request.auth.must_read(Area.PLANS)
    by_plan: dict[int, list[PlanVersion]] = {}
    for version in queries.versions_seen(request.auth):
        by_plan.setdefault(version.plan_id, []).append(version)
    return {"items": [_plan(versions[0].plan, versions) for versions in by_plan.values()]}


@router.post(
    "/plans",
    response={201: VersionText},
    operation_id="plans_make",
    url_name="plans",
    openapi_extra={"responses": {201: {"headers": _PLACE}}},
)
def make_plan(request: ApiRequest, new: NewPlan, response: HttpResponse) -> dict[str, Any]:
    """Begin a new plan: its text becomes a draft, which may have faults still."""
    draft = services.save_draft(request.auth, None, new.text)
    response["Location"] = f"{request.path}/{draft.plan_id}"
    return _text(draft)


@router.post("/plans/check", response=CheckedShown, operation_id="plans_check", url_name="plans_check")
def check_plan(request: ApiRequest, asked: ToCheck) -> dict[str, Any]:
    """Every fault of a text, with line and column; nothing is saved."""
    request.auth.must_write(Area.PLANS, reach=Reach.ALL)
    name, number = "", 1
    if asked.plan is not None:
        plan, _versions = queries.plan_seen(request.auth, asked.plan)
        number = services.next_number(plan)
        name = plan.name if number > 1 else ""
    checked = queries.check(asked.text.replace("\r\n", "\n"), name=name, number=number)
    told = ("severity", "check", "message", "advice", "line")
    faults = [{name: getattr(one, name) for name in told} | {"column": one.position} for one in checked.faults]
    return {"is_ready": not checked.errors, "faults": faults}


@router.get("/plans/{int:plan}", response=PlanShown, operation_id="plans_plan", url_name="plan")
def one_plan(request: ApiRequest, plan: int) -> dict[str, Any]:
    """A plan with its versions."""
    return _plan(*queries.plan_seen(request.auth, plan))


@router.patch(
    "/plans/{int:plan}/draft",
    response=VersionText,
    operation_id="plans_draft",
    url_name="plan_draft",
)
def save_draft(request: ApiRequest, plan: int, draft: Draft) -> dict[str, Any]:
    """Save the draft of the plan's next version, which may have faults still."""
    found, _versions = queries.plan_seen(request.auth, plan)
    with _unless_changed():
        return _text(services.save_draft(request.auth, found, draft.text, seen=draft.seen))


@router.post(
    "/plans/{int:plan}/publish",
    response=VersionText,
    operation_id="plans_publish",
    url_name="plan_publish",
    openapi_extra={"responses": _CHANGED},
)
def publish(request: ApiRequest, plan: int, asked: Publishing) -> dict[str, Any]:
    """Publish the draft; 422 with every fault and its line where it has some, 409 where there is no draft."""
    found, versions = queries.plan_seen(request.auth, plan)
    request.auth.must_write(Area.PLANS, reach=Reach.ALL)
    draft = next((one for one in versions if one.state == queries.DRAFT), None)
    if draft is None:
        raise HttpError(409, f"“{found.name}” has no draft.")
    with _unless_changed():
        return _text(services.publish(request.auth, draft, seen=asked.seen, sets_number=asked.sets_number))


@router.get("/plan-versions/{int:version}", response=VersionText, operation_id="plans_version", url_name="plan_version")
def one_version(request: ApiRequest, version: int) -> dict[str, Any]:
    """A version with its text."""
    return _text(queries.version_seen(request.auth, version))


@contextmanager
def _unless_changed() -> Iterator[None]:
    """412 where somebody saved the draft since it was read."""
    try:
        yield
    except services.ChangedError as error:
        raise HttpError(412, " ".join(error.messages)) from error


def _plan(plan: Plan, versions: list[PlanVersion]) -> dict[str, Any]:
    return {
        "id": plan.pk,
        "name": plan.name,
        "is_retired": plan.retired_at is not None,
        "versions": [_version(one, versions) for one in versions],
    }


def _version(version: PlanVersion, versions: Iterable[PlanVersion]) -> dict[str, Any]:
    return {
        "id": version.pk,
        "plan": version.plan_id,
        "name": version.plan.name,
        "number": version.number,
        "state": queries.state_of(version, versions),
        "start": version.start,
        "end": version.end,
        "made_by": version.made_by.name if version.made_by else None,
        "changed_at": version.changed_at.isoformat(),
        "published_by": version.published_by.name if version.published_by else None,
        "published_at": version.published_at,
    }


def _text(version: PlanVersion) -> dict[str, Any]:
    return _version(version, version.plan.versions.all()) | {"text": version.text, "measures": version.measures}
