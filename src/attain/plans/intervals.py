"""Intervals: what a measure is added up over, a period by itself or a longer one from its first day up to date.

``every: month`` with ``over: year`` is year to date: each month reads the year up to its last day. Such stretches stand
among the periods under a kind of their own, so that all that is said of a period holds for them; one has the first day
of the year and the last day of its month.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from attain.calendar import KINDS, CalendarSpec, Period, PeriodKind, period_at
from attain.spans import Span

Over = Literal["quarter", "year", "plan"]
Against = Literal["whole", "to date"]


@dataclass(frozen=True)
class Interval:
    """What a measure is added up over, and the quota it is compared with: of the whole ``over``, or up to now."""

    every: PeriodKind
    over: Over | None = None
    against: Against = "whole"
    within: Span | None = None
    """The dates of a component that has its own, which a longer time to date does not leave."""

    @staticmethod
    def of(every: PeriodKind, over: Over | None, against: Against, within: Span | None) -> Interval:
        """What a measure is added up over; without a longer time, neither the quota's time nor dates make another."""
        return Interval(every, over, against, within) if over else Interval(every)

    @property
    def kind(self) -> str:
        """What it is called among the periods."""
        if self.over is None:
            return self.every
        within = f" within {self.within.start} .. {self.within.end or ''}" if self.within else ""
        return f"{self.every} of {self.over} to date{within}" + (", whole quota" if self.against == "whole" else "")

    @property
    def words(self) -> str:
        """The same for reading."""
        return self.every if self.over is None else f"{self.every}, {self.over} to date"

    def begins(self, calendar: CalendarSpec, plan: Span, period: Period) -> date:
        """The first day of what a period is added up over."""
        if self.over is None:
            return period.start
        longer = self._longer(calendar, period)
        start = longer.start if longer else plan.start if self.over == "plan" else period.start
        return max(start, self.within.start) if self.within else start

    def quota_ends(self, calendar: CalendarSpec, plan: Span, period: Period) -> date:
        """The day after the last of those that the quota is of."""
        if self.over is None or self.against == "to date":
            return period.end
        longer = self._longer(calendar, period)
        end = longer.end if longer else max(plan.end or period.end, period.end)
        return min(end, self.within.end or end) if self.within else end

    def _longer(self, calendar: CalendarSpec, period: Period) -> Period | None:
        """The quarter or year that a period lies in."""
        if self.over is None or self.over == "plan":
            return None
        return period_at(calendar, kind=self.over, day=period.start)

    def is_longer(self) -> bool:
        """Whether what is added up over is longer than the period itself."""
        return self.over in (None, "plan") or KINDS.index(self.over) > KINDS.index(self.every)


@dataclass(frozen=True)
class Stretch:
    """A row of the table of periods: the days that are added up, and the end of those that the quota is of."""

    kind: str
    name: str
    start: date
    end: date
    quota_end: date


def stretches(interval: Interval, calendar: CalendarSpec, plan: Span, periods: Sequence[Period]) -> Iterator[Stretch]:
    """One stretch up to date for each period inside the dates of the plan, and those of the component."""
    spans = [span for span in (plan, interval.within) if span]
    for period in periods:
        if all(one.start < period.end and (one.end is None or period.start < one.end) for one in spans):
            start, quota_end = interval.begins(calendar, plan, period), interval.quota_ends(calendar, plan, period)
            yield Stretch(interval.kind, f"{period.name} to date", start, period.end, quota_end)
