"""Why a run pays otherwise than the one before: parts that sum to the difference to the cent, each with its rows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from attain_web.crm.models import Order
from attain_web.payouts.comparing import compare, pay_of
from attain_web.payouts.models import Difference, Run
from attain_web.payouts.services import start_run
from attain_web.payouts.work import calculate
from attain_web.plans.models import PlanVersion
from attain_web.quotas.models import Quota


def calculated(everyone: Any, version: str = "published") -> Run:
    run = start_run(everyone.viewer("designer"), everyone.versions[version], "2026-Q1")
    calculate(run.pk)
    run.refresh_from_db()
    assert run.state == "calculated", run.told
    return run


def earlier_runs_share_no_day(everyone: Any) -> None:
    Run.objects.filter(pk__in=[run.pk for run in everyone.runs.values()]).update(end=date(2026, 1, 1))


def test_each_reason_has_its_part_and_its_rows(everyone: Any) -> None:
    earlier_runs_share_no_day(everyone)
    old = calculated(everyone)
    assert old.previous is None
    Order.objects.create(order="O-more", participant_id="alice", date=date(2026, 3, 3), amount=Decimal(20_000))
    Order.objects.filter(order="O-adam").delete()
    Order.objects.filter(order="O-charlie").update(amount=Decimal("300.25"))
    Order.objects.create(order="O-later", participant_id="alice", date=date(2026, 5, 3), amount=Decimal(7))
    Quota.objects.filter(participant__participant="alice").update(quota=Decimal(5_000))
    text = everyone.versions["published"].text.replace("version: 1", "version: 2").replace("rate: 10 %", "rate: 11 %")
    told = {"start": date(2026, 1, 1), "published_at": old.ended_at, "state": PlanVersion.State.PUBLISHED}
    everyone.versions["next"] = PlanVersion.objects.create(plan=old.version.plan, number=3, text=text, **told)
    new = calculated(everyone, "next")
    assert new.previous == old
    compare(new.pk)
    compare(new.pk)
    rows = Difference.objects.filter(run=new)
    parts: dict[str, Decimal] = {}
    for row in rows:
        parts[row.participant_id] = parts.get(row.participant_id, Decimal(0)) + row.amount
    before, after = pay_of(old), pay_of(new)
    assert parts == {who: after[who] - before[who] for who in before if after[who] != before[who]}
    by_reason = {(row.participant_id, row.reason): row for row in rows}
    facts = by_reason["alice", "facts"]
    assert facts.amount == Decimal("2505.01")
    assert facts.details == {
        "count": 1,
        "rows": [
            {
                "table": "orders",
                "key": {"order": "O-more"},
                "kind": "came",
                "of": "alice",
                "day": "2026-03-03",
                "before": None,
                "after": "20000.000000",
            }
        ],
    }
    assert by_reason["alice", "quotas"].details["rows"][0]["before"] == "10000.000000"
    assert by_reason["adam", "facts"].details["rows"][0]["kind"] == "went"
    assert by_reason["charlie", "facts"].details["rows"][0]["kind"] == "changed"
    assert by_reason["ann", "plan"].details == {"before": 1, "after": 3}
    new.refresh_from_db()
    assert new.record["comparison"] == {"reasons": ["facts", "quotas", "plan"], "joined": {}}


def test_a_name_of_an_attribute_is_no_sql(everyone: Any) -> None:
    earlier_runs_share_no_day(everyone)
    calculated(everyone)
    name = "x\"), (SELECT content FROM read_text('/etc/hostname')), (\"y"
    Order.objects.filter(order="O-alice").update(amount=Decimal("200.50"), attributes={name: "1"})
    new = calculated(everyone)
    compare(new.pk)
    (row,) = Difference.objects.get(run=new, participant__participant="alice").details["rows"]
    assert (row["before"], row["after"]) == ("100.250000", "200.500000")


def test_pay_in_another_currency_is_not_compared(everyone: Any) -> None:
    earlier_runs_share_no_day(everyone)
    old = calculated(everyone)
    text = everyone.versions["published"].text.replace("version: 1", "version: 2").replace("EUR", "USD")
    told = {"start": date(2026, 1, 1), "published_at": old.ended_at, "state": PlanVersion.State.PUBLISHED}
    everyone.versions["next"] = PlanVersion.objects.create(plan=old.version.plan, number=3, text=text, **told)
    Order.objects.update(currency="USD")
    Quota.objects.update(currency="USD")
    assert calculated(everyone, "next").previous is None
    Order.objects.update(currency="EUR")
    Quota.objects.update(currency="EUR")
    assert calculated(everyone).previous == old
