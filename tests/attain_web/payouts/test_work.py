"""A run is calculated from the data as it stands, and stays as it was."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from attain_web.access.models import AuditEvent
from attain_web.access.viewer import Viewer
from attain_web.crm.models import Order
from attain_web.payouts.models import Attainment, Earning, Payout, Run
from attain_web.payouts.services import start_run
from attain_web.payouts.work import calculate

ViewerOf = Callable[[str], Viewer]


def calculated(everyone: Any, period: str = "2026-Q1") -> Run:
    """A run that the designer started, done at once."""
    run = start_run(everyone.viewer("designer"), everyone.versions["published"], period)
    calculate(run.pk)
    run.refresh_from_db()
    return run


def test_a_run_finds_what_everybody_earns(everyone: Any) -> None:
    run = calculated(everyone)
    assert (run.state, run.told) == ("calculated", {})
    assert (str(run.start), str(run.end)) == ("2026-01-01", "2026-04-01")
    paid = {row.participant_id: row.amount for row in Payout.objects.filter(run=run)}
    # Adam has a second order, of 75.50.
    assert paid == {
        "ann": Decimal("10.03"),
        "alice": Decimal("10.03"),
        "adam": Decimal("17.58"),
        "charlie": Decimal("10.03"),
    }
    assert run.record["payouts"] == "47.67"
    assert run.record["people"] == 4
    earned = Earning.objects.get(run=run, participant__participant="adam")
    assert (earned.measure_value, earned.quota, earned.amount) == (Decimal("175.75"), 10_000, Decimal("17.58"))
    attained = Attainment.objects.get(run=run, participant__participant="adam")
    assert (attained.value, attained.quota, attained.attainment) == (Decimal("175.75"), 10_000, Decimal("0.017575"))
    assert run.record["periods"] == {"2026-01-01..2026-04-01": "2026-Q1"}
    event = AuditEvent.objects.get(action="runs.calculate")
    assert (event.subject, event.details["payouts"]) == (f"runs/{run.pk}", "47.67")


def test_the_same_data_gives_the_same_record(everyone: Any) -> None:
    one, other = calculated(everyone), calculated(everyone)
    assert one.record == other.record
    assert other.previous == one or other.previous == everyone.runs["approved"]


def test_nothing_is_calculated_twice(everyone: Any) -> None:
    run = calculated(everyone)
    Order.objects.all().delete()
    calculate(run.pk)
    assert Payout.objects.filter(run=run).count() == 4
