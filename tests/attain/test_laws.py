"""Laws that hold for every plan: what may change in the facts without a change of pay, and what must change with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from attain.errors import UsageError
from tests.attain.cases import FIRST, LAST, PEOPLE, a_day, cases, sizes, tables
from tests.attain.reference import Results
from tests.attain.test_reference import results_of, run_case

Data = Mapping[str, list[dict[str, Any]]]

EXAMPLES = settings().max_examples // 10
KEYS = {"participant", "manager", "order", "opportunity", "activity", "fact"}
TIERS = [{"from": "0 %", "rate": "6 %"}, {"from": "50 %", "rate": "9 %"}, {"from": "100 %", "rate": "4 %"}]

chances = st.randoms(use_true_random=True)


def a_simple_plan(*components: dict[str, Any], digits: int = 2) -> dict[str, Any]:
    """A plan for everybody on sums of orders."""
    return {
        "plan": "Laws",
        "version": 1,
        "currency": "EUR",
        "effective": f"{FIRST} .. {LAST}",
        "calendar": {"starts": "January"},
        "participants": "title is not null",
        "measures": {},
        "attainment": [],
        "rounding": {"digits": digits, "mode": "half_even"},
        "components": list(components),
    }


def graduated(measure: str, every: str, quota: str = "own") -> dict[str, Any]:
    return {
        "name": f"Graduated {measure}",
        "measure": measure,
        "every": every,
        "quota": quota,
        "pays": "graduated_tiers",
        "tiers": TIERS,
    }


COMPONENTS = (
    graduated("bookings", "quarter"),
    graduated("team_bookings", "month", "sum of reports"),
    {"name": "Flat", "measure": "gross_profit", "every": "month", "pays": "flat_rate", "rate": "12.3457 %"},
    {
        "name": "Goal",
        "measure": "bookings",
        "every": "year",
        "quota": "own",
        "pays": "threshold_bonus",
        "threshold": "80.5 %",
        "amount": "bonus",
    },
    {
        "name": "From",
        "measure": "team_bookings",
        "every": "quarter",
        "pays": "graduated_tiers",
        "tiers": [{"from": 500, "rate": "0.01"}, {"from": 1000, "rate": 0}, {"from": "2500.005", "rate": "0.000001"}],
    },
)
RETROACTIVE = {
    "name": "Retroactive",
    "measure": "bookings",
    "every": "quarter",
    "quota": "own",
    "pays": "retroactive_tiers",
    "tiers": TIERS,
}


def with_twin(plan: dict[str, Any], data: Data, other: Data) -> tuple[Results, Results]:
    """The results of both data in one run, the other one under names of its own."""
    named = {
        table: [
            {key: f"{value}x" if key in KEYS and value is not None else value for key, value in row.items()}
            for row in rows
        ]
        for table, rows in other.items()
    }
    results = results_of(run_case(plan, {table: [*rows, *named[table]] for table, rows in data.items()}))

    def of(*, twin: bool) -> Results:
        return Results(
            {
                (key[0].removesuffix("x"), *key[1:]): value
                for key, value in results.measures.items()
                if key[0].endswith("x") is twin
            },
            [
                ((row[0][0].removesuffix("x"), *row[0][1:]), *row[1:])
                for row in results.attainment
                if row[0][0].endswith("x") is twin
            ],
            {
                (key[0].removesuffix("x"), *key[1:]): value
                for key, value in results.earnings.items()
                if key[0].endswith("x") is twin
            },
            {
                (key[0].removesuffix("x"), *key[1:]): value
                for key, value in results.payouts.items()
                if key[0].endswith("x") is twin
            },
        )

    return of(twin=False), of(twin=True)


def an_order(participant: str, day: date, amount: Decimal, name: str) -> dict[str, Any]:
    return {
        "order": name,
        "participant": participant,
        "date": day,
        "amount": amount,
        "cost": None,
        "territory": "North",
    }


@settings(max_examples=EXAMPLES)
@given(case=cases())
def test_order_of_rows_changes_nothing(case: Any) -> None:
    plan, data, asked = case
    shuffled = {
        table: sorted(rows, key=lambda row: str(sorted(row.items(), key=str))[::-1]) for table, rows in data.items()
    }
    try:
        straight, other = (results_of(run_case(plan, one, asked)) for one in (data, shuffled))
    except UsageError:
        return
    assert (straight.measures, straight.earnings, straight.payouts) == (other.measures, other.earnings, other.payouts)
    assert Counter(straight.attainment) == Counter(other.attainment)


@settings(max_examples=EXAMPLES)
@given(chance=chances, size=sizes)
def test_a_deal_and_its_reversal_on_one_day_change_nothing(chance: Random, size: tuple[int, int, int]) -> None:
    plan = a_simple_plan(*COMPONENTS, RETROACTIVE)
    data = tables(chance, plan, size)
    day, amount, who = a_day(chance), Decimal("1234.5678"), chance.choice(PEOPLE)
    both = [an_order(who, day, amount, "deal"), an_order(who, day, -amount, "reversal")]
    before, after = with_twin(plan, data, {**data, "orders": [*data["orders"], *both]})
    assert before == after


@settings(max_examples=EXAMPLES)
@given(chance=chances, size=sizes, factor=st.integers(2, 9))
def test_k_times_the_credit_and_the_quota_is_k_times_the_pay(
    chance: Random, size: tuple[int, int, int], factor: int
) -> None:
    # Whole amounts and quotas, bounds and rates of two digits: four digits hold every pay exactly.
    plan = a_simple_plan(
        graduated("bookings", "quarter"), graduated("team_bookings", "year", "sum of reports"), digits=4
    )
    data = {**tables(chance, plan, size), "splits": []}
    data |= {
        table: [{**row, name: Decimal(round(row[name]))} for row in data[table]]
        for table, name in (("orders", "amount"), ("quotas", "quota"))
    }
    larger = {
        **data,
        **{
            table: [{**row, name: row[name] * factor} for row in data[table]]
            for table, name in (("orders", "amount"), ("quotas", "quota"))
        },
    }
    once, scaled = with_twin(plan, data, larger)
    assert {cell: amount * factor for cell, (_, _, amount) in once.earnings.items()} == {
        cell: amount for cell, (_, _, amount) in scaled.earnings.items()
    }
    assert [row[3] for row in once.attainment] == [row[3] for row in scaled.attainment]


@settings(max_examples=EXAMPLES)
@given(chance=chances, size=sizes)
def test_more_credit_never_pays_less(chance: Random, size: tuple[int, int, int]) -> None:
    plan = a_simple_plan(*COMPONENTS)
    data = tables(chance, plan, size)
    added = [
        an_order(chance.choice(PEOPLE), a_day(chance), Decimal(chance.choice(("0.0001", "333.33", "5000"))), f"more{n}")
        for n in range(3)
    ]
    before, after = with_twin(plan, data, {**data, "orders": [*data["orders"], *added]})
    assert before.earnings.keys() == after.earnings.keys()
    less = {
        cell: (amount, after.earnings[cell][2])
        for cell, (_, _, amount) in before.earnings.items()
        if after.earnings[cell][2] < amount
    }
    assert not less


@settings(max_examples=EXAMPLES)
@given(case=cases(), cut=st.dates(FIRST, LAST))
def test_time_by_time_adds_up_to_all(case: Any, cut: date) -> None:
    plan, data, _ = case
    start, end = date(2024, 6, 1), date(2028, 6, 1)
    parts = []
    for since, until in ((start, cut), (cut, end), (start, end)):
        try:
            parts.append(results_of(run_case(plan, data, f"{since}..{until}")))
        except UsageError:
            parts.append(Results())
    first, second, whole = parts
    assert Counter([*first.attainment, *second.attainment]) == Counter(whole.attainment)
    for name in (one.name for one in fields(Results) if one.name != "attainment"):
        early, late = getattr(first, name), getattr(second, name)
        assert not set(early) & set(late), f"{name} stand in one part of the time only"
        assert early | late == getattr(whole, name), name


@settings(max_examples=EXAMPLES)
@given(chance=chances, size=sizes)
def test_split_credit_sums_to_the_whole(chance: Random, size: tuple[int, int, int]) -> None:
    plan = a_simple_plan(*COMPONENTS)
    data = tables(chance, plan, size)
    everybody = [{**data["participants"][0], "participant": one, "start": None, "end": None} for one in PEOPLE]
    owned = [row for row in data["orders"] if row["participant"]]
    shared = {row["fact"] for row in data["splits"]} & {row["order"] for row in owned}
    splits = [row for row in data["splits"] if row["fact"] in shared]
    data = {**data, "participants": everybody, "orders": owned, "splits": splits, "reporting_lines": []}
    split, whole = with_twin(plan, data, {**data, "splits": []})
    for name in ("bookings", "gross_profit"):
        totals = []
        for results in (split, whole):
            summed: Counter[date] = Counter()
            for (_, measure, start, end), value in results.measures.items():
                if measure == name and end - start < timedelta(days=32):
                    summed[start] += value or Fraction(0)  # type: ignore[assignment]  # a Counter of fractions
            totals.append(summed)
        assert totals[0] == totals[1], name
