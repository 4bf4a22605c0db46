"""Reads of statements: which ones a viewer may see, which replaces which, and what was paid before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import Http404

from attain_web.access.models import ChainLink
from attain_web.access.rights import Area, Reach
from attain_web.access.viewer import Viewer
from attain_web.payouts.models import Attainment, Payout, Run
from attain_web.payouts.queries import counting, replaced
from attain_web.people.models import ParticipantVersion
from attain_web.rows.queries import COUNTED, PAGE
from attain_web.statements.models import Statement

FOUND = (Run.State.CALCULATED, Run.State.APPROVED, Run.State.REJECTED)
"""States of runs that have found something."""


@dataclass(frozen=True)
class Asked:
    """What the list of statements is asked for: a person's key or name, days that the period touches, page."""

    person: str = ""
    plan: str = ""
    since: date | None = None
    until: date | None = None
    page: int = 1


@dataclass(frozen=True)
class Listed:
    """A statement in the list, with whose it is, the runs that it replaces and the one that replaces it."""

    statement: Statement
    name: str
    replaces: tuple[int, ...]
    replaced_by: int | None
    is_whole: bool = True
    """Whether that one covers all of its days."""


@dataclass(frozen=True)
class Page:
    """One page of the list; ``count`` stops at ``COUNTED``."""

    rows: list[Listed]
    count: int
    number: int
    pages: int


@dataclass(frozen=True)
class Before:
    """What counted for a period before: by which run, and what this run pays for it."""

    start: date
    end: date
    currency: str
    run: Run
    paid: Decimal
    now: Decimal

    @property
    def difference(self) -> Decimal:
        """What is still to be paid, or was paid too much."""
        return self.now - self.paid


def issued(viewer: Viewer) -> QuerySet[Statement]:
    """The statements of approved runs that a viewer may see; of managers, by the chain on the run's last day."""
    reach = viewer.right(Area.PAY).read
    found = Statement.objects.filter(run__state=Run.State.APPROVED)
    if reach == Reach.ALL:
        return found
    if not reach or viewer.participant is None:
        return found.none()
    if reach == Reach.SELF:
        return found.filter(Q(participant=viewer.participant))
    always = viewer.always_below | {viewer.participant}
    own = Q(participant__among=always)
    if sometimes := viewer.below - always:
        on_the_last_day = ChainLink.objects.filter(
            above=viewer.participant,
            participant=OuterRef("participant"),
            start__lt=OuterRef("run__end"),
            end__gte=OuterRef("run__end"),
        )
        own |= Q(participant__among=sometimes) & Q(Exists(on_the_last_day))
    return found.filter(own)


def found_statements(viewer: Viewer, asked: Asked) -> QuerySet[Statement]:
    """The visible statements that filters find, newest first."""
    found = issued(viewer)
    if asked.person:
        named = ParticipantVersion.objects.filter(name__icontains=asked.person).values("participant")
        found = found.filter(Q(participant=asked.person) | Q(participant__in=named))
    if asked.plan:
        found = found.filter(run__version__plan__name=asked.plan)
    if asked.since:
        found = found.filter(run__end__gt=asked.since)
    if asked.until:
        found = found.filter(run__start__lte=asked.until)
    return found.defer("tree").order_by("-run_id", "participant_id")


