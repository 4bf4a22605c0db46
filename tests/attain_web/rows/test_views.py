"""The pages of tables: who sees what, what lists find, what forms save, how many queries they need."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from attain_web.access.models import AuditEvent
from attain_web.crm.models import Order
from attain_web.rows.table import row_tables

ClientOf = Callable[[str], Client]


_WRITER = {"assignments": "designer", "adjustments": "finance", "holds": "finance"}
"""Who writes a table, where it is not operations."""


def _page(client: Client, path: str, **more: Any) -> str:
    response = client.get(path, **more)
    assert response.status_code == 200, (path, response.status_code)
    return response.content.decode()


@pytest.mark.parametrize("table", row_tables())
def test_every_table_has_its_pages(client_of: ClientOf, everyone: Any, table: str) -> None:
    client = client_of(_WRITER.get(table, "operations"))
    row = next(iter(everyone.rows[table].values()))
    assert str(row_tables()[table].title) in _page(client, f"/data/{table}/")
    assert "Made" in _page(client, f"/data/{table}/{row.pk}/")
    assert "Save" in _page(client, f"/data/{table}/new/")
    assert "Save" in _page(client, f"/data/{table}/{row.pk}/edit/")


def test_the_index_shows_the_tables_that_somebody_sees(client_of: ClientOf) -> None:
    assert "/data/orders/" in _page(client_of("participant"), "/data/")
    assert "/data/orders/" not in _page(client_of("administrator"), "/data/")


def test_what_is_not_seen_does_not_exist(client_of: ClientOf, everyone: Any) -> None:
    outsider = client_of("charlie")
    alices = everyone.row("orders", "alice").pk
    for path in ("/data/nothing/", f"/data/orders/{alices}/", f"/data/orders/{alices}/edit/", "/data/orders/999999/"):
        assert outsider.get(path).status_code == 404, path
    assert client_of("administrator").get("/data/orders/").status_code == 404


def test_what_is_seen_but_not_allowed_is_refused(client_of: ClientOf, everyone: Any) -> None:
    finance, row = client_of("finance"), everyone.row("orders", "alice")
    for path in ("/data/orders/new/", f"/data/orders/{row.pk}/edit/"):
        assert finance.get(path).status_code == 403
        assert finance.post(path, {"order": "X", "date": "2026-01-01", "amount": "1"}).status_code == 403
    assert "/edit/" not in _page(finance, f"/data/orders/{row.pk}/")
    assert not Order.objects.filter(order="X").exists()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=O-al", {"O-alice", "O-alice-before"}),
        ("participant=adam", {"O-adam", "O-recorded"}),
        ("date.to=2026-01-01", {"O-alice-before"}),
        ("amount.from=75.5&amount.to=100", {"O-recorded"}),
        ("date.from=nonsense", set()),
        ("amount.from=NaN", set()),
        ("amount.from=1e999999", set()),
        ("q=%00O-adam", {"O-adam"}),
        ("page=99999999999999999999&q=O-adam", {"O-adam"}),
    ],
)
def test_a_list_finds_what_its_address_asks_for(client_of: ClientOf, query: str, found: set[str]) -> None:
    page = _page(client_of("operations"), f"/data/orders/?{query}")
    names = {"O-ann", "O-alice", "O-adam", "O-charlie", "O-recorded", "O-alice-before"}
    assert {name for name in names if f">{name}</a>" in page} == found


@pytest.mark.parametrize("table", row_tables())
def test_every_list_can_be_searched_and_sorted(client_of: ClientOf, table: str) -> None:
    client = client_of(_WRITER.get(table, "operations"))
    for column in row_tables()[table].columns:
        _page(client, f"/data/{table}/?q=a&sort=-{column}")
        _page(client, f"/data/{table}/?{column}=2026-01-01")


def test_a_list_sorts_by_its_headers(client_of: ClientOf) -> None:
    page = _page(client_of("operations"), "/data/orders/?sort=amount")
    assert 'aria-sort="ascending"' in page
    assert "sort=-amount" in page
    assert page.index(">O-recorded</a>") < page.index(">O-adam</a>")


def test_htmx_gets_the_fragment_only(client_of: ClientOf) -> None:
    page = _page(client_of("operations"), "/data/orders/?q=O-adam", headers={"HX-Request": "true"})
    assert "<html" not in page
    assert ">O-adam</a>" in page


def test_a_row_links_to_what_it_refers_to_and_shows_what_refers_to_it(client_of: ClientOf, everyone: Any) -> None:
    row, line = everyone.row("orders", "alice"), everyone.row("order_lines", "alice")
    page = _page(client_of("participant"), f"/data/orders/{row.pk}/")
    assert f'href="/data/accounts/{everyone.row("accounts", "alice").pk}/">Alice &amp; Co</a>' in page
    assert f"/data/order_lines/{line.pk}/" in page


def test_a_form_makes_and_changes_a_row(client_of: ClientOf) -> None:
    seller = client_of("participant")
    given = {"order": "O-new", "participant": "alice", "date": "2026-03-05", "amount": "10.5", "currency": "EUR"}
    response = seller.post("/data/orders/new/", given)
    made = Order.objects.get(order="O-new")
    assert response["Location"] == f"/data/orders/{made.pk}/"
    assert made.date == date(2026, 3, 5)
    seller.post(f"/data/orders/{made.pk}/edit/", given | {"amount": "12"})
    page = _page(seller, f"/data/orders/{made.pk}/")
    assert '<del class="was">10.50</del> → <ins>12.00</ins>' in page
    assert "by Alice Adler" in page
    assert AuditEvent.objects.filter(subject=f"orders/{made.pk}").count() == 2


def test_faults_stand_beside_their_fields(client_of: ClientOf) -> None:
    seller = client_of("participant")
    given = {"order": "O-alice", "participant": "nobody", "date": "soon", "amount": ""}
    response = seller.post("/data/orders/new/", given)
    page = response.content.decode()
    assert response.status_code == 422
    assert 'id="id_date_error"' in page
    assert 'id="id_amount_error"' in page
    again = seller.post("/data/orders/new/", given | {"date": "2026-01-01", "amount": "1", "participant": "alice"})
    assert 'id="id_order_error"' in again.content.decode()


def test_an_order_for_somebody_else_is_refused(client_of: ClientOf) -> None:
    given = {"order": "O-x", "participant": "charlie", "date": "2026-03-05", "amount": "10.5"}
    assert client_of("participant").post("/data/orders/new/", given).status_code == 403
    assert not Order.objects.filter(order="O-x").exists()


def test_attributes_beyond_the_columns_are_kept_and_changed(client_of: ClientOf, everyone: Any) -> None:
    row = everyone.row("accounts", "adam")
    row.attributes = {"segment": "small", "seats": 4}
    row.save()
    path, given = f"/data/accounts/{row.pk}/", {"account": "A-adam", "name": "Adam", "attribute.segment": "large"}
    client_of("operations").post(f"{path}edit/", given)
    row.refresh_from_db()
    assert row.attributes == {"segment": "large", "seats": 4}
    assert "large" in _page(client_of("operations"), path)


def test_a_row_that_is_saved_untouched_stays(client_of: ClientOf, everyone: Any) -> None:
    row = everyone.row("orders", "alice")
    texts = {"blanks": "  ", "ends": " a ", "long": "y" * 2500, "none": "", "two": "a\nb\n", "windows": "a\r\nb"}
    row.attributes = texts | {
        "null": None,
        "n": 7,
        "rate": 1e-7,
        "big": 10**22,
        "flag": True,
        "list": [1],
        "deep": {"a": 1},
    }
    row.save()
    before, client, path = Order.objects.get(pk=row.pk), client_of("operations"), f"/data/orders/{row.pk}/edit/"
    form = client.get(path).context["form"]
    assert not {"attribute.list", "attribute.deep"} & form.fields.keys()
    sent = {name: "" if (value := form[name].value()) is None else str(value) for name in form.fields}
    assert client.post(path, sent | {"attribute.two": "a\r\nb\r\n"}).status_code == 302
    row.refresh_from_db()
    assert row.attributes == before.attributes
    assert not AuditEvent.objects.filter(subject=f"orders/{row.pk}", action="orders.change")
    row.refresh_from_db()
    sent["seen"] = client.get(path).context["form"]["seen"].value()
    client.post(path, sent | {"attribute.two": "a\r\nc", "attribute.flag": ""})
    row.refresh_from_db()
    assert row.attributes == before.attributes | {"two": "a\nc", "flag": None}


def test_suggestions_are_limited_to_what_is_seen(client_of: ClientOf) -> None:
    path = "/data/orders/suggest/account/?account=A-"
    assert "A-charlie" in _page(client_of("operations"), path)
    assert _page(client_of("participant"), path).count("<option") == 1
    assert client_of("participant").get("/data/orders/suggest/amount/").status_code == 404


def test_search_finds_pages_and_rows_that_are_seen(client_of: ClientOf) -> None:
    assert "O-charlie" in _page(client_of("operations"), "/data/search/?q=O-ch")
    assert "Charlie &amp; Co" in _page(client_of("charlie"), "/data/search/?q=charlie")
    assert "charlie" not in _page(client_of("participant"), "/data/search/?q=charlie").replace("“charlie”", "")
    assert "Alice Adler" in _page(client_of("operations"), "/data/search/?q=ali")
    assert "Opportunities" in _page(client_of("operations"), "/data/search/?q=oppor")


@pytest.mark.parametrize("name", ["operations", "manager", "participant", "administrator", "auditor"])
def test_a_search_for_a_person_leads_to_their_page(client_of: ClientOf, name: str) -> None:
    client = client_of(name)
    assert 'href="/people/alice/"' in _page(client, "/data/search/?q=Alice")
    assert "Alice Adler" in _page(client, "/people/alice/")


def test_lists_and_rows_need_the_same_queries_however_many_rows(
    client_of: ClientOf, everyone: Any, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client, row = client_of("operations"), everyone.row("accounts", "adam")
    with django_assert_max_num_queries(50) as few:
        _page(client, "/data/orders/")
        _page(client, f"/data/accounts/{row.pk}/")
    Order.objects.bulk_create(
        Order(order=f"N-{n}", participant_id="adam", account_id="A-adam", date=date(2026, 3, 3), amount=n)
        for n in range(60)
    )
    with django_assert_max_num_queries(len(few)):
        page = _page(client, "/data/orders/")
        assert "Page 1 of 2" in page
        assert "Show all" in _page(client, f"/data/accounts/{row.pk}/")
