"""``attain measure``: one measure over data, laid out as asked, without a plan."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from attain.calendar import MonthCalendar, parse_span
from attain.cli.calculate import data_of, engine_of
from attain.cli.terminal import table, warnings
from attain.errors import Fault, UsageError
from attain.measures.asked import give_periods, load_measures
from attain.measures.breakdown import breakdown
from attain.measures.measure import with_operands
from attain.plans.document import catalogue, read_plan
from attain.sources.mapping import read_mapping


def measure(asked: argparse.Namespace) -> int:
    """Print a measure's values by the dimensions asked for."""
    data = data_of(asked)
    plan = read_plan(asked.plan) if asked.plan else None
    known = plan.measures if plan else catalogue()
    calendar = plan.plan.calendar if plan else MonthCalendar(starts="January")
    try:
        names = with_operands((asked.measure,), known)
        span = None if asked.period == "all" else parse_span(calendar, text=asked.period)
    except ValueError as error:
        raise UsageError(str(error)) from None
    engine = engine_of(asked)
    mapping = read_mapping(asked.mapping) if asked.mapping else None
    compiler, faults = load_measures(engine, data, {name: known[name] for name in names}, mapping=mapping)
    give_periods(engine, compiler, calendar, span=span, every=asked.every)
    query = breakdown(compiler, asked.measure, by=list(dict.fromkeys(asked.by)), every=asked.every)
    rows = engine.rows(query)
    _show(asked, rows, faults)
    return 0


def _show(asked: argparse.Namespace, rows: list[dict[str, Any]], faults: list[Fault]) -> None:
    if asked.json:
        record = {"measure": asked.measure, "rows": rows, "faults": [one.as_record() for one in faults]}
        print(json.dumps(record, ensure_ascii=False, indent=1, default=str))
        return
    columns = list(rows[0]) if rows else ["value"]
    print(table(columns, [[row[column] for column in columns] for row in rows]))
    if faults:
        print(warnings(faults), file=sys.stderr)
