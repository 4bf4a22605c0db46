"""Writes of runs: started, stopped, taken up again, and approved or sent back by somebody else, once."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from shutil import rmtree
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from attain.calendar import parse_span
from attain_web.access.audit import recorded
from attain_web.access.rights import Area, Reach
from attain_web.access.viewer import SYSTEM, NotAllowedError, Viewer
from attain_web.notices.services import notify, settle
from attain_web.payouts import jobs
from attain_web.payouts.models import Run
from attain_web.payouts.queries import FOUND, WORKING, is_cut_off, must_be_another, out_of_date, words
from attain_web.payouts.schedule import due
from attain_web.plans.models import Plan, PlanVersion
from attain_web.plans.queries import checked_version, later_version

NOTE = 2000
"""Letters of what is said with a decision."""
KEPT_DAYS = 90
"""Days that the files of a run stay which was never approved, once a newer one is there."""


def start_run(viewer: Viewer, version: PlanVersion, period: str) -> Run:
    """Have a worker calculate a published version for a period, over the data as it stands when it begins.

    Raises ValidationError where the period is none of the plan's, or the same is being calculated already.
    """
    if viewer != SYSTEM:
        viewer.must_write(Area.RUNS, reach=Reach.ALL)
    period = _valid_period(version, period.strip())
    with recorded(viewer, "runs.start") as event:
        Plan.objects.select_for_update().get(pk=version.plan_id)  # of two who start the same, the second is told
        if same := Run.objects.filter(version=version, period=period, state__in=WORKING).first():
            raise ValidationError(_("Run %(run)s calculates just that. Wait until it has ended.") % {"run": same.pk})
        run = Run.objects.create(version=version, period=period, started_by_id=viewer.user_id)
        event.subject = f"runs/{run.pk}"
        event.details = {"plan": version.plan.name, "version": version.number, "period": period}
        jobs.calculate.defer(run=run.pk)
    return run


def _valid_period(version: PlanVersion, period: str) -> str:
    """The period as the plan's calendar writes it."""
    if version.state != PlanVersion.State.PUBLISHED:
        raise ValidationError(_("This version is a draft. Publish it, and then run it."))
    if version.plan.retired_at:
        raise ValidationError(_("This plan is retired. Take it up again to run it."))
    plan, is_all = checked_version(version).plan, period.lower() == "all"
    try:
        start, end = (plan.effective.start, plan.effective.end) if is_all else parse_span(plan.calendar, text=period)
    except ValueError as error:
        raise ValidationError({"period": str(error)}) from error
    if (end and end <= plan.effective.start) or (plan.effective.end and start >= plan.effective.end):
        told = _("The plan is not in force then: it begins on %(day)s.") % {"day": version.start}
        raise ValidationError({"period": told})
    if other := later_version(version, start, end):
        told = _("Version %(number)s is in force from %(day)s on: run that for its days, and this one for the others.")
        raise ValidationError({"period": told % {"number": other.number, "day": other.start}})
    return "all" if is_all else period.upper()


def start_due() -> list[Run]:
    """Start, as the system, a run of every plan in force whose data or text has changed since its last one."""
    made = []
    for version, period in due(timezone.localdate()):
        with suppress(ValidationError):  # somebody starts it in this moment
            made.append(start_run(SYSTEM, version, period))
    return made


def let_go(days: int = KEPT_DAYS) -> list[Run]:
    """Take away the files of runs that no longer matter; what they found stays.

    They were not approved, are so many days old, and a newer one of the same plan and period has found something.
    """
    newer = Run.objects.filter(version__plan=OuterRef("version__plan"), period=OuterRef("period"), state__in=FOUND)
    old = Run.objects.filter(
        Exists(newer.filter(pk__gt=OuterRef("pk"))), started_at__lt=timezone.now() - timedelta(days)
    )
    found = [run for run in old.exclude(state__in=(Run.State.APPROVED, *WORKING)) if run.folder.is_dir()]
    gone = [run for run in found if _let_go(run)]
    for run in gone:
        rmtree(run.folder, ignore_errors=True)
    return gone


def _let_go(run: Run) -> bool:
    """Say that a run's files go, after which nobody approves it; False where somebody has just done so."""
    with recorded(SYSTEM, "runs.let_go", subject=f"runs/{run.pk}") as event:
        now = _locked(run)
        event.is_needed = now.state not in (Run.State.APPROVED, *WORKING)
        if event.is_needed:
            now.told = now.told | {"let_go": True}
            now.save(update_fields=["told"])
    return event.is_needed


