"""A measure over data without a plan: what it reads is loaded and checked, and the days to lay it out by are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from attain.calendar import CalendarSpec, Period, PeriodKind, kinds, periods
from attain.engines.engine import Engine
from attain.errors import Fault, UsageError, raise_errors
from attain.measures.check import check_measure
from attain.measures.compile import Compiler
from attain.measures.inputs import fact_dates, give_days, give_people
from attain.measures.measure import Measure
from attain.sources.load import Data, load, needed_tables, settle
from attain.sources.mapping import Mapping as MappingDocument
from attain.tables import EVER, TABLES

PEOPLE = ("participants", "reporting_lines", "coverage", "splits")


def tables_read(used: Mapping[str, Measure]) -> list[str]:
    """The tables from which measures are calculated: facts, what they are lines of and lead to, people and splits."""
    facts = {one.table for one in used.values() if one.table}
    beside = {name for one in used.values() for name in one.tables_beside}
    return [name for name in TABLES if name in {*PEOPLE, *facts, *beside, *(TABLES[one].parent for one in facts)}]


def load_measures(
    engine: Engine,
    data: Data,
    used: Mapping[str, Measure],
    *,
    mapping: MappingDocument | None = None,
    checked: bool = True,
) -> tuple[Compiler, list[Fault]]:
    """Load what measures read; the compiler over it, and the warnings. Raises AttainError with every error.

    With ``checked=False`` data is loaded that was checked before.
    """
    names = tables_read(used)
    loaded = load(engine, data, needed_tables(names) if checked else names, mapping=mapping, checked=checked)
    settle(engine, loaded)
    everyone = any(one.reads_people for one in used.values())
    raise_errors([*loaded.faults, *give_people(engine, everyone=everyone)])
    compiler = Compiler.over(engine, used)
    raise_errors(
        fault
        for name, one in used.items()
        if one.table
        for fault in check_measure(name, used, compiler.types(one.table))
    )
    raise_errors(
        Fault(
            check="formula",
            message=f"measure {name} reads attainment, and quotas of which periods count is said by a plan",
            advice="Ask for the measures that it is made of, or calculate a plan that reads it.",
        )
        for name, one in used.items()
        if one.attained
    )
    return compiler, loaded.faults


def give_periods(
    engine: Engine,
    compiler: Compiler,
    calendar: CalendarSpec,
    *,
    span: tuple[date, date] | None,
    every: PeriodKind | None,
) -> list[Period]:
    """Give the engine the days of a span (None: of all facts) by kind of period; the periods, cut to the span."""
    first, last = span or _whole(fact_dates(engine, compiler))
    if every is None:
        found = [Period("year", f"{first}..{last}", first, last)]
    elif every not in kinds(calendar):
        raise UsageError(f"the calendar has no periods of kind {every}; it has {', '.join(kinds(calendar))}")
    else:
        found = list(periods(calendar, kind=every, start=first, end=last))
    if span:
        found = [replace(one, start=max(one.start, first), end=min(one.end, last)) for one in found]
    give_days(engine, found)
    for step in compiler.credit_steps():
        engine.make(step)
    return found


def _whole(days: tuple[date, date] | None) -> tuple[date, date]:
    first, last = days or (EVER, EVER)
    return first, last + timedelta(days=1)
