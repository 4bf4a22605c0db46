"""Reads of runs: which there are, which one counts for whom, and what they found about the people one may see."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.contrib.django.models import ProcrastinateJob

from attain_web.access.models import ChainLink
from attain_web.access.rights import Area, Reach
from attain_web.access.viewer import Viewer
from attain_web.look.table import number
from attain_web.payouts.models import Attainment, Difference, Payout, Result, Run
from attain_web.plans.models import Plan, PlanVersion
from attain_web.plans.queries import later_version

WORKING = (Run.State.QUEUED, Run.State.CALCULATING)
FOUND = (Run.State.CALCULATED, Run.State.APPROVED)
"""States of runs whose results may count."""

LOCK = 7_315_2028
"""First key of the advisory locks that workers hold; the second is the run's."""

BEGINS = timedelta(seconds=15)
"""What a worker may take from fetching a run to holding it: its first one imports the library before."""

R = TypeVar("R", bound=Result)


def runs(viewer: Viewer) -> QuerySet[Run]:
    """Every run, newest first, for whoever may see runs."""
    viewer.must_read(Area.RUNS)
    return Run.objects.select_related("version__plan", "started_by", "decided_by")


def filtered(viewer: Viewer, *, plan: str = "", state: str = "", by: str = "") -> QuerySet[Run]:
    """The runs of a plan (by its id), in a state, started by somebody whose name holds a text, or by the schedule."""
    found = runs(viewer)
    if plan:
        found = (
            found.filter(version__plan=int(plan))
            if plan.isascii() and plan.isdigit() and len(plan) < 10
            else found.none()
        )
    if state:
        found = found.filter(state=state)
    if by:
        found = found.filter(started_by__name__icontains=by)
    return found


def plans_run(viewer: Viewer) -> QuerySet[Plan]:
    """The plans that were ever run."""
    viewer.must_read(Area.RUNS)
    return Plan.objects.filter(Exists(Run.objects.filter(version__plan=OuterRef("pk"))))


def runnable() -> QuerySet[PlanVersion]:
    """The versions that may be run: published, of plans that are not retired, the newest of each plan first.

    One whose days a later version has all is not among them.
    """
    published = PlanVersion.objects.filter(state=PlanVersion.State.PUBLISHED)
    later = published.filter(plan=OuterRef("plan"), number__gt=OuterRef("number"), start__lte=OuterRef("start"))
    replaced = later.filter(Q(end=None) | Q(end__gte=OuterRef("end")))
    versions = published.filter(~Exists(replaced), plan__retired_at=None)
    return versions.select_related("plan").order_by("plan__name", "-number")


def differences_of(viewer: Viewer, run: Run, key: str) -> tuple[list[Difference], Decimal, Decimal]:
    """Why somebody's pay differs from the run before, and what it was and is; 404 for who is in neither."""
    paid = list(results(viewer, Payout).filter(run=run, participant__participant=key).values_list("amount", flat=True))
    rows = (
        list(Difference.objects.filter(run=run, participant__participant=key))
        if viewer.right(Area.PAY).read == Reach.ALL
        else []
    )
    if not paid and not rows:
        raise Http404
    rows.sort(key=lambda one: list(Difference.Reason).index(Difference.Reason(one.reason)))
    after = sum(paid, Decimal(0))
    return rows, after - sum((one.amount for one in rows), Decimal(0)), after


def run_seen(viewer: Viewer, pk: int) -> Run:
    """One run; 404 where there is none or it may not be seen."""
    return get_object_or_404(runs(viewer), pk=pk)


def counting(rows: QuerySet[R], *, before: Run | None = None) -> QuerySet[R]:
    """Of what runs found, the rows that count: of approved runs, where no newer approved one decides on their period.

    A run decides on every period of payment within its days, and for everybody: who is missing from it is paid nothing
    for them. With ``before``: what counted before that run.
    """
    newer = Run.objects.filter(
        state=Run.State.APPROVED,
        version__plan=OuterRef("run__version__plan"),
        read_at__gt=OuterRef("run__read_at"),
        start__lte=OuterRef("period_start"),
        end__gte=OuterRef("period_end"),
    )
    if before:
        newer, rows = newer.filter(read_at__lt=before.read_at), rows.filter(run__read_at__lt=before.read_at)
    return rows.filter(~Exists(newer), run__state=Run.State.APPROVED)


def replaced(run: Run) -> QuerySet[Payout]:
    """The pay of earlier runs that a run replaces: what counted for the periods on which it decides."""
    paid = Payout.objects.filter(period_start__gte=run.start, period_end__lte=run.end)
    return counting(paid.filter(run__version__plan=run.version.plan_id), before=run)


def newest_by_plan(today: date) -> list[Run]:
    """What is known now: of each plan the newest calculated or approved run whose days hold today, by plan name."""
    held = Run.objects.filter(state__in=FOUND, start__lte=today, end__gt=today).select_related("version__plan")
    return list(held.order_by("version__plan__name", "-read_at").distinct("version__plan__name"))


def approved_since(run: Run) -> Run | None:
    """The newest approved run of the same plan that read its data after a run, and has days of it.

    It counts in that run's place on those days; a run that waits for approval can no longer be approved.
    """
    if run.state not in FOUND:
        return None
    newer = Run.objects.filter(version__plan=run.version.plan_id, state=Run.State.APPROVED, read_at__gt=run.read_at)
    return newer.filter(start__lt=run.end, end__gt=run.start).order_by("-read_at").first()


