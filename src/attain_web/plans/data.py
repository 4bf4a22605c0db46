"""The data that plans speak of: who is on a plan and when, which columns there are, and the SQL that a plan becomes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet as pq

from attain.cli.outputs import sql_text
from attain.engines.duckdb import DuckDB
from attain.engines.engine import ColumnInfo, Engine
from attain.errors import AttainError, Fault, raise_errors
from attain.expressions import FormulaError
from attain.measures.check import check_measure
from attain.measures.compile import Compiler
from attain.measures.inputs import give_people
from attain.plans.compile import PlanCompiler
from attain.plans.document import ASSIGNED, CheckedPlan
from attain.plans.faults import measures_read, tables_read
from attain.plans.lint import check_plan
from attain.plans.lint_formulas import KnownAttributes
from attain.plans.pay import plan_steps
from attain.run import PEOPLE, Run
from attain.sources.load import Loaded, load
from attain.tables import EVER, NEVER, TABLES
from attain_web.rows.snapshots import snapshot

_WHO = ("participants", "coverage")
Files = tuple[tuple[str, Path], ...]


@dataclass(frozen=True)
class Member:
    """A participant is on a plan in ``[start, end)``."""

    participant: str
    start: date
    end: date


def members_of(checked: CheckedPlan) -> tuple[Member, ...]:
    """Who is on a plan and when, by the people there are now; nobody where its condition does not fit them any more."""
    names = (*_WHO, "assignments") if checked.plan.participants == ASSIGNED else _WHO
    return _members(Said(checked), _files(*names))


class Said:
    """A plan that is told from others by what it says, with the measures that it may read: answers are kept by it."""

    def __init__(self, checked: CheckedPlan) -> None:
        self.checked = checked

    def __eq__(self, other: object) -> bool:
        """Whether both say the same."""
        return (
            isinstance(other, Said)
            and self.checked.document.text == other.checked.document.text
            and self.checked.measures == other.checked.measures
        )

    def __hash__(self) -> int:
        """By the text; measures are compared where the texts are the same."""
        return hash(self.checked.document.text)


@lru_cache(maxsize=512)
def _members(said: Said, files: Files) -> tuple[Member, ...]:
    checked, engine = said.checked, _people(files)
    try:
        _give_assigned(engine, checked)
        step = PlanCompiler(checked, Compiler(checked.measures, {}), engine.columns("versions"), 0).members()
        engine.make(step)
    except (AttainError, FormulaError):
        return ()
    rows = engine.rows("SELECT participant, from_day, until_day FROM members ORDER BY 1, 2")
    return tuple(_joined(Member(row["participant"], row["from_day"], row["until_day"]) for row in rows))


def _joined(rows: Iterable[Member]) -> list[Member]:
    """The same with stretches that follow one another as one."""
    found: list[Member] = []
    for one in rows:
        last = found[-1] if found else None
        if last and last.participant == one.participant and last.end >= one.start:
            found[-1] = replace(last, end=max(last.end, one.end))
        else:
            found.append(one)
    return found


def _give_assigned(engine: Engine, checked: CheckedPlan) -> None:
    """Give the engine who is named for the plan, in its text or in the table of assignments."""
    plan = checked.plan
    if plan.has_condition:
        return
    if isinstance(plan.participants, str):
        rows = [row for row in engine.rows("SELECT * FROM assignments") if row["plan"] == plan.plan]
    else:
        rows = [vars(one) for one in plan.participants]
    columns = {
        "participant": pa.array([row["participant"] for row in rows], pa.string()),
        "start": pa.array([row["start"] or EVER for row in rows], pa.date32()),
        "end": pa.array([row["end"] or NEVER for row in rows], pa.date32()),
    }
    engine.load("assigned", pa.table(columns))


def columns_of_people() -> Mapping[str, ColumnInfo]:
    """Every column that conditions and rates may read, with those that the company's own data adds."""
    return _columns(_files(*_WHO))


@lru_cache(maxsize=8)
def _columns(files: Files) -> Mapping[str, ColumnInfo]:
    return dict(_people(files).columns("versions"))


def _files(*names: str) -> Files:
    return tuple(snapshot(names).items())


def _people(files: Files) -> Engine:
    """An engine that holds the participants with all that changes about them."""
    engine = DuckDB()
    load(engine, {name: pq.read_table(file) for name, file in files}, [*PEOPLE, "assignments"], checked=False)
    give_people(engine)
    return engine


def data_faults(checked: CheckedPlan) -> list[Fault]:
    """What a plan says of columns that the data does not have, or has with another type; each at its place."""
    faults = check_plan(checked, attributes=KnownAttributes(columns_of_people()))
    own = [name for name in measures_read(checked) if name in checked.plan.measures]
    if own:
        compiler = _over_columns(checked, tuple(own))
        for name in own:
            table = checked.measures[name].table
            for fault in check_measure(name, checked.measures, compiler.types(table)) if table else ():
                at = ("measures", name)
                faults.append(checked.document.fault(at, check=fault.check, message=fault.message, advice=fault.advice))
    return list({(fault.check, fault.line, fault.position): fault for fault in faults}.values())


def sql_of(checked: CheckedPlan) -> str:
    """The SQL that a plan becomes over the columns that the data has, step by step as a run makes them."""
    raise_errors(data_faults(checked))
    compiler = _over_columns(checked, measures_read(checked))
    plan = PlanCompiler(checked, compiler, columns_of_people(), 6)
    run = Run(checked, DuckDB(), plan, Loaded(), (checked.plan.effective.start, NEVER), [])
    return sql_text(run, [plan.members(), *compiler.credit_steps(), *plan_steps(plan)])


def _over_columns(checked: CheckedPlan, names: tuple[str, ...]) -> Compiler:
    """A compiler of measures over tables that have the data's columns and no rows."""
    tables = [one for name in tables_read(checked) for one in (TABLES[name].parent, name) if one]
    held = {name: pq.read_schema(file).empty_table() for name, file in snapshot(dict.fromkeys(tables)).items()}
    engine = DuckDB()
    load(engine, held, [*dict.fromkeys(tables), "splits"], checked=False)
    return Compiler.over(engine, {name: checked.measures[name] for name in names})
