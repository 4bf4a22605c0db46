"""The whole company: attainment and its course, pay by team, what pay cost by month, and what waits for approval."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from attain_web.access.rights import Area, Reach
from attain_web.access.viewer import Viewer
from attain_web.home.current import Current, Standing, address, is_team_measure
from attain_web.look.charts import Chart
from attain_web.payouts.models import Attainment, Payout, Run
from attain_web.payouts.queries import FOUND, counting, must_be_another, out_of_date
from attain_web.people.models import ParticipantVersion
from attain_web.people.timeline import holding

FEW = 5
"""Pay is told of so many people together, and of no fewer."""
YEAR = timedelta(days=366)
TOGETHER = ("run", "measure", "period_start", "period_end")


@dataclass(frozen=True)
class Company:
    """Attainment of all with a quota together in the periods at work, and its course in those that are over."""

    standings: list[Standing]
    trend: Chart | None


@dataclass(frozen=True)
class TeamPay:
    """What a team of five or more is paid together."""

    team: str
    people: int
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class Waiting:
    """A run that waits for approval: whether the viewer may be who approves it, and whether its period is over."""

    run: Run
    is_mine: bool
    is_over: bool

    @property
    def url(self) -> str:
        """The run's own page."""
        return address("payouts:run", self.run.pk)

    @property
    def amount(self) -> Decimal:
        """What it pays."""
        return Decimal(self.run.record.get("payouts", "0"))


def company(viewer: Viewer, found: list[Current], today: date) -> Company | None:
    """Company attainment, for who sees everybody's; None where no run has found anything."""
    if viewer.right(Area.ATTAINMENT).read < Reach.ALL or not found:
        return None
    by_run = _runs_of(today) | {one.run.pk: one for one in found}
    rows = _together(by_run)
    now = [one for one in rows if one.start <= one.current.day < one.end and _is_newest(one, found)]
    return Company(
        sorted(now, key=lambda one: (-one.people, one.measure)), _trend([one for one in rows if one.end <= today])
    )


def _is_newest(one: Standing, found: list[Current]) -> bool:
    return one.current.run.pk in {current.run.pk for current in found}


def _runs_of(today: date) -> dict[int, Current]:
    """The newest run of each plan and span of a year."""
    runs = Run.objects.filter(state__in=FOUND, end__gt=today - YEAR, start__lte=today).select_related("version__plan")
    keys = ("version__plan_id", "start", "end")
    return {
        run.pk: Current(run, min(today, run.end or today)) for run in runs.order_by(*keys, "-read_at").distinct(*keys)
    }


def _together(by_run: dict[int, Current]) -> list[Standing]:
    """Everybody with a quota together, by run, measure and period; of each plan and period from the newest run."""
    rows = Attainment.objects.filter(run__in=by_run, quota__gt=0).order_by().values_list(*TOGETHER)
    reached = Count("pk", filter=Q(attainment__gte=1))
    told = rows.annotate(whole=Sum("value"), goal=Sum("quota"), reached=reached, people=Count("pk"))
    newest: dict[tuple[Any, ...], Standing] = {}
    read_last = sorted(told, key=lambda row: by_run[row[0]].run.read_at)
    for run, measure, start, end, value, quota, count, people in read_last:
        current = by_run[run]
        if not is_team_measure(current.checked, measure):
            plan = current.run.version.plan_id
            newest[plan, measure, start, end] = Standing(
                current, measure, start, end, value, quota, reached=count, people=people
            )
    return _over_plans(newest.values())


def _over_plans(found: Iterable[Standing]) -> list[Standing]:
    """Plans that measure the same in the same periods and currency, together."""
    grouped: dict[tuple[str, date, date, str], list[Standing]] = defaultdict(list)
    for one in found:
        grouped[one.measure, one.start, one.end, one.currency].append(one)
    return [
        Standing(
            max((one.current for one in ones), key=lambda current: current.run.read_at),
            measure,
            start,
            end,
            sum((one.value or Decimal(0) for one in ones), Decimal(0)),
            sum((one.quota or Decimal(0) for one in ones), Decimal(0)),
            reached=sum(one.reached for one in ones),
            people=sum(one.people for one in ones),
        )
        for (measure, start, end, _currency), ones in grouped.items()
    ]


