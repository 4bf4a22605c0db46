"""What is known now: the run of each plan that counts today, and each participant's standing in the period at work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache

from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from attain.measures.measure import title_of, unit_of
from attain.plans.document import CheckedPlan
from attain.quotas.pace import expected, pace
from attain_web.payouts.models import Attainment, Run
from attain_web.payouts.queries import FOUND, newest_by_plan
from attain_web.plans.models import PlanVersion
from attain_web.plans.queries import checked_version

NEAR = Decimal("0.05")
"""Who is within 5 per cent of what is expected is on pace."""

_STANDING = ("measure", "period_start", "period_end", "value", "quota", "participant")


@dataclass(frozen=True)
class Current:
    """The run that counts for a plan, and the day whose periods are shown: today, or the run's last day."""

    run: Run
    day: date

    @cached_property
    def checked(self) -> CheckedPlan:
        """The plan as the library reads it."""
        return plan_of(self.run.version)

    @cached_property
    def units(self) -> dict[str, str]:
        """What each measure of the plan counts: money, count, ratio or days."""
        return {name: unit_of(name, self.checked.measures) for name in self.checked.measures}

    @property
    def url(self) -> str:
        """The run's own page."""
        return address("payouts:run", self.run.pk)

    def period_name(self, start: date, end: date) -> str:
        """What the plan's calendar calls a period."""
        return str(self.run.record.get("periods", {}).get(f"{start}..{end}", f"{start} – {end}"))


@dataclass(frozen=True)
class Standing:
    """How far somebody, or several together, came with a measure in a period by a day."""

    current: Current
    measure: str
    start: date
    end: date
    value: Decimal | None
    quota: Decimal | None
    participant: str = ""
    reached: int = 0
    people: int = 1

    @property
    def title(self) -> str:
        """What the measure is called."""
        return title_of(self.measure, self.current.checked.measures)

    @property
    def unit(self) -> str:
        """money, count, ratio or days."""
        return self.current.units.get(self.measure, "count")

    @property
    def currency(self) -> str:
        """The plan's currency, for money."""
        return self.current.checked.plan.currency if self.unit == "money" else ""

    @property
    def period(self) -> str:
        """The period's name."""
        return self.current.period_name(self.start, self.end)

    @cached_property
    def attainment(self) -> Decimal | None:
        """Value ÷ quota."""
        return self.value / self.quota if self.value is not None and self.quota else None

    @property
    def missing(self) -> Decimal:
        """What is missing to the quota."""
        return max((self.quota or Decimal(0)) - (self.value or Decimal(0)), Decimal(0))

    @cached_property
    def expected(self) -> Decimal | None:
        """What is expected of the quota by now, from working days."""
        return expected(self.quota, self.start, self.end, today=self.current.day) if self.quota else None

    @property
    def expected_share(self) -> Decimal | None:
        """The part of the quota that is expected by now."""
        return self.expected / self.quota if self.quota and self.expected is not None else None

    @cached_property
    def pace(self) -> Decimal | None:
        """Value ÷ what is expected by now."""
        if self.value is None or not self.quota:
            return None
        return pace(self.value, self.quota, self.start, self.end, today=self.current.day)

    @cached_property
    def state(self) -> str:
        """reached, ahead, on, behind; nothing where there is no pace."""
        if self.attainment is not None and self.attainment >= 1:
            return "reached"
        if self.pace is None:
            return ""
        if abs(self.pace - 1) <= NEAR:
            return "on"
        return "ahead" if self.pace > 1 else "behind"

    @property
    def state_words(self) -> str:
        """The same for reading."""
        words = {"reached": _("Quota reached"), "ahead": _("Ahead"), "on": _("On pace"), "behind": _("Behind")}
        return words.get(self.state, "")

    @property
    def badge(self) -> str:
        """How the state is coloured."""
        return {"reached": "good", "ahead": "good", "on": "note", "behind": "warn"}.get(self.state, "")


@lru_cache(maxsize=128)
def plan_of(version: PlanVersion) -> CheckedPlan:
    """The plan of a published version, which never changes."""
    return checked_version(version)


def currents(today: date) -> list[Current]:
    """Of each plan the newest run that holds today; where there is none at all, the last ones before."""
    runs = newest_by_plan(today)
    if not runs:
        over = Run.objects.filter(state__in=FOUND, end__lte=today).select_related("version__plan")
        last = over.filter(end=over.order_by("-end").values("end")[:1])
        by_plan = ("version__plan__name", "version__plan_id")
        runs = list(last.order_by(*by_plan, "-read_at").distinct(*by_plan))
    return [Current(run, min(today, run.end - timedelta(days=1)) if run.end else today) for run in runs]


def in_period(found: Iterable[Current]) -> Q:
    """The results of these runs in the periods that hold their day; nothing where there are no runs."""
    condition = Q(pk__in=[])
    for one in found:
        condition |= Q(run=one.run, period_start__lte=one.day, period_end__gt=one.day)
    return condition


def standings(found: list[Current], participants: Iterable[str]) -> list[Standing]:
    """The standings of participants in the periods at work, as their plans name the measures."""
    by_run = {one.run.pk: one for one in found}
    if not by_run:
        return []
    rows = Attainment.objects.filter(in_period(found), participant__among=participants)
    order = {one.run.pk: _order(one.checked) for one in found}
    told = [Standing(by_run[run], *row) for run, *row in rows.values_list("run", *_STANDING)]
    return sorted(told, key=lambda one: (order[one.current.run.pk].get(one.measure, 99), one.start, one.measure))


def _order(checked: CheckedPlan) -> dict[str, int]:
    """Measures with a quota before the others, as the plan has them."""
    names = [target.measure for target in checked.targets] + [name for name, _every in checked.measured]
    return {name: place for place, name in reversed(list(enumerate(names)))}


def source(found: Iterable[Standing]) -> str:
    """Which runs standings come from, in words: when they were calculated, and whether they are approved."""
    runs = {one.current.run for one in found}
    times = sorted(localtime(run.ended_at) for run in runs if run.ended_at)
    if not times:
        return ""
    span = " – ".join(dict.fromkeys(f"{time:%Y-%m-%d %H:%M}" for time in (times[0], times[-1])))
    approved = {run.state == Run.State.APPROVED for run in runs}
    told = _("approved") if approved == {True} else _("in part approved") if True in approved else _("not approved yet")
    return _("As calculated %(time)s, %(state)s") % {"time": span, "state": told}


def is_team_measure(checked: CheckedPlan, name: str) -> bool:
    """Whether a measure is rolled up, so that adding it over people would count a deal more than once."""
    measure = checked.measures.get(name)
    return bool(measure and measure.rollup)


def address(view: str, *args: object) -> str:
    """The address of a page; nothing where there is no such page."""
    try:
        return reverse(view, args=args)
    except NoReverseMatch:
        return ""
