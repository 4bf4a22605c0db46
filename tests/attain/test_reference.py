"""The library pays what the slow reference pays, to the last digit, for plans and facts that nobody thought of."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import Phase, given, note, settings
from hypothesis import strategies as st

from attain.errors import AttainError, UsageError
from attain.plans.document import read_plan
from attain.plans.explain import Explainer
from attain.plans.lines import credits_query, has_lines, lines_query, narrowed
from attain.plans.nodes import Node
from attain.run import Run, run_plan
from tests.attain.cases import PEOPLE, SCHEMAS, cases
from tests.attain.formulas import MEASURES
from tests.attain.reference import Results, calculate

EXAMPLES = settings().max_examples
"""One example holds up to five components, four people and 120 facts; a run of it takes about a second."""


def written(value: Any) -> str:
    """Plain data as the text of a plan document."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {written(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(written(one) for one in value) + "]"
    return (
        '"' + value + '"'
        if isinstance(value, str)
        else format(value, "f")
        if isinstance(value, Decimal)
        else str(value)
    )


def as_arrow(data: Mapping[str, list[dict[str, Any]]]) -> dict[str, pa.Table]:
    """The rows as Arrow tables."""
    return {
        name: pa.Table.from_pylist(data.get(name, []), schema=pa.schema(schema)) for name, schema in SCHEMAS.items()
    }


def run_case(plan: dict[str, Any], data: Mapping[str, list[dict[str, Any]]], asked: str = "all", **options: Any) -> Run:
    """What the library calculates."""
    return run_plan(read_plan(written(plan)), as_arrow(data), period=asked, **options)


def exact(number: Decimal | None) -> Fraction | None:
    return None if number is None else Fraction(number)


def results_of(run: Run) -> Results:
    """The library's results in the reference's form."""
    made = {step.name for step in run.steps}
    rows = {
        name: run.table(name).to_pylist() if name == "measures" or name in made else []
        for name in ("measures", "attainment", "earnings", "payouts")
    }

    def cell(row: dict[str, Any], name: str) -> tuple[str, str, date, date]:
        return row["participant"], row[name], row["period_start"], row["period_end"]

    results = Results(
        {cell(row, "measure"): exact(row["value"]) for row in rows["measures"]},
        [
            (cell(row, "measure"), exact(row["value"]), Fraction(row["quota"]), exact(row["attainment"]))
            for row in rows["attainment"]
        ],
        {
            cell(row, "component"): (exact(row["measure_value"]), exact(row["quota"]), Fraction(row["amount"]))
            for row in rows["earnings"]
        },
        {
            (row["participant"], row["period_start"], row["period_end"]): Fraction(row["amount"])
            for row in rows["payouts"]
        },
        Counter(cell(row, "measure") for row in rows["measures"]),
    )
    assert [len(one) for one in rows.values()] == [
        results.rows.total(),
        len(results.attainment),
        len(results.earnings),
        len(results.payouts),
    ], "each row stands once"
    return results


def differences(ours: Mapping[Any, Any], theirs: Mapping[Any, Any]) -> list[str]:
    """Where two results differ: what, the reference's, the library's."""
    return [
        f"{key}: expected {ours.get(key, 'no row')}, got {theirs.get(key, 'no row')}"
        for key in sorted({*ours, *theirs}, key=str)
        if ours.get(key, "no row") != theirs.get(key, "no row")
    ]


def adds_up(name: str) -> bool:
    """Whether a measure is the sum of its credits, which bear its name."""
    return bool({"sum", "count"} & set(MEASURES[MEASURES[name].get("rollup", name)]))


def check_credits(run: Run, ours: Results) -> None:
    """The credits of a measure sum to it."""
    held: dict[tuple[str, str], list[tuple[date, Fraction]]] = defaultdict(list)
    for row in run.engine.fetch(credits_query(narrowed(run.compiler, run.engine))).to_pylist():
        held[row["participant"], row["measure"]].append((row["date"], Fraction(row["amount"] or 0)))
    for (one, name, start, end), value in ours.measures.items():
        if adds_up(name):
            credited = sum((amount for day, amount in held[one, name] if start <= day < end), Fraction(0))
            assert credited == value, f"credits of {one} for {name} in {start} .. {end}"


def check_lines(run: Run, ours: Results) -> None:
    """The lines of a component sum to its earnings, to the cent."""
    for component in run.checked.components:
        if not has_lines(run.compiler, component):
            continue
        lines: dict[Any, Fraction] = defaultdict(Fraction)
        for row in run.engine.fetch(lines_query(narrowed(run.compiler, run.engine), component)).to_pylist():
            cell = row["participant"], row["component"], row["period_start"], row["period_end"]
            if row["period_end"] > (run.compiler.since or date.min):  # what is paid may depend on periods before
                lines[cell] += Fraction(row["amount"])
        earned = {cell: amount for cell, (_, _, amount) in ours.earnings.items() if cell[1] == component.spec.name}
        nothing = dict.fromkeys((*earned, *lines), Fraction(0))
        assert not differences(nothing | earned, nothing | lines)


def check_explained(run: Run, ours: Results, participant: str) -> None:
    """What one participant is told is what was calculated, and every part of it adds up."""
    tree = Explainer(run.engine, run.compiler, participant).explain("the time asked for")
    paid = sum((amount for (one, _, _), amount in ours.payouts.items() if one == participant), Fraction(0))
    assert exact(Decimal(tree.amount or 0)) == paid
    told = {}
    for node in tree.children:
        if "component" in node.source:
            end = date.fromisoformat(node.source["period_end"])  # what is read to date begins before the period
            name = next(one.spec.measure for one in run.checked.components if one.spec.name == node.source["component"])
            measured = next(
                child for child in node.children if child.source.get("measure") == name and "table" not in child.source
            )
            value = None if measured.amount is None else Fraction(measured.amount)
            told[participant, node.source["component"], end] = (value, Fraction(node.amount or 0))
    assert not differences(
        {
            (one, name, end): (value, amount)
            for (one, name, _, end), (value, _, amount) in ours.earnings.items()
            if one == participant
        },
        told,
    )
    check_node(tree)


