"""Rollup: everyone above is credited once, by the reporting lines of the day."""

from datetime import date
from decimal import Decimal

from attain.credits.rollup import Line, manager_chains
from attain.tables import EVER, NEVER
from tests.attain.small import earned, order, plan, run

FEBRUARY = date(2026, 2, 1)


def test_a_chain_changes_with_its_lines() -> None:
    lines = [Line("ann", "bob", EVER, FEBRUARY), Line("ann", "cyd", FEBRUARY, NEVER), Line("bob", "cyd", EVER, NEVER)]
    links, faults = manager_chains(lines)
    assert not faults
    assert {(link.participant, link.above, link.start, link.end) for link in links} == {
        ("ann", "bob", EVER, FEBRUARY),
        ("ann", "cyd", EVER, FEBRUARY),
        ("ann", "cyd", FEBRUARY, NEVER),
        ("bob", "cyd", EVER, NEVER),
    }


def test_who_is_above_by_two_ways_is_above_once_on_each_day() -> None:
    lines = [
        Line("ann", "bob", EVER, NEVER),
        Line("ann", "dan", EVER, NEVER),
        Line("bob", "cyd", EVER, NEVER),
        Line("dan", "cyd", EVER, NEVER),
    ]
    links, _ = manager_chains(lines)
    assert sum(link.above == "cyd" and link.participant == "ann" for link in links) == 1


def test_a_ring_is_told_with_its_names() -> None:
    _, faults = manager_chains([Line("ann", "bob", EVER, NEVER), Line("bob", "ann", EVER, NEVER)])
    assert [fault.check for fault in faults] == ["reporting-ring"]
    assert "ann → bob → ann" in faults[0].message


def test_managers_are_credited_by_the_line_of_each_day() -> None:
    lines: list[dict[str, object]] = [
        {"participant": "ann", "manager": "bob", "start": None, "end": FEBRUARY},
        {"participant": "ann", "manager": "dan", "start": FEBRUARY, "end": None},
        {"participant": "bob", "manager": "cyd"},
    ]
    orders = [
        order("1", "ann", "2026-01-31", "100"),
        order("2", "ann", "2026-02-01", "200"),
        order("3", "bob", "2026-02-01", "40"),
    ]
    flat = {"name": "Team", "measure": "team_bookings", "every": "year", "pays": "flat_rate", "rate": "10 %"}
    january = date(2026, 1, 1)
    assert earned(run(plan(flat), {"orders": orders, "reporting_lines": lines})) == {
        ("bob", january): Decimal(10),
        ("dan", january): Decimal(20),
        ("cyd", january): Decimal(14),
    }
