"""Whatever goes wrong in the API is told as a problem document (RFC 9457)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from attain_web.access.models import ApiToken, User
from attain_web.access.problems import KINDS

Programs = Callable[..., Client]
ORDERS = "/api/v1/orders"


@pytest.fixture(autouse=True)
def _nothing_counted() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def _is_problem(response: Any, status: int) -> dict[str, Any]:
    told: dict[str, Any] = response.json()
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert told["type"] == f"urn:attain:problem:{KINDS[status][0]}"
    assert told["status"] == status
    assert told["title"]
    assert told["detail"]
    assert told["instance"] == response.wsgi_request.path
    return told


@pytest.mark.usefixtures("everyone")
@pytest.mark.parametrize("path", [ORDERS, f"{ORDERS}/1", "/api/v1/nothing/here", "/api/v1/openapi.json"])
def test_without_a_token_nothing_opens(path: str) -> None:
    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer"},
    ):
        response = Client(headers=headers).get(path)
        _is_problem(response, 401)
        assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_signed_in_browser_is_no_token(client_of: Callable[[str], Client]) -> None:
    _is_problem(client_of("operations").get(ORDERS), 401)
    _is_problem(client_of("operations").post(ORDERS, {}, content_type="application/json"), 401)


def test_a_revoked_token_or_a_deactivated_user_is_nobody(everyone: Any, api_of: Programs) -> None:
    client, other = api_of("operations"), api_of("auditor")
    assert client.get(ORDERS).status_code == other.get(ORDERS).status_code == 200
    User.objects.filter(pk=everyone.users["operations"].pk).update(is_active=False)
    ApiToken.objects.filter(user=everyone.users["auditor"]).update(revoked_at="2026-01-01T00:00:00Z")
    _is_problem(client.get(ORDERS), 401)
    _is_problem(other.get(ORDERS), 401)


@pytest.mark.parametrize(
    ("method", "path", "status", "more"),
    [
        ("GET", "/api/v1/", 404, {}),
        ("GET", "/api/v1/nothing", 404, {}),
        ("GET", f"{ORDERS}/", 404, {}),
        ("GET", f"{ORDERS}/999999999999999999999999", 404, {}),
        ("DELETE", ORDERS, 405, {}),
        ("TRACE", ORDERS, 405, {}),
        ("GET", ORDERS, 406, {"headers": {"Accept": "text/html"}}),
        ("POST", ORDERS, 415, {"data": "order=1", "content_type": "application/x-www-form-urlencoded"}),
        ("POST", ORDERS, 400, {"data": "{"}),
        ("POST", ORDERS, 400, {"data": '{"amount": NaN}'}),
        ("POST", ORDERS, 400, {"data": b"\xff"}),
        ("POST", ORDERS, 413, {"data": b'"' + b"x" * 6_000_000 + b'"'}),
        ("POST", ORDERS, 422, {"data": "[]"}),
        ("POST", ORDERS, 422, {"data": r'{"order": "\ud800", "date": "2026-01-01", "amount": "1"}'}),
    ],
)
def test_each_fault_is_a_problem(method: str, path: str, status: int, more: dict[str, Any], api_of: Programs) -> None:
    response = api_of("operations").generic(method, path, **{"content_type": "application/json", **more})
    _is_problem(response, status)
    assert bool(response.headers.get("Allow")) == (status == 405)


def test_head_is_answered_as_get_without_a_body(api_of: Programs) -> None:
    response = api_of("operations").head(ORDERS)
    assert response.status_code == 200
    assert response.content == b""


def test_a_fault_of_ours_tells_nothing_of_it(api_of: Programs) -> None:
    client = api_of("operations")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE crm_order RENAME COLUMN amount TO amount_gone")
    client.raise_request_exception = False
    told = _is_problem(client.get(ORDERS), 500)
    assert "amount" not in told["detail"]


def test_too_many_requests_of_one_user_wait(api_of: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    from attain_web.api import throttle  # noqa: PLC0415 - the addresses need every app

    monkeypatch.setattr(throttle, "most", 2)
    client = api_of("operations")
    assert [client.get(ORDERS).status_code for _ in range(3)] == [200, 200, 429]
    response = client.get(ORDERS)
    _is_problem(response, 429)
    assert 0 < int(response["Retry-After"]) <= 60
    assert api_of("auditor").get(ORDERS).status_code == 200
