"""What is paid for a fact stands on each of its credits, also where it comes to somebody more than once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pyarrow as pa

from attain.money import column
from attain.plans.component import Piece
from attain.plans.document import read_plan
from attain.plans.nodes import Node, cells_of, deal_node
from attain_web.statements.tree import Split

PLAN = """
plan: Managers
version: 1
currency: USD
effective: 2026-01-01 .. 2027-01-01
participants: role = 'manager'
components:
  - name: Team
    pays: flat_rate
    measure: team_bookings
    every: quarter
    rate: 10 %
"""
DAY = date(2026, 7, 2)


def _credit(fact: str, amount: str) -> Node:
    source = {"table": "orders", "fact": fact, "date": str(DAY), "kind": "rollup", "split": "50"}
    return Node(f"{fact}, {DAY}", "quantity", amount, "USD", "from below", source)


def test_each_credit_of_a_fact_has_its_own_part() -> None:
    rows = {
        "period_end": [date(2026, 8, 1)] * 4,
        "fact": ["A", "A", "A", "B"],
        "date": [DAY] * 4,
        "amount_0": [Decimal(one) for one in ("0.00", "1.00", "3.00", "5.00")],
        "base_0": [Decimal(one) for one in ("0.00", "10.00", "30.00", "50.00")],
        "rate_0": [Decimal("0.10")] * 4,
    }
    (cells,) = cells_of(pa.table(rows), [Piece("all", "10 %", column("amount", 2))]).values()
    deals = tuple(deal_node(cell, f"{cell.amount}", "USD") for cell in cells)
    assert [deal.credit for deal in deals] == [1, 2, 0]
    piece = Node("all", "money", "9.00", "USD", "90.00 × 10 %", {"rule": "10 %", "piece": "all"}, deals)
    credited = tuple(_credit(*one) for one in (("A", "0"), ("A", "10"), ("A", "30"), ("B", "50")))
    measure = Node("team_bookings", "quantity", "90", "USD", "", {"measure": "team_bookings"}, credited)
    split = Split(read_plan(PLAN, name="plan.yaml"))
    tree = split.record(Node("Team, Q3", "money", "9.00", "USD", "9.00", {"component": "Team"}, (piece, measure)))
    paid = [line.paid for line in split.lines if line.node == tree["children"][1]["n"]]
    assert paid == [Decimal(one) for one in ("0.00", "1.00", "3.00", "5.00")]
    assert tree["children"][1]["title"] == "Team bookings"
