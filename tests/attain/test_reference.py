"""The library pays what the slow reference pays, to the last digit, for plans and facts that nobody thought of."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import cycle, pairwise
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from attain.errors import UsageError
from attain.plans.document import read_plan
from attain.plans.explain import Explainer, Node
from attain.plans.lines import credits_query, has_lines, lines_query
from attain.run import Run, run_plan
from tests.attain.reference import CATALOGUE, LENGTH, MONTHS, Reference, Results, calculate, fiscal_periods

CASES = settings.default.max_examples * 10 if settings.default.max_examples > 1000 else 200
PEOPLE = ("ann", "bob", "cyd", "dan", "eve")
FIRST, LAST = date(2025, 9, 20), date(2027, 1, 10)

TEXT, DAY, RATE, MONEY = pa.string(), pa.date32(), pa.decimal128(9, 6), pa.decimal128(18, 4)
_DATED = [("start", DAY), ("end", DAY)]
SCHEMAS = {
    "participants": [("participant", TEXT), ("title", TEXT), ("commission_rate", RATE), ("bonus", MONEY),
                     ("grade", pa.int64()), ("territory", TEXT), *_DATED],
    "reporting_lines": [("participant", TEXT), ("manager", TEXT), *_DATED],
    "coverage": [("participant", TEXT), ("territory", TEXT), *_DATED],
    "orders": [("order", TEXT), ("participant", TEXT), ("date", DAY), ("amount", MONEY), ("cost", pa.decimal128(12, 2)),
               ("territory", TEXT)],
    "order_lines": [("order", TEXT), ("line", TEXT), ("quantity", pa.decimal128(9, 3)), ("amount", MONEY)],
    "opportunities": [("opportunity", TEXT), ("participant", TEXT), ("stage", TEXT), ("amount", MONEY),
                      ("created_date", DAY), ("close_date", DAY)],
    "stage_history": [("opportunity", TEXT), ("stage", TEXT), ("date", DAY)],
    "activities": [("activity", TEXT), ("participant", TEXT), ("kind", TEXT), ("date", DAY)],
    "splits": [("fact_table", TEXT), ("fact", TEXT), ("participant", TEXT), ("share", pa.decimal128(9, 4))],
    "quotas": [("participant", TEXT), ("measure", TEXT), *_DATED, ("quota", MONEY)],
}
OWN_MEASURES: dict[str, dict[str, Any]] = {
    "north": {"sum": "amount", "of": "orders", "where": "territory = 'North'"},
    "elsewhere": {"sum": "amount", "of": "orders", "where": "territory <> 'North'", "splits": "ignore"},
    "walk_ins": {"count": "orders", "where": "amount > 0 and territory is null"},
    "weighted": {"sum": "amount * 1.5", "of": "orders", "splits": "ignore"},
    "capped": {"sum": "least(amount, 1000.125)", "of": "orders"},
    "places": {"count_distinct": "territory", "of": "orders"},
    "selling_days": {"count_distinct": "date", "of": "orders"},
    "units": {"sum": "quantity", "of": "order_lines", "where": "amount > 100"},
    "won_value": {"sum": "amount", "of": "opportunities", "where": "stage = 'won'"},
    "opened": {"count": "opportunities", "date": "created_date"},
    "wins_entered": {"count": "stage_history", "where": "stage = 'won'"},
    "net": {"difference": ["bookings", "north"]},
    "net_of_lines": {"difference": ["won_value", "units"]},
    "north_share": {"ratio": ["north", "net"]},
    "team_net": {"rollup": "net"},
    "team_units": {"rollup": "units"},
    "team_win_rate": {"rollup": "win_rate"},
    "team_average": {"rollup": "average_order_value"},
    "team_places": {"rollup": "places"},
}
MEASURES = {**CATALOGUE, **OWN_MEASURES}
FAVOURITES = ("bookings", "team_bookings", "gross_profit", "won_deals", "calls", "win_rate", "net")
CONDITIONS = ("title in ('Seller', 'Manager')", "title = 'Seller'", "commission_rate > 0.02", "grade >= 2",
              "territory = 'North'")
RATES = ("6 %", "12.3456 %", "0.123457", Decimal("0.05"), Decimal("0.000001"), 250, Decimal("2.5"), 0, "-1 %",
         "commission_rate", "commission_rate * 1.5", "commission_rate * 0.5 + 0.01",
         "case when grade >= 2 then 0.08 else 0.0555 end")
BONUSES = (1500, Decimal("0.125"), "1000.005", "bonus", "greatest(bonus * 0.1, 50.005)")
AMOUNTS = (0, Decimal("0.25"), Decimal("0.5"), 1, 2, 5, 500, 1000, "2500.005", 5000)
PERCENTS = ("0 %", "33.3333 %", "50 %", "80.5 %", "100 %", "120 %", "150 %")
VALUES = ("1000", "500", "2000", "-500", "-1000", "333.33", "0.005", "0.015", "-0.005", "0.0001", "1234.5678", "2500.005",
          "99.99", "0", "750.5", "4000", "98765432.19")
SHARES = (("50", "50"), ("33.3333", "33.3333", "33.3334"), ("60", "40"), ("100",), ("12.5", "87.5"), ("0", "100"))
BOUNDARIES = [period.start + timedelta(days=step) for period in fiscal_periods("January", "month")
              if FIRST < period.start < LAST for step in (-1, 0)]

days = st.sampled_from(BOUNDARIES) | st.dates(FIRST, LAST)
values = st.sampled_from(VALUES).map(Decimal) | st.integers(-10**7, 10**8).map(lambda cents: Decimal(cents).scaleb(-4))
people = st.sampled_from(PEOPLE)
somebody = st.sampled_from((*PEOPLE, None))


# plans ----------------------------------------------------------------------------------------------------------------


@st.composite
def components(draw: st.DrawFn, number: int, starts: str) -> dict[str, Any]:
    """A component of any kind on any measure."""
    measure = draw(st.sampled_from(FAVOURITES) | st.sampled_from(sorted(MEASURES)))
    pays = draw(st.sampled_from(("flat_rate", "graduated_tiers", "retroactive_tiers", "threshold_bonus")))
    component: dict[str, Any] = {"name": f"{pays} {number}", "measure": measure, "every": draw(st.sampled_from(sorted(LENGTH))),
                                 "pays": pays}
    sources = [None, "own", "own", "sum of reports"] if "rollup" in MEASURES[measure] else [None, "own", "own"]
    if source := draw(st.sampled_from(sources)):
        component["quota"] = source
    bounds = PERCENTS if source and draw(st.booleans()) else AMOUNTS
    if pays == "flat_rate":
        component["rate"] = draw(st.sampled_from(RATES))
    elif pays == "threshold_bonus":
        component |= {"threshold": draw(st.sampled_from(bounds[1:])), "amount": draw(st.sampled_from(BONUSES))}
    else:
        wanted = draw(st.sets(st.sampled_from(range(len(bounds))), min_size=1, max_size=4))
        component["tiers"] = [{"from": bounds[place], "rate": draw(st.sampled_from(RATES))} for place in sorted(wanted)]
    if pays == "retroactive_tiers":
        component["boundary"] = draw(st.sampled_from(("upper", "lower")))
    if draw(st.integers(0, 4)) == 0:
        held = [one for one in fiscal_periods(starts, component["every"]) if one.end > FIRST and one.start < LAST]
        first = draw(st.integers(0, len(held) - 1))
        component["effective"] = f"{held[first].start} .. {draw(st.sampled_from([*held[first:], None])) or ''}"
        component["effective"] = f"{held[first].start} .. {draw(st.sampled_from(held[first:])).end}"
    return component


@st.composite
def plans(draw: st.DrawFn) -> dict[str, Any]:
    """A plan of one to four components, for participants by condition or by name."""
    starts = draw(st.sampled_from(MONTHS))
    parts = [draw(components(number, starts)) for number in range(draw(st.integers(1, 4)))]
    targets = draw(st.lists(st.tuples(st.sampled_from(sorted(MEASURES)), st.sampled_from(sorted(LENGTH))), max_size=2,
                            unique=True))
    used = {name for name in [*(part["measure"] for part in parts), *(name for name, _ in targets)]}
    for _ in range(3):
        used |= {one for name in used for kind in ("ratio", "difference") for one in MEASURES[name].get(kind, ())}
        used |= {MEASURES[name]["rollup"] for name in used if "rollup" in MEASURES[name]}
    by_name = [
        {"participant": one, **{key: day for key, day in zip(("from", "until"), bounds, strict=True) if day}}
        for one in PEOPLE for bounds in stretches(draw(st.lists(days, max_size=3, unique=True)), draw(st.integers(0, 7)))
    ]
    return {
        "plan": "Any", "version": 1, "currency": "EUR",
        "effective": draw(st.sampled_from(("2026-01-01 .. 2027-01-01", "2025-10-01 .. 2026-10-01", "2026-01-01 ..",
                                           "2026-02-15 .. 2026-08-10", "2026-03-01 ..", "2025-12-31 .. 2026-07-01"))),
        "calendar": {"starts": starts},
        "participants": by_name if by_name and draw(st.integers(0, 2)) == 0 else draw(st.sampled_from(CONDITIONS)),
        "rounding": {"digits": draw(st.integers(0, 3)), "mode": draw(st.sampled_from(
            ("half_up", "half_even", "up", "down", "ceiling", "floor")))},
        "measures": {name: measure for name, measure in OWN_MEASURES.items() if name in used},
        "attainment": [{"measure": name, "every": every, "quota": draw(st.sampled_from(
            ("own", "sum of reports") if "rollup" in MEASURES[name] else ("own",)))} for name, every in targets],
        "components": parts,
    }


def stretches(cuts: Iterable[date], kept: int) -> list[tuple[date | None, date | None]]:
    """Stretches of time between some days, of which the bits of ``kept`` leave some out."""
    bounds = [None, *sorted(cuts), None]
    return [pair for number, pair in enumerate(pairwise(bounds)) if not kept >> number & 1]


# data -----------------------------------------------------------------------------------------------------------------


@st.composite
def tables(draw: st.DrawFn, plan: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """People with versions, and facts of every kind."""
    def dated(one: str, *, whole: bool = False, most: int = 2) -> list[dict[str, Any]]:
        cuts = draw(st.lists(days, max_size=most, unique=True))
        kept = 0 if whole else draw(st.sampled_from((0, 0, 1, 2, 4)))
        return [{"participant": one, "start": start, "end": end} for start, end in stretches(cuts, kept if cuts else 0)]

    by_name = not isinstance(plan["participants"], str)
    versions = [{**row, "title": draw(st.sampled_from(("Seller", "Seller", "Manager", "Guest"))),
                 "commission_rate": draw(st.sampled_from(("0.03", "0.012345", "0.0625", "0.25"))),
                 "bonus": draw(st.sampled_from(("1000", "2500.005", "333.3333"))),
                 "grade": draw(st.sampled_from((1, 2, 3, None))), "territory": draw(st.sampled_from(("North", "South", None)))}
                for one in PEOPLE for row in dated(one, whole=by_name)]
    versions = [{**row, "commission_rate": Decimal(row["commission_rate"]), "bonus": Decimal(row["bonus"])} for row in versions]
    lines = [{**row, "manager": draw(st.sampled_from((*PEOPLE[:number], PEOPLE[number - 1], None)))}
             for number, one in enumerate(PEOPLE) if number for row in dated(one)]
    coverage = [{**row, "territory": draw(st.sampled_from(("North", "South")))}
                for one in draw(st.sets(people, max_size=2)) for row in dated(one)]
    def several(row: dict[str, st.SearchStrategy[Any]], most: int) -> list[dict[str, Any]]:
        return [draw(st.fixed_dictionaries(row)) for _ in range(draw(st.integers(0, most)))]

    orders = several({
        "participant": somebody, "date": days, "amount": values, "cost": st.none() | st.sampled_from(("1.25", "300", "-7.05")),
        "territory": st.sampled_from(("North", "South", None))}, 24)
    orders = [{**row, "order": f"o{number}", "cost": row["cost"] and Decimal(row["cost"])} for number, row in enumerate(orders)]
    deals = several({
        "participant": somebody, "stage": st.sampled_from(("won", "won", "lost", "open")), "amount": st.none() | values,
        "created_date": st.none() | days, "close_date": st.none() | days}, 12)
    deals = [{**row, "opportunity": f"d{number}"} for number, row in enumerate(deals)]
    calls = several({
        "participant": somebody, "kind": st.sampled_from(("call", "call", "email")), "date": st.none() | days}, 10)
    return {
        "participants": versions, "reporting_lines": lines, "coverage": coverage, "orders": orders, "opportunities": deals,
        "activities": [{**row, "activity": f"a{number}"} for number, row in enumerate(calls)],
        "order_lines": [{"order": row["order"], "line": str(line), "quantity": Decimal(quantity), "amount": amount}
                        for row in orders[:6] for line, (quantity, amount) in enumerate(draw(st.lists(
                            st.tuples(st.sampled_from(("1", "0.125", "-2")), values), max_size=2)))],
        "stage_history": [{"opportunity": row["opportunity"], "stage": stage, "date": day} for row in deals[:5]
                          for stage, day in draw(st.sets(st.tuples(st.sampled_from(("won", "open")), days), max_size=2))],
        "splits": [{"fact_table": table, "fact": row[key], "participant": one, "share": Decimal(share)}
                   for table, key, rows in (("orders", "order", orders), ("opportunities", "opportunity", deals))
                   for row in rows if draw(st.integers(0, 3)) == 0
                   for one, share in zip(draw(st.permutations(PEOPLE)), draw(st.sampled_from(SHARES)), strict=False)],
        "quotas": draw(quotas(plan)),
    }


@st.composite
def quotas(draw: st.DrawFn, plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Quotas for the measures that the plan compares: whole periods, parts of them, without an end, or none."""
    kinds: dict[str, set[str]] = defaultdict(set)
    for one in (*plan["components"], *plan["attainment"]):
        if source := one.get("quota"):
            kinds[one["measure"] if source == "own" else MEASURES[one["measure"]]["rollup"]].add(one["every"])
    rows = []
    for measure, used in sorted(kinds.items()):
        for one in PEOPLE:
            longest = max(used, key=lambda kind: LENGTH[kind])
            style = draw(st.sampled_from(("whole", "whole", "open", "month", "quarter", "odd", "none")))
            kind = style if style in LENGTH else longest
            amounts = cycle(draw(st.lists(st.sampled_from((None, "0", "-100", "333.3333", "1", "5", "0.5", "1000", "2000", "2500")),
                                          min_size=1, max_size=4)))
            held = [period for period in fiscal_periods(plan["calendar"]["starts"], kind) if period.end > FIRST > period.start
                    or FIRST <= period.start < LAST]
            rows += [{"participant": one, "measure": measure, "start": period.start + timedelta(days=style == "odd"),
                      "end": None if style == "open" else period.end, "quota": Decimal(amount)}
                     for period, amount in zip(held, amounts, strict=False) if amount and style != "none"]
    return rows


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]], str]:
    """A plan, its tables, and the time asked for."""
    plan = draw(plans())
    names = [one.name for kind in LENGTH for one in fiscal_periods(plan["calendar"]["starts"], kind)
             if one.end > FIRST and one.start < LAST]
    asked = draw(st.sampled_from(("all", "all", "all", "2026-01-01..2026-07-01", "2025-11-15..2026-12-31")) | st.sampled_from(names))
    return plan, draw(tables(plan)), asked


