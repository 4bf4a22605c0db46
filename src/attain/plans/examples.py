"""Worked examples inside a plan: run through the very steps that pay, and compared to the cent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa

from attain.engines.engine import ColumnInfo, Engine
from attain.errors import Fault
from attain.expressions import names_in
from attain.measures.compile import Compiler
from attain.money import PRECISION, held
from attain.plans.compile import PlanCompiler
from attain.plans.document import CheckedPlan, Example, PlanComponent
from attain.plans.earn import basis_step, step_of
from attain.plans.pay import earned_step

_SCALE = 9
_DAY = date(2000, 1, 1)
_MOST = 10_000
"""Examples times components: a plan with more says nothing more, and checking it takes seconds."""


def check_examples(checked: CheckedPlan, engine: Engine) -> list[Fault]:
    """Every example that does not hold, and every component that is in none."""
    if too_many := _too_many(checked):
        return [too_many]
    numbers = range(len(checked.plan.examples))
    faults = [fault for number in numbers for fault in (*_names(checked, number), *_too_long(checked, number))]
    expected = {name for example in checked.plan.examples for name in example.expect}
    faults += [
        checked.document.fault(
            ("components", component.number),
            check="no-example",
            severity="warning",
            message=f"no example says what '{component.spec.name}' pays",
            advice="Add one under 'examples:', so that a reader sees it and a change of it is noticed.",
        )
        for component in checked.components
        if component.spec.name not in expected
    ]
    if any(fault.severity == "error" for fault in faults) or not checked.plan.examples:
        return faults
    for number, component, pays in results_of(checked, checked.plan.examples, engine):
        wanted = checked.plan.examples[number].expect.get(component.spec.name)
        if wanted is not None and pays != wanted:
            faults.append(
                checked.document.fault(
                    ("examples", number, "expect", component.spec.name),
                    check="example",
                    message=f"'{component.spec.name}' pays {pays}, where the example expects {wanted}",
                    advice="Correct the example or the component.",
                )
            )
    return faults


def _too_many(checked: CheckedPlan) -> Fault | None:
    examples, components = len(checked.plan.examples), len(checked.components)
    if examples * components <= _MOST:
        return None
    return checked.document.fault(
        ("examples",),
        check="example",
        message=f"{examples} examples of {components} components are more than can be checked",
        advice=f"Keep those that a reader learns from: at most {_MOST // components}.",
    )


def _too_long(checked: CheckedPlan, number: int) -> Iterator[Fault]:
    """Amounts of an example with more digits than are calculated with."""
    for name, given in checked.plan.examples[number].given.items():
        for value in given.values() if isinstance(given, Mapping) else (given,):
            if held(value, _SCALE) != value:
                yield checked.document.fault(
                    ("examples", number, "given", name),
                    check="example",
                    message=f"{value} has more digits than an example has room for",
                    advice=f"Write at most {PRECISION - _SCALE} digits before the point and {_SCALE} after it.",
                )


def _names(checked: CheckedPlan, number: int) -> Iterator[Fault]:
    """Components that an example expects and the plan does not have, and measures that it should have given."""
    example = checked.plan.examples[number]
    components = {component.spec.name: component for component in checked.components}
    for name in example.expect:
        if name not in components:
            yield checked.document.fault(
                ("examples", number, "expect", name),
                check="example",
                message=f"'{name}' is no component",
                advice=f"There are {', '.join(components)}.",
            )
            continue
        component = components[name]
        missing = [one for one in (*component.measures, *attributes_of(component)) if one not in example.given]
        if component.uses_quota and "quota" not in example.given:
            missing.append("quota")
        missing += [
            f"quota: {{{factor.measure}: …}}"
            for factor in component.deciding.values()
            if factor.quota and quota_of(example, component, factor.measure) is None
        ]
        if missing:
            yield checked.document.fault(
                ("examples", number, "given"),
                check="example",
                message=f"'{name}' needs {' and '.join(missing)}, which the example does not give",
                advice="Add it under 'given:'.",
            )


def attributes_of(component: PlanComponent) -> list[str]:
    """The attributes that a component's rates read."""
    rates = [cell for rate in component.part.rates(component.params) for cell in rate.cells]
    return [name for rate in rates if rate.formula for name in names_in(rate.formula)]


def results_of(
    checked: CheckedPlan, examples: Sequence[Example], engine: Engine, *, scale: int = _SCALE
) -> Iterator[tuple[int, PlanComponent, Decimal]]:
    """Number of the example, component, and what it pays there; what is given has at most ``scale`` digits."""
    names = sorted({name for component in checked.components for name in attributes_of(component)})
    attributes = {name: ColumnInfo("number", scale) for name in names}
    compiler = PlanCompiler(checked, Compiler(checked.measures, {}), attributes, scale, given_scale=scale)
    for name, rows in _tables(checked, examples, names).items():
        engine.load(name, pa.Table.from_pylist(rows, schema=_schema(name, names, scale)))
    for component in checked.components:
        engine.make(basis_step(compiler, component))
        engine.make(earned_step(compiler, component))
        step = step_of(component, "earned")
        for row in engine.rows(f'SELECT participant, amount FROM "{step}"'):
            yield int(row["participant"]), component, row["amount"]


def _tables(
    checked: CheckedPlan, examples: Sequence[Example], attributes: list[str]
) -> dict[str, list[dict[str, Any]]]:
    """The examples as rows of the tables that components read; the number of an example is its participant."""
    tables: dict[str, list[dict[str, Any]]] = {"measured": [], "quota_cells": [], "segments": []}
    for number, example in enumerate(examples):
        for component in checked.components:
            spec = component.spec
            row = {"participant": str(number), "every": spec.interval.kind, "period_start": _DAY, "period_end": _DAY}
            for measure in component.measures:
                if measure in example.given:
                    tables["measured"].append({**row, "measure": measure, "value": example.given[measure]})
                if (quota := quota_of(example, component, measure)) is not None:
                    tables["quota_cells"].append({**row, "measure": measure, "quota": quota})
            given = {name: example.given.get(name) for name in attributes}
            tables["segments"].append({**row, "from_day": _DAY, "until_day": _DAY, **given})
    return {name: list({tuple(row.items()): row for row in rows}.values()) for name, rows in tables.items()}


def quota_of(example: Example, component: PlanComponent, measure: str) -> Decimal | None:
    """The quota of a measure: one number is that of what the component pays on; others stand by their measure."""
    quota = example.given.get("quota")
    if isinstance(quota, dict):
        return quota.get(measure)
    return quota if measure == component.spec.measure else None


def _schema(name: str, attributes: list[str], scale: int) -> pa.Schema:
    number = pa.decimal128(38, scale)
    columns = [
        ("participant", pa.string()),
        ("every", pa.string()),
        ("period_start", pa.date32()),
        ("period_end", pa.date32()),
    ]
    own = {
        "measured": [("measure", pa.string()), ("value", number)],
        "quota_cells": [("measure", pa.string()), ("quota", number)],
        "segments": [("from_day", pa.date32()), ("until_day", pa.date32()), *((one, number) for one in attributes)],
    }
    return pa.schema([*columns, *own[name]])
