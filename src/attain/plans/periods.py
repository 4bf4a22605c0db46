"""The periods that a run calculates: those that were asked for, and those before them that their pay depends on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pyarrow as pa

from attain.calendar import Period, period_at, periods
from attain.engines.engine import Engine
from attain.plans.compile import PlanCompiler
from attain.plans.document import CheckedPlan
from attain.plans.intervals import Stretch, stretches
from attain.tables import NEVER


def from_the_start(compiler: PlanCompiler, asked: date) -> PlanCompiler:
    """The compiler told that periods before those asked for are calculated too, where what is paid depends on them."""
    return replace(compiler, since=asked) if _first_day(compiler, asked) < asked else compiler


def _first_day(compiler: PlanCompiler, asked: date) -> date:
    """The first day that is calculated for periods that end after a day."""
    plan = compiler.checked.plan
    if compiler.is_settled:
        return min(asked, plan.effective.start)
    days = [asked]
    for _, interval in compiler.checked.measured:
        period = period_at(plan.calendar, kind=interval.every, day=asked)
        if interval.over and period:
            days.append(interval.begins(plan.calendar, plan.effective, period))
    return min(days)


def held_periods(compiler: PlanCompiler, span: tuple[date, date]) -> list[Period]:
    """The periods of each kind the plan uses that end in the days calculated for a span and touch the plan's dates.

    Those in which it pays go on beyond the plan's end: a quarter that outlasts the plan is paid with its last month.
    """
    checked, end = compiler.checked, span[1]
    effective, pays_every = checked.plan.effective, checked.pays_every
    start = _first_day(compiler, span[0])
    used = [interval.every for _, interval in checked.measured]
    return [
        period
        for kind in dict.fromkeys([*used, pays_every] if pays_every else used)
        for period in periods(checked.plan.calendar, kind=kind, start=start, end=end)
        if start < period.end <= end and effective.start < period.end
        if period.start < (effective.end or NEVER) or kind == pays_every
    ]


def give_periods(engine: Engine, checked: CheckedPlan, held: Sequence[Period]) -> None:
    """Give the engine ``periods``: one row per period, and per period and longer time that is read to date."""
    rows: list[Stretch] = []
    intervals = [interval for _, interval in checked.measured if interval.over]
    for interval in dict.fromkeys(intervals):
        of_kind = [period for period in held if period.kind == interval.every]
        rows += stretches(interval, checked.plan.calendar, checked.plan.effective, of_kind)
    days = pa.date32()
    columns = {
        "every": pa.array([*(one.kind for one in held), *(one.kind for one in rows)], pa.string()),
        "name": pa.array([*(one.name for one in held), *(one.name for one in rows)], pa.string()),
        "period_start": pa.array([*(one.start for one in held), *(one.start for one in rows)], days),
        "period_end": pa.array([*(one.end for one in held), *(one.end for one in rows)], days),
        "quota_end": pa.array([*(one.end for one in held), *(one.quota_end for one in rows)], days),
    }
    engine.load("periods", pa.table(columns))
