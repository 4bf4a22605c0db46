"""A run: a plan over data for the periods asked for, from files to attainment, earnings and payouts."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlglot import exp

from attain.calendar import KINDS, PeriodKind, kinds, parse_span, period_at, periods
from attain.credits.rollup import chain_table, manager_chains, reporting_lines
from attain.engines.duckdb import DuckDB
from attain.engines.engine import Engine, Step, template
from attain.errors import AttainError, Fault, UsageError, raise_errors
from attain.measures.compile import Compiler
from attain.measures.measure import unit_of, with_operands
from attain.plans.compile import PlanCompiler
from attain.plans.document import CheckedPlan
from attain.plans.lint import KnownAttributes, check_plan
from attain.sources.check import fault
from attain.sources.load import Data, Loaded, load, needed_tables
from attain.sources.mapping import Mapping
from attain.sources.versions import participant_versions
from attain.tables import EVER, NEVER, TABLES, columns_for_measures

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many steps are done, and how many there are."""

PEOPLE = ("participants", "reporting_lines", "coverage", "quotas", "splits")


@dataclass
class Run:
    """A run whose results an engine holds under the names of its steps."""

    checked: CheckedPlan
    engine: Engine
    compiler: PlanCompiler
    loaded: Loaded
    span: tuple[date, date]
    faults: list[Fault]
    steps: list[Step] = field(default_factory=list)

    @property
    def stores_lines(self) -> bool:
        """Whether the plan says that each deal's part is stored with every run."""
        return any(getattr(component.params, "processing", None) == "deal_by_deal" for component in self.checked.components)

    def table(self, name: str) -> pa.Table:
        """The rows of a result table, in the order in which it is written."""
        return self.engine.fetch(result_query(name))


RESULTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "measures": ("measured", ("participant", "measure", "period_start", "period_end", "value")),
    "attainment": ("attainment", ("participant", "measure", "period_start", "period_end", "value", "quota", "attainment")),
    "earnings": ("earnings", ("participant", "component", "period_start", "period_end", "measure_value", "quota", "rate",
                              "amount", "currency")),
    "payouts": ("payouts", ("participant", "period_start", "period_end", "amount", "currency")),
}
"""The result tables: the step each comes from and its columns."""


def result_query(name: str) -> exp.Expr:
    """The rows of a result table, ordered by participant, what it is about, and period."""
    step, columns = RESULTS[name]
    order = [column for column in ("participant", "measure", "component", "period_start", "period_end") if column in columns]
    return exp.select(*(exp.column(column, quoted=True) for column in columns)).from_(exp.to_table(step, quoted=True)).order_by(
        *(exp.column(column, quoted=True) for column in order))


def run_plan(
    checked: CheckedPlan,
    data: Data,
    *,
    period: str = "all",
    mapping: Mapping | None = None,
    engine: Engine | None = None,
    progress: Progress | None = None,
    participants: Iterable[str] | None = None,
) -> Run:
    """Calculate a plan over data for a period; raises AttainError with every error of plan and data.

    With ``participants`` only they are calculated, facts are not checked again, and there are no fingerprints: for who
    asks about somebody after a run.
    """
    engine = engine or DuckDB()
    tell = progress or (lambda *_: None)
    raise_errors(check_plan(checked))
    tell("reading the data", 0, 3)
    loaded = _load(checked, engine, data, mapping, checked_facts=participants is None)
    raise_errors(loaded.faults)
    compiler = _compiler(checked, engine, loaded, participants)
    tell("calculating", 1, 3)
    span = find_span(checked, engine, period)
    run = Run(checked, engine, compiler, loaded, span, list(loaded.faults))
    run.faults += _prepare(run)
    raise_errors(run.faults)
    steps = list(compiler.steps())
    for step in steps:
        engine.make(step)
    run.steps += steps
    run.faults += [*_missing_quotas(run), *_unpaid(run)]
    tell("calculated", 2, 3)
    return run


def measures_read(checked: CheckedPlan) -> tuple[str, ...]:
    """Every measure that the plan reads, with those they are made of."""
    return with_operands(tuple(name for name, _ in checked.measured), checked.measures)


def fact_tables(checked: CheckedPlan) -> list[str]:
    """The fact tables that the plan's measures read."""
    tables = [checked.measures[name].table for name in measures_read(checked)]
    return [name for name in TABLES if name in tables]


def _load(checked: CheckedPlan, engine: Engine, data: Data, mapping: Mapping | None, *, checked_facts: bool) -> Loaded:
    names = needed_tables([*PEOPLE, *fact_tables(checked)])
    loaded = load(engine, data, names, mapping=mapping, checked=checked_facts)
    read = {name for name in ("participants", *fact_tables(checked)) if name not in loaded.present}
    told = {one.table for one in loaded.faults}
    for name in sorted(read - told):
        where = f" in {data}" if isinstance(data, Path) else ""
        loaded.faults.append(fault("missing-file", table=name, message=f"there is no table {name}{where}, which the plan needs",
                                   advice=f"Put {name}.csv or {name}.parquet there, or map a file to it."))
    return loaded


