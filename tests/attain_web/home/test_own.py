"""A participant's own home: what the next deal brings, and their pay, approved and not."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from attain_web.crm.models import Opportunity
from attain_web.home.company import to_approve
from attain_web.home.current import Current, currents
from attain_web.home.own import _next_deal, next_deals, own_pay
from attain_web.payouts.models import Earning, Payout, Run
from attain_web.plans.models import Plan, PlanVersion
from tests.attain_web.home.conftest import TODAY, ClientOf, page


def test_the_next_deal_is_paid_by_the_plan_s_own_rules(client_of: ClientOf, everyone: Any) -> None:
    (deal,) = next_deals(everyone.viewer("participant"), currents(TODAY), "")
    assert (deal.amount, deal.is_own_average) == (Decimal(100), True)
    assert deal.total == Decimal("10.00")  # 20.03 for 200.25 less 10.03 for 100.25
    (step,) = [one.step for one in deal.brought]
    assert step is not None
    assert (step.missing, step.pays) == (Decimal("9899.75"), "15 %")
    (deal,) = next_deals(everyone.viewer("participant"), currents(TODAY), "10,000")
    assert deal.total == Decimal("1005.01")  # 10,000 × 10 % + 100.25 × 15 % is 1,015.04; less the 10.03 of now
    assert "+ 1,005.01" in page(client_of, "participant", "?deal=10000")
    fragment = client_of("participant").get("/?deal=10000", headers={"HX-Request": "true"}).content.decode()
    assert "+ 1,005.01" in fragment
    assert "<main" not in fragment
    for text in ("nonsense", "-5", "NaN", "1e400", "0", "0.001"):
        (deal,) = next_deals(everyone.viewer("participant"), currents(TODAY), text)
        assert deal.is_own_average


def test_what_a_deal_brings_is_not_known_without_the_attribute_of_its_rate(everyone: Any) -> None:
    share = "  - {name: Share, measure: bookings, every: quarter, pays: flat_rate, rate: commission_rate}\n"
    head = (
        "plan: Shares\nversion: 1\ncurrency: EUR\neffective: 2026-01-01 .. 2027-01-01\nparticipants: title = 'Seller'\n"
    )
    plan = Plan.objects.create(name="Shares")
    version = PlanVersion.objects.create(
        plan=plan, number=1, text=f"{head}components:\n{share}", made_by=everyone.users["designer"]
    )
    current, row = Current(Run(version=version), TODAY), Earning(component="Share", measure_value=Decimal(1000))
    for attributes, added in (({}, None), ({"commission_rate": Decimal("0.05")}, Decimal("5.00"))):
        deal = _next_deal(current, [row], Decimal(100), attributes, is_own_average=False)
        assert [one.added for one in deal.brought] == [added]
        assert deal.total == (added or 0)
        shown = render_to_string("home/deals.html", {"next_deals": [deal], "is_calculated": True})
        assert ("not known" in shown) is (added is None)


def test_who_won_nothing_says_an_amount(everyone: Any) -> None:
    Opportunity.objects.update(stage="lost")
    (deal,) = next_deals(everyone.viewer("participant"), currents(TODAY), "")
    assert deal.amount is None
    assert deal.total == 0


def test_what_a_deal_brings_waits_for_the_first_run_of_a_newer_version(everyone: Any, client_of: ClientOf) -> None:
    draft = everyone.versions["draft"]
    PlanVersion.objects.filter(pk=draft.pk).update(
        state="published", start=date(2026, 1, 1), end=date(2027, 1, 1), published_at=timezone.now()
    )
    (deal,) = next_deals(everyone.viewer("participant"), currents(TODAY), "1000")
    assert (deal.is_replaced, deal.brought) == (True, [])
    assert "Your plan has a newer version" in page(client_of, "participant", "?deal=1000")


@pytest.mark.parametrize("asked", ["lots", "0", "-5", "1000000000000"])
def test_what_is_no_amount_of_a_deal_is_said_and_not_replaced(everyone: Any, client_of: ClientOf, asked: str) -> None:
    (deal,) = next_deals(everyone.viewer("participant"), currents(TODAY), asked)
    assert (deal.is_refused, deal.amount) == (True, None)
    assert "That is no amount" in page(client_of, "participant", f"?deal={asked}")


def test_pay_is_what_is_approved_and_beside_it_what_is_not(everyone: Any) -> None:
    viewer = everyone.viewer("participant")
    pay = own_pay(viewer, currents(TODAY), TODAY)
    assert pay is not None
    assert (pay.approved, pay.estimated) == ({"EUR": Decimal("10.03")}, {})  # what is calculated pays the same
    assert [one.run for one in pay.statements] == [everyone.runs["approved"]]
    newer = Run.objects.create(
        version=everyone.versions["published"],
        period="2026-Q1",
        state=Run.State.CALCULATED,
        start=date(2026, 1, 1),
        end=date(2026, 4, 1),
    )
    row = {"run": newer, "participant_id": "alice", "period_start": newer.start, "period_end": newer.end}
    Payout.objects.create(**row, amount=Decimal(12), currency="EUR")
    pay = own_pay(viewer, currents(TODAY), TODAY)
    assert pay is not None
    assert (pay.approved, pay.estimated) == ({"EUR": Decimal("10.03")}, {"EUR": Decimal("1.97")})
    newer.state, newer.decided_by, newer.decided_at = Run.State.APPROVED, everyone.users["finance"], timezone.now()
    newer.save()
    pay = own_pay(viewer, currents(TODAY), TODAY)
    assert pay is not None  # a correction takes the place of what it corrects
    assert (pay.approved, pay.estimated) == ({"EUR": Decimal(12)}, {})


def test_what_can_no_longer_be_approved_adds_nothing_and_waits_for_nobody(everyone: Any) -> None:
    run, row = everyone.runs["calculated"], {"participant_id": "alice", "currency": "EUR"}
    whole = Run.objects.create(
        version=run.version, period="2026", state="calculated", start=date(2026, 1, 1), end=date(2027, 1, 1)
    )
    Payout.objects.create(run=whole, period_start=date(2026, 4, 1), period_end=date(2026, 7, 1), amount=7, **row)
    (current,) = currents(date(2026, 5, 1))
    assert current.run == whole
    pay = own_pay(everyone.viewer("participant"), [current], date(2026, 5, 1))
    assert pay is not None
    assert pay.estimated == {"EUR": Decimal("-3.03")}  # 7 more, and the 10.03 of the first quarter no more
    Run.objects.filter(pk=run.pk).update(
        state="approved", decided_by=everyone.users["finance"], decided_at=timezone.now(), read_at=timezone.now()
    )
    pay = own_pay(everyone.viewer("participant"), [current], date(2026, 5, 1))
    assert pay is not None
    assert (pay.approved, pay.estimated, pay.awaits_run) == ({"EUR": Decimal("10.03")}, {}, True)
    assert to_approve(everyone.viewer("finance"), date(2026, 5, 1)) == []
