"""A preview: what a draft would pay each person in a period, against the version that pays them now."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings

from attain.calendar import Period, kinds, periods
from attain.errors import AttainError, Fault, UsageError
from attain.plans.document import CheckedPlan
from attain.run import run_plan
from attain_web.look.table import percent
from attain_web.people.queries import names_of
from attain_web.plans import queries
from attain_web.plans.data import Said
from attain_web.plans.models import Plan, PlanVersion
from attain_web.rows.queries import today
from attain_web.rows.snapshots import data_of, link

SORTS = ("name", "before", "after", "difference")
_MOST = 60
"""Periods that are offered."""
_WHO = "SELECT DISTINCT participant FROM member_periods"


@dataclass(frozen=True)
class Line:
    """What somebody is paid in the period, before and after; None: they are not on the plan."""

    participant: str
    name: str
    before: Decimal | None
    after: Decimal | None

    @property
    def difference(self) -> Decimal:
        """How much more the draft pays."""
        return (self.after or Decimal(0)) - (self.before or Decimal(0))


@dataclass(frozen=True)
class Preview:
    """Everybody's pay in a period by two texts of a plan; ``faults`` say why there is none."""

    period: str
    currency: str = ""
    against: int | None = None
    lines: list[Line] = field(default_factory=list)
    faults: tuple[Fault, ...] = ()
    refusal: str = ""

    @property
    def before(self) -> Decimal:
        """All of it by the version that pays now."""
        return sum((one.before or Decimal(0) for one in self.lines), Decimal(0))

    @property
    def after(self) -> Decimal:
        """All of it by the draft."""
        return sum((one.after or Decimal(0) for one in self.lines), Decimal(0))

    @property
    def difference(self) -> Decimal:
        """How much more the draft pays."""
        return self.after - self.before

    @property
    def change(self) -> str:
        """The same in per cent."""
        return f"{'+' if self.difference > 0 else ''}{percent(self.difference / self.before)}" if self.before else ""

    @property
    def changed(self) -> int:
        """How many people are paid otherwise."""
        return sum(1 for one in self.lines if one.difference or (one.before is None) != (one.after is None))

    def sorted(self, sort: str) -> list[Line]:
        """The lines by a column, with ``-`` before its name the other way; who is the same goes by name."""
        name = sort.removeprefix("-")
        lines = sorted(self.lines, key=lambda one: (one.name.casefold(), one.participant))
        if name in SORTS[1:]:
            lines.sort(key=lambda one: getattr(one, name) or Decimal(0), reverse=sort.startswith("-"))
        elif sort == "-name":
            lines.reverse()
        return lines


def periods_of(checked: CheckedPlan) -> list[Period]:
    """The periods that a preview may be of, newest first: those that the plan's days touch and that have begun."""
    plan = checked.plan
    start, first_day = plan.effective.start, plan.effective.start + timedelta(days=1)
    until = max(min(plan.effective.end or today(), today()), first_day)
    used = {interval.every for _measure, interval in checked.measured} | {"year"}
    found = [
        one
        for kind in kinds(plan.calendar)
        if kind in used
        for one in periods(plan.calendar, kind=kind, start=start, end=until)
    ]
    return sorted(found, key=lambda one: (one.start, one.end), reverse=True)[:_MOST]


def usual_period(found: list[Period], checked: CheckedPlan) -> str:
    """The last period that is over, of the kind in which most of the plan is paid; else the first there is."""
    everys = [component.spec.every for component in checked.components] or ["quarter"]
    kind = max(set(everys), key=everys.count)
    of_kind = [one for one in found if one.kind == kind]
    over = [one for one in of_kind if one.end <= today()]
    return next((one.name for one in (*over, *of_kind, *found)), "")


def preview(draft: PlanVersion, period: str) -> Preview:
    """Everybody's pay in a period by a draft, and by the newest published version that pays in it."""
    try:
        after = _paid(queries.checked_version(draft), period)
        against, before = _published(draft.plan, period)
    except AttainError as error:
        return Preview(period, faults=error.faults)
    except UsageError as error:
        return Preview(period, refusal=str(error))
    keys = sorted({*before.amounts, *after.amounts})
    names = names_of(keys, today())
    lines = [Line(key, names.get(key, key), before.amounts.get(key), after.amounts.get(key)) for key in keys]
    return Preview(period, after.currency, against.number if against else None, lines)


def _published(plan: Plan, period: str) -> tuple[PlanVersion | None, _Paid]:
    """The newest published version that pays in a period, and what; nothing where there is none."""
    for version in plan.versions.filter(state=PlanVersion.State.PUBLISHED).select_related("plan").order_by("-number"):
        try:
            return version, _paid(queries.checked_version(version), period)
        except UsageError:  # it holds in other periods
            continue
    return None, _Paid("", {})


@dataclass(frozen=True)
class _Paid:
    """What a plan pays in a period: its currency, and the amount of everybody who is on it."""

    currency: str
    amounts: dict[str, Decimal]


def _paid(checked: CheckedPlan, period: str) -> _Paid:
    files = tuple(sorted(data_of(checked).items()))
    return _calculated(Said(checked), files, period)


@lru_cache(maxsize=16)
def _calculated(said: Said, files: tuple[tuple[str, Path], ...], period: str) -> _Paid:
    """The library's run over a snapshot; sorting and exporting ask for the same one again."""
    with TemporaryDirectory(prefix="preview-", dir=settings.MEDIA_ROOT) as folder:
        link(dict(files), Path(folder))
        run = run_plan(said.checked, Path(folder), period=period)
        paid: dict[str, Decimal] = {row["participant"]: Decimal(0) for row in run.engine.rows(_WHO)}
        paid |= run.paid()
    return _Paid(said.checked.plan.currency, paid)
