"""Team bookings: the bookings of everyone below a manager, by the reporting lines on the day of each order."""

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
_LINES = (
    {"participant": "ann", "manager": "bob", "start": None, "end": date(2026, 2, 1)},
    {"participant": "ann", "manager": "cyd", "start": date(2026, 2, 1), "end": None},
    {"participant": "bob", "manager": "cyd", "start": None, "end": None},
)

PART = MeasurePart(
    Measure(title="Team bookings", rollup="bookings"),
    examples=(
        MeasureExample(
            {"orders": _ORDERS, "reporting_lines": _LINES},
            expect={"ann": Decimal(0), "bob": Decimal("120.50"), "cyd": Decimal(140)},
        ),
    ),
)
