"""A gate, a multiplier and a cap on a statement: what is shown adds up to what is paid, for deals and on cards."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from attain_web.home.current import currents
from attain_web.home.own import next_deals
from attain_web.payouts.models import Run
from attain_web.payouts.services import start_run
from attain_web.payouts.work import calculate
from attain_web.plans.services import publish, save_draft
from attain_web.statements.lines import Asked, page_of
from attain_web.statements.models import Statement
from attain_web.statements.services import explain_one
from attain_web.statements.shown import cards

PLAN = """\
plan: Scaled
version: 1
currency: EUR
effective: 2026-01-01 .. 2027-01-01
participants: assigned
components:
  - name: Bookings
    measure: bookings
    quota: own
    pays: graduated_tiers
    tiers: [{from: 0 %, rate: 10 %}, {from: 1 %, rate: 20 %}]
    multiplier: {measure: gross_profit, tiers: [{from: 0, times: 1}, {from: 30, times: 1.5}]}
    gate: {measure: gross_profit, reaches: 40}
    cap: 15.04
"""
"""Everybody's quota is 10,000 and their one order 100.25: 10.00 + 0.05 is 10.05, by 1.5 is 15.075, cut off at 15.04."""


def calculated(everyone: Any, text: str, *, also: tuple[str, ...] = ()) -> Run:
    """The first quarter of a plan for Alice, and for whom else it is."""
    for who in ("alice", *also):
        type(everyone.row("assignments", "alice")).objects.create(
            participant_id=who, plan="Scaled", start=date(2026, 1, 1)
        )
    designer = everyone.viewer("designer")
    made = start_run(designer, publish(designer, save_draft(designer, None, text)), "2026-Q1")
    calculate(made.pk)
    made.refresh_from_db()
    assert made.state == "calculated", made.told
    return made


def test_what_a_statement_shows_adds_up(everyone: Any) -> None:
    run = calculated(everyone, PLAN)
    statement = explain_one(Statement(run=run, participant_id="alice"))
    assert statement.amount == Decimal("15.04")
    (card,) = cards(statement.tree)
    assert [(tier.label, tier.amount) for tier in card.tiers] == [
        ("0 % to 1 % of quota", "10.00"),
        ("from 1 % of quota", "0.05"),
        ("× 1.5 for Gross profit from 30", "5.03"),
        ("Above the cap of 15.04", "-0.04"),
    ]
    assert [tier.exact for tier in card.tiers] == [Decimal(100), Decimal("0.25"), None, None]
    assert card.measure == "Bookings 100.25 EUR · Gross profit 40.25 EUR"
    by_node: dict[int, list[Decimal | None]] = {}
    for line in statement.lines.order_by("node"):
        by_node.setdefault(line.node, []).append(line.paid)
    assert [line.paid for line in page_of(statement, Asked()).rows] == [Decimal("15.04")]  # not those of the gate
    paid, of_gate = list(by_node.values())[-2:]
    assert (paid, of_gate) == ([Decimal("15.04")], [None])


@pytest.mark.parametrize(
    ("cap", "added"),
    [("15.04", "0.00"), ("100", "30.00")],  # 200.25 earns 30.05, by 1.5 is 45.075, less the 15.075 of now
)
def test_what_a_deal_brings_goes_through_the_factors(everyone: Any, cap: str, added: str) -> None:
    calculated(everyone, PLAN.replace("cap: 15.04", f"cap: {cap}"))
    found = next_deals(everyone.viewer("participant"), currents(date(2026, 3, 16)), "100")
    (deal,) = [one for one in found if one.plan == "Scaled"]
    assert [one.added for one in deal.brought] == [Decimal(added)]
