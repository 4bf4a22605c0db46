"""The first page: for each role what it may do and see, with few queries."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from attain_web.access.models import RoleGrant, User
from attain_web.crm.models import Activity
from attain_web.home.queries import first_steps, tiles

ClientOf = Callable[[str], Client]


@pytest.mark.parametrize(
    ("who", "sees", "misses"),
    [
        ("operations", ["Hello, Olga Ops", "Enter an order", "Last imports", "accounts.csv", "Orders"], ["Done last"]),
        ("participant", ["Note an activity", "Orders"], ["Last imports", "Done last", "Enter a joiner"]),
        ("auditor", ["Last imports", "Done last", "Entered: order"], ["Enter an order"]),
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


@pytest.fixture
def first(db: None) -> Client:  # noqa: ARG001 - the row needs it
    """A browser of the first administrator, with nothing else in the database."""
    user = User.objects.create(email="ada@example.com", name="Ada")
    RoleGrant.objects.create(user=user, role="administrator")
    client = Client()
    client.force_login(user)
    return client


def _steps(client: Client) -> dict[str, bool]:
    return {str(step.title): step.is_done for step in client.get("/").context["steps"]}


def test_the_first_administrator_is_told_how_to_begin(first: Client) -> None:
    page = first.get("/").content.decode()
    assert "Begin here" in page
    assert 'id="sizes"' not in page
    assert _steps(first) == {
        "Invite the people you work with": False,
        "Say who brings in the data": False,
        "Turn on two-step sign-in": False,
    }
    RoleGrant.objects.create(user=User.objects.get(), role="operations")
    User.objects.create(email="olga@example.com", name="Olga")
    assert _steps(first) == {
        "Invite the people you work with": True,
        "Say who brings in the data": True,
        "Bring in people": False,
        "Bring in what they sold": False,
        "Turn on two-step sign-in": False,
    }


@pytest.mark.parametrize("who", ["administrator", "operations", "participant", "auditor"])
def test_nobody_is_told_how_to_begin_where_all_is_there(client_of: ClientOf, who: str) -> None:
    assert client_of(who).get("/").context["steps"] == []


def test_who_only_reads_is_not_told_to_begin(viewer_of: Callable[[str], Any]) -> None:
    auditor = viewer_of("auditor")
    nothing = [replace(size, count=0) for size in tiles(auditor)]
    assert first_steps(auditor, nothing, is_protected=False) == []


def test_who_is_no_participant_yet_is_told_why_nothing_is_there(client_of: ClientOf, everyone: Any) -> None:
    told = "You are linked to no participant yet"
    assert told not in client_of("participant").get("/").content.decode()
    RoleGrant.objects.create(user=everyone.users["finance"], role="manager")
    assert told in client_of("finance").get("/").content.decode()