# comparison -----------------------------------------------------------------------------------------------------------


def written(value: Any) -> str:
    """Plain data as the text of a plan document."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {written(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(written(one) for one in value) + "]"
    return '"' + value + '"' if isinstance(value, str) else format(value, "f") if isinstance(value, Decimal) else str(value)


def as_arrow(data: Mapping[str, list[dict[str, Any]]]) -> dict[str, pa.Table]:
    """The rows as Arrow tables."""
    return {name: pa.Table.from_pylist(data.get(name, []), schema=pa.schema(schema)) for name, schema in SCHEMAS.items()}


def run_case(plan: dict[str, Any], data: Mapping[str, list[dict[str, Any]]], asked: str = "all", **options: Any) -> Run:
    """What the library calculates."""
    return run_plan(read_plan(written(plan)), as_arrow(data), period=asked, **options)


def exact(number: Decimal | None) -> Fraction | None:
    return None if number is None else Fraction(number)


def results_of(run: Run) -> Results:
    """The library's results in the reference's form."""
    made = {step.name for step in run.steps}
    rows = {name: run.table(name).to_pylist() if name == "measures" or name in made else []
            for name in ("measures", "attainment", "earnings", "payouts")}

    def cell(row: dict[str, Any], name: str) -> tuple[str, str, date, date]:
        return row["participant"], row[name], row["period_start"], row["period_end"]

    results = Results(
        {cell(row, "measure"): exact(row["value"]) for row in rows["measures"]},
        [(cell(row, "measure"), exact(row["value"]), Fraction(row["quota"]), exact(row["attainment"])) for row in rows["attainment"]],
        {cell(row, "component"): (exact(row["measure_value"]), exact(row["quota"]), Fraction(row["amount"])) for row in rows["earnings"]},
        {(row["participant"], row["period_start"], row["period_end"]): Fraction(row["amount"]) for row in rows["payouts"]},
    )
    assert [len(one) for one in rows.values()] == [len(results.measures), len(results.attainment), len(results.earnings),
                                                   len(results.payouts)], "each row stands once"
    return results


def differences(ours: Mapping[Any, Any], theirs: Mapping[Any, Any]) -> list[str]:
    """Where two results differ: what, the reference's, the library's."""
    return [f"{key}: expected {ours.get(key, 'no row')}, got {theirs.get(key, 'no row')}"
            for key in sorted({*ours, *theirs}, key=str) if ours.get(key, "no row") != theirs.get(key, "no row")]
