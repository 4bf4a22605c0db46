"""Plans and facts that nobody thought of: what Hypothesis draws for the reference and for the laws."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from itertools import pairwise
from random import Random
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from tests.attain.component_cases import (
    AMOUNTS,
    DEALS,
    FAVOURITES,
    PERCENTS,
    PLAIN,
    SETTINGS,
    SMALL,
    a_gate,
    a_multiplier,
    a_ramp,
    proration,
    to_date,
)
from tests.attain.formulas import MEASURES, OWN_MEASURES, operands_of
from tests.attain.reference_time import LENGTH, MONTHS, Dates, Period, fiscal_periods, read_span

PEOPLE = ("ann", "bob", "cyd", "dan")
FIRST, LAST = date(2025, 11, 15), date(2026, 9, 10)

TEXT, DAY, RATE, MONEY = pa.string(), pa.date32(), pa.decimal128(9, 6), pa.decimal128(18, 4)
_DATED = [("start", DAY), ("end", DAY)]
SCHEMAS = {
    "participants": [
        ("participant", TEXT),
        ("title", TEXT),
        ("commission_rate", RATE),
        ("bonus", MONEY),
        ("grade", pa.int64()),
        ("territory", TEXT),
        ("hired", DAY),
        *_DATED,
    ],
    "reporting_lines": [("participant", TEXT), ("manager", TEXT), *_DATED],
    "coverage": [("participant", TEXT), ("territory", TEXT), *_DATED],
    "orders": [
        ("order", TEXT),
        ("participant", TEXT),
        ("date", DAY),
        ("amount", MONEY),
        ("cost", pa.decimal128(12, 2)),
        ("territory", TEXT),
    ],
    "order_lines": [("order", TEXT), ("line", TEXT), ("quantity", pa.decimal128(9, 3)), ("amount", MONEY)],
    "opportunities": [
        ("opportunity", TEXT),
        ("participant", TEXT),
        ("stage", TEXT),
        ("amount", MONEY),
        ("created_date", DAY),
        ("close_date", DAY),
    ],
    "stage_history": [("opportunity", TEXT), ("stage", TEXT), ("date", DAY)],
    "activities": [("activity", TEXT), ("participant", TEXT), ("kind", TEXT), ("date", DAY)],
    "splits": [("fact_table", TEXT), ("fact", TEXT), ("participant", TEXT), ("share", pa.decimal128(9, 4))],
    "quotas": [("participant", TEXT), ("measure", TEXT), *_DATED, ("quota", MONEY)],
    "quota_adjustments": [
        ("adjustment", TEXT),
        ("participant", TEXT),
        ("measure", TEXT),
        *_DATED,
        ("amount", MONEY),
        ("reason", TEXT),
        ("approver", TEXT),
    ],
}
CAPS_OF_A_DEAL = (0, Decimal("20.125"), 60, 500, 5000)
CONDITIONS = (
    "title in ('Seller', 'Manager')",
    "title = 'Seller'",
    "commission_rate > 0.02",
    "grade >= 2",
    "territory = 'North'",
)
EFFECTIVE = (
    "2025-12-01 .. 2026-09-01",
    "2025-10-01 .. 2026-10-01",
    "2026-01-01 ..",
    "2026-02-15 .. 2026-08-10",
    "2026-03-01 ..",
    "2025-12-31 .. 2026-07-01",
)
MODES = ("half_up", "half_even", "up", "down", "ceiling", "floor")
SHORT = ("1000", "500", "2000", "-500", "-1000", "0", "4000", "750.5", "333.33", "99.99", "0.005", "0.015", "-0.005")
VALUES = (*SHORT, "0.0001", "1234.5678", "2500.005", "98765432.19")
QUOTAS = (None, "0", "-100", "333.3333", "1", "5", "0.5", "500", "1000", "1000", "2000", "2500", "4000")
SHARES = (("50", "50"), ("33.3333", "33.3333", "33.3334"), ("60", "40"), ("100",), ("12.5", "87.5"), ("0", "100"))
BOUNDARIES = [
    period.start + timedelta(days=step)
    for period in fiscal_periods("January", "month")
    if FIRST < period.start < LAST
    for step in (-1, 0)
]


def a_day(chance: Random) -> date:
    """A day on which facts lie, often the first or the last of a month."""
    within = FIRST + timedelta(days=chance.randrange((LAST - FIRST).days))
    return chance.choice(BOUNDARIES) if chance.random() < 0.4 else within


def an_amount(chance: Random, *, large: bool = True) -> Decimal:
    """An amount, often one that hits a bound or lies on half a cent."""
    drawn = Decimal(chance.randint(-(10**7), 10**8)).scaleb(-4)
    return Decimal(chance.choice(VALUES if large else VALUES[:-1])) if chance.random() < 0.6 else drawn


def cuts(chance: Random, most: int = 2) -> list[date]:
    """Some days, rising."""
    return sorted({a_day(chance) for _ in range(chance.randint(0, most))})


# plans ----------------------------------------------------------------------------------------------------------------


def a_component(chance: Random, number: int, time: tuple[str, Dates], sources: dict[str, str]) -> dict[str, Any]:
    """A component of any kind on any measure that the plan may read, with the quota that it has for it."""
    pick, (starts, effective) = chance.choice, time
    names = [*(one for one in (*FAVOURITES, *FAVOURITES) if one in sources), *sources]
    measure, every = pick(names), pick(("month", "month", "quarter", "quarter", "year"))
    pays = pick(tuple(SETTINGS))
    if pays == "rate_curve" and sources.keys() > PLAIN:
        measure = pick(SMALL)
    part: dict[str, Any] = {"name": f"{pays} {number}", "measure": measure, "every": every, "pays": pays}
    part |= to_date(chance, every)
    if source := pick((None, sources[measure], sources[measure], sources[measure])):
        part["quota"] = source
    if pays == "effective_rate":
        part["quota"] = sources[measure]
    bounds = PERCENTS if source and chance.random() < 0.6 else AMOUNTS
    part |= SETTINGS[pays](chance, bounds)
    if measure in DEALS and chance.random() < 0.3:
        part |= {"per": "deal", **pick(({}, {"cap_per_deal": pick(CAPS_OF_A_DEAL)}))}
    if chance.random() < 0.2:
        part["cap"] = pick((0, 50, Decimal("99.995"), 1000, 25000))
    for name, draw in (("multiplier", a_multiplier), ("gate", a_gate)):
        if chance.random() < 0.2:
            decides = pick(names)
            part[name] = draw(chance, decides, pick((None, sources[decides], sources[decides])))
    if chance.random() < 0.2:
        held = [one for one in near(starts, every) if "over" not in part or one.touches(effective)]
        first = chance.randrange(len(held))
        part["effective"] = f"{held[first].start} .. {pick(held[first:]).end}"
    return part


def a_plan(chance: Random, number: int) -> dict[str, Any]:
    """A plan with a number of components, for participants by condition or by name."""
    pick = chance.choice
    starts, effective = pick(MONTHS), pick(EFFECTIVE)
    readable = MEASURES if chance.random() < 0.7 else {name: MEASURES[name] for name in sorted(PLAIN)}
    sources = {name: pick(("own", "sum of reports")) if "rollup" in one else "own" for name, one in readable.items()}
    parts = [a_component(chance, one, (starts, read_span(effective)), sources) for one in range(number)]
    targets: list[dict[str, Any]] = [
        {"measure": name, "every": every, "quota": sources[name], **to_date(chance, every)}
        for name in chance.sample(sorted(sources), pick((0, 1, 2)))
        for every in [pick(tuple(LENGTH))]
    ]
    used = {str(one["measure"]) for one in named(parts, targets)}
    for _ in range(5):
        used |= {one for name in used for one in operands_of(MEASURES[name])}
        used |= {MEASURES[name]["rollup"] for name in used if "rollup" in MEASURES[name]}
    by_name = [
        {"participant": one, **{key: day for key, day in zip(("from", "until"), bounds, strict=True) if day}}
        for one in PEOPLE
        for bounds in stretches(cuts(chance, 3), pick((0, 0, 1, 2)))
    ]
    return {
        "plan": "Any",
        "version": 1,
        "currency": "EUR",
        "effective": effective,
        "calendar": {"starts": starts},
        "participants": by_name if by_name and chance.random() < 0.3 else pick(CONDITIONS),
        "rounding": {"digits": pick((0, 1, 2, 2, 3)), "mode": pick(MODES)},
        "measures": {name: measure for name, measure in OWN_MEASURES.items() if name in used},
        **proration(chance),
        **a_ramp(chance),
        "attainment": targets,
        "components": parts,
    }


def named(*parts: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Everything in components and targets that names a measure: itself, its multiplier, its gate."""
    factors = [(one, *(one[name] for name in ("multiplier", "gate") if name in one)) for some in parts for one in some]
    return [{**whole[0], "quota": None, **one} for whole in factors for one in whole]


