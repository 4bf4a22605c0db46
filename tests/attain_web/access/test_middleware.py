"""No page opens to who has not signed in, but for the few that must."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from attain_web.access.middleware import PUBLIC

pytestmark = pytest.mark.django_db


def _routes(resolver: Any, before: str = "", names: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """The name and an address of every route."""
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            below = (*names, one.namespace) if one.namespace else names
            yield from _routes(one, before + _address(one), below)
        elif isinstance(one, URLPattern):
            yield ":".join((*names, one.name or "")), f"/{before}{_address(one)}"


def _address(one: URLPattern | URLResolver) -> str:
    """An address that fits a route, whatever it holds."""
    return re.sub(r"<(\w+:)?\w+>", lambda found: "1" if found[1] == "int:" else "x", str(one.pattern))


def test_every_page_asks_for_signing_in(client: Client) -> None:
    asked = 0
    for name, address in _routes(get_resolver()):
        if address.startswith("/api/"):
            continue
        answer = client.get(address)
        if name in PUBLIC:
            assert not answer.get("Location", "").startswith("/sign-in/?"), address
            continue
        assert (answer.status_code, answer["Location"]) == (302, f"/sign-in/?next={quote(address)}"), address
        assert (client.post(address).status_code, client.post(address)["Location"]) == (302, "/sign-in/"), address
        asked += 1
    assert asked > 20


def test_a_part_of_a_page_sends_the_whole_page_to_sign_in(client: Client) -> None:
    answer = client.get("/users/", headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == "/sign-in/"


@pytest.mark.parametrize(
    ("before", "given"),
    [
        ("http://testserver/users/?q=ann#list", "/sign-in/?next=/users/%3Fq%3Dann"),
        ("http://elsewhere.example/users/", "/sign-in/"),
        ("http://[", "/sign-in/"),
    ],
)
def test_a_form_or_part_sent_too_late_leads_back_to_its_page(client: Client, before: str, given: str) -> None:
    assert client.post("/users/invite/", headers={"Referer": before})["Location"] == given
    for send in (client.get, client.post):
        answer = send("/users/", headers={"HX-Request": "true", "HX-Current-URL": before})
        assert answer["HX-Redirect"] == given


def test_what_was_seen_is_kept_by_no_cache(client_of: Callable[[str], Client]) -> None:
    assert client_of("administrator").get("/users/")["Cache-Control"] == "private, no-store"


def test_the_pages_before_signing_in_show_no_navigation(client: Client) -> None:
    for address in ("/sign-in/", "/reset/", "/reset/sent/", "/invitation/x/", "/new-password/x/"):
        page = client.get(address).content.decode()
        assert "<aside" not in page
        assert 'href="/users/"' not in page


def test_a_page_of_ones_own_opens_to_every_role(client_of: Callable[[str], Client]) -> None:
    own = ("", "password/", "two-steps/", "two-steps/off/", "recovery-codes/", "sessions/", "tokens/", "tokens/new/")
    for name in ("participant", "administrator", "executive"):
        for part in own:
            assert client_of(name).get(f"/account/{part}").status_code == 200


def test_an_address_that_only_takes_forms_says_so_to_who_opens_it(client_of: Callable[[str], Client]) -> None:
    client = client_of("operations")
    answer = client.get("/quotas/import/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "There is nothing to show here" in answer.content.decode()
