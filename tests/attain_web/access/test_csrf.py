"""Nothing is changed by a page of another site: every address refuses what comes without the form's own token."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from attain_web.access.models import AuditEvent

pytestmark = pytest.mark.django_db


def _addresses(patterns: list[Any], before: str = "/") -> Iterator[str]:
    """Every address of the pages, with something in the place of what varies."""
    for one in patterns:
        route = re.sub(r"<[^>]+>", "1", str(one.pattern))
        if isinstance(one, URLPattern):
            yield before + route
        elif not route.startswith("api/"):
            yield from _addresses(one.url_patterns, before + route)


ADDRESSES = sorted(set(_addresses(get_resolver().url_patterns)))


def test_the_addresses_are_known() -> None:
    assert {"/sign-in/", "/sign-out/", "/account/tokens/1/revoke/", "/data/1/new/"} < set(ADDRESSES)
    assert not [address for address in ADDRESSES if "<" in address]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_form_without_its_token_is_refused(client_of: Callable[[str], Client], address: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = client_of("administrator").cookies
    known = AuditEvent.objects.count()
    answer = browser.post(address, {"name": "changed"})
    assert answer.status_code == 403
    assert "The page had grown old" in answer.content.decode()
    assert AuditEvent.objects.count() == known


def test_a_request_that_is_not_understood_is_told_so(client: Client) -> None:
    answer = client.get("/sign-in/", headers={"host": "elsewhere.example"})
    assert answer.status_code == 400
    assert "This request was not understood" in answer.content.decode()
