"""Two plans in words: each place at which they differ, and no other."""

from typing import Any

import pytest

from attain.plans.compare import Change, changes
from tests.attain.small import plan

TIERS = [{"from": "0 %", "rate": "6 %"}, {"from": "100 %", "rate": "9 %"}]
OLD: dict[str, Any] = {
    "name": "New", "measure": "bookings", "quota": "own", "every": "quarter", "pays": "retroactive_tiers",
    "tiers": TIERS,
}  # fmt: skip


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ({}, []),
        ({"tiers": [TIERS[0], {"from": "100 %", "rate": "10 %"}]}, [("New: from 100 % of quota", "9 %", "10 %")]),
        (
            {"tiers": TIERS[:1]},
            [
                ("New: 0 % to 100 % of quota", "6 %", None),
                ("New: from 100 % of quota", "9 %", None),
                ("New: from 0 % of quota", None, "6 %"),
            ],
        ),
        ({"pays": "graduated_tiers"}, [("New: pays", "retroactive_tiers", "graduated_tiers")]),
        ({"boundary": "lower"}, [("New: boundary", "upper", "lower")]),
        ({"cap": 1000}, [("New: cap", None, "1,000")]),
        ({"every": "year"}, [("New: every", "quarter", "year")]),
        ({"effective": "2026-04-01 .. 2026-07-01"}, [("New: effective", None, "2026-04-01 .. 2026-07-01")]),
        (
            {"gate": {"measure": "gross_margin", "reaches": "40 %"}},
            [("New: gate", None, "nothing without Gross margin of at least 40 %")],
        ),
        (
            {"multiplier": {"measure": "calls", "tiers": [{"from": 0, "times": 1}, {"from": 50, "times": "1.1"}]}},
            [("New: multiplier", None, "times 1 from 0, 1.1 from 50, by Calls")],
        ),
    ],
)
def test_a_component_that_changed(new: dict[str, Any], expected: list[tuple[str, str | None, str | None]]) -> None:
    found = changes(plan(OLD), plan(OLD | new))
    settings = {"boundary", "processing"} if "pays" in new else set()  # of one kind and not of the other
    assert [one for one in found if one.place.removeprefix("New: ") not in settings] == [
        Change(*one) for one in expected
    ]


def test_what_stands_around_the_components() -> None:
    old = plan(OLD, attainment=[{"measure": "calls", "every": "month"}], measures={"large": {"count": "orders"}})
    new = plan(OLD, version=2, participants="title = 'Seller'", rounding={"digits": 0})
    assert changes(old, new) == [
        Change("version", "1", "2"),
        Change("participants", "participant is not null", "title = 'Seller'"),
        Change("rounding", "2 digits, half_up", "0 digits, half_up"),
        Change("attainment of calls by month", "quota: own", None),
        Change("measure large", "count: orders", None),
    ]
