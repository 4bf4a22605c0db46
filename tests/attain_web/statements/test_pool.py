"""A pool on a statement: somebody's part, the whole pool, and the others' sum without their deals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from attain_web.statements.lines import Asked, page_of
from attain_web.statements.models import Statement
from attain_web.statements.services import explain_one
from attain_web.statements.shown import cards
from attain_web.statements.tree import walk
from tests.attain_web.statements.test_factors import PLAN, calculated

POOL = (
    PLAN[: PLAN.index("components:")]
    + """\
components:
  - name: Team bonus
    measure: bookings
    every: quarter
    pays: flat_rate
    rate: 10 %
    pool: {by: bookings}
"""
)


def test_a_statement_tells_the_pool_and_no_deal_of_others(everyone: Any) -> None:
    run = calculated(everyone, POOL, also=("adam",))  # 10.025 and 17.575: the cent goes to Adam, by his key
    statement = explain_one(Statement(run=run, participant_id="alice"))
    assert statement.amount == Decimal("10.02")
    labels = [node["label"] for node in walk(statement.tree)]
    assert {"Share of the pool", "Pool", "1 other person", "Weight"} <= set(labels)
    (card,) = cards(statement.tree)
    assert [(tier.label, tier.amount) for tier in card.tiers] == [("Share of the pool", "10.02")]
    assert card.measure.startswith("Pool 27.60 EUR · Weight 100.25")
    own = {line.fact for line in statement.lines.all()}
    assert {row.fact for row in page_of(statement, Asked()).rows} == own
    assert len(own) == 1
