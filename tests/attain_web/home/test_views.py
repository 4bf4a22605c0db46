"""The first page: for each role what it may do and see, with few queries."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from attain_web.crm.models import Activity

ClientOf = Callable[[str], Client]


@pytest.mark.parametrize(
    ("who", "sees", "misses"),
    [
        ("operations", ["Hello, Olga Ops", "Enter an order", "Last imports", "accounts.csv", "Orders"], ["Done last"]),
        ("participant", ["Note an activity", "Orders"], ["Last imports", "Done last", "Enter a joiner"]),
        ("auditor", ["Last imports", "Done last", "orders.make"], ["Enter an order"]),
        ("administrator", ["Done last", "Participants"], ["Enter an order", "/data/orders/"]),
    ],
)
def test_each_sees_their_own(client_of: ClientOf, who: str, sees: list[str], misses: list[str]) -> None:
    page = client_of(who).get("/").content.decode()
    assert [text for text in sees if text not in page] == []
    assert [text for text in misses if text in page] == []


def test_who_has_no_role_is_told_so(client_of: ClientOf, everyone: Any) -> None:
    everyone.users["participant"].grants.all().delete()
    assert "Nothing is here for you yet" in client_of("participant").get("/").content.decode()


def test_it_needs_the_same_queries_however_many_rows(
    client_of: ClientOf, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = client_of("operations")
    with django_assert_max_num_queries(30) as few:
        client.get("/")
    Activity.objects.bulk_create(
        Activity(activity=f"N-{n}", participant_id="adam", kind="call", date="2026-03-03") for n in range(40)
    )
    with django_assert_max_num_queries(len(few)):
        client.get("/")
