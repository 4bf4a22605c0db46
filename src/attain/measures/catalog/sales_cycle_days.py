"""Sales cycle: the mean number of days from the opening of an opportunity to its winning."""

from datetime import date
from decimal import Decimal

from attain.measures.measure import Measure, MeasureExample, MeasurePart

_OPPORTUNITIES = (
    {
        "opportunity": "1",
        "participant": "ann",
        "stage": "won",
        "created_date": date(2026, 1, 2),
        "close_date": date(2026, 2, 1),
    },
    {
        "opportunity": "2",
        "participant": "ann",
        "stage": "won",
        "created_date": date(2026, 2, 19),
        "close_date": date(2026, 3, 1),
    },
    {
        "opportunity": "3",
        "participant": "bob",
        "stage": "lost",
        "created_date": date(2026, 1, 1),
        "close_date": date(2026, 3, 2),
    },
)

PART = MeasurePart(
    Measure(
        title="Sales cycle", average="close_date - created_date", of="opportunities", where="stage = 'won'", unit="days"
    ),
    examples=(MeasureExample({"opportunities": _OPPORTUNITIES}, expect={"ann": Decimal(20), "bob": None}),),
)
