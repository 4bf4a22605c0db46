"""Checks that every part must pass: its examples hold, order and emptiness change nothing, parts add up to the cent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from attain import money
from attain.engines.engine import Engine
from attain.measures.measure import MeasurePart, is_additive
from attain.parts import parts_in
from attain.plans.component import Component, ComponentExample
from attain.plans.document import COMPONENTS, catalogue, read_plan
from attain.plans.lines import line_steps
from attain.run import Run, run_plan
from attain.tables import TABLES

Rows = Sequence[Mapping[str, Any]]
YEAR = "2026-01-01 .. 2027-01-01"


def check_component(name: str, *, engine: Engine) -> list[str]:
    """What is wrong with a kind of component, in sentences; none when it passes every check."""
    part: Component = parts_in(COMPONENTS)[name].PART
    return [f"{name}: {told}" for example in part.examples for told in _component_faults(name, part, example, engine)]


def _component_faults(name: str, part: Component, example: ComponentExample, engine: Engine) -> Iterator[str]:
    deals = _cut(example.value, into=4)
    wanted = money.round_money(example.pays, money.Rounding())
    run = _pay(name, example, deals, engine)
    paid = _earned(run)
    if paid != wanted:
        yield f"the example {dict(example.settings)} with {example.value} pays {paid}, not {wanted}"
    if (summed := _lines(run)) != paid:
        yield f"the parts of the deals sum to {summed}, the earning is {paid}"
    if (turned := _earned(_pay(name, example, deals[::-1], engine))) != paid:
        yield f"the rows in another order pay {turned}, not {paid}"
    if _earned(_pay(name, example, [], engine)):
        yield "without any deal something is paid"
    if part.never_falls and example.value > 0:
        more = [_earned(_pay(name, example, [example.value * factor], engine)) for factor in (1, 2, 3)]
        if more != sorted(more):
            yield f"more credit pays less: {more}"


def _cut(value: Decimal, *, into: int) -> list[Decimal]:
    """A value as deals that sum to it, one of them negative."""
    piece = (value / into).quantize(Decimal("0.01"))
    return [piece * 2, -piece, piece, value - piece * 2]


def component_document(
    name: str, settings: Mapping[str, Any], *, measure: str = "bookings", quota: bool = False
) -> str:
    """A plan with one component, paid by the year, as the text of a document."""
    component = {"name": "it", "measure": measure, "every": "year", "pays": name, **settings}
    if quota:
        component["quota"] = "own"
    return json.dumps(
        {
            "plan": "check",
            "version": 1,
            "currency": "USD",
            "effective": YEAR,
            "participants": "participant is not null",
            "components": [component],
        },
        default=str,
    )


def _pay(name: str, example: ComponentExample, deals: Sequence[Decimal], engine: Engine) -> Run:
    people = [{"participant": "ann", **example.attributes}]
    orders = [
        {
            "order": str(number),
            "participant": "ann",
            "date": date(2026, 1, 5) + timedelta(days=number * 7),
            "amount": deal,
        }
        for number, deal in enumerate(sorted(deals))
    ]
    quotas = (
        [
            {
                "participant": "ann",
                "measure": "bookings",
                "start": date(2026, 1, 1),
                "end": date(2027, 1, 1),
                "quota": example.quota,
            }
        ]
        if example.quota is not None
        else []
    )
    data = {"participants": people, "orders": orders, "quotas": quotas}
    checked = read_plan(component_document(name, example.settings, quota=example.quota is not None))
    return run_plan(checked, tables(data), engine=engine)


def _earned(run: Run) -> Decimal:
    amounts: list[Decimal] = run.table("earnings")["amount"].to_pylist()
    return sum(amounts, Decimal(0))


def _lines(run: Run) -> Decimal:
    for step in line_steps(run.compiler, run.engine):
        run.engine.make(step)
    amounts: list[Decimal] = [row["amount"] for row in run.engine.rows("SELECT amount FROM lines")]
    return sum(amounts, Decimal(0))


def check_measure_part(name: str, *, engine: Engine) -> list[str]:
    """What is wrong with a measure of the catalogue, in sentences; none when it passes every check."""
    part: MeasurePart = parts_in("attain.measures.catalog")[name].PART
    faults = []
    for example in part.examples:
        found = measured(name, example.rows, engine=engine)
        if found != dict(example.expect):
            faults.append(f"{name}: the example gives {found}, not {dict(example.expect)}")
        turned = measured(name, {table: rows[::-1] for table, rows in example.rows.items()}, engine=engine)
        if turned != found:
            faults.append(f"{name}: the rows in another order give {turned}, not {found}")
        people = {"participants": [{"participant": who} for who in example.expect]}
        empty = measured(name, people | dict.fromkeys(example.rows, ()), engine=engine)
        nothing = Decimal(0) if is_additive(name, catalogue()) else None
        if set(empty.values()) != {nothing}:
            faults.append(f"{name}: without any fact it is {empty}, not {nothing}")
    return faults


def measured(name: str, rows: Mapping[str, Rows], *, engine: Engine) -> dict[str, Decimal | None]:
    """A measure of the catalogue over rows of tables, by participant, for the year 2026."""
    people = {one["participant"] for held in rows.values() for one in held if "participant" in one}
    people |= {one["manager"] for one in rows.get("reporting_lines", ()) if one["manager"]}
    document = json.dumps(
        {
            "plan": "check",
            "version": 1,
            "currency": "USD",
            "effective": YEAR,
            "participants": "participant is not null",
            "components": [{"name": "it", "measure": name, "every": "year", "pays": "flat_rate", "rate": 1}],
        }
    )
    needed = {one.table for one in catalogue().values() if one.table}
    data = {
        "participants": [{"participant": who} for who in sorted(people)],
        **dict.fromkeys(sorted(needed), ()),
        **rows,
    }
    run = run_plan(read_plan(document), tables(data), engine=engine)
    found = run.table("measures").to_pylist()
    return {row["participant"]: row["value"] for row in found if row["measure"] == name}


def tables(data: Mapping[str, Rows]) -> dict[str, pa.Table]:
    """Rows as Arrow tables with the declared types; numbers keep their digits, and further columns are attributes."""
    return {name: _table(name, rows) for name, rows in data.items()}


def _table(name: str, rows: Rows) -> pa.Table:
    declared = {column.name: column.type for column in TABLES[name].columns}
    names = dict.fromkeys([*declared, *(key for row in rows for key in row)])
    columns = {key: _array([row.get(key) for row in rows], declared.get(key)) for key in names}
    return pa.table(columns)


def _array(values: list[Any], kind: str | None) -> pa.Array:
    if kind in ("decimal", "integer") or (kind is None and any(isinstance(value, Decimal) for value in values)):
        exact = [None if value is None else Decimal(value) for value in values]
        exponents = [value.as_tuple().exponent for value in exact if value is not None]
        scale = max([2, *(-one for one in exponents if isinstance(one, int))])
        return pa.array(exact, pa.decimal128(38, scale))
    if kind is None:
        return pa.array(values)
    return pa.array(values, {"text": pa.string(), "date": pa.date32()}[kind])
