"""A run: who is on the plan, what counts when, what is told, and what may not pass."""

from datetime import date
from decimal import Decimal

import pytest

from attain.engines.engine import template
from attain.errors import AttainError, UsageError
from attain.plans.lines import line_steps
from tests.attain.small import PEOPLE, earned, fault_checks, order, plan, quota, run

FLAT = {"name": "Flat", "measure": "bookings", "every": "quarter", "pays": "flat_rate", "rate": "10 %"}
TIERS = {
    "name": "Tiers",
    "measure": "bookings",
    "every": "quarter",
    "quota": "own",
    "pays": "graduated_tiers",
    "tiers": [{"from": "0 %", "rate": "10 %"}, {"from": "100 %", "rate": "20 %"}],
}
Q1, Q2 = date(2026, 1, 1), date(2026, 4, 1)


def test_a_fact_counts_in_the_half_open_period_of_its_date() -> None:
    orders = [order("1", "ann", "2026-03-31", "100"), order("2", "ann", "2026-04-01", "200")]
    assert earned(run(plan(FLAT), {"orders": orders})) == {("ann", Q1): Decimal(10), ("ann", Q2): Decimal(20)}


def test_everybody_on_the_plan_has_a_row_with_zero() -> None:
    result = run(plan(FLAT))
    assert len(result.table("earnings")) == 4 * 4
    assert set(result.table("measures")["value"].to_pylist()) == {Decimal(0)}
    assert set(result.table("payouts")["amount"].to_pylist()) == {Decimal(0)}


def test_only_facts_on_days_on_the_plan_count() -> None:
    people: list[dict[str, object]] = [
        {"participant": "ann", "title": "Seller", "start": None, "end": date(2026, 2, 1)},
        {"participant": "ann", "title": "Manager", "start": date(2026, 2, 1), "end": None},
    ]
    orders = [order("1", "ann", "2026-01-31", "100"), order("2", "ann", "2026-02-01", "200")]
    result = run(
        plan(FLAT, participants="title = 'Seller'"), {"participants": people, "reporting_lines": (), "orders": orders}
    )
    assert earned(result) == {("ann", Q1): Decimal(10)}
    assert len(result.table("earnings")) == 1


def test_named_assignments_with_dates() -> None:
    orders = [
        order("1", "ann", "2026-02-28", "100"),
        order("2", "ann", "2026-03-01", "200"),
        order("3", "dan", "2026-03-01", "50"),
    ]
    checked = plan(FLAT, participants=[{"participant": "ann", "from": "2026-03-01"}])
    assert earned(run(checked, {"orders": orders})) == {("ann", Q1): Decimal(20)}


def test_assignments_from_the_data_with_dates() -> None:
    assignments: list[dict[str, object]] = [
        {"participant": "ann", "plan": "P", "start": date(2026, 3, 1), "end": None},
        {"participant": "dan", "plan": "another", "start": None, "end": None},
    ]
    orders = [
        order("1", "ann", "2026-02-28", "100"),
        order("2", "ann", "2026-03-01", "200"),
        order("3", "dan", "2026-03-01", "50"),
    ]
    checked = plan(FLAT, participants="assigned")
    assignments[0]["plan"] = checked.plan.plan
    assert earned(run(checked, {"orders": orders, "assignments": assignments})) == {("ann", Q1): Decimal(20)}
    with pytest.raises(AttainError, match="no table assignments"):
        run(checked, {"orders": orders})


def test_a_rate_from_an_attribute_is_the_one_of_each_deals_day() -> None:
    people: list[dict[str, object]] = [
        {"participant": "ann", "commission_rate": Decimal("0.05"), "start": None, "end": date(2026, 2, 15)},
        {"participant": "ann", "commission_rate": Decimal("0.10"), "start": date(2026, 2, 15), "end": None},
    ]
    orders = [order("1", "ann", "2026-02-14", "100"), order("2", "ann", "2026-02-15", "100")]
    data = {"participants": people, "reporting_lines": (), "orders": orders}
    result = run(plan({**FLAT, "rate": "commission_rate"}), data)
    assert earned(result) == {("ann", Q1): Decimal(15)}
    assert result.table("earnings")["rate"][0].as_py() is None, "there were two"