def _trend(rows: list[Standing]) -> Chart | None:
    """Attainment by period of the measures that most people are measured by, in periods of their usual length."""
    people: dict[tuple[str, str], int] = defaultdict(int)
    for one in rows:
        people[one.measure, one.currency] += one.people
    names = sorted(people, key=lambda name: -people[name])[:3]
    periods = sorted({(one.start, one.end) for one in rows if (one.measure, one.currency) in names})
    lengths = [(end - start).days // 28 for start, end in periods]
    usual = max(lengths, key=lengths.count, default=0)
    periods = [span for span, length in zip(periods, lengths, strict=True) if length == usual]
    if len(periods) < 2:
        return None
    by_key = {((one.measure, one.currency), one.start, one.end): one for one in rows}
    several = [name for name, _currency in names]
    titles = {
        (one.measure, one.currency): one.title + (f" ({one.currency})" if several.count(one.measure) > 1 else "")
        for one in rows
    }
    known = [name for name in names if any((name, *span) in by_key for span in periods)]
    nothing: Any = None
    series = {
        titles[name]: [getattr(by_key.get((name, *span), nothing), "attainment", None) for span in periods]
        for name in known
    }
    period_names = {(one.start, one.end): one.period for one in rows}
    labels = [period_names[span] for span in periods]
    return Chart(_("Attainment by period"), labels, series, kind="line", rule=(_("Quota"), 1), is_percent=True)


def team_pay(viewer: Viewer, today: date) -> list[TeamPay]:
    """Approved pay of the year by team, most first; teams of fewer than five are told together, or not at all.

    Where the small ones together are fewer than five, the smallest team that could be told joins them, so that nobody's
    pay follows from the sum of the others.
    """
    if viewer.right(Area.PAY_SUMS).read < Reach.ALL:
        return []
    team_of: dict[Any, str | None] = dict(
        ParticipantVersion.objects.filter(holding(today)).values_list("participant", "team")
    )
    of_person: Any = _counting(today).values_list("participant", "currency").annotate(paid=Sum("amount"))
    teams: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for key, currency, amount in of_person.exclude(paid=0):  # who is paid nothing hides nobody
        teams[team_of.get(key) or "", currency].append(amount)
    return _told(teams)


def _told(teams: dict[tuple[str, str], list[Decimal]]) -> list[TeamPay]:
    found = []
    for currency in sorted({currency for _team, currency in teams}):
        own = {team: amounts for (team, one), amounts in teams.items() if one == currency}
        ordered = sorted(own, key=lambda team: (bool(team) and len(own[team]) >= FEW, len(own[team])))
        others: list[Decimal] = []
        while ordered and (not ordered[0] or len(own[ordered[0]]) < FEW or 0 < len(others) < FEW):
            others += own[ordered.pop(0)]
        told = [TeamPay(team, len(own[team]), sum(own[team], Decimal(0)), currency) for team in ordered]
        if len(others) >= FEW:
            told.append(TeamPay(_("Other teams"), len(others), sum(others, Decimal(0)), currency))
        found += sorted(told, key=lambda one: -one.amount)
    return found


def _counting(today: date) -> QuerySet[Payout]:
    """The pay that counts for periods that end this year."""
    first, last = date(today.year, 1, 1), date(today.year + 1, 1, 1)
    return counting(Payout.objects.filter(period_end__gt=first, period_end__lte=last)).order_by()


def cost(viewer: Viewer, today: date) -> Chart | None:
    """What approved pay costs by the month in which its period ends, by plan, for who approves runs."""
    if not viewer.right(Area.RUNS).approve or viewer.right(Area.PAY).read < Reach.ALL:
        return None
    cells = _counting(today).values_list("run__version__plan__name", "currency", "period_end")
    rows = list(cells.annotate(amount=Sum("amount")))
    months = sorted({_month(end) for _plan, _currency, end, _amount in rows})
    if not months:
        return None
    paid: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(lambda: dict.fromkeys(months, Decimal(0)))
    for plan, currency, end, amount in rows:
        paid[plan, currency][_month(end)] += amount
    series: dict[str, list[Decimal]] = {}
    for place, (plan, currency) in enumerate(sorted(paid, key=lambda key: -sum(paid[key].values()))):
        name = f"{plan if place < 3 else _('Other plans')} ({currency})"
        before = series.get(name, [Decimal(0)] * len(months))
        series[name] = [one + more for one, more in zip(before, paid[plan, currency].values(), strict=True)]
    return Chart(_("Approved pay by month"), months, series, kind="stacked", about=_("Month"))


def _month(end: date) -> str:
    return (end - timedelta(days=1)).strftime("%Y-%m")


def to_approve(viewer: Viewer, today: date) -> list[Waiting]:
    """The runs that wait for approval, those over first: of each plan and span the newest, where it may be approved."""
    if not viewer.right(Area.RUNS).approve:
        return []
    keys = ("version__plan_id", "start", "end")
    runs = Run.objects.filter(state__in=FOUND, end__gt=today - YEAR).order_by(*keys, "-read_at").distinct(*keys)
    waiting = [
        run
        for run in runs.select_related("version__plan", "started_by")
        if run.state == Run.State.CALCULATED and (run.started_by_id or (run.end and run.end <= today))
    ]
    return [
        Waiting(run, not must_be_another(viewer, run), bool(run.end and run.end <= today))
        for run in sorted(waiting, key=lambda run: (run.end, run.pk))
        if not out_of_date(run)
    ]
