"""What a plan finds wrong in the data: currencies it does not know, quotas and attributes that somebody lacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlglot import exp

from attain.engines.engine import Engine, template
from attain.errors import Fault
from attain.measures.check import check_measure
from attain.measures.compile import Compiler
from attain.measures.measure import with_operands
from attain.plans.compile import PlanCompiler
from attain.plans.document import CheckedPlan, PlanComponent
from attain.plans.earn import step_of
from attain.sources.severities import fault
from attain.tables import TABLES


def measures_read(checked: CheckedPlan) -> tuple[str, ...]:
    """Every measure that the plan reads, with those they are made of."""
    return with_operands(tuple(name for name, _ in checked.measured), checked.measures)


def tables_read(checked: CheckedPlan) -> list[str]:
    """The tables that the plan's measures read: facts, and what they lead to."""
    used = [checked.measures[name] for name in measures_read(checked)]
    tables = {one.table for one in used} | {name for one in used for name in one.tables_beside}
    return [name for name in TABLES if name in tables]


def formula_faults(compiler: Compiler) -> list[Fault]:
    """Faults of the measures' formulas over the columns that the data really has."""
    return [
        one
        for name, measure in compiler.measures.items()
        if measure.table
        for one in check_measure(name, compiler.measures, compiler.types(measure.table))
    ]


def hold_faults(checked: CheckedPlan, compiler: Compiler) -> Iterator[Fault]:
    """Holds that end on what is no date column of the facts that a component pays on."""
    for number, hold in enumerate(checked.plan.payment.holds):
        held = [one.spec.measure for one in checked.components if hold.holds(one.spec.name)]
        for measure in with_operands(tuple(held), compiler.measures):
            table = compiler.measures[measure].table
            if table and (types := compiler.types(table)).get(hold.until) != "date":
                dates = ", ".join(name for name, kind in types.items() if kind == "date" and "." not in name)
                yield checked.document.fault(
                    ("payment", "holds", number, "until"),
                    check="payment",
                    message=f"'{hold.until}' is no date column of {table}, on which '{hold.name}' would be paid",
                    advice=f"Name one of {dates}, or give the facts such a column.",
                )
                break


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
        rows = engine.rows(
            template(
                'SELECT q.participant, q."start" FROM quotas AS q JOIN periods AS p ON p.period_start < q."start" '
                'AND q."start" < p.period_end WHERE q."end" IS NULL AND p.every = :every AND q.measure = :measure '
                "ORDER BY 1, 2",
                every=exp.Literal.string(every),
                measure=exp.Literal.string(measure),
            )
        )
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
    known = {row["participant"] for row in engine.rows("SELECT DISTINCT participant FROM participants")}
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
    return [
        *_missing_quotas(compiler, engine),
        *_missing_attainment(compiler, engine),
        *_missing_attributes(compiler, engine),
        *_unshared(compiler, engine),
        *_unpaid(compiler, engine),
    ]


def _missing_quotas(compiler: PlanCompiler, engine: Engine) -> Iterator[Fault]:
    """Participants without a quota where a component's pay depends on one: one fault for each component."""
    for component in compiler.checked.components:
        if not component.uses_quota:
            continue
        who = engine.rows(
            template(
                "SELECT participant, COUNT(DISTINCT period_end) AS periods, MIN(period_start) AS first "
                "FROM basis AS b WHERE quota IS NULL GROUP BY 1 ORDER BY 1",
                basis=compiler.asked(_whose(component)),
            )
        )
        if who:
            spec, first = component.spec, min(row["first"] for row in who)
            yield fault(
                "quota-missing",
                **_who(
                    [row["participant"] for row in who],
                    f"no quota for {spec.measure} by {spec.interval.words} (the first from {first}); "
                    f"'{spec.name}' pays 0 there",
                ),
                table="quotas",
                column="quota",
                rows=sum(row["periods"] for row in who),
                advice="Add the quotas, or end their time on the plan.",
            )


