"""Win rate: won deals ÷ closed deals; the cohort is what was closed in the period."""

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

PART = MeasurePart(
    Measure(title="Win rate", ratio=("won_deals", "closed_deals")),
    examples=(
        MeasureExample({"opportunities": _OPPORTUNITIES}, expect={"ann": Decimal("0.666666666667"), "bob": None}),
    ),
)
