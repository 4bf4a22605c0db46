"""Facts held for who is asked about: every one that counts for them, once, and no other."""

from decimal import Decimal

from attain.engines.engine import template
from attain.run import Run
from tests.attain.small import earned, order, plan, run

ORDERS = (
    order("1", "ann", "2026-05-05", "100"),
    order("2", "dan", "2026-05-06", "90"),
    order("3", "dan", "2026-05-07", "10"),
    order("4", "ann", "2026-02-05", "7"),
)
SPLITS = [
    {"fact_table": "orders", "fact": "2", "participant": who, "share": Decimal(share)}
    for who, share in (("ann", 40), ("bob", 60))
]
LINES = ({"order": "3", "line": "1", "amount": Decimal(10)}, {"order": "1", "line": "1", "amount": Decimal(99)})
TEAM = {"name": "Team", "measure": "team_bookings", "every": "quarter", "pays": "flat_rate", "rate": 1}
SOLD = {"name": "Sold", "measure": "sold", "every": "quarter", "pays": "flat_rate", "rate": 1}


def held(result: Run, table: str) -> list[str]:
    return sorted(result.engine.fetch(template(f'SELECT "order" FROM "{table}"'))["order"].to_pylist())


def test_a_fact_that_several_below_share_is_held_once_and_counts_with_every_share() -> None:
    data = {"orders": ORDERS, "splits": SPLITS}
    result = run(plan(TEAM), data, period="2026-Q2", participants=["bob"])
    assert held(result, "orders") == ["1", "2"]
    assert [amount for (who, _), amount in earned(result).items() if who == "bob"] == [Decimal(136)]


def test_the_parents_of_measured_lines_stay_as_they_are() -> None:
    measures = {"sold": {"sum": "amount", "of": "order_lines"}}
    data = {"orders": ORDERS, "order_lines": LINES}
    result = run(plan(SOLD, TEAM, measures=measures), data, period="2026-Q2", participants=["dan"])
    assert held(result, "orders") == ["1", "2", "3", "4"]
    assert held(result, "order_lines") == ["3"]
    assert list(earned(result, "Sold").values()) == [Decimal(10)]


def test_two_measures_of_one_table_keep_the_facts_of_both() -> None:
    measures = {"sold": {"sum": "amount", "of": "orders", "where": "amount < 50", "splits": "ignore"}}
    data = {"orders": ORDERS, "splits": SPLITS}
    result = run(plan(SOLD, TEAM, measures=measures), data, period="2026-Q2", participants=["dan"])
    assert held(result, "orders") == ["3"]
    above = run(plan(SOLD, TEAM, measures=measures), data, period="2026-Q2", participants=["cyd"])
    assert held(above, "orders") == ["1", "2", "3"]
