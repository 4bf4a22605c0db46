"""What others look after: runs and what is wrong with their data, drafts of plans, and what auditors check."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from attain_web.access.models import AuditEvent
from attain_web.access.rights import Area, Reach
from attain_web.access.viewer import Viewer
from attain_web.home.current import address, plan_of
from attain_web.payouts.models import Run
from attain_web.payouts.queries import FOUND, WORKING, runs
from attain_web.plans.models import PlanVersion
from attain_web.plans.queries import in_force

LAST = 6


@dataclass(frozen=True)
class RunLine:
    """A run with what it says of its progress and of its data."""

    run: Run

    @property
    def url(self) -> str:
        """Its own page."""
        return address("payouts:run", self.run.pk)

    @property
    def badge(self) -> str:
        """How its state is coloured."""
        colours = {"approved": "good", "calculated": "note", "rejected": "warn", "failed": "bad", "stopped": ""}
        return colours.get(self.run.state, "accent")

    @property
    def done(self) -> int | None:
        """How many per cent are done, while it is being calculated."""
        return self.run.told.get("done") if self.run.state in WORKING else None

    @property
    def faults(self) -> int:
        """How many kinds of faults it told."""
        return len(self.run.record.get("faults", []))

    @property
    def fingerprint(self) -> str:
        """The first letters of the fingerprint of all that it read."""
        return str(self.run.record.get("fingerprint", ""))[:12]


@dataclass(frozen=True)
class DataFault:
    """What the newest run of a plan found wrong in the data, and in how many rows."""

    message: str
    advice: str
    severity: str
    rows: int
    run: Run

    @property
    def url(self) -> str:
        """The run that found it."""
        return address("payouts:run", self.run.pk)

    @property
    def badge(self) -> str:
        """How it is coloured."""
        return "bad" if self.severity == "error" else "warn"


@dataclass(frozen=True)
class PlanLine:
    """A version of a plan."""

    version: PlanVersion

    @property
    def url(self) -> str:
        """The plan's own page."""
        return address("plans:plan", self.version.plan_id)


@dataclass(frozen=True)
class Plans:
    """Drafts at work, and plans in force that show no worked example."""

    drafts: list[PlanLine]
    without_examples: list[PlanLine]


def last_runs(viewer: Viewer) -> list[RunLine]:
    """The runs at work and the newest others, for who sees runs."""
    if viewer.right(Area.RUNS).read < Reach.ALL:
        return []
    working = list(runs(viewer).filter(state__in=WORKING)[:LAST])
    return [RunLine(run) for run in working + list(runs(viewer).exclude(state__in=WORKING)[:LAST])]


def data_faults(viewer: Viewer) -> list[DataFault] | None:
    """What the newest run of each plan found wrong, each fault once; None for who does not look after data."""
    if viewer.right(Area.RUNS).read < Reach.ALL or viewer.right(Area.IMPORTS).write < Reach.ALL:
        return None
    ended = runs(viewer).filter(state__in=(*FOUND, Run.State.FAILED), version__plan__retired_at=None)
    told: dict[str, DataFault] = {}
    for run in ended.order_by("version__plan_id", "-started_at").distinct("version__plan_id"):
        for fault in run.record.get("faults") or _cut_short(run):
            told.setdefault(fault["message"], _fault(run, fault))
    return sorted(told.values(), key=lambda one: (one.severity, -one.rows))[:LAST]


def _cut_short(run: Run) -> list[dict[str, Any]]:
    """What is told of a run that failed of something else than its data."""
    failed = run.state == Run.State.FAILED
    return [{"message": run.told.get("error") or _("It failed."), "severity": "error"}] if failed else []


def _fault(run: Run, fault: dict[str, Any]) -> DataFault:
    rows = fault.get("rows") or 0
    count = len(rows) if isinstance(rows, list) else int(rows)
    return DataFault(fault["message"], fault.get("advice") or "", fault["severity"], count, run)


def plans(viewer: Viewer, today: date) -> Plans | None:
    """What a plan designer has at hand; None for who writes no plans."""
    if viewer.right(Area.PLANS).write < Reach.ALL:
        return None
    drafts = PlanVersion.objects.filter(state=PlanVersion.State.DRAFT).select_related("plan", "made_by")
    silent = [PlanLine(version) for version in in_force(today) if not plan_of(version).plan.examples]
    return Plans([PlanLine(draft) for draft in drafts.order_by("-changed_at")[:LAST]], silent)


def evidence(viewer: Viewer) -> list[RunLine]:
    """The last approved runs, for who reads both runs and the whole trail."""
    if viewer.right(Area.RUNS).read < Reach.ALL or viewer.right(Area.AUDIT).read < Reach.ALL:
        return []
    approved: QuerySet[Run] = runs(viewer).filter(state=Run.State.APPROVED)
    return [RunLine(run) for run in approved.order_by("-decided_at")[:LAST]]


def trail(viewer: Viewer) -> AuditEvent | None:
    """The last event of the audit trail, whose hash stands for all before it, for who reads all of it."""
    if viewer.right(Area.AUDIT).read < Reach.ALL:
        return None
    return AuditEvent.objects.order_by("-number").first()
