"""Reads of plans: their versions, who is on them, and what a text says that somebody is writing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from attain.errors import AttainError, Fault
from attain.plans.document import CheckedPlan, read_plan
from attain.tables import EVER, NEVER
from attain_web.access.models import ChainLink
from attain_web.access.rights import Area, Reach
from attain_web.access.viewer import NotAllowedError, Viewer
from attain_web.measures.queries import company_measures, read_measure
from attain_web.people.queries import names_of
from attain_web.plans.data import Member, data_faults, members_of
from attain_web.plans.models import Assignment, Plan, PlanVersion
from attain_web.plans.succession import cut_periods
from attain_web.plans.texts import Checked, check_text, expected, with_faults
from attain_web.rows.queries import today, visible
from attain_web.rows.table import row_tables

DRAFT, PUBLISHED = PlanVersion.State.DRAFT, PlanVersion.State.PUBLISHED


def checked_version(version: PlanVersion) -> CheckedPlan:
    """The plan of a version as the library works with it; raises AttainError with every fault of its form.

    A published version reads the company's measures as they were then; a draft as they are now.
    """
    if version.state == PUBLISHED:
        measures = {name: read_measure(text) for name, text in version.measures.items()}
    else:
        measures = company_measures()
    return read_plan(version.text, name=f"{version.plan.name} v{version.number}", measures=measures)


def published(day: date) -> QuerySet[PlanVersion]:
    """The published versions whose dates hold a day, of every plan, with the plan."""
    holds = Q(start__lte=day) & (Q(end=None) | Q(end__gt=day))
    return PlanVersion.objects.filter(holds, state=PUBLISHED).select_related("plan")


def in_force(day: date) -> list[PlanVersion]:
    """The version that counts on a day of each plan that is not retired, by the plan's name."""
    found = published(day).filter(plan__retired_at=None).order_by("plan__name", "-number")
    return list(found.distinct("plan__name"))


def later_version(version: PlanVersion, start: date, end: date | None) -> PlanVersion | None:
    """The version with a higher number that is in force, in place of one, on some of its days in ``[start, end)``."""
    start, ends = max(start, version.start or start), [day for day in (end, version.end) if day]
    later = PlanVersion.objects.filter(plan=version.plan_id, state=PUBLISHED, number__gt=version.number)
    if ends:
        later = later.filter(start__lt=min(ends))
    return later.filter(Q(end=None) | Q(end__gt=start)).order_by("-number").first()


def check(text: str, *, name: str, number: int) -> Checked:
    """Every fault because of which a text cannot be published as that version of that plan, and its warnings.

    Without a ``name`` it is the first version of a plan that has none yet.
    """
    checked = check_text(text, company_measures())
    if checked.plan is None:
        return checked
    name = name or checked.plan.plan.plan
    told: list[Fault] = []
    if not checked.errors:
        told = [*data_faults(checked.plan), *_nobody(checked.plan), *_elsewhere(checked.plan, name)]
    known = {(fault.check, fault.line, fault.position) for fault in checked.faults}
    more = [fault for fault in told if (fault.check, fault.line, fault.position) not in known]
    versions = PlanVersion.objects.filter(plan__name=name, state=PUBLISHED, number__lt=number).select_related("plan")
    cut = cut_periods(checked.plan, map(checked_version, versions))
    return with_faults(checked, *more, *cut, *expected(checked.plan, name=name, number=number))


def _nobody(plan: CheckedPlan) -> list[Fault]:
    """A warning where nobody is on a plan, by the people and assignments as they are now."""
    if members_of(plan):
        return []
    advice = "Assign people to it, or correct its condition."
    told = "nobody is on the plan as things are, so a run of it pays nobody"
    return [plan.document.fault(("participants",), check="nobody", message=told, advice=advice, severity="warning")]


def _elsewhere(plan: CheckedPlan, name: str) -> Iterator[Fault]:
    """A warning for each other plan in force that pays some of the same people on the same days."""
    mine: dict[str, list[Member]] = {}
    for one in members_of(plan):
        mine.setdefault(one.participant, []).append(one)
    others = PlanVersion.objects.filter(state=PUBLISHED, plan__retired_at=None).exclude(plan__name=name)
    span = plan.plan.effective
    others = others.filter(Q(end=None) | Q(end__gt=span.start), **({"start__lt": span.end} if span.end else {}))
    for version in others.select_related("plan").order_by("plan__name", "-number").distinct("plan__name"):
        both = {
            one.participant
            for one in members(version)
            if any(own.start < one.end and one.start < own.end for own in mine.get(one.participant, ()))
        }
        if both:
            told = ", ".join(sorted(both)[:3]) + (" …" if len(both) > 3 else "")
            yield plan.document.fault(
                ("participants",),
                check="two-plans",
                message=f"{len(both)} of its people ({told}) are on '{version.plan.name}' on the same days, "
                "which pays them too",
                advice="Leave it so where that is meant; else narrow a condition or end an assignment.",
                severity="warning",
            )