def test_graduated_tiers_with_a_rate_that_changes_walk_through_the_tiers_in_order() -> None:
    people: list[dict[str, object]] = [
        {"participant": "ann", "commission_rate": Decimal("0.05"), "start": None, "end": date(2026, 2, 15)},
        {"participant": "ann", "commission_rate": Decimal("0.10"), "start": date(2026, 2, 15), "end": None},
    ]
    orders = [order("1", "ann", "2026-02-14", "150"), order("2", "ann", "2026-02-15", "100")]
    tiers = [{"from": 0, "rate": "commission_rate"}, {"from": 100, "rate": "commission_rate * 2"}]
    checked = plan({"name": "T", "measure": "bookings", "every": "quarter", "pays": "graduated_tiers", "tiers": tiers})
    # 100 × 5 % + 50 × 10 %, then 100 × 20 %
    assert earned(run(checked, {"participants": people, "reporting_lines": (), "orders": orders})) == {
        ("ann", Q1): Decimal(30)
    }


def test_who_has_no_quota_is_paid_nothing_in_per_cent_of_it_and_the_run_says_so() -> None:
    orders = [order("1", "ann", "2026-01-31", "100"), order("2", "dan", "2026-01-31", "100")]
    result = run(plan(TIERS), {"orders": orders, "quotas": [quota("ann", "80", "2026-01-01", "2026-04-01")]})
    assert earned(result) == {("ann", Q1): Decimal(12)}
    (told,) = [fault for fault in result.faults if fault.check == "quota-missing"]
    assert (told.values, told.rows) == (("ann", "bob", "cyd", "dan"), 3 + 4 + 4 + 4)
    assert "'ann', 'bob', 'cyd', 'dan' have no quota for bookings by quarter" in told.message


def test_a_quota_of_zero_gives_no_attainment_and_no_pay() -> None:
    orders = [order("1", "ann", "2026-01-31", "100")]
    result = run(plan(TIERS), {"orders": orders, "quotas": [quota("ann", "0", "2026-01-01", "2026-04-01")]})
    assert result.table("attainment").to_pylist()[0]["attainment"] is None
    assert earned(result) == {}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([quota("ann", "90", "2026-01-01", "2026-04-01"), quota("ann", "30", "2026-01-01", "2026-02-01")], 90),
        ([quota("ann", "30", "2026-01-01", "2026-02-01"), quota("ann", "40", "2026-02-01", "2026-03-01")], 70),
        ([quota("ann", "50", "2026-01-01", None)], 50),
        ([quota("ann", "400", "2026-01-01", "2027-01-01")], None),
    ],
)
def test_the_quota_of_a_period(rows: list[dict[str, object]], expected: int | None) -> None:
    cells = run(plan(TIERS), {"quotas": rows}).table("attainment").to_pylist()
    assert [row["quota"] for row in cells] == ([] if expected is None else [expected])


def test_a_team_quota_is_the_sum_of_the_reports_quotas() -> None:
    rows = [
        quota("ann", "100", "2026-01-01", "2026-04-01"),
        quota("dan", "60", "2026-01-01", "2026-04-01"),
        quota("bob", "7", "2026-01-01", "2026-04-01"),
    ]
    target = {"measure": "team_bookings", "every": "quarter", "quota": "sum of reports"}
    cells = run(plan(attainment=[target]), {"quotas": rows}).table("attainment").to_pylist()
    assert {row["participant"]: row["quota"] for row in cells} == {"bob": 100, "cyd": 167}


def test_a_quota_without_end_inside_a_period_is_an_error() -> None:
    with pytest.raises(AttainError) as error:
        run(plan(TIERS), {"quotas": [quota("ann", "50", "2026-01-15", None)]})
    assert fault_checks(error.value.faults) == ["quota-period"]


