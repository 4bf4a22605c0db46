"""What a plan finds wrong in the data: currencies it does not know, quotas and attributes that somebody lacks."""

from __future__ import annotations

from sqlglot import exp

from attain.engines.engine import Engine, template
from attain.errors import Fault
from attain.measures.compile import Compiler, check_measure
from attain.measures.measure import unit_of, with_operands
from attain.plans.compile import PlanCompiler
from attain.plans.document import CheckedPlan
from attain.plans.earn import step_of
from attain.sources.severities import fault
from attain.tables import TABLES, columns_for_measures


def measures_read(checked: CheckedPlan) -> tuple[str, ...]:
    """Every measure that the plan reads, with those they are made of."""
    return with_operands(tuple(name for name, _ in checked.measured), checked.measures)


def fact_tables(checked: CheckedPlan) -> list[str]:
    """The fact tables that the plan's measures read."""
    tables = [checked.measures[name].table for name in measures_read(checked)]
    return [name for name in TABLES if name in tables]


def formula_faults(compiler: Compiler) -> list[Fault]:
    """Faults of the measures' formulas over the columns that the data really has."""
    return [
        one
        for name, measure in compiler.measures.items()
        if measure.table
        for one in check_measure(name, compiler.measures, compiler.types(measure.table))
    ]


def currency_faults(checked: CheckedPlan, engine: Engine) -> list[Fault]:
    """Rows in a currency that the plan does not know, in the tables from which it adds up money."""
    tables = {
        checked.measures[name].table or ""
        for name in measures_read(checked)
        if checked.measures[name].table and unit_of(name, checked.measures) == "money"
    }
    own = sorted({TABLES[name].parent or name for name in tables} | {"quotas"})
    faults = []
    for name in own:
        if "currency" not in columns_for_measures(name):
            continue
        rows = engine.fetch(
            template(
                f'SELECT currency, COUNT(*) AS rows FROM "{name}" WHERE currency <> :known GROUP BY 1 ORDER BY 1',
                known=exp.Literal.string(checked.plan.currency),
            )
        ).to_pylist()
        faults += [
            fault(
                "unknown-currency",
                table=name,
                column="currency",
                value=row["currency"],
                rows=row["rows"],
                message=f"the plan is in {checked.plan.currency} and knows no {row['currency']}",
                expected=checked.plan.currency,
                advice="Convert the amounts, or leave these rows to another plan.",
            )
            for row in rows
        ]
    return faults


def open_quota_faults(checked: CheckedPlan, engine: Engine) -> list[Fault]:
    """Quotas without an end that begin inside a period."""
    if not checked.targets:
        return []
    measures = {
        (target.measure if target.quota == "own" else checked.measures[target.measure].rollup, target.every)
        for target in checked.targets
    }
    found = []
    for measure, every in sorted((one or "", kind) for one, kind in measures):
        rows = engine.fetch(
            template(
                'SELECT q.participant, q."start" FROM quotas AS q JOIN periods AS p ON p.period_start < q."start" '
                'AND q."start" < p.period_end WHERE q."end" IS NULL AND p.every = :every AND q.measure = :measure '
                "ORDER BY 1, 2",
                every=exp.Literal.string(every),
                measure=exp.Literal.string(measure),
            )
        ).to_pylist()
        found += [
            fault(
                "quota-period",
                table="quotas",
                column="start",
                value=str(row["start"]),
                message=f"the quota of '{row['participant']}' for {measure} has no end and begins inside a {every}",
                advice=f"Give it an end, or the first day of the {every}.",
            )
            for row in rows
        ]
    return found


def unknown_names(checked: CheckedPlan, engine: Engine) -> list[Fault]:
    """Participants whom the plan names and the data does not have."""
    if isinstance(checked.plan.participants, str):
        return []
    known = set(engine.fetch(template("SELECT DISTINCT participant FROM participants"))["participant"].to_pylist())
    return [
        checked.document.fault(
            ("participants", number),
            check="named-unknown",
            message=f"'{one.participant}' is not among the participants",
            advice="Correct the key, or add the participant to the data.",
        )
        for number, one in enumerate(checked.plan.participants)
        if one.participant not in known
    ]


def missing_for_pay(compiler: PlanCompiler, engine: Engine) -> list[Fault]:
    """Whom the plan pays 0 because a quota or attribute is missing, and components that no period was found for."""
    checked = compiler.checked
    return [*_missing_quotas(checked, engine), *_missing_attributes(compiler, engine), *_unpaid(checked, engine)]


def _missing_quotas(checked: CheckedPlan, engine: Engine) -> list[Fault]:
    """Participants without a quota where a component's pay depends on one: told by participant, with the periods."""
    faults = []
    for component in checked.components:
        if not component.uses_quota:
            continue
        step = step_of(component, "basis")
        rows = engine.fetch(
            template(
                f"SELECT participant, COUNT(DISTINCT period_start) AS periods, MIN(period_start) AS first "
                f'FROM "{step}" '
                "WHERE quota IS NULL GROUP BY 1 ORDER BY 1"
            )
        ).to_pylist()
        faults += [
            fault(
                "quota-missing",
                table="quotas",
                column="quota",
                value=row["participant"],
                rows=row["periods"],
                message=f"'{row['participant']}' has no quota for {component.spec.measure} in {row['periods']} "
                f"{component.spec.every}(s) from {row['first']}; '{component.spec.name}' pays 0 there",
                advice="Add the quota, or end their time on the plan.",
            )
            for row in rows
        ]
    return faults


def _missing_attributes(compiler: PlanCompiler, engine: Engine) -> list[Fault]:
    """Participants without the attribute that a rate is taken from."""
    faults = []
    for component in compiler.checked.components:
        for name in compiler.attributes_of(component):
            rows = engine.fetch(
                template(
                    f'SELECT DISTINCT participant FROM "{step_of(component, "basis")}" '
                    f'WHERE "{name}" IS NULL ORDER BY 1'
                )
            ).to_pylist()
            faults += [
                fault(
                    "attribute-missing",
                    table="participants",
                    column=name,
                    value=row["participant"],
                    message=f"'{row['participant']}' has no {name}; '{component.spec.name}' pays 0 where it is missing",
                    advice="Fill it in for the dates on which they are on the plan.",
                )
                for row in rows
            ]
    return faults


def _unpaid(checked: CheckedPlan, engine: Engine) -> list[Fault]:
    held = {row["every"] for row in engine.fetch(template("SELECT DISTINCT every FROM periods")).to_pylist()}
    return [
        fault(
            "not-paid",
            message=f"'{component.spec.name}' is by {component.spec.every}, and none ends in the time asked for",
            advice="Ask for a longer time to see it.",
        )
        for component in checked.components
        if component.spec.every not in held
    ]