def stop(viewer: Viewer, run: Run) -> None:
    """Have a run stop, or not begin; what it had calculated is let go."""
    viewer.must_write(Area.RUNS, reach=Reach.ALL)
    with recorded(viewer, "runs.stop", subject=f"runs/{run.pk}"):
        now = _locked(run)
        if now.state not in WORKING:
            raise ValidationError(_("It has come to its end already."))
        now.stop_asked = True
        if now.state == Run.State.QUEUED or is_cut_off(now):
            now.state, now.ended_at, now.told = Run.State.STOPPED, timezone.now(), {}
        now.save()


def start_again(viewer: Viewer, run: Run) -> Run:
    """Take up a run that was cut off; of one that failed or was stopped, start another, over the data as it is now."""
    viewer.must_write(Area.RUNS, reach=Reach.ALL)
    if run.state not in WORKING:
        return start_run(viewer, run.version, run.period)
    with recorded(viewer, "runs.resume", subject=f"runs/{run.pk}"):
        now = _locked(run)
        if not is_cut_off(now):
            raise ValidationError(_("It is being worked on. Wait until that has come to its end."))
        now.state, now.told, now.stop_asked, now.resumed_by_id = Run.State.QUEUED, {}, False, viewer.user_id
        now.save()
        jobs.calculate.defer(run=run.pk)
    return run


def approve(viewer: Viewer, run: Run, note: str = "") -> Run:
    """Let what a run calculated count, once; its statements are prepared, and who started it is told.

    Raises NotAllowedError for who started it, published its plan or is paid in it.
    """
    return _decide(viewer, run, Run.State.APPROVED, note)


def reject(viewer: Viewer, run: Run, why: str) -> Run:
    """Send a run back with a reason, which who started it is told."""
    if not _note(why):
        raise ValidationError({"note": _("Say why, so that it can be put right.")})
    return _decide(viewer, run, Run.State.REJECTED, why)


def _decide(viewer: Viewer, run: Run, state: Run.State, note: str) -> Run:
    viewer.must_approve(Area.RUNS)
    note, is_approved = _note(note), state == Run.State.APPROVED
    with recorded(viewer, "runs.approve" if is_approved else "runs.reject", subject=f"runs/{run.pk}") as event:
        now = _locked(run)
        if now.state != Run.State.CALCULATED:
            raise ValidationError(_("It cannot be decided on: %(state)s.") % {"state": now.get_state_display()})
        if is_approved:
            _must_be_approvable(viewer, now)
        now.state, now.decided_by_id, now.decided_at = state, viewer.user_id, timezone.now()
        now.decision = note
        now.save()
        settle("run_calculated", reverse("payouts:run", args=[now.pk]))
        event.details = {"plan": now.version.plan.name, "period": now.period, "note": now.decision}
        event.details |= {name: now.record.get(name) for name in ("payouts", "currency", "fingerprint")}
        if now.started_by:
            kind, more = ("run_approved", {}) if is_approved else ("run_rejected", {"why": now.decision})
            tell(now, kind, [now.started_by], by=viewer.name, **more)
        if is_approved:
            app.configure_task("statements.prepare").defer(run=now.pk)
    return now


def _note(text: str) -> str:
    """What is said with a decision, as it is kept; one that is too long is refused, and nothing decided without it."""
    note = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if len(note) > NOTE:
        raise ValidationError({"note": _("A note has at most %(most)s characters.") % {"most": f"{NOTE:,}"}})
    return note


def _must_be_approvable(viewer: Viewer, run: Run) -> None:
    """Raise where somebody else must approve a run, or nobody may any more."""
    Plan.objects.select_for_update().get(pk=run.version.plan_id)  # of two runs approved at once, the second sees this
    if why := must_be_another(viewer, run):
        raise NotAllowedError(why)
    if why := out_of_date(run):
        raise ValidationError(why)


def _locked(run: Run) -> Run:
    """The run as it is now, held until the transaction ends, so that of several who decide one does."""
    assert transaction.get_connection().in_atomic_block
    return Run.objects.select_for_update(of=("self",)).select_related("version__plan", "started_by").get(pk=run.pk)


def tell(run: Run, kind: str, users: Any, **more: str) -> None:
    """Tell users something about a run."""
    notify(users, kind, reverse("payouts:run", args=[run.pk]), **words(run), **more)