# Who sees what


def versions_seen(viewer: Viewer) -> list[PlanVersion]:
    """The versions that a viewer may see, by plan, newest first, with the plan and who wrote and published them.

    Who reads all plans sees drafts as well. Others see what was published of the plans that they, or people who are
    below them on those days, are on.
    """
    reach = viewer.right(Area.PLANS).read
    found = PlanVersion.objects.select_related("plan", "made_by", "published_by").order_by("plan__name", "-number")
    if reach == Reach.ALL:
        return list(found)
    if not reach or viewer.participant is None:
        return []
    below = _Below(viewer) if reach == Reach.CHAIN else None
    return [one for one in found.filter(state=PUBLISHED) if _concerns(viewer, below, members(one))]


class _Below:
    """The days on which people are below a viewer, asked once."""

    def __init__(self, viewer: Viewer) -> None:
        links = ChainLink.objects.filter(above=viewer.participant)
        self.days: dict[str, list[tuple[date, date]]] = {}
        for key, start, end in links.values_list("participant", "start", "end"):
            self.days.setdefault(key, []).append((start, end))

    def holds(self, one: Member) -> bool:
        """Whether somebody is below on a day on which they are on the plan."""
        return any(start < one.end and one.start < end for start, end in self.days.get(one.participant, ()))


def _concerns(viewer: Viewer, below: _Below | None, who: Iterable[Member]) -> bool:
    return any(one.participant == viewer.participant or (below and below.holds(one)) for one in who)


def members(version: PlanVersion) -> tuple[Member, ...]:
    """Who is on a version of a plan and when, by the data as it is now; nobody where its text cannot be read."""
    try:
        return members_of(checked_version(version))
    except AttainError:
        return ()


def plan_seen(viewer: Viewer, pk: int) -> tuple[Plan, list[PlanVersion]]:
    """A plan and its versions that a viewer may see, newest first; 404 where there is none."""
    viewer.must_read(Area.PLANS)
    if viewer.right(Area.PLANS).read == Reach.ALL:
        plan = Plan.objects.filter(pk=pk).first()
        found = list(plan.versions.select_related("plan", "made_by", "published_by")) if plan else []
    else:
        found = [one for one in versions_seen(viewer) if one.plan_id == pk]
        plan = found[0].plan if found else None
    if plan is None:
        raise Http404
    return plan, sorted(found, key=lambda one: -one.number)


def version_seen(viewer: Viewer, pk: int) -> PlanVersion:
    """A version that a viewer may see; 404 where there is none."""
    viewer.must_read(Area.PLANS)
    version = PlanVersion.objects.filter(pk=pk).first()
    if version is None:
        raise Http404
    _plan, found = plan_seen(viewer, version.plan_id)
    seen = next((one for one in found if one.pk == pk), None)
    if seen is None:
        raise Http404
    return seen


def must_preview(viewer: Viewer, plan: Plan) -> None:
    """Raise NotAllowedError where a viewer sees a plan and not what every person on it is paid."""
    if viewer.right(Area.PLANS).read < Reach.ALL or viewer.right(Area.PAY).read < Reach.ALL:
        raise NotAllowedError(_("Your roles do not let you see what everybody on “%(plan)s” is paid.") % {"plan": plan})


# What pages show


@dataclass(frozen=True)
class Listed:
    """A plan in the list: the version that counts today or last did, its draft, how many are on it, its last run."""

    plan: Plan
    shown: PlanVersion
    draft: PlanVersion | None
    people: int
    ran: tuple[str, datetime] | None

    @property
    def state(self) -> str:
        """Retired, draft, in force, ended, or not begun."""
        if self.plan.retired_at:
            return "retired"
        return state_of(self.shown, ())


def state_of(version: PlanVersion, versions: Iterable[PlanVersion]) -> str:
    """How one of a plan's versions stands today: draft, coming, ended, in force, or replaced by a later one that is."""
    if version.state == DRAFT or version.start is None:
        return "draft"
    if version.start > today():
        return "coming"
    if not holds(version, today()):
        return "ended"
    is_replaced = any(one.number > version.number and holds(one, today()) for one in versions)
    return "replaced" if is_replaced else "in_force"


def holds(version: PlanVersion, day: date) -> bool:
    """Whether a version is published and its days hold a day; of several that do the last counts."""
    if version.state == DRAFT or version.start is None:
        return False
    return version.start <= day and not (version.end and version.end <= day)


@dataclass(frozen=True)
class Replaced:
    """A published version that a draft would replace on days ``[start, end)``, and what it paid there already."""

    number: int
    start: date
    end: date | None
    approved: list[str]
    """Periods of approved runs, which stay approved until one of the draft is."""


