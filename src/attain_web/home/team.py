"""A manager's home: the people below against their quotas, who needs help first and why, and their statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

from django.db.models import Count, Max, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attain.quotas.pace import working_days
from attain_web.access.models import ChainLink
from attain_web.access.rights import Area, Reach, Role
from attain_web.access.viewer import Viewer
from attain_web.home.current import Current, Standing, address, is_team_measure, standings
from attain_web.home.own import LONG, Statement, statements_of
from attain_web.look.charts import Chart
from attain_web.look.table import number
from attain_web.payouts.models import Payout
from attain_web.payouts.queries import counting, results
from attain_web.people.queries import CLOSED, names_of
from attain_web.rows.queries import visible
from attain_web.rows.table import row_tables

SHOWN, LAST = 15, 5
DAYS = 30
CHARTED = 20


@dataclass(frozen=True)
class Work:
    """What somebody has open in the currency of their quota, and in others, and what they did in 30 days."""

    deals: int = 0
    open: Decimal = Decimal(0)
    largest: Decimal = Decimal(0)
    activities: int = 0
    elsewhere: int = 0
    """Deals in other currencies, which no sum has."""


@dataclass(frozen=True)
class Member:
    """Somebody below, with their standing, what they work on, and why they are ahead or behind, in words."""

    key: str
    name: str
    standing: Standing
    work: Work
    why: list[str]

    @property
    def currency(self) -> str:
        """The currency of their plan, in which open deals are summed."""
        return self.standing.current.checked.plan.currency

    @property
    def standings(self) -> list[Standing]:
        """Their one standing, for who tells where it comes from."""
        return [self.standing]

    @property
    def url(self) -> str:
        """Their own page."""
        return address("people:person", self.key)


@dataclass(frozen=True)
class Team:
    """The people below who have a quota now, who needs help first; sums against the team's quota; statements."""

    members: list[Member]
    """The first of them, or all where that was asked for."""
    count: int
    behind: int
    below: int
    """How many are below, with a quota or without."""
    sums: list[Standing]
    statements: list[Statement] = field(default_factory=list)

    @property
    def standings(self) -> list[Standing]:
        """Those of the members who are shown."""
        return [one.standing for one in self.members]

    @property
    def chart(self) -> Chart:
        """Attainment by person, the weakest first."""
        shown = self.members[:CHARTED]
        values = [one.standing.attainment for one in shown]
        expected = shown[0].standing.expected_share if shown else None
        rule = (_("Expected by now"), expected) if expected is not None else None
        labels, series = [one.name for one in shown], {_("Attainment"): values}
        return Chart(
            _("Attainment by person"), labels, series, kind="across", rule=rule, is_percent=True, about=_("Person")
        )


def team(viewer: Viewer, found: list[Current], today: date, *, everybody: bool = False) -> Team | None:
    """The viewer's team today; None for who is no manager of anybody, or where no run has found anything."""
    reach = viewer.right(Area.ATTAINMENT).read
    if viewer.participant is None or reach < Reach.CHAIN or Role.MANAGER not in viewer.roles:
        return None
    keys = _below(viewer, today)
    leading = _leading(standings(found, keys)) if keys else {}
    if not leading:
        return None
    ordered = sorted(leading.values(), key=lambda one: (one.pace is None, one.pace or 0, one.participant))
    activities = _activities(viewer, leading, today)
    middle = int(median(activities.get(key, 0) for key in leading))
    shown = ordered if everybody else ordered[:CHARTED]
    members = _members(viewer, shown, activities, middle, today)
    behind = sum(one.state == "behind" for one in ordered)
    return Team(members, len(ordered), behind, len(keys), sums(ordered), _statements(viewer, keys, today))


def member(viewer: Viewer, found: list[Current], key: str, today: date) -> Member | None:
    """One person as the team of the viewer has them, or by themselves; None where there is nothing of them to see."""
    reach, below = viewer.right(Area.ATTAINMENT).read, _below(viewer, today)
    is_seen = reach == Reach.ALL or (reach and key == viewer.participant) or (reach == Reach.CHAIN and key in below)
    leading = _leading(standings(found, below if key in below else [key])) if is_seen else {}
    if key not in leading:
        return None
    activities = _activities(viewer, leading, today)
    middle = int(median(activities.get(one, 0) for one in leading))
    return _members(viewer, [leading[key]], activities, middle, today)[0]


def _below(viewer: Viewer, today: date) -> frozenset[str]:
    """Who stands below the viewer today."""
    if viewer.participant is None:
        return frozenset()
    links = ChainLink.objects.filter(above=viewer.participant, start__lte=today, end__gt=today)
    return frozenset(links.values_list("participant", flat=True))


def _members(
    viewer: Viewer, shown: list[Standing], activities: dict[str, int], middle: int, today: date
) -> list[Member]:
    """The people who are shown, with their names, what they have open, and why they are where they are."""
    keys = [one.participant for one in shown]
    names, opened = names_of(keys, today), _opened(viewer, shown)
    members = []
    for one in shown:
        by_currency = opened.get(one.participant, {})
        deals = by_currency.pop(one.current.checked.plan.currency, (0, Decimal(0), Decimal(0)))
        elsewhere = sum(count for count, _open, _largest in by_currency.values())
        work = Work(*deals, activities.get(one.participant, 0), elsewhere)
        name = names.get(one.participant, one.participant)
        members.append(Member(one.participant, name, one, work, reasons(one, work, middle)))
    return members


