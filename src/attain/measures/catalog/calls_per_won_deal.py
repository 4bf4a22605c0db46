"""Calls per won deal: calls ÷ won deals, both in the period."""

from datetime import date
from decimal import Decimal

from attain.measures.measure import Measure, MeasureExample, MeasurePart

_OPPORTUNITIES = (
    {
        "opportunity": "1",
        "participant": "ann",
        "stage": "won",
        "amount": Decimal("300"),
        "close_date": date(2026, 2, 1),
        "created_date": date(2026, 1, 2),
    },
    {
        "opportunity": "2",
        "participant": "ann",
        "stage": "won",
        "amount": Decimal("100"),
        "close_date": date(2026, 3, 1),
        "created_date": date(2026, 2, 19),
    },
    {
        "opportunity": "3",
        "participant": "ann",
        "stage": "lost",
        "amount": Decimal("70"),
        "close_date": date(2026, 3, 2),
        "created_date": date(2026, 1, 1),
    },
    {
        "opportunity": "4",
        "participant": "bob",
        "stage": "proposal",
        "amount": Decimal("90"),
        "close_date": date(2026, 3, 3),
        "created_date": date(2026, 3, 1),
    },
)
_CALLS = tuple(
    {"activity": str(number), "participant": "ann", "kind": "call", "date": date(2026, 1, number)}
    for number in (5, 6, 7)
)

PART = MeasurePart(
    Measure(title="Calls per won deal", ratio=("calls", "won_deals")),
    examples=(
        MeasureExample(
            {"opportunities": _OPPORTUNITIES, "activities": _CALLS}, expect={"ann": Decimal("1.5"), "bob": None}
        ),
    ),
)
