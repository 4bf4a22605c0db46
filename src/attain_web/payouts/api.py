"""The API's addresses of runs: start, watch, stop, approve or send back, and read what they found."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router
from ninja.errors import HttpError

from attain_web.access.api import ApiRequest, Asked, a_slice, must_know
from attain_web.access.rights import Area, Reach
from attain_web.access.viewer import Viewer
from attain_web.payouts import queries, services
from attain_web.payouts.models import Attainment, Earning, Payout, Result, Run
from attain_web.payouts.schemas import (
    AttainmentPage,
    Decision,
    EarningPage,
    PayoutPage,
    ResultAsked,
    RunGiven,
    RunPage,
    RunShown,
)

router = Router(tags=["runs"])
_PLACE = {"Location": {"schema": {"type": "string"}, "description": "where to ask how far it is"}}


@router.get("/runs", response=RunPage, operation_id="runs_list", url_name="runs")
def list_runs(request: ApiRequest, asked: Query[Asked]) -> dict[str, Any]:
    """Runs, newest first, a page at a time."""
    must_know(request, asked)
    some, following = a_slice(
        request, queries.runs(request.auth).order_by("-pk"), cursor=asked.cursor, limit=asked.limit
    )
    return {"items": [_shown(request.auth, one) for one in some], "next": following}


@router.post(
    "/runs",
    response={202: RunShown},
    operation_id="runs_start",
    url_name="runs",
    openapi_extra={"responses": {202: {"headers": _PLACE}}},
)
def start_run(request: ApiRequest, run: RunGiven, response: HttpResponse) -> dict[str, Any]:
    """Have a worker calculate a published version of a plan for a period: see its Location."""
    request.auth.must_write(Area.RUNS, reach=Reach.ALL)
    version = queries.runnable().filter(pk=run.version).first()
    if version is None:
        raise ValidationError({"version": _("No published version that may be run has this id.")})
    made = services.start_run(request.auth, version, run.period)
    response["Location"] = f"{request.path}/{made.pk}"
    return _shown(request.auth, made)


@router.get("/runs/{int:run}", response=RunShown, operation_id="runs_row", url_name="run")
def one_run(request: ApiRequest, run: int) -> dict[str, Any]:
    """One run: its state, how far it is, its sums, and the faults it has told."""
    return _shown(request.auth, queries.run_seen(request.auth, run))


@router.post("/runs/{int:run}/stop", response={202: RunShown}, operation_id="runs_stop", url_name="run_stop")
def stop_run(request: ApiRequest, run: int) -> dict[str, Any]:
    """Have a run stop."""
    found = queries.run_seen(request.auth, run)
    request.auth.must_write(Area.RUNS, reach=Reach.ALL)
    _conflict(found, found.state in queries.WORKING)
    services.stop(request.auth, found)
    return one_run(request, run)


@router.post("/runs/{int:run}/approve", response=RunShown, operation_id="runs_approve", url_name="run_approve")
def approve_run(request: ApiRequest, run: int, decision: Decision) -> dict[str, Any]:
    """Let a run count; its statements are prepared. Never one that you started, nor one in which you are paid."""
    found = queries.run_seen(request.auth, run)
    request.auth.must_approve(Area.RUNS)
    _conflict(found, found.state == Run.State.CALCULATED)
    services.approve(request.auth, found, decision.note)
    return one_run(request, run)


@router.post("/runs/{int:run}/reject", response=RunShown, operation_id="runs_reject", url_name="run_reject")
def reject_run(request: ApiRequest, run: int, decision: Decision) -> dict[str, Any]:
    """Send a run back with the reason."""
    found = queries.run_seen(request.auth, run)
    request.auth.must_approve(Area.RUNS)
    _conflict(found, found.state == Run.State.CALCULATED)
    services.reject(request.auth, found, decision.note)
    return one_run(request, run)


@router.get(
    "/runs/{int:run}/attainment", response=AttainmentPage, operation_id="runs_attainment", url_name="run_attainment"
)
def attainment(request: ApiRequest, run: int, asked: Query[ResultAsked]) -> dict[str, Any]:
    """Measures and quotas that a run found, a page at a time."""
    return _results(request, run, asked, Attainment)


@router.get("/runs/{int:run}/earnings", response=EarningPage, operation_id="runs_earnings", url_name="run_earnings")
def earnings(request: ApiRequest, run: int, asked: Query[ResultAsked]) -> dict[str, Any]:
    """What each component pays, a page at a time."""
    return _results(request, run, asked, Earning)


@router.get("/runs/{int:run}/payouts", response=PayoutPage, operation_id="runs_payouts", url_name="run_payouts")
def payouts(request: ApiRequest, run: int, asked: Query[ResultAsked]) -> dict[str, Any]:
    """What a run pays, a page at a time."""
    return _results(request, run, asked, Payout)


def _results(request: ApiRequest, pk: int, asked: ResultAsked, model: type[Result]) -> dict[str, Any]:
    must_know(request, asked)
    rows = queries.results(request.auth, model).filter(run=queries.run_seen(request.auth, pk))
    if asked.participant:
        rows = rows.filter(participant__participant=asked.participant)
    some, following = a_slice(request, rows.order_by("participant", "pk"), cursor=asked.cursor, limit=asked.limit)
    names = [field.attname for field in model._meta.concrete_fields]
    return {
        "items": [{name.removesuffix("_id"): _plain(getattr(one, name)) for name in names} for one in some],
        "next": following,
    }


def _plain(value: Any) -> Any:
    """A value as the API gives it: decimals as text without needless noughts, days in ISO's way."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    return value.isoformat() if isinstance(value, date) else value


def _conflict(run: Run, is_possible: bool) -> None:  # noqa: FBT001 - a condition
    """409 where a run is not in the state for what is asked."""
    if not is_possible:
        raise HttpError(409, _("That cannot be done now: %(state)s.") % {"state": run.get_state_display()})


def _shown(viewer: Viewer, run: Run) -> dict[str, Any]:
    """A run as the API gives it."""
    record, sees_pay = run.record, viewer.right(Area.PAY).read == Reach.ALL
    plain = ("period", "start", "end", "state", "started_at", "ended_at", "decided_at", "decision")
    return {
        "id": run.pk,
        "plan": run.version.plan.name,
        "version": run.version.number,
        **{name: getattr(run, name) for name in plain},
        "doing": run.told.get("doing", ""),
        "done": run.told.get("done", 0) if run.state in queries.WORKING else 100,
        "started_by": run.started_by.name if run.started_by else None,
        "decided_by": run.decided_by.name if run.decided_by else None,
        "previous": run.previous_id,
        "people": record.get("people"),
        "payouts": record.get("payouts") if sees_pay else None,
        "currency": record.get("currency"),
        "fingerprint": record.get("fingerprint"),
        "faults": record.get("faults", []),
    }