def near(starts: str, kind: str) -> list[Period]:
    """The periods in which facts may lie."""
    return [one for one in fiscal_periods(starts, kind) if one.end > FIRST and one.start < LAST]


def stretches(cuts: Iterable[date], kept: int) -> list[tuple[date | None, date | None]]:
    """Stretches of time between some days, of which the bits of ``kept`` leave some out."""
    bounds = [None, *sorted(cuts), None]
    return [pair for number, pair in enumerate(pairwise(bounds)) if not kept >> number & 1]


# data -----------------------------------------------------------------------------------------------------------------


def tables(chance: Random, plan: dict[str, Any], most: tuple[int, int, int]) -> dict[str, list[dict[str, Any]]]:
    """People with versions, and facts of every kind, with at most so many orders, opportunities and activities."""
    # A curve of rates multiplies the value by itself, for which there is little room.
    amount = partial(an_amount, chance, large=all(part["pays"] != "rate_curve" for part in plan["components"]))
    alone = any("per" in part and "rollup" in MEASURES[part["measure"]] for part in plan["components"])
    counts = [min(chance.randint(0, whole), cap) for whole, cap in zip((60, 40, 20), most, strict=True)]

    def dated(one: str, *, whole: bool = False, most: int = 2) -> list[dict[str, Any]]:
        days = cuts(chance, most)
        kept = chance.choice((0, 0, 0, 1, 2, 4)) if days and not whole else 0
        return [{"participant": one, "start": start, "end": end} for start, end in stretches(days, kept)]

    pick, somebody, people = chance.choice, [*PEOPLE * 3, None], list(PEOPLE)
    by_name = not isinstance(plan["participants"], str)
    hired = {one: pick((date(2025, 9, 30), a_day(chance), a_day(chance), None)) for one in PEOPLE}
    versions = [
        {
            **row,
            "title": pick(("Seller", "Seller", "Seller", "Manager", "Manager", "Guest")),
            "commission_rate": Decimal(pick(("0.03", "0.012345", "0.0625", "0.25"))),
            "bonus": Decimal(pick(("1000", "2500.005", "333.3333"))),
            "grade": pick((1, 2, 3, None)),
            "territory": pick(("North", "South", None)),
            "hired": pick((hired[one], hired[one], None)),
        }
        for one in PEOPLE
        for row in dated(one, whole=by_name)
    ]
    orders = [
        {
            "order": f"o{number}",
            "participant": pick(somebody),
            "date": a_day(chance),
            "amount": amount(),
            "cost": pick((None, Decimal("1.25"), Decimal(300), Decimal("-7.05"))),
            "territory": pick(("North", "South", None)),
        }
        for number in range(counts[0])
    ]
    deals = [
        {
            "opportunity": f"d{number}",
            "participant": pick(somebody),
            "stage": pick(("won", "won", "lost", "open")),
            "amount": pick((None, amount(), amount())),
            "created_date": pick((None, a_day(chance))),
            "close_date": pick((None, a_day(chance), a_day(chance), a_day(chance))),
        }
        for number in range(counts[1])
    ]
    entered = {
        (row["opportunity"], pick(("won", "open")), a_day(chance)) for row in deals for _ in range(pick((0, 0, 2)))
    }
    return {
        "participants": versions,
        "orders": orders,
        "opportunities": deals,
        "reporting_lines": [
            {**row, "manager": pick((*PEOPLE[:number], PEOPLE[number - 1], None))}
            for number, one in enumerate(PEOPLE)
            if number
            for row in dated(one)
        ],
        "coverage": [
            {**row, "territory": pick(("North", "South"))}
            for one in chance.sample(people, pick((0, 0, 1, 2)))
            for row in dated(one)
        ],
        "activities": [
            {
                "activity": f"a{number}",
                "participant": pick(somebody),
                "kind": pick(("call", "call", "email")),
                "date": pick((None, *[a_day(chance)] * 9)),
            }
            for number in range(counts[2])
        ],
        "order_lines": [
            {
                "order": row["order"],
                "line": str(line),
                "quantity": Decimal(pick(("1", "0.125", "-2"))),
                "amount": amount(),
            }
            for row in orders
            for line in range(pick((0, 1, 2)))
        ],
        "stage_history": [dict(zip(("opportunity", "stage", "date"), row, strict=True)) for row in sorted(entered)],
        "splits": [
            {"fact_table": table, "fact": row[key], "participant": one, "share": Decimal(share)}
            for table, key, rows in (("orders", "order", orders), ("opportunities", "opportunity", deals))
            for row in rows
            if not alone and chance.random() < 0.25
            for one, share in zip(chance.sample(people, len(people)), pick(SHARES), strict=False)
        ],
        "quotas": quotas(chance, plan),
    }


