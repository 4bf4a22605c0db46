"""A participant's own home: attainment and pace, what was earned, the last statements, what the next deal brings."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Avg, Q, Sum

from attain.engines.duckdb import DuckDB
from attain.errors import AttainError
from attain.measures.measure import title_of, unit_of
from attain.plans.document import CheckedPlan, PlanComponent
from attain.plans.what_if import Basis, NextStep, added_by_deal, next_step, pay
from attain_web.access.rights import Area
from attain_web.access.viewer import Viewer
from attain_web.home.current import Current, Standing, address, in_period, standings
from attain_web.payouts.models import Attainment, Earning, Payout, Run
from attain_web.payouts.queries import counting, out_of_date, replaced
from attain_web.people.models import ParticipantVersion
from attain_web.people.timeline import holding
from attain_web.plans.queries import later_version
from attain_web.rows.queries import visible
from attain_web.rows.table import row_tables

LAST = 4
YEAR = timedelta(days=365)
LONG = ("run__record", "run__told", "run__version__text", "run__version__measures")
"""What rows of pay leave where it is: long, and not shown with them."""


@dataclass(frozen=True)
class Statement:
    """An approved run's pay of one participant."""

    run: Run
    participant: str
    period: str
    amount: Decimal
    currency: str
    name: str = ""

    @property
    def url(self) -> str:
        """Where it is explained."""
        return address("statements:statement", self.run.pk, self.participant)


@dataclass(frozen=True)
class Pay:
    """What somebody is paid: this year's approved sums and what calculated runs would add, and the last statements.

    ``awaits_run``: a calculated run counts no more, and none has taken its place.
    """

    approved: dict[str, Decimal]
    estimated: dict[str, Decimal]
    statements: list[Statement]
    awaits_run: bool = False


@dataclass(frozen=True)
class Brought:
    """What a deal brings by one component, where that is known, and how far its next tier is."""

    component: str
    added: Decimal | None
    step: NextStep | None
    unit: str


@dataclass(frozen=True)
class NextDeal:
    """What one more deal of an amount would bring by a plan; without an amount, only how far the next tiers are."""

    plan: str
    currency: str
    amount: Decimal | None
    is_own_average: bool
    brought: list[Brought] = field(default_factory=list)
    is_refused: bool = False
    """What somebody wrote is no amount of a deal."""
    is_replaced: bool = False
    """A newer version of the plan is in force, and has not been run yet."""

    @property
    def total(self) -> Decimal:
        """All components together that it is known of."""
        return sum((one.added or Decimal(0) for one in self.brought), Decimal(0))


def own_standings(viewer: Viewer, found: list[Current]) -> list[Standing]:
    """How far the viewer came in the periods at work."""
    if viewer.participant is None or not viewer.right(Area.ATTAINMENT).read:
        return []
    return standings(found, [viewer.participant])


def own_pay(viewer: Viewer, found: list[Current], today: date) -> Pay | None:
    """What the viewer was paid this year by the runs that count, and what is calculated for now."""
    if viewer.participant is None or not viewer.right(Area.PAY).read:
        return None
    mine = Payout.objects.filter(Q(participant=viewer.participant)).select_related("run__version__plan").defer(*LONG)
    rows = counting(mine.filter(period_end__gt=today - YEAR)).order_by("-period_end", "-run_id")
    approved: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        if (row.period_end - timedelta(days=1)).year == today.year:
            approved[row.currency] += row.amount
    estimated: dict[str, Decimal] = defaultdict(Decimal)
    awaits_run = False
    for one in found:
        if one.run.state == Run.State.CALCULATED and out_of_date(one.run):
            awaits_run |= mine.filter(run=one.run).exists()
        elif one.run.state == Run.State.CALCULATED:
            for row in mine.filter(run=one.run):
                estimated[row.currency] += row.amount
            for row in replaced(one.run).filter(Q(participant=viewer.participant)):
                estimated[row.currency] -= row.amount
    newest, added = {row.run_id: row for row in rows}, {unit: amount for unit, amount in estimated.items() if amount}
    if not (newest or added or awaits_run):
        return None
    return Pay(dict(approved), added, statements_of(list(newest.values())[:LAST]), awaits_run)


def statements_of(rows: list[Payout], names: dict[str, str] | None = None) -> list[Statement]:
    """The statements that rows of pay stand in, each with all that it pays, in the order of the rows."""
    runs, people = {row.run_id for row in rows}, {row.participant_id for row in rows}
    paid: Any = Payout.objects.filter(Q(participant__among=people), run__in=runs).order_by()
    whole = {(run, key): amount for run, key, amount in paid.values_list("run", "participant").annotate(Sum("amount"))}
    return [
        Statement(
            row.run,
            row.participant_id,
            row.run.period,
            whole[row.run_id, row.participant_id],
            row.currency,
            (names or {}).get(row.participant_id, ""),
        )
        for row in rows
    ]