def page_of(viewer: Viewer, asked: Asked) -> Page:
    """One page of the list of statements."""
    found = found_statements(viewer, asked)
    count = found.order_by()[:COUNTED].count()
    pages = max(1, -(-count // PAGE))
    number = min(max(asked.page, 1), pages)
    rows = found.select_related("run__version__plan")[(number - 1) * PAGE : number * PAGE]
    return Page(listed(list(rows)), count, number, pages)


def listed(statements: list[Statement]) -> list[Listed]:
    """Statements with the names of their people and their runs' order: what was calculated later counts."""
    names = names_of({str(one.participant_id) for one in statements})
    runs, paying = _approved({one.run.version.plan_id for one in statements}), _paying(statements)
    told = []
    for one in statements:
        others = [run for run in runs[one.run.version.plan_id] if _overlap(run, one.run)]
        before = [run for run in others if run.read_at < one.run.read_at]
        counted = [run.pk for n, run in enumerate(before) if not any(_covers(late, run) for late in before[n + 1 :])]
        after = [run for run in others if run.read_at > one.run.read_at]
        by = next((run for run in reversed(after) if _covers(run, one.run)), after[-1] if after else None)
        key = str(one.participant_id)
        told.append(
            Listed(
                one,
                names.get(key) or key,
                tuple(counted),
                by.pk if by else None,
                is_whole=by is not None and (_covers(by, one.run) or (one.run_id, key) not in paying),
            )
        )
    return told


def _paying(statements: list[Statement]) -> set[tuple[int, str]]:
    """Run and participant of the statements of which some pay still counts."""
    runs, people = {one.run_id for one in statements}, {str(one.participant_id) for one in statements}
    rows: QuerySet[Any] = counting(Payout.objects.filter(Q(participant__in=people), run__in=runs))
    return set(rows.order_by().values_list("run", "participant").distinct())


def _approved(plans: set[int]) -> dict[int, list[Run]]:
    """The approved runs of plans, by plan, in the order in which they were calculated."""
    approved = Run.objects.filter(version__plan__in=plans, state=Run.State.APPROVED).order_by("read_at")
    found: dict[int, list[Run]] = {plan: [] for plan in plans}
    for run in approved.select_related("version").only("start", "end", "read_at", "version__plan"):
        found[run.version.plan_id].append(run)
    return found


def _overlap(one: Run, other: Run) -> bool:
    return bool(one.start and other.start and one.end and other.end and one.start < other.end and other.start < one.end)


def _covers(one: Run, other: Run) -> bool:
    return bool(
        one.start and other.start and one.end and other.end and one.start <= other.start and other.end <= one.end
    )


def names_of(participants: Iterable[str]) -> dict[str, str]:
    """The latest name of each participant."""
    versions: QuerySet[Any] = ParticipantVersion.objects.filter(Q(participant__among=participants))
    rows = versions.order_by(F("start").asc(nulls_first=True))
    return {key: name for key, name in rows.values_list("participant", "name") if name}


def plans_of(viewer: Viewer) -> list[str]:
    """The plans of which a viewer sees statements."""
    reach = viewer.right(Area.PAY).read
    runs = Run.objects.filter(state=Run.State.APPROVED)
    if reach != Reach.ALL:
        runs = runs.filter(Exists(issued(viewer).filter(run=OuterRef("pk"))))
    return list(runs.order_by("version__plan__name").values_list("version__plan__name", flat=True).distinct())


def statement_seen(viewer: Viewer, run: int, key: str) -> Statement:
    """A statement of a run, kept or about to be; 404 where there is none or it may not be seen, which looks the same.

    Who sees only their own or their chain's sees those of approved runs.
    """
    viewer.must_read(Area.PAY)
    related = ("version__plan", "decided_by", "started_by")
    found = Run.objects.select_related(*related).filter(pk=run, state__in=FOUND).first()
    if found is None or not _may_see(viewer, found, key):
        raise Http404
    if kept := Statement.objects.filter(Q(run=found) & Q(participant=key)).first():
        kept.run = found
        return kept
    if any(model.objects.filter(Q(run=found) & Q(participant=key)).exists() for model in (Payout, Attainment)):
        return Statement(run=found, participant_id=key)
    raise Http404


def _may_see(viewer: Viewer, run: Run, key: str) -> bool:
    reach = viewer.right(Area.PAY).read
    if reach == Reach.ALL:
        return True
    if run.state != Run.State.APPROVED or viewer.participant is None:
        return False
    if key == viewer.participant:
        return True
    chain = ChainLink.objects.filter(above=viewer.participant, participant=key)
    return reach == Reach.CHAIN and chain.filter(start__lt=run.end, end__gte=run.end).exists()


def paid_before(statement: Statement) -> list[Before]:
    """What counted for the same periods before this run, of earlier approved runs of the plan."""
    run, person = statement.run, Q(participant=statement.participant_id)
    own = Payout.objects.filter(person, run=run)
    now = {(one.period_start, one.period_end, one.currency): one.amount for one in own}
    return [
        Before(*key, one.run, one.amount, now.get(key, Decimal(0)))
        for one in replaced(run).filter(person).select_related("run").order_by("period_start", "period_end")
        for key in [(one.period_start, one.period_end, one.currency)]
    ]


def attained(statement: Statement) -> list[Attainment]:
    """What the run says of the participant's quotas, in order of time."""
    own = Q(run=statement.run_id) & Q(participant=statement.participant_id)
    found = Attainment.objects.filter(own, quota__isnull=False)
    return list(found.order_by("measure", "period_start", "period_end"))


def concerning(statement: Statement, keys: Iterable[str] = ()) -> list[dict[str, Any]]:
    """The warnings about the run's data that name the participant, or one of these facts."""
    wanted = {str(statement.participant_id), *keys}
    return [
        one for one in statement.run.record.get("faults", []) if wanted & {one.get("value"), *one.get("values", ())}
    ]
