"""What a run gives, in a form that can be compared between engines to the last digit and type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

import pyarrow as pa

from attain.engines.engine import Engine
from attain.errors import AttainError, UsageError
from attain.plans.explain import Explainer
from attain.plans.lines import line_steps
from attain.run import RESULTS, Run, run_plan
from tests.attain.cases import a_plan, near, tables

Rows = list[tuple[Any, ...]]
Told = dict[str, tuple[list[tuple[str, str]], Rows]]
"""Each table as its columns with their types, and its rows."""


def told(run: Run) -> Told:
    """Every table of a run: results in the order in which they are written, credits and lines sorted."""
    made = {step.name for step in run.steps}
    found = {name: _table(run.table(name)) for name, (step, _) in RESULTS.items() if step in made}
    for step in line_steps(run.compiler, run.engine):
        columns, rows = _table(run.engine.fetch(step.query))
        found[step.name] = columns, sorted(rows, key=repr)
    return found


def _table(table: pa.Table) -> tuple[list[tuple[str, str]], Rows]:
    columns = [(field.name, str(field.type)) for field in table.schema]
    return columns, [tuple(row.values()) for row in table.to_pylist()]


def told_or_refused(calculate: Callable[[], Run]) -> Told | list[str]:
    """What a run gives, or why there is none."""
    try:
        return told(calculate())
    except AttainError as error:
        return [f"{fault.check}: {fault.value}" for fault in error.faults]
    except UsageError as error:
        return [str(error)]


def explained(run: Run, participant: str) -> dict[str, Any]:
    """What a participant is told of their pay."""
    return Explainer(run.engine, run.compiler, participant).explain("the time asked for").as_record()


def a_case(seed: int) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]], str]:
    """A plan, its tables and the time asked for, which a number alone decides."""
    chance = Random(seed)  # noqa: S311 - a plan is no secret
    plan = a_plan(chance, chance.randint(1, 5))
    names = [one.name for part in plan["components"] for one in near(plan["calendar"]["starts"], part["every"])]
    asked = chance.choice(("all", "all", "all", "2026-01-01..2026-07-01", chance.choice(names)))
    return plan, tables(chance, plan, (60, 40, 20)), asked


def small(company: Mapping[str, pa.Table], *, every: int) -> dict[str, pa.Table]:
    """A company of fewer facts: each so many of them, with everything that belongs to those that stay."""
    found, kept = dict(company), {}
    for name, child, key in (("orders", "order_lines", "order"), ("opportunities", "stage_history", "opportunity")):
        found[name] = _each(company[name], every)
        kept[name] = set(found[name][key].to_pylist())
        found[child] = _where(company[child], [one in kept[name] for one in company[child][key].to_pylist()])
    found["activities"] = _each(company["activities"], every * 10)
    split = zip(*(company["splits"][name].to_pylist() for name in ("fact_table", "fact")), strict=True)
    found["splits"] = _where(company["splits"], [fact in kept[table] for table, fact in split])
    return found


def _where(table: pa.Table, kept: list[bool]) -> pa.Table:
    return table.filter(pa.array(kept, pa.bool_()))


def _each(table: pa.Table, every: int) -> pa.Table:
    return table.take(list(range(0, table.num_rows, every)))


def run_on(engine: Engine, checked: Any, data: Any, **options: Any) -> Callable[[], Run]:
    """A run that is still to be made."""
    return lambda: run_plan(checked, data, engine=engine, **options)
