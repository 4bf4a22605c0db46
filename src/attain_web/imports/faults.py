"""Faults as a person reads them: those of one check and column together, with a count, the first places and advice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

PLACES = 5
"""Places told of each group."""


def grouped(faults: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """One group per check, severity and column: errors first, then those with the most rows."""
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for fault in faults:
        groups[fault["severity"], fault["check"], fault.get("column") or ""].append(fault)
    told = [_told(*key, group) for key, group in groups.items()]
    return sorted(told, key=lambda one: (one["severity"], -one["rows"], one["check"], one["column"]))


def _told(severity: str, check: str, column: str, group: list[dict[str, Any]]) -> dict[str, Any]:
    places = [number for fault in group for number in fault.get("row_numbers") or [fault.get("row")] if number]
    first = group[0]
    return {
        "severity": severity,
        "check": check,
        "column": column,
        "rows": sum(fault.get("rows", 1) for fault in group),
        "message": first["message"],
        "others": len(group) - 1,
        "advice": first["advice"],
        "places": sorted(set(places))[:PLACES],
        "values": [str(fault["value"])[:200] for fault in group if fault.get("value")][:PLACES],
        "stops": severity == "error" and not places,
    }