def _leading(found: Iterable[Standing]) -> dict[str, Standing]:
    """The standing of each person that comes first in their plan and has a quota."""
    leading: dict[str, Standing] = {}
    for one in found:
        if one.quota:
            leading.setdefault(one.participant, one)
    return leading


def sums(found: Iterable[Standing]) -> list[Standing]:
    """Values and quotas of several together, by measure, period, currency; what is rolled up is in others' already."""
    grouped: dict[tuple[str, date, date, str], list[Standing]] = defaultdict(list)
    for one in found:
        if not is_team_measure(one.current.checked, one.measure):
            grouped[one.measure, one.start, one.end, one.currency].append(one)
    together = [
        Standing(
            ones[0].current,
            measure,
            start,
            end,
            sum((one.value or Decimal(0) for one in ones), Decimal(0)),
            sum((one.quota or Decimal(0) for one in ones), Decimal(0)),
            reached=sum(one.state == "reached" for one in ones),
            people=len(ones),
        )
        for (measure, start, end, _currency), ones in grouped.items()
    ]
    return sorted(together, key=lambda one: (-one.people, one.measure, one.start))


def _opened(viewer: Viewer, shown: Iterable[Standing]) -> dict[str, dict[str, tuple[int, Decimal, Decimal]]]:
    """How many deals each has open today, their sum and the largest, by currency, as far as the viewer may see them.

    A deal without a currency is in that of the person's plan.
    """
    plans = {one.participant: one.current.checked.plan.currency for one in shown}
    deals: Any = visible(row_tables()["opportunities"], viewer).filter(Q(participant__among=plans))
    opened = deals.exclude(stage__in=CLOSED).order_by().values_list("participant", "currency")
    found: dict[str, dict[str, tuple[int, Decimal, Decimal]]] = defaultdict(dict)
    for key, currency, more, amount, most in opened.annotate(n=Count("pk"), whole=Sum("amount"), most=Max("amount")):
        unit = currency or plans[key]
        count, whole, largest = found[key].get(unit, (0, Decimal(0), Decimal(0)))
        found[key][unit] = (count + more, whole + (amount or 0), max(largest, most or Decimal(0)))
    return found


def _activities(viewer: Viewer, keys: Collection[str], today: date) -> dict[str, int]:
    """How many activities each had in 30 days, as far as the viewer may see them."""
    done: Any = visible(row_tables()["activities"], viewer).filter(
        Q(participant__among=keys, date__gt=today - timedelta(days=DAYS), date__lte=today)
    )
    return dict(done.order_by().values_list("participant").annotate(n=Count("pk")))


def reasons(standing: Standing, work: Work, middle: int) -> list[str]:
    """Why somebody is ahead or behind, or what could change it, in plain words; most telling first."""
    if standing.state == "reached":
        return [_("quota reached")]
    found = []
    missing, is_money = standing.missing, standing.unit == "money"
    if middle and work.activities * 2 < middle:
        told = ngettext(
            "few activities: %(n)d in 30 days, the team's median is %(m)d",
            "few activities: %(n)d in 30 days, the team's median is %(m)d",
            work.activities,
        )
        found.append(told % {"n": work.activities, "m": middle})
    if is_money and not work.deals:
        found.append(_("no open deals"))
    elif is_money and work.open < missing:
        found.append(_("open deals are %(share)d %% of what is missing") % {"share": work.open * 100 // missing})
    elif is_money and work.largest * 2 > work.open and work.deals > 1:
        found.append(_("one large deal open: %(amount)s") % {"amount": number(round(work.largest))})
    elif is_money and standing.state == "behind":
        found.append(_("enough is open: win what there is"))
    if standing.state == "behind":
        found.append(_needed(standing))
    elif standing.state == "ahead":
        more = (standing.value or Decimal(0)) - (standing.expected or Decimal(0))
        told = _("%(amount)s more than is expected by now")
        found.append(told % {"amount": number(round(more, 0 if is_money else 1))})
    return found or [_("as expected by now")]


def _needed(standing: Standing) -> str:
    """How much a working day must bring from now on to the quota, and brought so far."""
    day = standing.current.day
    done, left = working_days(standing.start, day), max(working_days(day, standing.end), 1)
    rates = {"needed": standing.missing / left, "so_far": (standing.value or Decimal(0)) / max(done, 1)}
    digits = 0 if standing.unit == "money" else 1
    told = {name: number(round(rate, digits)) for name, rate in rates.items()}
    return _("needs %(needed)s a working day from now on, so far %(so_far)s") % told


def _statements(viewer: Viewer, keys: Collection[str], today: date) -> list[Statement]:
    """The newest approved pay of the people below, the most first, as far as the viewer may see pay."""
    if viewer.right(Area.PAY).read < Reach.CHAIN:
        return []
    seen: Any = results(viewer, Payout).filter(Q(participant__among=keys), period_end__gt=today - timedelta(days=120))
    newest = counting(seen).order_by("participant_id", "-period_end", "-run_id").distinct("participant_id")
    first = sorted(newest.values_list("period_end", "amount", "pk"), reverse=True)[:LAST]
    rows = Payout.objects.select_related("run__version__plan").defer(*LONG).in_bulk([pk for _end, _amount, pk in first])
    top = [rows[pk] for _end, _amount, pk in first]
    return statements_of(top, names_of([row.participant_id for row in top], today))