def _missing_attainment(compiler: PlanCompiler, engine: Engine) -> Iterator[Fault]:
    """Participants without a value of a measure that reads attainment, since a quota is missing."""
    for name, interval in compiler.checked.measured:
        attained = compiler.checked.attained(name)
        rows = engine.rows(
            template(
                "SELECT v.participant, MIN(v.period_start) AS first FROM measured AS v WHERE v.measure = :name "
                "AND v.every = :every AND v.value IS NULL GROUP BY 1 ORDER BY 1",
                measured=compiler.asked("measured"),
                name=exp.Literal.string(name),
                every=exp.Literal.string(interval.kind),
            )
        ) if attained else []  # fmt: skip
        if rows:
            lacks = f"no quota for {' or '.join(attained)} by {interval.words} (the first from "
            yield fault(
                "quota-missing",
                **_who([row["participant"] for row in rows], f"{lacks}{min(row['first'] for row in rows)}); "
                       f"'{name}' has no value there"),
                table="quotas",
                column="quota",
                rows=len(rows),
                advice="Add the quotas, or say what counts without one: coalesce(calls.attainment, 0).",
            )  # fmt: skip


def _whose(component: PlanComponent) -> str:
    """The step with one row per participant and period of a component, with the quota and the attributes it reads."""
    return step_of(component, "sharers" if component.spec.pool else "basis")


def _missing_attributes(compiler: PlanCompiler, engine: Engine) -> Iterator[Fault]:
    """Participants without the attribute that a rate is taken from: one fault for each component and attribute."""
    for component in compiler.checked.components:
        for name in compiler.attributes_of(component):
            who = engine.rows(
                template(
                    f'SELECT DISTINCT participant FROM basis AS b WHERE "{name}" IS NULL ORDER BY 1',
                    basis=compiler.asked(_whose(component)),
                )
            )
            if who:
                yield fault(
                    "attribute-missing",
                    **_who(
                        [row["participant"] for row in who],
                        f"no {name}; '{component.spec.name}' pays 0 where it is missing",
                    ),
                    table="participants",
                    column=name,
                    rows=len(who),
                    advice="Fill it in for the dates on which they are on the plan.",
                )


_NAMED = 5


def _who(participants: Sequence[str], lacks: str) -> dict[str, Any]:
    """The words and values of a fault about what several participants have not; the message names the first."""
    named = ", ".join(f"'{one}'" for one in participants[:_NAMED])
    others = len(participants) - _NAMED
    who = (
        f"{named} and {others:,} more have" if others > 0 else f"{named} {'has' if len(participants) == 1 else 'have'}"
    )
    return {"message": f"{who} {lacks}", "value": participants[0], "values": tuple(participants)}


def _unshared(compiler: PlanCompiler, engine: Engine) -> Iterator[Fault]:
    """Pools that have money, and nobody who shares in it: one fault for each component."""
    for component in compiler.checked.components:
        if component.spec.pool is None:
            continue
        rows = engine.rows(
            template(
                "SELECT p.participant AS pool, p.period_start, p.amount FROM pools AS p WHERE p.amount <> 0 AND NOT "
                f'EXISTS (SELECT 1 FROM "{step_of(component, "sharers")}" AS s WHERE s.pool = p.participant '
                "AND s.period_end = p.period_end AND s.weight > 0) ORDER BY 2, 1",
                pools=compiler.asked(step_of(component, "pool")),
            )
        )
        if rows:
            first = rows[0]
            yield fault(
                "pool-unshared",
                message=f"the pool of '{component.spec.name}' has {first['amount']:,f} from {first['period_start']}"
                " on, and nobody has a weight in it",
                values=tuple(row["pool"] for row in rows),
                rows=len(rows),
                advice="Give somebody a weight, or open its gate; until then nobody is paid of it.",
            )


def _unpaid(compiler: PlanCompiler, engine: Engine) -> list[Fault]:
    rows = engine.rows(template("SELECT DISTINCT every FROM asked AS p", asked=compiler.asked("periods")))
    held = {row["every"] for row in rows}
    return [
        fault(
            "not-paid",
            message=f"'{component.spec.name}' is by {component.spec.every}, and none ends in the time asked for",
            advice="Ask for a longer time to see it.",
        )
        for component in compiler.checked.components
        if component.spec.every not in held
    ]