def check_node(node: Node) -> None:
    """Money below money sums to it; facts sum to their measure; so do the sides of a difference."""
    money = [Fraction(child.amount or 0) for child in node.children if child.kind == "money"]
    facts = [
        Fraction(child.amount or 0) for child in node.children if child.kind == "quantity" and "fact" in child.source
    ]
    if node.kind == "money" and money:
        assert sum(money) == Fraction(node.amount or 0), node.label
    if facts and not node.formula.startswith("different values"):
        assert sum(facts) == Fraction(node.amount or 0), node.label
    for child in node.children:
        check_node(child)


def compare(plan: dict[str, Any], data: Mapping[str, list[dict[str, Any]]], asked: str, told: str | None) -> None:
    """Everything the library says about a case, and what it tells one participant, against the reference."""
    ours = calculate(plan, data, asked)
    if ours is None:
        with pytest.raises(UsageError):
            run_case(plan, data, asked)
        return
    run = run_case(plan, data, asked)
    theirs = results_of(run)
    assert not differences(ours.measures, theirs.measures)
    assert not differences(ours.rows, theirs.rows)
    assert not differences(Counter(ours.attainment), Counter(theirs.attainment))
    assert not differences(ours.earnings, theirs.earnings)
    assert not differences(ours.payouts, theirs.payouts)
    check_credits(run, ours)
    check_lines(run, ours)
    if told:
        check_explained(run_case(plan, data, asked, participants=[told]), ours, told)


@settings(max_examples=EXAMPLES if EXAMPLES < 1000 else EXAMPLES * 10, phases=set(Phase) - {Phase.explain})
@given(case=cases(), told=st.sampled_from((*PEOPLE, *[None] * 20)))
def test_library_pays_what_the_reference_pays(case: Any, told: str | None) -> None:
    plan, data, asked = case
    note(f"{written(plan)}\n{asked}")
    compare(plan, data, asked, told)


# what the reference found: kept as small cases ------------------------------------------------------------------------


def check_small(
    *,
    components: list[Any],
    effective: str,
    targets: tuple[Any, ...] = (),
    on: Any = "title = 'Seller'",
    **rows: list[dict[str, Any]],
) -> None:
    people = [
        {"participant": one, "title": title, "start": None, "end": None}
        for one, title in (("ann", "Seller"), ("bob", "Guest"), ("cyd", "Guest"))
    ]
    plan = {
        "plan": "Small",
        "version": 1,
        "currency": "EUR",
        "effective": effective,
        "calendar": {"starts": "January"},
        "participants": on,
        "rounding": {"digits": 2, "mode": "half_up"},
        "measures": {"won_value": MEASURES["won_value"]},
        "attainment": list(targets),
        "components": components,
    }
    compare(plan, {name: [] for name in SCHEMAS} | {"participants": people} | rows, "all", "ann")


def test_a_quota_for_part_of_the_period_counts_beside_a_colleagues_whole_one() -> None:
    start, end = date(2026, 1, 1), date(2026, 4, 1)
    below = [{"participant": one, "manager": "ann", "start": None, "end": None} for one in ("bob", "cyd")]
    quotas = [
        {"participant": "bob", "measure": "bookings", "start": start, "end": end, "quota": Decimal(1000)},
        {"participant": "cyd", "measure": "bookings", "start": date(2026, 2, 1), "end": end, "quota": Decimal(500)},
    ]
    target = {"measure": "team_bookings", "every": "quarter", "quota": "sum of reports"}
    check_small(
        components=[], targets=(target,), effective="2026-01-01 .. 2026-04-01", reporting_lines=below, quotas=quotas
    )


def test_a_quarter_that_outlasts_the_plan_is_paid_with_its_last_month() -> None:
    parts = [
        {"name": "Calls", "measure": "calls", "every": "month", "pays": "flat_rate", "rate": 1},
        {"name": "Sales", "measure": "bookings", "every": "quarter", "pays": "flat_rate", "rate": "10 %"},
    ]
    order = {"order": "1", "participant": "ann", "date": date(2026, 1, 5), "amount": Decimal(100), "cost": None}
    check_small(components=parts, effective="2026-01-01 .. 2026-02-15", orders=[{**order, "territory": None}])


def test_a_deal_without_amount_has_no_part_of_the_pay() -> None:
    part = {"name": "Won", "measure": "won_value", "every": "quarter", "pays": "flat_rate", "rate": "10 %"}
    deals = [
        {
            "opportunity": str(day),
            "participant": "ann",
            "stage": "won",
            "amount": amount,
            "close_date": date(2026, 1, day),
        }
        for day, amount in ((5, Decimal(100)), (9, None), (10, Decimal(50)))
    ]
    check_small(components=[part], effective="2026-01-01 .. 2026-04-01", opportunities=deals)


def test_who_is_named_twice_is_paid_once_or_refused() -> None:
    part = {"name": "Sales", "measure": "bookings", "every": "quarter", "pays": "flat_rate", "rate": "10 %"}
    order = {"order": "1", "participant": "ann", "date": date(2026, 1, 5), "amount": Decimal(100), "cost": None}
    twice = [{"participant": "ann"}, {"participant": "ann", "from": date(2026, 1, 1)}]
    with suppress(AttainError):
        check_small(components=[part], effective="2026-01-01 .. 2026-04-01", on=twice, orders=[order])