def test_a_currency_that_the_plan_does_not_know_is_never_added_up() -> None:
    orders = [
        order("1", "ann", "2026-01-31", "100", currency="USD"),
        order("2", "ann", "2026-01-31", "100", currency="EUR"),
    ]
    with pytest.raises(AttainError) as error:
        run(plan(FLAT), {"orders": orders})
    assert [(fault.check, fault.value, fault.rows) for fault in error.value.faults] == [("unknown-currency", "EUR", 1)]


def test_a_split_shares_the_credit_and_totals_a_hundred() -> None:
    orders = [order("1", "ann", "2026-01-31", "100")]
    shares = [
        {"fact_table": "orders", "fact": "1", "participant": who, "share": Decimal(share)}
        for who, share in (("ann", "60"), ("dan", "40"))
    ]
    result = run(plan(FLAT), {"orders": orders, "splits": shares})
    assert earned(result) == {("ann", Q1): Decimal(6), ("dan", Q1): Decimal(4)}
    with pytest.raises(AttainError) as error:
        run(plan(FLAT), {"orders": orders, "splits": shares[:1]})
    assert fault_checks(error.value.faults) == ["split-total"]


def test_a_missing_attribute_is_told() -> None:
    people: list[dict[str, object]] = [{**PEOPLE[0], "commission_rate": None}, *PEOPLE[1:]]
    result = run(plan({**FLAT, "rate": "commission_rate"}), {"participants": people})
    assert ("attribute-missing", "ann") in {(fault.check, fault.value) for fault in result.faults}


def test_a_fact_without_participant_is_told_and_credited_to_nobody() -> None:
    result = run(plan(FLAT), {"orders": [order("1", None, "2026-01-31", "100")]})
    assert "empty-reference" in fault_checks(result.faults)
    assert earned(result) == {}


def test_a_fact_of_an_unknown_participant_is_an_error() -> None:
    with pytest.raises(AttainError) as error:
        run(plan(FLAT), {"orders": [order("1", "eve", "2026-01-31", "100")]})
    assert fault_checks(error.value.faults) == ["unknown-participant"]


@pytest.mark.parametrize(
    ("period", "months", "quarters"),
    [
        ("2026-03", 1, 1),
        ("2026-02", 1, 0),
        ("2026-Q1", 3, 1),
        ("2026", 12, 4),
        ("all", 12, 4),
        ("2026-02-01..2026-05-01", 3, 1),
    ],
)
def test_a_period_gives_what_ends_in_it(period: str, months: int, quarters: int) -> None:
    monthly = {**FLAT, "name": "Monthly", "every": "month"}
    rows = run(plan(monthly, FLAT), period=period).table("earnings").to_pylist()
    assert sum(row["component"] == "Monthly" for row in rows) == 4 * months
    assert sum(row["component"] == "Flat" for row in rows) == 4 * quarters


@pytest.mark.parametrize(
    ("start", "orders", "end"),
    [("2030-01-01", ["2026-05-02"], "2030-04-01"), ("2026-01-01", ["2026-05-02"], "2026-07-01"),
     ("2026-01-01", [], "2026-04-01")],
)  # fmt: skip
def test_all_of_a_plan_without_end_reaches_the_periods_of_its_first_day_and_of_the_last_fact(
    start: str, orders: list[str], end: str
) -> None:
    found = run(plan(FLAT, effective=f"{start} .."), {"orders": [order("1", "ann", day, "100") for day in orders]})
    assert found.span == (date.fromisoformat(start), date.fromisoformat(end))


def test_a_fact_on_the_last_day_of_all_is_told() -> None:
    with pytest.raises(UsageError, match="no quarter of the plan 'Small' ends between 9999-07-01 and 9999-12-31"):
        run(plan(FLAT, effective="9999-07-01 .."), {"orders": [order("1", "ann", "9999-12-31", "100")]})


def test_month_by_month_adds_up_to_the_year() -> None:
    orders = [order(str(month), "ann", f"2026-{month:02d}-15", f"{month}.55") for month in range(1, 13)]
    checked = plan({**FLAT, "name": "Monthly", "every": "month"}, FLAT)
    whole = run(checked, {"orders": orders}).table("payouts").to_pylist()
    parts = [
        row
        for month in range(1, 13)
        for row in run(checked, {"orders": orders}, period=f"2026-{month:02d}").table("payouts").to_pylist()
    ]
    assert sorted(map(str, whole)) == sorted(map(str, parts))


