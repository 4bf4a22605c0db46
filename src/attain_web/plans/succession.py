"""Versions of a plan that follow each other: where one begins or ends inside a period that another pays as well."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from attain.calendar import KINDS, Period, PeriodKind, period_at
from attain.errors import Fault
from attain.plans.document import CheckedPlan
from attain.tables import NEVER


def longest_kind(checked: CheckedPlan) -> PeriodKind | None:
    """The longest kind of period that a plan pays by or, where it pays nothing, has quotas for; None: neither."""
    used = {component.spec.every for component in checked.components} or {target.every for target in checked.targets}
    return next((kind for kind in reversed(KINDS) if kind in used), None)


def cut_periods(checked: CheckedPlan, others: Iterable[CheckedPlan]) -> list[Fault]:
    """A fault for each end of a version's days that lies inside a period in which another version is in force as well.

    Both would pay a part of such a period, and which of them a run replaces could not be told.
    """
    found = {fault.message: fault for other in others for fault in _cut(checked, other)}
    return list(found.values())


def _cut(checked: CheckedPlan, other: CheckedPlan) -> Iterator[Fault]:
    effective, theirs = checked.plan.effective, other.plan.effective
    for day, begins in ((effective.start, True), (effective.end or NEVER, False)):
        for period in _periods_at(day, checked, other):
            start, end = (period.start, day) if begins else (day, period.end)
            if period.start < day and theirs.start < end and (theirs.end or NEVER) > start:
                yield checked.document.fault(
                    ("effective",),
                    check="cut-period",
                    message=f"version {other.plan.version} pays {period.name} ({period.start} to "
                    f"{period.end - timedelta(days=1)}) as well, and this version "
                    f"{'begins' if begins else 'ends'} inside it",
                    advice=f"Let it {'begin' if begins else 'end'} on {period.start} or on {period.end}.",
                )


def _periods_at(day: date, *plans: CheckedPlan) -> Iterator[Period]:
    """The longest period of each plan that holds a day."""
    for checked in plans:
        kind = longest_kind(checked)
        period = period_at(checked.plan.calendar, kind=kind, day=day) if kind else None
        if period:
            yield period