def next_deals(viewer: Viewer, found: list[Current], asked: str | None) -> list[NextDeal]:
    """What one more deal would bring the viewer by each plan that pays them in the periods at work.

    ``asked`` is the amount that somebody wrote; where it is none, their average is taken. None: only how far the next
    tiers are, which is known at once.
    """
    if viewer.participant is None or not viewer.right(Area.PAY).read or not found:
        return []
    rows = Earning.objects.filter(in_period(found), Q(participant=viewer.participant)).order_by(
        "component", "-period_end"
    )
    by_run: dict[int, list[Earning]] = defaultdict(list)
    for row in rows:
        by_run[row.run_id].append(row)
    given, amount, attributes = _amount(asked or ""), None, {}
    is_refused = given is None and bool((asked or "").strip())
    if by_run and asked is not None and not is_refused:
        amount = given or _average(viewer, max(one.day for one in found))
        attributes = _attributes(viewer.participant, found[0].day)
    deals = []
    for one in (current for current in found if current.run.pk in by_run):
        if later_version(one.run.version, one.day, one.day + timedelta(days=1)):
            plan = one.checked.plan
            deals.append(NextDeal(plan.plan, plan.currency, None, is_own_average=False, is_replaced=True))
        else:
            deal = _next_deal(one, by_run[one.run.pk], amount, attributes, is_own_average=given is None)
            deals.append(replace(deal, is_refused=is_refused))
    return deals


def _next_deal(
    current: Current,
    rows: list[Earning],
    amount: Decimal | None,
    attributes: dict[str, Decimal],
    *,
    is_own_average: bool,
) -> NextDeal:
    checked = current.checked
    by_name = {component.spec.name: component for component in checked.components}
    known = [
        (by_name[row.component], row) for row in rows if row.component in by_name and row.measure_value is not None
    ]
    seen = _seen(known)
    pairs = [
        _basis(checked, one, row, attributes, seen, amount=extra)
        for one, row in known
        for extra in (Decimal(0), amount or Decimal(0))
    ]
    paid: list[Decimal | None] = [Decimal(0)] * len(pairs)
    if any(pairs[place] != pairs[place + 1] for place in range(0, len(pairs), 2)):
        try:
            paid = pay(checked, pairs, DuckDB.for_few_rows())
        except AttainError:  # too many digits
            paid = [None] * len(pairs)
    brought = [
        _brought(checked, one, row, paid[2 * place], paid[2 * place + 1]) for place, (one, row) in enumerate(known)
    ]
    return NextDeal(checked.plan.plan, checked.plan.currency, amount, is_own_average, brought)


_Seen = dict[tuple[str, date], tuple[Decimal | None, Decimal | None]]


def _seen(known: list[tuple[PlanComponent, Earning]]) -> _Seen:
    """Value and quota of the measures that factors look at, by measure and start of the period."""
    asked = [
        Q(run=row.run_id, participant=row.participant_id, period_start=row.period_start, period_end=row.period_end)
        & Q(measure__in=one.measures[1:])
        for one, row in known
        if one.deciding
    ]
    if not asked:
        return {}
    rows = Attainment.objects.filter(reduce(or_, asked)).values_list("measure", "period_start", "value", "quota")
    return {(measure, start): (value, quota) for measure, start, value, quota in rows}


def _basis(
    checked: CheckedPlan,
    component: PlanComponent,
    row: Earning,
    attributes: dict[str, Decimal],
    seen: _Seen,
    *,
    amount: Decimal,
) -> Basis:
    """What a component pays on with one more deal of an amount."""

    def more(name: str) -> Decimal:
        return added_by_deal(name, checked.measures, amount)

    others = {}
    for name in component.measures[1:]:
        value, quota = seen.get((name, row.period_start), (None, None))
        others[name] = (None if value is None else value + more(name), quota)
    measure = component.spec.measure
    if component.spec.per == "deal":
        row = Earning(measure_value=Decimal(0), quota=row.quota)  # what went through before changes nothing
    return Basis(component.spec.name, (row.measure_value or Decimal(0)) + more(measure), row.quota, attributes, others)


def _brought(
    checked: CheckedPlan, component: PlanComponent, row: Earning, now: Decimal | None, then: Decimal | None
) -> Brought:
    step = next_step(component, row.measure_value or Decimal(0), row.quota)
    measure = component.spec.measure
    told = {"money": checked.plan.currency, "count": title_of(measure, checked.measures).lower()}
    unit = unit_of(measure, checked.measures)
    added = None if now is None or then is None else then - now
    return Brought(component.spec.name, added, step, told.get(unit, unit))


def _amount(text: str) -> Decimal | None:
    """What somebody wrote as the amount of a deal; None for what is no amount."""
    try:
        amount = Decimal(text.replace(",", "").strip())
    except InvalidOperation:
        return None
    if not amount.is_finite() or not Decimal("0.005") < amount < 10**12:
        return None
    return amount.quantize(Decimal("0.01"))


def _average(viewer: Viewer, day: date) -> Decimal | None:
    """The viewer's average won deal of a year; of who wins none, that of the people below."""
    won = visible(row_tables()["opportunities"], viewer).filter(
        Q(stage="won", close_date__gt=day - YEAR, close_date__lte=day, amount__gt=0)
    )
    own = won.filter(Q(participant=viewer.participant)).aggregate(mean=Avg("amount"))["mean"]
    mean = own or won.filter(Q(participant__among=viewer.below)).aggregate(mean=Avg("amount"))["mean"]
    return mean.quantize(Decimal(1)) if mean else None


def _attributes(participant: str, day: date) -> dict[str, Decimal]:
    """The participant's attributes that are numbers, as of a day."""
    version = ParticipantVersion.objects.filter(holding(day), Q(participant=participant)).first()
    found = {}
    for name, value in (version.attributes if version else {}).items():
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            continue
        if number.is_finite():
            found[name] = number
    return found
