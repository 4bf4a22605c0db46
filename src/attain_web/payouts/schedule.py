"""What the night calculates: every plan in force, for its current period, where its data or its text has changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from attain.calendar import period_at
from attain.plans.document import CheckedPlan
from attain_web.payouts.models import Run
from attain_web.payouts.queries import WORKING
from attain_web.plans.models import PlanVersion
from attain_web.plans.queries import checked_version, in_force
from attain_web.plans.succession import longest_kind
from attain_web.rows.snapshots import data_of


def due(day: date) -> Iterator[tuple[PlanVersion, str]]:
    """The versions to calculate on a day, each with its period.

    Of each plan that is not retired the newest published version whose dates hold the day, for the longest of its
    periods of payment that holds it; where neither that version nor a table that it reads has changed since its last
    run, or one is on its way, there is nothing to do.
    """
    for version in in_force(day):
        checked = checked_version(version)
        period = current_period(checked, day)
        if period and not _is_known(version, checked, period):
            yield version, period


def current_period(checked: CheckedPlan, day: date) -> str:
    """The name of the longest period that a plan pays by (or, where it pays nothing, measures by) and that holds a day.

    Nothing, where its calendar does not know the day.
    """
    longest = longest_kind(checked)
    period = period_at(checked.plan.calendar, kind=longest, day=day) if longest else None
    return period.name if period else ""


def _is_known(version: PlanVersion, checked: CheckedPlan, period: str) -> bool:
    """Whether the last run of a version and period is on its way, or read the very data that there is now."""
    last = Run.objects.filter(version=version, period=period).exclude(state=Run.State.STOPPED).first()
    if last is None:
        return False
    return last.state in WORKING or last.record.get("snapshot") == names_of(checked)


def names_of(checked: CheckedPlan) -> dict[str, str]:
    """The files of the snapshot that a plan would read now, by table; a file's name tells its content."""
    return {name: file.name for name, file in data_of(checked).items()}