def quotas(chance: Random, plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Quotas for the measures that the plan compares: whole periods, parts of them, without an end, or none."""
    rows = []
    for measure, used in sorted(kinds_compared(plan).items()):
        longest = max(used - {"plan"}, key=lambda kind: LENGTH[kind])
        for one in PEOPLE:
            style = chance.choice(("whole", "whole", "whole", "open", "month", "quarter", "odd", "none"))
            periods = near(plan["calendar"]["starts"], style if style in LENGTH else longest)
            start, end = read_span(plan["effective"])
            if "plan" in used and end and chance.random() < 0.5:
                periods, style = [Period("plan", "plan", start, end)], chance.choice(("whole", "odd"))
            for period in periods:
                start = period.start + timedelta(days=style == "odd")
                amount = chance.choice(QUOTAS)
                if style != "none" and amount:
                    rows.append(
                        {
                            "participant": one,
                            "measure": measure,
                            "start": start,
                            "quota": Decimal(amount),
                            "end": None if style == "open" else period.end,
                        }
                    )
    return rows


def kinds_compared(plan: dict[str, Any]) -> dict[str, set[str]]:
    """The measures that quotas are of, with the kinds of time in which the plan compares them."""
    kinds: dict[str, set[str]] = defaultdict(set)
    for part in named(plan["components"], plan["attainment"]):
        if source := part["quota"]:
            of = part["measure"] if source == "own" else MEASURES[part["measure"]]["rollup"]
            kinds[of] |= {part["every"], part.get("over", part["every"])}
    return kinds


def relief(chance: Random, plan: dict[str, Any]) -> list[dict[str, Any]]:
    """What is added to quotas or taken from them, for months, quarters or some days."""
    rows: list[dict[str, Any]] = []
    for measure in sorted(kinds_compared(plan)) if chance.random() < 0.4 else ():
        for one in chance.sample(PEOPLE, chance.randint(0, 3)):
            period = chance.choice(near(plan["calendar"]["starts"], chance.choice(("month", "month", "quarter"))))
            start = period.start + timedelta(days=chance.choice((0, 0, 5)))
            rows.append(
                {
                    "adjustment": f"r{len(rows)}",
                    "participant": one,
                    "measure": measure,
                    "start": start,
                    "end": period.end,
                    "amount": Decimal(chance.choice(("-100", "-333.3333", "250", "0.5", "-4000"))),
                    "reason": "leave",
                    "approver": "eve",
                }
            )
    return rows


CAPS = st.sampled_from((0, 1, 2, 3, 5, 10, 30, *[60] * 13))
sizes = st.tuples(CAPS, CAPS, CAPS)


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]], str]:
    """A plan, its tables, and the time asked for; the most of each is drawn, so that a failing case becomes small."""
    chance = draw(st.randoms(use_true_random=True))
    plan = a_plan(chance, min(draw(CAPS), chance.randint(1, 5)) or 1)
    data = {**tables(chance, plan, draw(sizes)), "quota_adjustments": relief(chance, plan)}
    return plan, data, asked_for(chance, plan)


def asked_for(chance: Random, plan: dict[str, Any]) -> str:
    """The time asked for: all, some dates, or a period that does not begin behind the plan."""
    starts, effective = plan["calendar"]["starts"], read_span(plan["effective"])
    periods = [one for part in plan["components"] for one in near(starts, part["every"])]
    names = [one.name for one in periods if one.touches(effective) or one.end <= effective[0]]
    dates = ("2026-01-01..2026-07-01", "2025-11-15..2026-10-31")
    return chance.choice(("all", "all", "all", *dates, chance.choice(names or ["all"])))
