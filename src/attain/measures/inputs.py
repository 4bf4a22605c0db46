"""The small tables that measures read beside the facts: people by version, who is above whom, days and periods."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta

import pyarrow as pa
from sqlglot import exp

from attain.calendar import KINDS, Period
from attain.credits.facts import PEOPLE
from attain.credits.rollup import chain_table, everyone_below, manager_chains, reporting_lines
from attain.engines.engine import Engine, template
from attain.errors import Fault
from attain.measures.compile import Compiler
from attain.sources.versions import participant_versions
from attain.tables import NEVER


def give_people(engine: Engine, *, only: Collection[str] | None = None, everyone: bool = False) -> list[Fault]:
    """Give the engine ``versions`` and ``chain``; the faults of the reporting lines.

    ``versions``: one row per participant and stretch in which nothing about them changes. ``chain``: one row per
    participant, person above and stretch of time. With ``only`` these participants' versions, the chains to them, and
    ``credited``: they and everyone below them, whose facts count. With ``everyone`` all versions also as ``people``.
    """
    if everyone:
        dated = (engine.fetch(template(f'SELECT * FROM "{name}"')) for name in ("participants", "coverage"))
        engine.load(PEOPLE, participant_versions(*dated))
    whose: exp.Expr = exp.true()
    if only is not None:
        whose = exp.column("participant").isin(*sorted(only)) if only else exp.false()
    everyone = engine.fetch(template("SELECT * FROM participants WHERE :whose", whose=whose))
    coverage = template('SELECT participant, territory, "start", "end" FROM coverage WHERE :whose', whose=whose)
    engine.load("versions", participant_versions(everyone, engine.fetch(coverage)))
    lines = reporting_lines(engine.fetch(template('SELECT participant, manager, "start", "end" FROM reporting_lines')))
    if only is not None:
        credited = everyone_below(lines, only)
        engine.load("credited", pa.table({"participant": pa.array(sorted(credited), pa.string())}))
        lines = [line for line in lines if line.manager in credited]
    links, faults = manager_chains(lines)
    engine.load("chain", chain_table(links))
    return faults


def give_days(engine: Engine, found: Iterable[Period], *, cuts: Collection[date] = ()) -> None:
    """Give the engine ``days``: one row per day of the periods, with its slice and the start of each kind of period.

    A slice begins where a period begins or ends and on each of the ``cuts``: inside it nothing changes that decides who
    is credited or at which rate, so facts can be added up by slice before anything else.
    """
    held = sorted(found, key=lambda period: (period.start, period.end))
    first, last = held[0].start, max(period.end for period in held)
    days = [first + timedelta(days=number) for number in range((last - first).days)]
    bounds = sorted({first} | {day for period in held for day in (period.start, period.end)} | set(cuts))
    columns = {"day": days, "slice": [bounds[bisect_right(bounds, day) - 1] for day in days]}
    table = pa.table({name: pa.array(values, pa.date32()) for name, values in columns.items()})
    for kind in KINDS:
        spans = sorted((period.start, period.end) for period in held if period.kind == kind)
        table = table.append_column(kind, pa.array([_start_of(spans, day) for day in days], pa.date32()))
    engine.load("days", table)


def _start_of(spans: Sequence[tuple[date, date]], day: date) -> date | None:
    place = bisect_right(spans, (day, NEVER)) - 1
    return spans[place][0] if place >= 0 and day < spans[place][1] else None


def fact_dates(engine: Engine, compiler: Compiler) -> tuple[date, date] | None:
    """The first and last day on which a fact of the compiler's measures counts; None without facts."""
    found: list[date] = []
    for measure in compiler.measures.values():
        if measure.table:
            row = engine.rows(
                template(
                    f"SELECT MIN(:date) AS first, MAX(:date) AS last FROM {compiler.source(measure)}",
                    date=compiler.date(measure),
                )
            )[0]
            found += [day for day in row.values() if day]
    return (min(found), max(found)) if found else None
