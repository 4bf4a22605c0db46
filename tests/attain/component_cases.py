"""What plans say of each kind of component and of time, drawn by chance for the reference and for the laws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from random import Random
from typing import Any

from tests.attain.exact import read_number
from tests.attain.formulas import MEASURES
from tests.attain.reference_time import LENGTH

RATES = (
    "6 %",
    "12.3456 %",
    "0.123457",
    Decimal("0.05"),
    Decimal("0.000001"),
    250,
    Decimal("2.5"),
    0,
    "-1 %",
    "commission_rate",
    "commission_rate * 1.5",
    "commission_rate * 0.5 + 0.01",
    "case when grade >= 2 then 0.08 else 0.0555 end",
)
BONUSES = (1500, Decimal("0.125"), "1000.005", "bonus", "greatest(bonus * 0.1, 50.005)")
AMOUNTS = (0, Decimal("0.25"), Decimal("0.5"), 1, 2, 5, 500, 1000, "2500.005", 5000)
PERCENTS = ("0 %", "33.3333 %", "50 %", "80.5 %", "100 %", "120 %", "150 %")
TIMES = (0, Decimal("0.5"), 1, Decimal("1.25"), "80 %", "120 %")
RATIOS = ("gross_margin", "win_rate", "calls_per_won_deal", "north_share", "team_win_rate")
"""Measures of which a per cent is one of the measure itself."""
METHODS = ("none", "calendar days", "working days", "months", "weighted months")
FAVOURITES = ("bookings", "team_bookings", "gross_profit", "won_deals", "calls", "win_rate", "net", "points")
ADDED = {name for name, one in MEASURES.items() if {"sum", "count"} & set(one)}
DEALS = {*ADDED, *(name for name, one in MEASURES.items() if one.get("rollup") in ADDED)}
"""Measures of which each deal has one part, as long as no two people below somebody share it."""
PLAIN = {*DEALS, "places", "selling_days", "net", "net_of_lines", "team_net", "team_places"}
SMALL = ("won_deals", "calls", "closed_deals", "win_rate", "places", "selling_days")
"""Measures that need few digits, so that a curve of rates has room for them; and small ones, beside ratios."""

Bounds = Sequence[Any]
"""Where tiers, steps and points may lie, rising."""


def _rising(chance: Random, bounds: Bounds, first: int, least: int) -> list[Any]:
    """Some of the bounds, rising, from one of the first two of those from a place on."""
    places = {first + chance.choice((0, 0, 1))}
    while len(places) < least or chance.random() < 0.5:
        places.add(chance.randrange(first, len(bounds)))
    return [bounds[place] for place in sorted(places)]


def _tiers(chance: Random, bounds: Bounds) -> dict[str, Any]:
    return {"tiers": [{"from": bound, "rate": chance.choice(RATES)} for bound in _rising(chance, bounds, 0, 1)]}


def _overage(chance: Random, bounds: Bounds) -> dict[str, Any]:
    starts = [bounds[0], *_rising(chance, bounds, 1, 1)]
    return {"tiers": [{"from": bound, "rate": chance.choice(RATES)} for bound in starts]}


def _boundary(chance: Random) -> dict[str, Any]:
    return {"boundary": chance.choice(("upper", "lower"))}


def _steps(chance: Random, bounds: Bounds) -> dict[str, Any]:
    return {"steps": [{"from": bound, "amount": chance.choice(BONUSES)} for bound in _rising(chance, bounds, 1, 1)]}


def _curve(chance: Random, bounds: Bounds) -> dict[str, Any]:
    places = _rising(chance, bounds, 0, 2)
    parts = sorted((chance.choice((0, Decimal("12.5"), 80, 100, 200)) for _ in places), key=Decimal)
    parts[0] = parts[0] if read_number(places[0]) else 0
    points = [{"at": place, "pays": f"{part} %"} for place, part in zip(places, parts, strict=True)]
    return {"target": chance.choice(BONUSES), "points": points, "beyond": chance.choice(("flat", "rising"))}


def _times(chance: Random, bounds: Bounds) -> dict[str, Any]:
    way = chance.choice(("graduated", "overage", "retroactive"))
    starts = [bounds[0], *_rising(chance, bounds, 1, 1)] if way == "overage" else _rising(chance, bounds, 0, 1)
    tiers = [{"from": bound, "times": chance.choice((0, 1, Decimal("1.5"), "1.234567"))} for bound in starts]
    more = {"rate_digits": chance.choice((0, 4))} if chance.random() < 0.3 else {}
    return {"target": chance.choice(BONUSES), "tiers": tiers, "tiers_pay": way, **_boundary(chance), **more}


def _factor(chance: Random, measure: str, source: str | None) -> tuple[dict[str, Any], Bounds]:
    """What decides, and where its starts may lie: per cents of a quota or of a ratio, or amounts."""
    factor: dict[str, Any] = {"measure": measure, **({"quota": source} if source else {}), **_boundary(chance)}
    return factor, PERCENTS if (source or measure in RATIOS) and chance.random() < 0.6 else AMOUNTS


def a_gate(chance: Random, measure: str, source: str | None) -> dict[str, Any]:
    """A gate on a measure, by its quota where there is one."""
    factor, bounds = _factor(chance, measure, source)
    return factor | {"reaches": chance.choice(bounds)}


def a_multiplier(chance: Random, measure: str, source: str | None) -> dict[str, Any]:
    """A multiplier by a measure, by its quota where there is one."""
    factor, bounds = _factor(chance, measure, source)
    starts = [bounds[0], *_rising(chance, bounds, 1, 1)]
    return factor | {"tiers": [{"from": start, "times": chance.choice(TIMES)} for start in starts]}


def _rate_points(chance: Random, bounds: Bounds) -> dict[str, Any]:
    rates = (0, "6 %", "12 %", Decimal("0.05"), "-1 %")
    return {"points": [{"at": place, "rate": chance.choice(rates)} for place in _rising(chance, bounds, 0, 2)]}


def to_date(chance: Random, every: str) -> dict[str, Any]:
    """Whether something reads a longer time to date, and whether it is compared with the quota of all of it."""
    longer = [one for one in ("quarter", "year", "plan") if LENGTH.get(one, 99) > LENGTH[every]]
    if chance.random() < 0.7:
        return {}
    return {"over": chance.choice(longer), **chance.choice(({}, {"against": "whole"}, {"against": "to date"}))}


def proration(chance: Random) -> dict[str, Any]:
    """What time on the plan makes of quotas, amounts and caps."""
    if chance.random() < 0.6:
        return {}
    said = {name: chance.choice(METHODS) for name in ("quota", "target", "cap") if chance.random() < 0.6}
    weights = [chance.choice((0, 1, 1, 2, 3, Decimal("1.5"))) for _ in range(12)]
    return {"proration": {**said, "weights": weights} if "weighted months" in said.values() else said}


def a_ramp(chance: Random) -> dict[str, Any]:
    """How own quotas grow with the months since somebody joined."""
    if chance.random() < 0.75:
        return {}
    steps = [chance.choice(("0 %", "25 %", "50 %", "33.3333 %", "120 %", 100, "33.335")) for _ in range(6)]
    said = chance.choice(({}, {"joined": "hired"}, {"joined": "hired"}))
    first = chance.choice(({}, {"first": "month of joining"}, {"first": "first full month"}))
    return {"ramp": {"quota": steps[chance.randint(0, 5) :], **said, **first}}


SETTINGS: dict[str, Callable[[Random, Bounds], dict[str, Any]]] = {
    "flat_rate": lambda chance, _: {"rate": chance.choice(RATES)},
    "graduated_tiers": _tiers,
    "retroactive_tiers": lambda chance, bounds: _tiers(chance, bounds) | _boundary(chance),
    "overage_tiers": lambda chance, bounds: _overage(chance, bounds) | _boundary(chance),
    "pay_curve": _curve,
    "effective_rate": _times,
    "rate_curve": _rate_points,
    "step_bonus": lambda chance, bounds: _steps(chance, bounds) | _boundary(chance),
    "threshold_bonus": lambda chance, bounds: {
        "threshold": chance.choice(bounds[1:]),
        "amount": chance.choice(BONUSES),
    },
}
"""The settings of each kind of component, drawn by chance."""
