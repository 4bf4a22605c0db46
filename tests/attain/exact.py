"""What the independent reference calculates with: fractions, rounding, the arithmetic of tiers, steps and curves."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import Any


def round_as(number: Fraction, digits: int, mode: str) -> Fraction:
    """The number rounded to digits after the point; half_up is away from zero."""
    unit = Fraction(1, 10**digits)
    size, sign = abs(number) / unit, 1 if number > 0 else -1
    whole = {
        "half_up": lambda: sign * floor(size + Fraction(1, 2)),
        "half_even": lambda: round(number / unit),
        "up": lambda: sign * ceil(size),
        "down": lambda: sign * floor(size),
        "ceiling": lambda: ceil(number / unit),
        "floor": lambda: floor(number / unit),
    }[mode]()
    return whole * unit


def quotient(above: Fraction | None, below: Fraction | None) -> Fraction | None:
    """A ratio, half away from zero to 12 digits; None without a denominator."""
    return None if above is None or not below else round_as(above / below, 12, "half_up")


def read_number(written: object) -> Fraction | None:
    """A number or per cent as people write it; None for a formula."""
    text = str(written)
    try:
        return Fraction(text.removesuffix("%").strip()) / (100 if text.endswith("%") else 1)
    except ValueError:
        return None


def graduated_parts(starts: list[Fraction], value: Fraction) -> list[Fraction]:
    """The part of the measure inside each tier; the first one holds what is below 0 where it begins at 0."""
    parts = []
    for number, start in enumerate(starts):
        part = (min(value, starts[number + 1]) if number + 1 < len(starts) else value) - start
        parts.append(part if number == 0 and start == 0 else max(part, Fraction(0)))
    return parts


def reached_tier(starts: list[Fraction], value: Fraction, boundary: str) -> int | None:
    """The tier of a total: the last one whose start it reaches; below 0 the first one, where that begins at 0."""
    reached = [
        number for number, start in enumerate(starts) if value > start or (value == start and boundary == "upper")
    ]
    return reached[-1] if reached else 0 if starts[0] == 0 else None


def on_curve(component: dict[str, Any], places: list[Fraction], value: Fraction, target: Fraction) -> Fraction:
    """What a curve pays: the first point at once, then each stretch by the part of it that is behind."""
    parts = [read_number(point["pays"]) or Fraction(0) for point in component["points"]]
    paid = target * parts[0] if value >= places[0] else Fraction(0)
    for number, (start, end) in enumerate(pairwise(places)):
        behind = max(value - start, Fraction(0))
        if component["beyond"] == "flat" or number + 2 < len(places):
            behind = min(behind, end - start)
        paid += quotient(behind * (parts[number + 1] - parts[number]) * target, end - start) or Fraction(0)
    return paid


def in_way(
    way: str, tiers: list[dict[str, Any]], starts: list[Fraction], value: Fraction, boundary: str
) -> tuple[list[dict[str, Any]], list[Fraction]]:
    """The tiers that pay at a total, and where each begins, so that each pays on the part inside it."""
    tier = reached_tier(starts, value, boundary)
    if way.startswith("retroactive"):
        return [tiers[tier]] if tier is not None else [{"rate": 0, "times": 0}], [Fraction(0)]
    if way.startswith("overage"):
        return [tiers[0], tiers[max(tier or 0, 1)]], starts[:2]
    return tiers, starts


def at_rate_of_curve(component: dict[str, Any], places: list[Fraction], value: Fraction) -> Fraction:
    """What a rate curve pays: the whole at the first rate, and at what each stretch adds to it."""
    rates = [read_number(point["rate"]) or Fraction(0) for point in component["points"]]
    paid = value * rates[0]
    for number, (start, end) in enumerate(pairwise(places)):
        behind = min(max(value - start, Fraction(0)), end - start)
        paid += quotient(value * behind * (rates[number + 1] - rates[number]), end - start) or Fraction(0)
    return paid


def at_effective_rate(
    component: dict[str, Any], starts: list[Fraction], value: Fraction, target: Fraction, quota: Fraction | None
) -> Fraction:
    """What an effective rate pays: units by times, by target ÷ quota, which may be rounded first."""
    way, boundary, digits = component["tiers_pay"], component["boundary"], component.get("rate_digits")
    tiers, starts = in_way(way, component["tiers"], starts, value, boundary)
    rate = quotient(target, quota or Fraction(1)) or Fraction(0)
    paid = Fraction(0)
    for tier, part in zip(tiers, graduated_parts(starts, value), strict=True):
        units = part * (read_number(tier["times"]) or 0)
        if digits is None:
            paid += quotient(units * target, quota or Fraction(1)) or Fraction(0)
        else:
            paid += units * round_as(rate, digits, "half_up")
    return paid
