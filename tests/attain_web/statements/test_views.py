"""The pages of statements: who sees which, what they say, and with how few queries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.db.models import Q
from django.test import Client
from openpyxl import load_workbook

from attain_web.access.models import AuditEvent
from attain_web.crm.models import Order
from attain_web.home.own import own_pay
from attain_web.notices.models import Notice
from attain_web.payouts.comparing import compare
from attain_web.payouts.models import Run
from attain_web.payouts.services import approve, start_run
from attain_web.payouts.work import calculate
from attain_web.plans.models import Assignment
from attain_web.statements.services import prepare_run

pytestmark = pytest.mark.django_db
ClientOf = Callable[[str], Client]


def page_of(client: Client, address: str, **more: Any) -> str:
    answer = client.get(address, **more)
    assert answer.status_code == 200, address
    return answer.content.decode()


@pytest.fixture
def url(everyone: Any) -> str:
    return f"/statements/{everyone.runs['approved'].pk}/alice/"


def test_a_seller_sees_the_whole_of_their_statement(client_of: ClientOf, url: str) -> None:
    page = page_of(client_of("participant"), url)
    told = ["10.03", "Alice Adler", "Sellers v1", "Finn Ledger", "1.00 %", "0 % of quota", "100 % of quota", "15 %"]
    told += ["owner of orders O-alice", "Alice &amp; Co", 'id="n2"', "?node=2#n2", "statement.pdf"]
    assert [text for text in told if text not in page] == []


@pytest.mark.parametrize(
    ("who", "whose", "run", "status"),
    [
        ("participant", "alice", "approved", 200),
        ("participant", "alice", "calculated", 404),
        ("participant", "adam", "approved", 404),
        ("manager", "alice", "approved", 200),
        ("manager", "alice", "calculated", 404),
        ("manager", "charlie", "approved", 404),
        ("bea", "alice", "approved", 200),
        ("dan", "alice", "approved", 404),
        ("finance", "charlie", "calculated", 200),
        ("executive", "alice", "approved", 404),
        ("administrator", "alice", "approved", 404),
        ("auditor", "nobody", "approved", 404),
    ],
)
def test_who_sees_whose(client_of: ClientOf, everyone: Any, who: str, whose: str, run: str, status: int) -> None:
    assert client_of(who).get(f"/statements/{everyone.runs[run].pk}/{whose}/").status_code == status


def test_managers_see_no_pay_where_the_company_wants_it_so(client_of: ClientOf, url: str, settings: Any) -> None:
    settings.MANAGERS_SEE_PAY = False
    assert client_of("manager").get(url).status_code == 404
    assert "alice" not in page_of(client_of("manager"), "/statements/")


@pytest.mark.parametrize(
    ("who", "sees"),
    [("participant", {"alice"}), ("manager", {"ann", "alice", "adam"}), ("dan", {"charlie"}), ("auditor", None)],
)
def test_the_list_holds_what_each_may_see(client_of: ClientOf, who: str, sees: set[str] | None) -> None:
    page = page_of(client_of(who), "/statements/")
    all_of = {"ann", "alice", "adam", "charlie"}
    assert {key for key in all_of if f"/{key}/" in page} == (sees or all_of)


def test_three_clicks_from_home_to_why(client_of: ClientOf, everyone: Any, url: str) -> None:
    client = client_of("participant")
    assert 'href="/statements/"' in page_of(client, "/")
    assert f'href="{url}"' in page_of(client, "/statements/")
    assert 'href="?part=3#facts"' in page_of(client, url)
    assert "100.25 × 10 %" in page_of(client, f"{url}?part=3")
    assert f"/data/orders/{everyone.row('orders', 'alice').pk}/" in page_of(client, url)


def test_the_list_is_filtered_by_person_and_time(client_of: ClientOf) -> None:
    client = client_of("manager")
    assert "/adam/" not in page_of(client, "/statements/?person=Adler")
    assert "/alice/" in page_of(client, "/statements/?person=Adler")
    assert "Nothing fits" in page_of(client, "/statements/?from=2026-04-01")
    assert "/alice/" in page_of(client, "/statements/?from=2026-03-31&to=2026-03-31")


def test_lines_are_filtered_sorted_and_only_they_come(client_of: ClientOf, url: str) -> None:
    client = client_of("participant")
    fragment = page_of(client, f"{url}?q=alice&sort=-amount", headers={"HX-Request": "true"})
    assert "<html" not in fragment
    assert "O-alice" in fragment
    for nothing in ("q=other", "date.from=2026-03-03", "date.to=2026-03-02", "part=99"):
        assert "Nothing fits" in page_of(client, f"{url}?{nothing}")
    tier = page_of(client, f"{url}?part=3", headers={"HX-Request": "true"})
    assert "How it is paid" in tier
    for sort in ("fact", "-date", "amount", "split", "paid", "kind", "nothing"):
        assert "O-alice" in page_of(client, f"{url}?sort={sort}&part=2")


def test_a_number_opens_to_its_parts_and_a_link_opens_the_way_to_it(client_of: ClientOf, url: str) -> None:
    client = client_of("participant")
    parts = page_of(client, f"{url}nodes/3/")
    assert "O-alice, 2026-03-02" in parts
    assert 'id="n3-0"' in parts
    assert 'id="n3-0"' not in page_of(client, url)
    assert 'id="n3-0"' in page_of(client, f"{url}?node=3&place=0")
    assert client.get(f"{url}nodes/99/").status_code == 404
    for strange in ("node=99", "node=x", "node=3&place=999999999999", "node=3&place=77777", "page=0", "part=%00"):
        assert client.get(f"{url}?{strange}").status_code == 200


def test_what_cannot_be_explained_is_told(client_of: ClientOf, everyone: Any) -> None:
    page = page_of(client_of("finance"), f"/statements/{everyone.runs['calculated'].pk}/alice/")
    assert "cannot be explained" in page


def test_a_run_not_approved_is_explained_on_demand_and_says_so(client_of: ClientOf, with_folders: Any) -> None:
    page = page_of(client_of("finance"), f"/statements/{with_folders.runs['calculated'].pk}/alice/")
    assert "not approved yet" in page
    assert "O-alice" in page


def test_what_was_paid_before_is_brought_forward_and_replaced(client_of: ClientOf, with_folders: Any) -> None:
    first, second = with_folders.runs["approved"], with_folders.runs["calculated"]
    Run.objects.filter(pk=second.pk).update(
        state="approved", decided_by=with_folders.users["finance"], decided_at="2026-12-01T00:00:00Z"
    )
    for run in (first, second):
        prepare_run(run.pk)
    client = client_of("participant")
    page = page_of(client, f"/statements/{second.pk}/alice/")
    assert "Brought forward" in page
    assert "<strong>0.00</strong>" in page
    older = page_of(client, f"/statements/{first.pk}/alice/")
    assert "Brought forward" not in older
    assert f"Run {second.pk} was approved later" in older
    listed = page_of(client, "/statements/")
    assert f"replaced by run {second.pk}" in listed
    assert f"replaces run {first.pk}" in listed


def test_why_a_statement_differs_is_told_on_it_in_its_notice_and_its_files(client_of: ClientOf, everyone: Any) -> None:
    Run.objects.update(end=date(2026, 1, 1))  # those of everyone's share no day with what follows
    for number in range(2):
        run = start_run(everyone.viewer("designer"), everyone.versions["published"], "2026-Q1")
        calculate(run.pk)
        compare(run.pk)
        approve(everyone.viewer("finance"), run)
        prepare_run(run.pk)
        if not number:
            Order.objects.filter(order="O-alice").update(amount=Decimal(5_000))
            told = {"participant_id": "charlie", "date": date(2026, 3, 3), "amount": Decimal(70)}
            Order.objects.create(order="O-not-hers", **told)
    client = client_of("participant")
    page = page_of(client, f"/statements/{run.pk}/alice/")
    assert "Why it differs" in page
    assert "Order O-alice: 100.25 became 5,000.00" in page
    assert "O-not-hers" not in page
    notice = Notice.objects.get(kind="statement_replaced", url=f"/statements/{run.pk}/alice/")
    assert notice.about["change"].endswith("more (Orders and other facts)")
    run.refresh_from_db()
    older: Any = client.get(f"/statements/{run.previous_id}/alice/statement.xlsx")
    book = load_workbook(BytesIO(older.getvalue()))
    cells = {row[0]: row[1] for row in book.worksheets[0].iter_rows(values_only=True, max_col=2)}
    assert cells["Replaced by run"] == run.pk


def test_who_is_not_in_a_newer_run_any_more_is_told_that_it_pays_nothing(client_of: ClientOf, everyone: Any) -> None:
    first = everyone.runs["approved"]
    Assignment.objects.filter(Q(participant="alice")).delete()
    run = start_run(everyone.viewer("designer"), everyone.versions["published"], "2026-Q1")
    calculate(run.pk)
    approve(everyone.viewer("finance"), run)
    prepare_run(run.pk)
    client = client_of("participant")
    page = page_of(client, f"/statements/{run.pk}/alice/")
    assert "<strong>-10.03</strong>" in page
    assert "The plan pays nothing in this time." in page
    assert f"replaced by run {run.pk}" in page_of(client, "/statements/")
    pay = own_pay(everyone.viewer("participant"), [], first.start)
    assert pay is None
    assert not AuditEvent.objects.get(action="statements.prepare").details["faults"]


def test_warnings_that_name_the_person_are_told(client_of: ClientOf, everyone: Any, url: str) -> None:
    run = everyone.runs["approved"]
    run.record = {"faults": [{"message": "no quota for alice", "value": "alice"}, {"message": "other", "value": "x"}]}
    run.save()
    page = page_of(client_of("participant"), url)
    assert "no quota for alice" in page
    assert "<li>other" not in page


def test_pages_need_few_queries(client_of: ClientOf, url: str, django_assert_max_num_queries: Any) -> None:
    client = client_of("manager")
    client.get(url)
    for address, most in ((url, 24), ("/statements/", 16), (f"{url}nodes/3/", 14)):
        with django_assert_max_num_queries(most):
            client.get(address)