def results(viewer: Viewer, model: type[R]) -> QuerySet[R]:
    """What runs found about the people whose attainment or pay a viewer may see.

    Participants and managers see approved runs only, managers by the chain as it stands at the end of a run.
    """
    area = Area.ATTAINMENT if model is Attainment else Area.PAY
    viewer.must_read(area)
    reach = viewer.right(area).read
    rows: QuerySet[R] = model._default_manager.all()
    if reach == Reach.ALL:
        return rows
    if viewer.participant is None:
        return rows.none()
    own = Q(participant=viewer.participant)
    if reach == Reach.CHAIN:
        chain = ChainLink.objects.filter(
            above=viewer.participant, participant=OuterRef("participant"), start__lt=OuterRef("run__end")
        )
        own |= Q(participant__among=viewer.below) & Q(Exists(chain.filter(end__gte=OuterRef("run__end"))))
    return rows.filter(own, run__state=Run.State.APPROVED)


def must_be_another(viewer: Viewer, run: Run) -> str:
    """Why somebody else approves a run: nobody approves what they made, nor their own pay; empty where they may."""
    if viewer.user_id is None or viewer.user_id in (run.started_by_id, run.resumed_by_id):
        return _("You started this run: somebody else approves it.")
    if viewer.user_id in (run.version.published_by_id, run.version.made_by_id):
        return _("You wrote or published this version of the plan: somebody else approves its runs.")
    return _("You are paid in this run: somebody else approves it.") if is_paid_in(viewer, run) else ""


def out_of_date(run: Run) -> str:
    """Why nobody approves a run any more, or not for these days; empty where it may be."""
    if newer := approved_since(run):
        told = _("Run %(run)s is newer, has days of this one and is approved. Run it again, and approve that.")
        return told % {"run": newer.pk}
    if run.told.get("let_go"):
        return _("The files that it read are not kept any more. Run it again, and approve that.")
    if run.start and run.end and (other := later_version(run.version, run.start, run.end)):
        told = _("Version %(number)s of the plan is in force on some of its days by now: run that.")
        return told % {"number": other.number}
    if whole := _paid_as_a_whole(run):
        told = _(
            "Run %(run)s paid %(start)s – %(end)s in one sum, of which this run has a part. Run all of those days."
        )
        return told % {"run": whole.run_id, "start": whole.period_start, "end": whole.period_end - timedelta(days=1)}
    return ""


def _paid_as_a_whole(run: Run) -> Payout | None:
    """Pay that counts for a period of which a run has some days and not all, so that they would be paid twice."""
    shared = Payout.objects.filter(period_start__lt=run.end, period_end__gt=run.start)
    partly = shared.exclude(period_start__gte=run.start, period_end__lte=run.end).exclude(amount=0)
    return counting(partly.filter(run__version__plan=run.version.plan_id), before=run).select_related("run").first()


def is_paid_in(viewer: Viewer, run: Run) -> bool:
    """Whether a viewer is on the plan in a run."""
    mine = {"run": run, "participant__participant": viewer.participant}
    return viewer.participant is not None and (
        Payout.objects.filter(**mine).exists() or Attainment.objects.filter(**mine).exists()
    )


def before(run: Run, start: date, end: date) -> Run | None:
    """What a run over ``[start, end)`` is compared with.

    The latest approved run of the same plan and currency that shares days with it; else the latest calculated one, of
    several rather one over the very same days.
    """
    others = Run.objects.filter(
        version__plan=run.version.plan_id,
        state__in=FOUND,
        read_at__lt=run.read_at,
        start__lt=end,
        end__gt=start,
        record__currency=run.record["currency"],  # amounts of two currencies have no difference
    )
    approved = others.filter(state=Run.State.APPROVED).order_by("-read_at").first()
    same = others.annotate(is_same=Q(start=start, end=end))
    return approved or same.order_by(F("is_same").desc(), "-read_at").first()


def is_waiting(run: Run) -> bool:
    """Whether a run stands in the queue, or a worker has just taken it and is about to hold it."""
    begun = Q(procrastinateevent__type="started", procrastinateevent__at__gt=timezone.now() - BEGINS)
    jobs = ProcrastinateJob.objects.filter(task_name="payouts.calculate", args__run=run.pk)
    return jobs.filter(Q(status="todo") | Q(begun, status="doing")).exists()


def is_worked_on(run: Run) -> bool:
    """Whether a worker holds a run in this moment; the database lets go of it when the worker dies."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objid = %s "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
            [LOCK, run.pk],
        )
        return bool(cursor.fetchone()[0])


def is_cut_off(run: Run) -> bool:
    """Whether a run is not at its end, and nobody works on it or is about to."""
    return run.state in WORKING and not is_waiting(run) and not is_worked_on(run)


def words(run: Run) -> Mapping[str, str]:
    """What a notice about a run says of it."""
    told = {"run": str(run.pk), "plan": run.version.plan.name, "period": run.period}
    paid = run.record.get("payouts")
    amount = number(Decimal(paid), is_money=True) if paid else ""
    return told | {"amount": amount, "currency": str(run.record.get("currency", ""))}
