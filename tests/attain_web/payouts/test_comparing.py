"""Why a run pays otherwise than the one before: parts that sum to the difference to the cent, each with its rows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.test import Client
from django.utils import timezone

from attain_web.crm.models import Account, Activity, Opportunity, Order, OrderLine, Product, Split, StageChange
from attain_web.payouts.comparing import compare, compare_again, pay_of
from attain_web.payouts.models import Difference, Run
from attain_web.payouts.services import start_run
from attain_web.payouts.shown import comparison, doubts, replaces
from attain_web.payouts.work import calculate
from attain_web.people.models import ParticipantVersion
from attain_web.plans.models import Plan, PlanVersion
from attain_web.quotas.models import Quota
from attain_web.rows.services import save_row
from attain_web.rows.table import row_tables
from attain_web.territories.models import Coverage, Territory


def calculated(everyone: Any, version: str = "published", period: str = "2026-Q1") -> Run:
    run = start_run(everyone.viewer("designer"), everyone.versions[version], period)
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
    kept = {"reasons": ["facts", "quotas", "plan"], "joined": {}, "rows": {"orders": 3, "quotas": 1}}
    assert new.record["comparison"] == kept


def test_what_other_runs_paid_for_these_days_is_a_part_of_the_difference(everyone: Any) -> None:
    decided = {"state": "approved", "decided_by": everyone.users["finance"], "decided_at": timezone.now()}
    first = calculated(everyone)
    Run.objects.filter(pk=first.pk).update(**decided)
    Order.objects.create(order="O-late", participant_id="alice", date=date(2026, 3, 3), amount=Decimal(2_000))
    Order.objects.create(order="O-next", participant_id="alice", date=date(2026, 5, 3), amount=Decimal(3_000))
    Quota.objects.create(
        participant_id="alice", measure="bookings", start=date(2026, 4, 1), end=date(2026, 7, 1), quota=Decimal(10_000)
    )
    second = calculated(everyone, period="2026-Q2")
    Run.objects.filter(pk=second.pk).update(**decided)
    half = calculated(everyone, period="2026-01-01..2026-07-01")
    assert half.previous == second
    compare(half.pk)
    (row,) = Difference.objects.filter(run=half)
    assert (row.participant_id, row.reason, row.amount) == ("alice", "earlier", Decimal(200))
    assert pay_of(half)["alice"] == pay_of(first)["alice"] + pay_of(second)["alice"] + 200
    assert replaces(half) == (
        f"It takes the place of 347.67 EUR, paid by run {first.pk}, {second.pk} for these days: +200.00."
    )


def test_who_approves_is_told_of_rows_that_the_paid_wrote_themselves(everyone: Any) -> None:
    earlier_runs_share_no_day(everyone)
    calculated(everyone)
    orders, alice = row_tables()["orders"], everyone.viewer("participant")
    save_row(orders, alice, {"amount": Decimal(5_000)}, row=everyone.row("orders", "alice"))
    told = {"order": "O-late", "participant": "alice", "date": date(2026, 3, 3), "amount": Decimal(20_000)}
    save_row(orders, everyone.viewer("operations"), told)
    new = calculated(everyone)
    compare(new.pk)
    new.refresh_from_db()
    rows = Difference.objects.get(Q(participant="alice"), run=new, reason="facts").details["rows"]
    assert {(row["key"]["order"], row["by"], row["own"]) for row in rows} == {
        ("O-alice", "Alice Adler", True),
        ("O-late", "Olga Ops", False),
    }
    assert new.record["comparison"]["own"] == 1
    assert any("very person whose pay" in told for told in doubts(new, comparison(everyone.viewer("finance"), new)))


def test_a_further_column_of_one_row_changes_no_other(everyone: Any) -> None:
    earlier_runs_share_no_day(everyone)
    calculated(everyone)
    told = {"participant_id": "alice", "date": date(2026, 3, 3), "attributes": {"channel": "web"}}
    Order.objects.create(order="O-more", amount=Decimal(20_000), **told)
    new = calculated(everyone)
    compare(new.pk)
    new.refresh_from_db()
    assert new.record["comparison"]["rows"] == {"orders": 1}


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
    first = calculated(everyone, "next")
    assert first.previous is None
    assert calculated(everyone, "next").previous == first


LINES = """\
plan: Lines
version: 1
currency: EUR
effective: 2026-01-01 .. 2027-01-01
participants: assigned
measures:
  lines: {title: Lines, sum: amount, of: order_lines}
components:
  - {name: Lines, measure: lines, pays: flat_rate, rate: 10 %}
examples:
  - {given: {lines: 100}, expect: {Lines: 10.00}}
