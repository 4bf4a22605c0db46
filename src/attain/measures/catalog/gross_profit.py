"""Gross profit: what the orders of a participant brought above their cost."""

from datetime import date
from decimal import Decimal

from attain.measures.measure import Measure, MeasureExample, MeasurePart

_ORDERS = (
    {
        "order": "1",
        "participant": "ann",
        "date": date(2026, 1, 31),
        "amount": Decimal("120.50"),
        "cost": Decimal("80.25"),
    },
    {
        "order": "2",
        "participant": "ann",
        "date": date(2026, 2, 1),
        "amount": Decimal("-20.50"),
        "cost": Decimal("-5.25"),
    },
    {
        "order": "3",
        "participant": "bob",
        "date": date(2026, 3, 31),
        "amount": Decimal("40.00"),
        "cost": Decimal("30.00"),
    },
)

PART = MeasurePart(
    Measure(title="Gross profit", sum="amount - coalesce(cost, 0)", of="orders"),
    examples=(MeasureExample({"orders": _ORDERS}, expect={"ann": Decimal(25), "bob": Decimal(10)}),),
)
