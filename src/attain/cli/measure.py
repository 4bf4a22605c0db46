"""``attain measure``: one measure over data, laid out as asked, without a plan."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from attain.calendar import CalendarSpec, MonthCalendar, Period, PeriodKind, kinds, parse_span, periods
from attain.cli.calculate import check_places, engine_of
from attain.cli.terminal import table, warnings
from attain.engines.engine import Engine
from attain.errors import Fault, UsageError, raise_errors
from attain.measures.breakdown import breakdown
from attain.measures.compile import Compiler
from attain.measures.inputs import fact_dates, give_days, give_people
from attain.measures.measure import Measure, with_operands
from attain.plans.document import catalogue, read_plan
from attain.plans.faults import formula_faults
from attain.run import PEOPLE
from attain.sources.load import load, needed_tables, settle
from attain.sources.mapping import read_mapping
from attain.tables import EVER, TABLES


def measure(asked: argparse.Namespace) -> int:
    """Print a measure's values by the dimensions asked for."""
    check_places(asked)
    plan = read_plan(asked.plan) if asked.plan else None
    known = plan.measures if plan else catalogue()
    calendar = plan.plan.calendar if plan else MonthCalendar(starts="January")
    try:
        names = with_operands((asked.measure,), known)
        span = None if asked.period == "all" else parse_span(calendar, text=asked.period)
    except ValueError as error:
        raise UsageError(str(error)) from None
    engine = engine_of(asked)
    compiler, faults = _loaded(asked, engine, {name: known[name] for name in names})
    first, last = fact_dates(engine, compiler) or (EVER, EVER)
    found = _periods(calendar, *(span or (first, last + timedelta(days=1))), asked.every)
    if span:
        found = [replace(period, start=max(period.start, span[0]), end=min(period.end, span[1])) for period in found]
    give_days(engine, found)
    query = breakdown(compiler, asked.measure, by=list(dict.fromkeys(asked.by)), every=asked.every)
    rows = engine.rows(query)
    _show(asked, rows, faults)
    return 0


def _loaded(asked: argparse.Namespace, engine: Engine, used: dict[str, Measure]) -> tuple[Compiler, list[Fault]]:
    """Load and check what the measures read; the compiler over it, and the warnings."""
    facts = [name for name in TABLES if name in {one.table for one in used.values()}]
    mapping = read_mapping(asked.mapping) if asked.mapping else None
    loaded = load(engine, asked.data, needed_tables([*PEOPLE, *facts]), mapping=mapping)
    settle(engine, loaded)
    raise_errors([*loaded.faults, *give_people(engine)])
    compiler = Compiler.over(engine, used)
    raise_errors(formula_faults(compiler))
    return compiler, loaded.faults


def _show(asked: argparse.Namespace, rows: list[dict[str, Any]], faults: list[Fault]) -> None:
    if asked.json:
        record = {"measure": asked.measure, "rows": rows, "faults": [one.as_record() for one in faults]}
        print(json.dumps(record, ensure_ascii=False, indent=1, default=str))
        return
    columns = list(rows[0]) if rows else ["value"]
    print(table(columns, [[row[column] for column in columns] for row in rows]))
    if faults:
        print(warnings(faults), file=sys.stderr)


def _periods(calendar: CalendarSpec, start: date, end: date, every: PeriodKind | None) -> list[Period]:
    """The periods to lay out by that touch the dates, or the dates as one."""
    if every is None:
        return [Period("year", f"{start}..{end}", start, end)]
    if every not in kinds(calendar):
        raise UsageError(f"the calendar has no periods of kind {every}; it has {', '.join(kinds(calendar))}")
    return list(periods(calendar, kind=every, start=start, end=end))
