"""The same plan gives the same cents, to the last digit and type, on every engine."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from attain.demo import PLANS, generate
from attain.engines.duckdb import DuckDB
from attain.engines.engine import Engine
from attain.parts import parts_in
from attain.plans.document import COMPONENTS, read_plan
from attain.plans.examples import check_examples, results_of
from attain.run import run_plan
from attain.sources.mapping import read_mapping
from attain.testing import check_component, check_measure_part, tables
from tests.attain.cases import PEOPLE
from tests.attain.commands import ROOT
from tests.attain.engines.alike import (
    a_case,
    component_examples,
    explained,
    measure_examples,
    run_on,
    small,
    told_or_refused,
)
from tests.attain.plans.test_pool import POOL
from tests.attain.published.case import CASES, OPEN, read_case
from tests.attain.small import PEOPLE as PEOPLE_OF_SMALL
from tests.attain.small import Rows, order, plan, quota
from tests.attain.test_reference import as_arrow, written

DEMO = sorted(PLANS.glob("*.yaml"))
EXAMPLES = sorted((ROOT / "examples").glob("*/plan.yaml"))
PUBLISHED = sorted(file for file in CASES.glob("*.yaml") if file != OPEN)
DATA = {"adventureworks": "adventureworks_oltp", "maven": "maven_crm"}


def check_alike(engine: Engine, checked: Any, data: Any, **options: Any) -> None:
    """A run gives on an engine what it gives on DuckDB."""
    ours, theirs = (told_or_refused(run_on(one, checked, data, **options)) for one in (DuckDB(), engine))
    assert theirs == ours


@pytest.fixture(scope="session")
def company() -> dict[str, pa.Table]:
    """The demo company with a twentieth of its orders."""
    return small(generate(), every=20)


@pytest.mark.parametrize("seed", range(25))
def test_a_generated_plan(postgres: Engine, seed: int) -> None:
    plan, data, asked = a_case(seed)
    check_alike(postgres, read_plan(written(plan)), as_arrow(data), period=asked)


@pytest.mark.parametrize("seed", range(10))
def test_a_generated_plan_in_spark(spark: Engine, seed: int) -> None:
    # Without the checks of the data, which are many small queries: Spark takes a tenth of a second for each.
    plan, data, asked = a_case(seed, most=1)
    check_alike(spark, read_plan(written(plan)), as_arrow(data), period=asked, participants=PEOPLE)


def shared_pools() -> tuple[Any, Any]:
    """Pools of odd cents, above and below 0: by an attribute, by a measure beside a ratio, and by days on the plan."""
    rate = {"name": "Rate", "measure": "gross_margin", "every": "month", "pays": "flat_rate", "rate": 1}
    pools = ({"weight": "commission_rate"}, {"by": "bookings"}, {"of": "title", "weight": "0.123456"})
    components = [POOL | {"name": f"Pool {number}", "pool": pool} for number, pool in enumerate(pools)]
    people = [*PEOPLE_OF_SMALL[:3], PEOPLE_OF_SMALL[3] | {"start": date(2026, 1, 18)}]
    orders = [
        order("1", "ann", "2026-01-05", "1000000000.31"),
        order("2", "dan", "2026-01-25", "2000.37"),
        order("3", "bob", "2026-02-05", "-1000.37"),
        order("4", "ann", "2026-03-05", "77.77"),
    ]
    checked = plan(*components, rate, proration={"pool": "calendar days"})
    return checked, tables({"participants": people, "orders": orders})


def test_shared_pools(postgres: Engine) -> None:
    checked, data = shared_pools()
    check_alike(postgres, checked, data, period="2026-Q1")


def test_shared_pools_in_spark(spark: Engine) -> None:
    checked, data = shared_pools()
    check_alike(spark, checked, data, period="2026-Q1", participants=PEOPLE)


def ruled_credits() -> tuple[Any, Any]:
    """Credit by rules with splits of all kinds, a currency, deals that are held, and a closed period."""
    rules = [
        {"name": "Territory", "where": "participant.title = 'Seller'", "to": {"covers": "account.territory"}},
        {"name": "Specialists", "to": {"relation": "specialist", "of": "account"}, "overlay": True, "share": "50.5 %"},
        {"name": "Owner", "to": "participant", "effective": "2026-01-01 .. 2026-03-01"},
    ]
    checked = plan(
        {"name": "Pay", "measure": "ruled", "every": "month", "pays": "flat_rate", "rate": "7.25 %"},
        {"name": "Score", "measure": "score", "every": "month", "pays": "flat_rate", "rate": 100},
        measures={
            "ruled": {"sum": "amount", "of": "orders", "credits": rules},
            "score": {"formula": "0.333 * ruled.attainment + 0.667 * coalesce(bookings.attainment, 0)"},
        },
        payment={"holds": [{"name": "Until paid", "until": "paid", "part": "50 %"}]},
    )
    days = ("2026-01-05", "2026-02-10", "2026-03-15")
    specialist = {"relation": "specialist", "of_table": "accounts"}
    orders = [
        order(
            f"{day}{account}",
            who,
            day,
            amount,
            account=account,
            paid=date(2026, 2, 28) if account else None,
            currency="EUR" if account else None,
        )
        for day in days
        for who, account, amount in (("ann", "x", "100.03"), ("bob", "y", "-20.01"), ("dan", None, "0.5"))
    ]
    data: dict[str, Rows] = {
        "participants": PEOPLE_OF_SMALL,
        "accounts": [{"account": "x", "territory": "n"}, {"account": "y", "territory": "s"}],
        "territories": [{"territory": "n"}, {"territory": "s"}],
        "coverage": [{"participant": "cyd", "territory": "n", "start": date(2026, 2, 10), "end": None}],
        "relationships": [
            {"participant": "bob", "of": "x", "share": Decimal("33.333"), **specialist},
            {"participant": "ann", "of": "y", "end": date(2026, 3, 1), **specialist},
        ],
        "splits": [
            {"fact_table": "orders", "fact": "2026-02-10y", "participant": who, "share": Decimal(share)}
            for who, share in (("ann", "12.5"), ("bob", "87.5"))
        ]
        + [
            {"fact_table": "orders", "fact": "2026-01-05x", "participant": who, "share": Decimal(80), "kind": kind}
            for who, kind in (("ann", "payout"), ("bob", "overlay"))
        ],
        "exchange_rates": [
            {"currency": "EUR", "to_currency": "USD", "rate": Decimal("1.123456789"), "end": date(2026, 3, 1)},
        ],
        "paid": [
            {
                "participant": "ann",
                "plan": "Small",
                "period_start": date(2026, 1, 1),
                "period_end": date(2026, 2, 1),
                "component": component,
                "fact": fact,
                "amount": Decimal(amount),
            }
            for component, fact, amount in (("Pay", "2026-01-05x", "1.23"), (None, None, "0.5"))
        ],
        "holds": [
            {"hold": "h", "fact_table": "orders", "fact": "2026-02-10x", "reason": "r", "approver": "a"},
        ],
        "orders": orders,
        "quotas": [
            quota(who, amount, "2026-01-01", "2026-02-01", measure)
            for who, amount, measure in (("ann", "300", "ruled"), ("ann", "70.07", "bookings"), ("bob", "31", "ruled"))
        ],
    }
    return checked, tables(data)


def test_credits_by_rules(postgres: Engine) -> None:
    checked, data = ruled_credits()
    check_alike(postgres, checked, data, period="2026-Q1")


def test_credits_by_rules_in_spark(spark: Engine) -> None:
    checked, data = ruled_credits()
    check_alike(spark, checked, data, period="2026-Q1", participants=["ann", "bob"])


def test_a_demo_plan_in_spark(spark: Engine, company: dict[str, pa.Table]) -> None:
    check_alike(spark, read_plan(PLANS / "regional_vice_presidents_2026.yaml"), company, period="2026-Q2")


def test_worked_examples_of_all_components_in_spark(spark: Engine) -> None:
    checked, examples, wanted = component_examples()
    found = {(number, component.number): pays for number, component, pays in results_of(checked, examples, spark)}
    assert [found[number, number] for number in range(len(examples))] == wanted


def test_worked_examples_of_all_measures_in_spark(spark: Engine) -> None:
    checked, rows, wanted = measure_examples()
    run = run_plan(checked, tables(rows), engine=spark)
    found = {(row["measure"], row["participant"]): row["value"] for row in run.table("measures").to_pylist()}
    assert {key: found[key] for key in wanted} == wanted


@pytest.mark.parametrize("plan", [*DEMO, *EXAMPLES], ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_worked_examples_of_a_plan_in_spark(spark: Engine, plan: Path) -> None:
    assert check_examples(read_plan(plan), spark) == []


@pytest.mark.parametrize("plan", DEMO, ids=lambda file: file.stem)
def test_a_demo_plan(postgres: Engine, company: dict[str, pa.Table], plan: Path) -> None:
    check_alike(postgres, read_plan(plan), company, period="2026-Q2")


@pytest.mark.parametrize("plan", [*DEMO, *EXAMPLES], ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_worked_examples_of_a_plan(postgres: Engine, plan: Path) -> None:
    assert check_examples(read_plan(plan), postgres) == []


@pytest.mark.parametrize("plan", EXAMPLES, ids=lambda file: file.parent.name)
def test_an_example_over_real_data(postgres: Engine, shared: Path, plan: Path) -> None:
    mapping = read_mapping(plan.with_name("mapping.yaml"))
    check_alike(postgres, read_plan(plan), shared / "data" / DATA[plan.parent.name], mapping=mapping)


@pytest.mark.parametrize("file", PUBLISHED, ids=lambda file: file.stem)
def test_a_published_case(postgres: Engine, tmp_path: Path, file: Path) -> None:
    case = read_case(file)
    case.write_tables(tmp_path / "data")
    check_alike(postgres, read_plan(case.plan), tmp_path / "data", period=case.period)


@pytest.mark.parametrize("file", PUBLISHED, ids=lambda file: file.stem)
def test_a_published_case_in_spark(spark: Engine, tmp_path: Path, file: Path) -> None:
    case = read_case(file)
    case.write_tables(tmp_path / "data")
    check_alike(spark, read_plan(case.plan), tmp_path / "data", period=case.period)


@pytest.mark.parametrize("name", parts_in(COMPONENTS))
def test_a_component(postgres: Engine, name: str) -> None:
    assert check_component(name, engine=postgres) == []


@pytest.mark.parametrize("name", parts_in("attain.measures.catalog"))
def test_a_measure(postgres: Engine, name: str) -> None:
    assert check_measure_part(name, engine=postgres) == []


def test_what_somebody_is_told(postgres: Engine, company: dict[str, pa.Table]) -> None:
    checked = read_plan(PLANS / "account_executives_2026.yaml")
    who = next(one["participant"] for one in company["participants"].to_pylist() if one["title"] == "Account Executive")
    ours, theirs = (
        explained(run_plan(checked, company, period="2026-Q2", engine=engine, participants=[who]), who)
        for engine in (DuckDB(), postgres)
    )
    assert theirs == ours
