"""Calls: how many calls a participant made."""

from datetime import date
from decimal import Decimal

from attain.measures.measure import Measure, MeasureExample, MeasurePart

_ACTIVITIES = (
    {"activity": "1", "participant": "ann", "kind": "call", "date": date(2026, 1, 5)},
    {"activity": "2", "participant": "ann", "kind": "email", "date": date(2026, 1, 6)},
    {"activity": "3", "participant": "ann", "kind": "call", "date": date(2026, 2, 6)},
    {"activity": "4", "participant": "bob", "kind": "call", "date": date(2026, 2, 6)},
)

PART = MeasurePart(
    Measure(title="Calls", count="activities", where="kind = 'call'"),
    examples=(MeasureExample({"activities": _ACTIVITIES}, expect={"ann": Decimal(2), "bob": Decimal(1)}),),
)