"""


def of_lines(everyone: Any) -> str:
    """A plan that pays for lines of orders, which refer to products and accounts."""
    days = {"start": date(2026, 1, 1), "end": date(2027, 1, 1), "published_at": everyone.runs["approved"].ended_at}
    everyone.versions["lines"] = PlanVersion.objects.create(
        plan=Plan.objects.create(name="Lines"), number=1, text=LINES, state=PlanVersion.State.PUBLISHED, **days
    )
    for key in ("alice", "adam"):
        everyone.row("assignments", key).__class__.objects.create(participant_id=key, plan="Lines")
    return "lines"


def test_a_change_of_any_table_is_told_and_the_parts_stay_exact(everyone: Any) -> None:
    version = of_lines(everyone)
    old = calculated(everyone, version)
    OrderLine.objects.filter(order_id="O-alice").update(amount=Decimal(500))
    Order.objects.filter(order="O-alice").update(amount=Decimal(500))
    Product.objects.filter(product="P-pen").update(list_price=Decimal(99))
    Product.objects.filter(product="P-ink").update(name="Blue ink")
    Account.objects.filter(account="A-alice").update(industry="Paper", participant_id="adam")
    Territory.objects.filter(territory="north").update(region="Arctic")
    ParticipantVersion.objects.filter(participant_id="alice").update(title="Other")
    Coverage.objects.filter(participant_id="alice").update(territory_id="south")
    Split.objects.filter(fact="O-alice").update(share=Decimal(50))
    Split.objects.create(fact_table="orders", fact="O-alice", participant_id="adam", share=Decimal(50))
    Opportunity.objects.update(amount=Decimal(1))
    StageChange.objects.update(stage="lost")
    Activity.objects.update(kind="demo")
    new = calculated(everyone, version)
    assert new.previous == old
    compare(new.pk)
    new.refresh_from_db()
    counted = new.record["comparison"]["rows"]
    assert counted["products"] == 2
    assert {"orders", "order_lines", "accounts", "territories", "participants", "coverage", "splits"} <= counted.keys()
    before, after = pay_of(old), pay_of(new)
    parts: dict[str, Decimal] = {}
    for row in Difference.objects.filter(run=new):
        parts[row.participant_id] = parts.get(row.participant_id, Decimal(0)) + row.amount
    assert parts == {who: after[who] - before[who] for who in before if after[who] != before[who]}
    told = Difference.objects.get(run=new, participant__participant="adam", reason="facts").details["rows"]
    assert ("order_lines", "alice") in {(row["table"], row["of"]) for row in told}  # he has a share of its order
    assert [row["key"] for row in told if row["table"] == "products"] == [{"product": "P-pen"}]


def test_a_comparison_that_fails_says_so_and_is_made_again(
    everyone: Any, client_of: Any, django_capture_on_commit_callbacks: Any
) -> None:
    earlier_runs_share_no_day(everyone)
    old = calculated(everyone)
    Order.objects.filter(order="O-alice").update(amount=Decimal("200.50"))
    new = calculated(everyone)
    designer, finance = client_of("designer"), client_of("finance")
    pages = ("", "comparison/", "comparison/alice/")
    for path in pages:
        shown = _page(designer, f"/runs/{new.pk}/{path}")
        assert "The two are being compared" in shown
        assert f'hx-get="/runs/{new.pk}/compare/"' in shown
        assert "Nobody is paid otherwise" not in shown
    with pytest.raises(ValidationError, match="nothing to compare again"):
        compare_again(everyone.viewer("designer"), new)
    (old.folder / "data" / "orders.parquet").rename(old.folder / "away")
    (old.folder / "data" / "orders.parquet").write_text("no table")
    with pytest.raises(Exception, match="Parquet"):
        compare(new.pk)
    for path in pages:
        shown = _page(designer, f"/runs/{new.pk}/{path}")
        assert "They could not be compared" in shown
        assert "Compare again" in shown
        assert "0 found" not in shown
        assert "Nobody is paid otherwise" not in shown
    shown = _page(finance, f"/runs/{new.pk}/")
    assert "what has changed is not known" in shown
    assert "Compare again" not in shown
    (old.folder / "away").rename(old.folder / "data" / "orders.parquet")
    with django_capture_on_commit_callbacks(execute=True):
        assert designer.post(f"/runs/{new.pk}/compare/").status_code == 302
    assert "The two are being compared" in _page(designer, f"/runs/{new.pk}/compare/", **PART)
    compare(new.pk)
    shown = _page(designer, f"/runs/{new.pk}/compare/", **PART)
    assert "+10.02" in shown
    assert "Orders 1" in shown
    assert "hx-get" not in shown
    assert designer.post(f"/runs/{new.pk}/compare/").status_code == 422


def test_who_approves_is_told_what_to_look_at(everyone: Any, client_of: Any) -> None:
    Run.objects.filter(pk=everyone.runs["calculated"].pk).update(
        end=date(9999, 1, 1), record={"faults": [{"message": "a"}, {"message": "b"}]}
    )
    shown = _page(client_of("finance"), f"/runs/{everyone.runs['calculated'].pk}/")
    assert "The period is not over yet: it ends on 9998-12-31." in shown
    assert "There are 2 warnings about the data." in shown
    assert "what has changed is not known" in shown


PART = {"HX-Request": "true"}


def _page(client: Client, path: str, **headers: str) -> str:
    return client.get(path, headers=headers).content.decode()
