"""What a run gives, in a form that can be compared between engines to the last digit and type."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from decimal import Decimal
from random import Random
from typing import Any

import pyarrow as pa

from attain import money
from attain.engines.engine import Engine
from attain.errors import AttainError, UsageError
from attain.parts import parts_in
from attain.plans.document import COMPONENTS, CheckedPlan, Example
from attain.plans.explain import Explainer
from attain.plans.lines import line_steps
from attain.run import RESULTS, Run, run_plan
from attain.tables import TABLES
from tests.attain.cases import a_plan, near, tables
from tests.attain.small import plan

Row = dict[str, Any]
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


def a_case(seed: int, *, most: int = 5) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]], str]:
    """A plan of at most so many components, its tables and the time asked for, which a number alone decides."""
    chance = Random(seed)  # noqa: S311 - a plan is no secret
    drawn = a_plan(chance, chance.randint(1, most))
    names = [one.name for part in drawn["components"] for one in near(drawn["calendar"]["starts"], part["every"])]
    asked = chance.choice(("all", "all", "all", "2026-01-01..2026-07-01", chance.choice(names)))
    return drawn, tables(chance, drawn, (60, 40, 20)), asked


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


def component_examples() -> tuple[CheckedPlan, list[Example], list[Decimal]]:
    """The worked examples of every kind of component in one plan: a component for each, what it reads, and its pay."""
    parts = [(name, one) for name, part in parts_in(COMPONENTS).items() for one in part.PART.examples]
    components = [
        {"name": f"{name} {number}", "measure": "bookings", "every": "year", "pays": name, **one.settings}
        | ({} if one.quota is None else {"quota": "own"})
        for number, (name, one) in enumerate(parts)
    ]
    given = [
        {"bookings": one.value, **one.attributes} | ({} if one.quota is None else {"quota": one.quota})
        for _, one in parts
    ]
    wanted = [money.round_money(one.pays, money.Rounding()) for _, one in parts]
    return plan(*components), [Example(given=one, expect={}) for one in given], wanted


def measure_examples() -> tuple[CheckedPlan, dict[str, list[Row]], dict[tuple[str, str], Decimal | None]]:
    """The worked examples of every measure in one plan and one company, and what each is for whom.

    Keys are told apart by the number of their example.
    """
    parts = [(name, one) for name, part in parts_in("attain.measures.catalog").items() for one in part.PART.examples]
    rows: dict[str, list[Row]] = defaultdict(list)
    wanted: dict[tuple[str, str], Decimal | None] = {}
    for number, (name, one) in enumerate(parts):
        wanted |= {(name, f"{number} {who}"): value for who, value in one.expect.items()}
        for table, some in one.rows.items():
            rows[table] += [_apart(number, table, row) for row in some]
    keys = [row.get(name) for some in rows.values() for row in some for name in ("participant", "manager")]
    rows["participants"] = [{"participant": who} for who in sorted({*filter(None, keys), *(who for _, who in wanted)})]
    components = [
        {"name": name, "measure": name, "every": "year", "pays": "flat_rate", "rate": 1} for name in dict(parts)
    ]
    return plan(*components), rows, wanted


def _apart(number: int, table: str, row: Mapping[str, Any]) -> Row:
    """A row with its keys, and those of what it refers to, behind a number."""
    keys = {*TABLES[table].key, *(column.name for column in TABLES[table].columns if column.refers_to), "fact"}
    texts = {name: value for name, value in row.items() if name in keys - {"fact_table"} and isinstance(value, str)}
    return {**row, **{name: f"{number} {value}" for name, value in texts.items()}}


def run_on(engine: Engine, checked: Any, data: Any, **options: Any) -> Callable[[], Run]:
    """A run that is still to be made."""
    return lambda: run_plan(checked, data, engine=engine, **options)