def _compiler(checked: CheckedPlan, engine: Engine, loaded: Loaded, participants: Iterable[str] | None) -> PlanCompiler:
    """The compiler over the data, once the plan's formulas are checked against the columns that are there."""
    everyone = engine.fetch(template("SELECT * FROM participants"))
    coverage = engine.fetch(template('SELECT participant, territory, "start", "end" FROM coverage'))
    versions = participant_versions(everyone, coverage)
    if participants is not None:
        wanted = pa.array(list(participants), pa.string())
        versions = versions.filter(pa.compute.is_in(versions["participant"], wanted))
    engine.load("versions", versions)
    attributes = engine.columns("versions")
    measures = {name: checked.measures[name] for name in measures_read(checked)}
    faults = check_plan(checked, attributes=KnownAttributes(attributes))
    raise_errors(faults)
    links, rings = manager_chains(reporting_lines(engine.fetch(template("SELECT * FROM reporting_lines"))))
    engine.load("chain", chain_table(links))
    only = None
    if participants is not None:
        asked = set(participants)
        only = tuple(sorted(asked | {link.participant for link in links if link.above in asked}))
    compiler = Compiler.over(engine, measures, only=only)
    raise_errors([*rings, *_formula_faults(checked, compiler), *_currency_faults(checked, engine)])
    return PlanCompiler(checked, compiler, attributes, engine.columns("quotas")["quota"].scale)


def _formula_faults(checked: CheckedPlan, compiler: Compiler) -> list[Fault]:
    """Faults of the measures' formulas over the columns that the data really has."""
    from attain.measures.compile import check_measure

    return [one for name, measure in compiler.measures.items() if measure.table
            for one in check_measure(name, compiler.measures, compiler.types(measure.table))]


def _currency_faults(checked: CheckedPlan, engine: Engine) -> list[Fault]:
    """Rows in a currency that the plan does not know, in the tables from which it adds up money."""
    tables = {checked.measures[name].table or "" for name in measures_read(checked)
              if checked.measures[name].table and unit_of(name, checked.measures) == "money"}
    own = sorted({TABLES[name].parent or name for name in tables} | {"quotas"})
    faults = []
    for name in own:
        if "currency" not in columns_for_measures(name):
            continue
        rows = engine.fetch(template(
            f'SELECT currency, COUNT(*) AS rows FROM "{name}" WHERE currency <> :known GROUP BY 1 ORDER BY 1',
            known=exp.Literal.string(checked.plan.currency))).to_pylist()
        faults += [fault("unknown-currency", table=name, column="currency", value=row["currency"], rows=row["rows"],
                         message=f"the plan is in {checked.plan.currency} and knows no {row['currency']}",
                         expected=checked.plan.currency, advice="Convert the amounts, or leave these rows to another plan.")
                   for row in rows]
    return faults


def find_span(checked: CheckedPlan, engine: Engine, period: str) -> tuple[date, date]:
    """The dates asked for: periods are calculated that end in ``(start, end]``. Raises UsageError for a wrong period."""
    plan = checked.plan
    if period != "all":
        try:
            return parse_span(plan.calendar, text=period)
        except ValueError as error:
            raise UsageError(str(error)) from None
    longest = [kind for kind in kinds(plan.calendar) if kind in {every for _, every in checked.measured}][-1]
    end = plan.effective.end or _last_day(checked, engine) + timedelta(days=1)
    last = period_at(plan.calendar, kind=longest, day=end - timedelta(days=1))
    return plan.effective.start, last.end if last else end


def _last_day(checked: CheckedPlan, engine: Engine) -> date:
    """The last day on which a fact counts."""
    compiler = Compiler.over(engine, {name: checked.measures[name] for name in measures_read(checked)})
    days = []
    for measure in compiler.measures.values():
        if measure.table:
            rows = compiler.source(measure)
            found = engine.fetch(template(f"SELECT MAX(:date) AS day FROM {rows}", date=compiler.date(measure)))["day"][0].as_py()
            days += [found] if found else []
    return max(days, default=checked.plan.effective.start)


def _prepare(run: Run) -> list[Fault]:
    """Give the engine the small tables that the steps read: periods, assignments, chain, members, days."""
    engine, plan = run.engine, run.checked.plan
    rows = _period_rows(run)
    if not rows:
        used = ", ".join(sorted({every for _, every in run.checked.measured}))
        raise UsageError(f"no {used} of the plan '{plan.plan}' ends between {run.span[0]} and {run.span[1]}; "
                         f"the plan is effective from {plan.effective.start}")
    engine.load("periods", pa.Table.from_pylist(rows, schema=_PERIODS))
    if not isinstance(plan.participants, str):
        engine.load("assignments", pa.table({
            "participant": pa.array([one.participant for one in plan.participants], pa.string()),
            "start": pa.array([one.start or EVER for one in plan.participants], pa.date32()),
            "end": pa.array([one.end or NEVER for one in plan.participants], pa.date32()),
        }))
    members = run.compiler.members()
    engine.make(members)
    run.steps.append(members)
    cuts = {row[name] for row in engine.fetch(template("SELECT DISTINCT from_day, until_day FROM members")).to_pylist()
            for name in ("from_day", "until_day")}
    if any(term.rolled_up for term in run.compiler.terms):
        links = engine.fetch(template('SELECT DISTINCT "start", "end" FROM chain')).to_pylist()
        cuts |= {link[name] for link in links for name in ("start", "end")}
    engine.load("days", _days(rows, cuts))
    return _quota_faults(run)


