"""Measures and formulas of generated plans: each formula as people type it, with what it means in Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.attain.exact import round_as

Row = Mapping[str, Any]

DATES = {
    "orders": "date",
    "order_lines": "date",
    "opportunities": "close_date",
    "stage_history": "date",
    "activities": "date",
}
KEYS = {"orders": "order", "opportunities": "opportunity", "activities": "activity"}
PARENTS = {"order_lines": "orders", "stage_history": "opportunities"}
"""On which date a row of facts counts, its key, and where its parent's columns are."""

CATALOGUE: dict[str, dict[str, Any]] = {
    "bookings": {"sum": "amount", "of": "orders"},
    "team_bookings": {"rollup": "bookings"},
    "gross_profit": {"sum": "amount - coalesce(cost, 0)", "of": "orders"},
    "gross_margin": {"ratio": ["gross_profit", "bookings"]},
    "average_order_value": {"average": "amount", "of": "orders"},
    "average_won_deal": {"average": "amount", "of": "opportunities", "where": "stage = 'won'"},
    "won_deals": {"count": "opportunities", "where": "stage = 'won'"},
    "closed_deals": {"count": "opportunities", "where": "stage in ('won', 'lost')"},
    "win_rate": {"ratio": ["won_deals", "closed_deals"]},
    "calls": {"count": "activities", "where": "kind = 'call'"},
    "calls_per_won_deal": {"ratio": ["calls", "won_deals"]},
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
    "points": {"formula": "2 * won_deals + 0.01 * calls"},
    "less_profit": {"formula": "bookings - 0.5 * gross_profit"},
    "by_win_rate": {"formula": "round(coalesce(win_rate, 0) * bookings, 6)"},
    "rated_wins": {"formula": "round(win_rate * won_deals, 4)"},
    "better": {"formula": "greatest(net, gross_profit) - abs(places)"},
    "scaled": {"formula": "case when calls >= won_deals then points else less_profit * 3 end"},
    "points_per_call": {"ratio": ["points", "calls"]},
    "above_points": {"difference": ["by_win_rate", "points"]},
    "team_points": {"rollup": "points"},
    "team_rated_wins": {"rollup": "rated_wins"},
    "with_team": {"formula": "team_units + 0.5 * units"},
}
MEASURES = {**CATALOGUE, **OWN_MEASURES}

Values = Mapping[str, Fraction]


def _half(number: Fraction, digits: int) -> Fraction:
    return round_as(number, digits, "half_up")


CALCULATED: dict[str, tuple[list[str], Callable[[Values], Fraction]]] = {
    "2 * won_deals + 0.01 * calls": (
        ["won_deals", "calls"],
        lambda of: 2 * of["won_deals"] + of["calls"] / 100,
    ),
    "bookings - 0.5 * gross_profit": (
        ["bookings", "gross_profit"],
        lambda of: of["bookings"] - of["gross_profit"] / 2,
    ),
    "round(coalesce(win_rate, 0) * bookings, 6)": (
        ["win_rate", "bookings"],
        lambda of: _half(of["win_rate"] * of["bookings"], 6),
    ),
    "round(win_rate * won_deals, 4)": (
        ["win_rate", "won_deals"],
        lambda of: _half(of["win_rate"] * of["won_deals"], 4),
    ),
    "greatest(net, gross_profit) - abs(places)": (
        ["net", "gross_profit", "places"],
        lambda of: max(of["net"], of["gross_profit"]) - abs(of["places"]),
    ),
    "case when calls >= won_deals then points else less_profit * 3 end": (
        ["calls", "won_deals", "points", "less_profit"],
        lambda of: of["points"] if of["calls"] >= of["won_deals"] else of["less_profit"] * 3,
    ),
    "team_units + 0.5 * units": (["team_units", "units"], lambda of: of["team_units"] + of["units"] / 2),
}
"""Formulas over measures: what each reads, and its value where all of them have one."""
ELSE_NOTHING = {"round(coalesce(win_rate, 0) * bookings, 6)"}
"""Those that take a measure without a value for 0."""


def operands_of(measure: Mapping[str, Any]) -> list[str]:
    """The measures that a ratio, a difference or a formula is calculated from."""
    if "formula" in measure:
        return CALCULATED[measure["formula"]][0]
    return list(measure.get("ratio") or measure.get("difference") or [])


def _above(name: str, least: str | int) -> Callable[[Row], bool]:
    return lambda row: row[name] is not None and row[name] > Decimal(least)


FORMULAS: dict[str, Callable[[Row], Any]] = {
    "amount": lambda row: row["amount"],
    "amount - coalesce(cost, 0)": lambda row: row["amount"] - (row["cost"] or 0),
    "amount * 1.5": lambda row: row["amount"] * Decimal("1.5"),
    "quantity": lambda row: row["quantity"],
    "least(amount, 1000.125)": lambda row: min(row["amount"], Decimal("1000.125")),
    "territory": lambda row: row["territory"],
    "date": lambda row: row["date"],
    "stage = 'won'": lambda row: row["stage"] == "won",
    "stage in ('won', 'lost')": lambda row: row["stage"] in ("won", "lost"),
    "kind = 'call'": lambda row: row["kind"] == "call",
    "amount > 100": _above("amount", 100),
    "territory = 'North'": lambda row: row["territory"] == "North",
    "territory <> 'North'": lambda row: row["territory"] is not None and row["territory"] != "North",
    "amount > 0 and territory is null": lambda row: row["amount"] > 0 and row["territory"] is None,
    "title = 'Seller'": lambda row: row["title"] == "Seller",
    "title in ('Seller', 'Manager')": lambda row: row["title"] in ("Seller", "Manager"),
    "commission_rate > 0.02": _above("commission_rate", "0.02"),
    "grade >= 2": _above("grade", 1),
    "commission_rate": lambda row: row["commission_rate"],
    "commission_rate * 1.5": lambda row: row["commission_rate"] * Decimal("1.5"),
    "commission_rate * 0.5 + 0.01": lambda row: row["commission_rate"] * Decimal("0.5") + Decimal("0.01"),
    "case when grade >= 2 then 0.08 else 0.0555 end": lambda row: (
        Decimal("0.08") if (row["grade"] or 0) >= 2 else Decimal("0.0555")
    ),
    "bonus": lambda row: row["bonus"],
    "greatest(bonus * 0.1, 50.005)": lambda row: max(row["bonus"] * Decimal("0.1"), Decimal("50.005")),
}
"""The formulas that the generated plans use: the text, and its value for a row (None: empty)."""
DIGITS = {"bonus": 4, "greatest(bonus * 0.1, 50.005)": 5}
"""How many digits after the point the formulas of amounts have."""


def digits_of(written: object) -> int:
    """The digits after the point that an amount of a plan has."""
    return DIGITS.get(str(written), len(str(written).partition(".")[2]))