def replaced_by(version: PlanVersion, start: date, end: date | None) -> list[Replaced]:
    """What a draft in force in ``[start, end)`` would replace, newest version first."""
    told = []
    for one in PlanVersion.objects.filter(plan=version.plan_id, state=PUBLISHED, number__lt=version.number):
        since, until = max(start, one.start or start), min(filter(None, (end, one.end)), default=None)
        if until is None or since < until:
            runs: Any = one.runs  # runs are known here by their version only
            paid = runs.filter(state="approved", end__gt=since).order_by("start")
            paid = paid.filter(start__lt=until) if until else paid
            told.append(Replaced(one.number, since, until, list(dict.fromkeys(paid.values_list("period", flat=True)))))
    return sorted(told, key=lambda one: -one.number)


def listed(viewer: Viewer) -> list[Listed]:
    """Every plan that a viewer sees, by name; those that are retired last."""
    viewer.must_read(Area.PLANS)
    by_plan: dict[int, list[PlanVersion]] = {}
    for version in versions_seen(viewer):
        by_plan.setdefault(version.plan_id, []).append(version)
    ran = _last_runs(by_plan) if viewer.right(Area.RUNS).read == Reach.ALL else {}
    seen = seen_keys(viewer, today())
    rows = [
        Listed(
            plan=found[0].plan,
            shown=(shown := shown_of(found)),
            draft=next((one for one in found if one.state == DRAFT), None),
            people=len({one.participant for one in on_day(shown, today(), seen)}),
            ran=ran.get(pk),
        )
        for pk, found in by_plan.items()
    ]
    return sorted(rows, key=lambda one: one.plan.retired_at is not None)


def shown_of(versions: list[PlanVersion]) -> PlanVersion:
    """The version that a plan is shown by: what counts today, else the newest published, else the draft."""
    published_ones = [one for one in versions if one.state == PUBLISHED]
    counting = [one for one in published_ones if holds(one, today())]
    return next(iter(counting or published_ones or versions))


def _last_runs(plans: Iterable[int]) -> dict[int, tuple[str, datetime]]:
    """Period and time of the last run of each plan; runs are known here by their version only."""
    runs: Any = PlanVersion.objects.filter(plan__in=plans, runs__isnull=False).order_by("plan", "-runs__pk")
    rows = runs.distinct("plan").values_list("plan", "runs__period", "runs__started_at")
    return {plan: (period, at) for plan, period, at in rows}


def seen_keys(viewer: Viewer, day: date) -> frozenset[str] | None:
    """The participants that a viewer may see on plans on a day; None: everybody."""
    reach = viewer.right(Area.PLANS).read
    if reach == Reach.ALL:
        return None
    own = frozenset({viewer.participant} if viewer.participant else ())
    if reach < Reach.CHAIN:
        return own
    links = ChainLink.objects.filter(above=viewer.participant, start__lte=day, end__gt=day)
    return own.union(links.values_list("participant", flat=True))


def on_day(version: PlanVersion, day: date, seen: frozenset[str] | None) -> list[Member]:
    """Who of those that may be seen is on a version on a day."""
    found = [one for one in members(version) if one.start <= day < one.end]
    return [one for one in found if seen is None or one.participant in seen]


@dataclass(frozen=True)
class OnPlan:
    """Somebody who is on a plan on a day, from when until when, and the assignment that says so, if one does."""

    key: str
    name: str
    start: date | None
    end: date | None
    assignment: Assignment | None


def people_on(viewer: Viewer, version: PlanVersion, day: date) -> list[OnPlan]:
    """Who is on a version on a day, by name."""
    found = on_day(version, day, seen_keys(viewer, day))
    names = names_of([one.participant for one in found], day)
    rows: Any = visible(row_tables()["assignments"], viewer)
    rows = rows.filter(plan=version.plan.name).exclude(start__gt=day).exclude(end__lte=day)
    assigned = {one.participant_id: one for one in rows}
    people = [
        OnPlan(
            one.participant,
            names.get(one.participant, one.participant),
            None if one.start == EVER else one.start,
            None if one.end == NEVER else one.end,
            assigned.get(one.participant),
        )
        for one in found
    ]
    return sorted(people, key=lambda one: (one.name.casefold(), one.key))


def assignment_seen(viewer: Viewer, pk: int) -> Assignment:
    """An assignment that a viewer may see; 404 where there is none."""
    viewer.must_read(Area.PLANS)
    row: Any = visible(row_tables()["assignments"], viewer).filter(pk=pk).first()
    if row is None:
        raise Http404
    found: Assignment = row
    return found


def plan_named(name: str) -> Plan | None:
    """The plan of that name, which an assignment speaks of; there may be none yet."""
    return Plan.objects.filter(name=name).first()