def test_an_earning_is_paid_when_its_own_period_ends() -> None:
    orders = [order("1", "ann", "2026-01-15", "100"), order("2", "ann", "2026-03-15", "100")]
    result = run(plan({**FLAT, "name": "Monthly", "every": "month"}, FLAT), {"orders": orders}, period="2026-Q1")
    paid = {
        row["period_start"]: row["amount"] for row in result.table("payouts").to_pylist() if row["participant"] == "ann"
    }
    assert paid == {date(2026, 1, 1): Decimal(10), date(2026, 2, 1): Decimal(0), date(2026, 3, 1): Decimal(30)}


def test_a_component_counts_in_its_own_dates() -> None:
    orders = [order("1", "ann", "2026-01-15", "100"), order("2", "ann", "2026-04-15", "100")]
    checked = plan({**FLAT, "effective": "2026-04-01 .. 2026-07-01"})
    assert earned(run(checked, {"orders": orders})) == {("ann", Q2): Decimal(10)}


@pytest.mark.parametrize("period", ["2026-13", "soon", "2026-Q5", "2026-04-01..2026-01-01", "1999"])
def test_a_wrong_period_is_wrong_use(period: str) -> None:
    with pytest.raises(UsageError):
        run(plan(FLAT), period=period)


def test_an_open_plan_ends_with_the_period_of_the_last_fact() -> None:
    orders = [order("1", "ann", "2026-05-15", "100")]
    rows = run(plan(FLAT, effective="2026-01-01 .."), {"orders": orders}).table("earnings").to_pylist()
    assert max(row["period_end"] for row in rows) == date(2026, 7, 1)


def test_a_number_without_room_is_told_and_never_cut() -> None:
    orders = [order(str(number), "ann", "2026-01-05", "999999999999999999") for number in range(9)]
    with pytest.raises(AttainError) as error:
        run(plan({**FLAT, "rate": "123456789012345678.12"}), {"orders": orders})
    assert fault_checks(error.value.faults) == ["overflow"]


def test_a_named_participant_whom_the_data_lacks_is_an_error() -> None:
    with pytest.raises(AttainError) as error:
        run(plan(FLAT, participants=["ann", "zed"]))
    assert fault_checks(error.value.faults) == ["named-unknown"]


def test_nobody_asked_about_is_nobody_calculated() -> None:
    data = {"orders": [order("1", "ann", "2026-02-01", "100")]}
    assert earned(run(plan(FLAT), data, participants=[])) == {}
    asked = run(plan(FLAT), data, participants=["ann"])
    assert earned(asked)["ann", Q1] == Decimal(10)
    assert {who for who, _ in earned(asked)} == {"ann"}


@pytest.mark.parametrize("rate", ["6 %", "commission_rate"])
def test_lines_are_the_same_however_many_facts_are_put_in_order_at_a_time(rate: str) -> None:
    people = [
        {"participant": "ann", "commission_rate": Decimal("0.05"), "start": None, "end": date(2026, 5, 1)},
        {"participant": "ann", "commission_rate": Decimal("0.10"), "start": date(2026, 5, 1), "end": None},
    ]
    orders = [order(f"O{n}", "ann", f"2026-{1 + n % 12:02}-{1 + n % 27:02}", f"{n}.35") for n in range(60)]
    graduated = {"pays": "graduated_tiers", "tiers": [{"from": 0, "rate": rate}, {"from": 300, "rate": "10 %"}]}
    made = run(
        plan({"name": "Sales", "measure": "bookings", "every": "quarter", **graduated}),
        {"participants": people, "reporting_lines": (), "orders": orders},
    )
    whole, by_period = (
        made.engine.rows(
            template(
                "SELECT * FROM rows AS l ORDER BY l.period_start, l.date, l.fact",
                rows=[*line_steps(made.compiler, made.engine, at_once=most)][1].query,
            )
        )
        for most in (1_000_000, 1)
    )
    assert whole == by_period
    assert sum(one["amount"] for one in whole) == sum(earned(made).values())
