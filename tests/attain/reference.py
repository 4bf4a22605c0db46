"""The rules of a plan once more, slowly and exactly: plain fractions, row by row, day by day, without SQL.

Written from the documentation, not from the library, so that the two agree only where both are right. ``calculate``
takes a plan document as plain data, tables as lists of rows, and the words that ask for a period. Formulas are the
texts in ``FORMULAS``, each with what it means in Python.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from tests.attain.exact import quotient
from tests.attain.reference_measures import Data, Measures
from tests.attain.reference_pay import Pay
from tests.attain.reference_time import LENGTH, Interval, Period, Span, read_span

Cell = tuple[str, str, date, date]
"""Participant, measure or component, and the period's dates."""


@dataclass
class Results:
    """What a run gives: measures, attainment (several rows may look alike), earnings, payouts.

    ``rows`` tells how many rows of measures there are for a cell: a month and a year up to it may be the same days.
    """

    measures: dict[Cell, Fraction | None] = field(default_factory=dict)
    attainment: list[tuple[Cell, Fraction | None, Fraction, Fraction | None]] = field(default_factory=list)
    earnings: dict[Cell, tuple[Fraction | None, Fraction | None, Fraction]] = field(default_factory=dict)
    payouts: dict[tuple[str, date, date], Fraction] = field(default_factory=dict)
    rows: Counter[Cell] = field(default_factory=Counter)


def calculate(plan: dict[str, Any], data: Data, asked: str) -> Results | None:
    """Everything a run gives; None where no period of the plan ends in the time asked for."""
    it, results = Measures(plan, data, asked), Results()
    if not it.periods:
        return None
    pay = Pay(it)
    _measure(it, results)
    _compare(it, pay, results)
    _earn(it, pay, results)
    _pay_out(it, results)
    return results


def _cells(it: Measures, interval: Interval) -> Iterator[tuple[str, Period, Span]]:
    """Everybody who is on the plan in a time, with each period and the days that it reads."""
    for period in it.periods:
        if period.kind == interval.every and period.touches(interval.within or it.effective):
            span = it.span(interval, period)
            yield from ((one, period, span) for one in it.days_on if it.is_on(one, span))


def _measure(it: Measures, results: Results) -> None:
    for name, interval in it.measured:
        for one, _, span in _cells(it, interval):
            cell = (one, name, span.start, span.end)
            results.measures[cell] = it.value(name, one, span)
            results.rows[cell] += 1


def _compare(it: Measures, pay: Pay, results: Results) -> None:
    for name, interval, source in it.compared:
        for one, _, span in _cells(it, interval) if source else ():
            value, quota = it.value(name, one, span), pay.quotas.quota(source or "", name, one, span)
            if quota is not None:
                attained = quotient(value, quota)
                results.attainment.append(((one, name, span.start, span.end), value, quota, attained))


def _earn(it: Measures, pay: Pay, results: Results) -> None:
    """What each component earns; of a longer time to date, what is more than was earned up to the period before."""
    for component in it.components:
        name, interval = component["measure"], Interval.of(component)
        counts = read_span(component["effective"]) if "effective" in component else it.effective
        for one, period, span in _cells(it, interval):
            if not period.touches(counts):
                continue
            quota = pay.quotas.quota(component["quota"], name, one, span) if "quota" in component else None
            amount = pay.earned(component, one, span) - _earned_before(it, pay, component, one, period)
            cell = (one, component["name"], period.start, period.end)
            results.earnings[cell] = (it.value(name, one, span), quota, amount)


def _earned_before(it: Measures, pay: Pay, component: dict[str, Any], one: str, period: Period) -> Fraction:
    """What was earned of a longer time up to the period before."""
    interval = Interval.of(component)
    earlier = next(before for before in it.calendar(period.kind) if before.end == period.start)
    span = it.span(interval, earlier)
    begins = it.span(interval, period).start
    if not interval.over or span.start != begins or span.end <= begins or not it.is_on(one, span):
        return Fraction(0)
    return pay.earned(component, one, span)


def _pay_out(it: Measures, results: Results) -> None:
    """Each earning is paid in the period of the shortest kind that ends with its own."""
    if not it.components:
        return
    shortest = min((component["every"] for component in it.components), key=lambda every: LENGTH[every])
    starts = {period.end: period.start for period in it.calendar(shortest)}
    for (one, _, _, end), (_, _, amount) in results.earnings.items():
        key = (one, starts[end], end)
        results.payouts[key] = results.payouts.get(key, Fraction(0)) + amount