_PERIODS = pa.schema([("every", pa.string()), ("name", pa.string()), ("period_start", pa.date32()), ("period_end", pa.date32())])


def _period_rows(run: Run) -> list[dict[str, Any]]:
    """The periods of each kind the plan uses that end in the span and touch the plan's dates."""
    plan, (start, end) = run.checked.plan, run.span
    since, until = max(start, plan.effective.start), min(end, plan.effective.end or NEVER)
    rows = []
    for kind in dict.fromkeys(every for _, every in run.checked.measured):
        for period in periods(plan.calendar, kind=kind, start=start, end=end):
            if start < period.end <= end and period.start < until and period.end > min(since, plan.effective.start):
                rows.append({"every": kind, "name": period.name, "period_start": period.start, "period_end": period.end})
    return rows


def _days(rows: list[dict[str, Any]], cuts: set[date]) -> pa.Table:
    """One row per day of the periods: its slice (the last day on which anything changed) and the start of its periods."""
    first, last = min(row["period_start"] for row in rows), max(row["period_end"] for row in rows)
    days = [first + timedelta(days=number) for number in range((last - first).days)]
    bounds = sorted({first} | {day for row in rows for day in (row["period_start"], row["period_end"])} | cuts)
    columns: dict[str, list[date | None]] = {"day": list(days), "slice": [bounds[bisect_right(bounds, day) - 1] for day in days]}
    for kind in KINDS:
        own = sorted((row["period_start"], row["period_end"]) for row in rows if row["every"] == kind)
        columns[kind] = [_start_of(own, day) for day in days]
    return pa.table({name: pa.array(values, pa.date32()) for name, values in columns.items()})


def _start_of(spans: list[tuple[date, date]], day: date) -> date | None:
    place = bisect_right(spans, (day, NEVER)) - 1
    return spans[place][0] if place >= 0 and day < spans[place][1] else None


def _quota_faults(run: Run) -> list[Fault]:
    """Quotas without an end that begin inside a period."""
    if not run.checked.targets:
        return []
    measures = {(target.measure if target.quota == "own" else run.checked.measures[target.measure].rollup, target.every)
                for target in run.checked.targets}
    found = []
    for measure, every in sorted((one or "", kind) for one, kind in measures):
        rows = run.engine.fetch(template(
            "SELECT q.participant, q.\"start\" FROM quotas AS q JOIN periods AS p ON p.period_start < q.\"start\" "
            "AND q.\"start\" < p.period_end WHERE q.\"end\" IS NULL AND p.every = :every AND q.measure = :measure ORDER BY 1, 2",
            every=exp.Literal.string(every), measure=exp.Literal.string(measure))).to_pylist()
        found += [fault("quota-period", table="quotas", column="start", value=str(row["start"]),
                        message=f"the quota of '{row['participant']}' for {measure} has no end and begins inside a {every}",
                        advice=f"Give it an end, or the first day of the {every}.") for row in rows]
    return found


def _missing_quotas(run: Run) -> list[Fault]:
    """Participants without a quota where a component's pay depends on one: told by participant, with the periods."""
    faults = []
    for component in run.checked.components:
        if not component.uses_quota:
            continue
        step = run.compiler.step_of(component, "basis")
        rows = run.engine.fetch(template(
            f'SELECT participant, COUNT(DISTINCT period_start) AS periods, MIN(period_start) AS first FROM "{step}" '
            "WHERE quota IS NULL GROUP BY 1 ORDER BY 1")).to_pylist()
        faults += [fault("quota-missing", table="quotas", column="quota", value=row["participant"], rows=row["periods"],
                         message=f"'{row['participant']}' has no quota for {component.spec.measure} in {row['periods']} "
                                 f"{component.spec.every}(s) from {row['first']}; '{component.spec.name}' pays 0 there",
                         advice="Add the quota, or end their time on the plan.") for row in rows]
    return faults


def _unpaid(run: Run) -> list[Fault]:
    held = {row["every"] for row in run.engine.fetch(template("SELECT DISTINCT every FROM periods")).to_pylist()}
    return [fault("not-paid", message=f"'{component.spec.name}' is by {component.spec.every}, and none ends in the time asked for",
                  advice="Ask for a longer time to see it.")
            for component in run.checked.components if component.spec.every not in held]


__all__ = ["AttainError", "Run", "run_plan"]
