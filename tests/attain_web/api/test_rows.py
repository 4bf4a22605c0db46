"""The API of rows: typed, limited to what a token's owner may see, paged without holes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from attain_web.access.models import AuditEvent
from attain_web.crm.models import Order

Programs = Callable[..., Client]
ORDERS = "/api/v1/orders"


def _sent(client: Client, method: str, path: str, body: Any, **headers: str) -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    return client.generic(method, path, text, content_type="application/json", headers=headers)


def _keys(client: Client, path: str) -> list[str]:
    """The keys of a whole list, page by page."""
    keys, following = [], path
    while following:
        page = client.get(following).json()
        keys += [row["order"] for row in page["items"]]
        following = page["next"]
    return keys


def test_a_row_is_shown_with_decimals_as_text_and_days_as_iso_says(everyone: Any, api_of: Programs) -> None:
    response = api_of("participant").get(f"{ORDERS}/{everyone.row('orders', 'alice').pk}")
    told = response.json()
    assert {name: told[name] for name in ("order", "date", "amount", "cost", "territory", "attributes")} == {
        "order": "O-alice",
        "date": "2026-03-02",
        "amount": "100.25",
        "cost": "60",
        "territory": None,
        "attributes": {},
    }
    assert response["ETag"]
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("sort", ["", "date", "-date", "amount", "-opportunity", "opportunity", "participant"])
@pytest.mark.parametrize("limit", [1, 2, 5, 200])
def test_pages_hold_every_row_once(sort: str, limit: int, api_of: Programs) -> None:
    path = f"{ORDERS}?limit={limit}" + (f"&sort={sort}" if sort else "")
    keys = _keys(api_of("operations"), path)
    assert sorted(keys) == sorted(Order.objects.values_list("order", flat=True))


def test_pages_stay_put_while_rows_come_in(api_of: Programs) -> None:
    client = api_of("operations")
    first = client.get(f"{ORDERS}?limit=3").json()
    before = {row["order"] for row in first["items"]}
    Order.objects.create(order="O-0000", date=date(2027, 1, 1), amount=1)  # would stand before all that was read
    Order.objects.get(order="O-alice-before").delete()
    rest = _keys(client, first["next"])
    assert not before & set(rest)
    assert before | set(rest) == {"O-adam", "O-alice", "O-ann", "O-charlie", "O-recorded"}


def test_a_cursor_fits_only_the_list_it_was_given_for(api_of: Programs) -> None:
    client = api_of("operations")
    following = client.get(f"{ORDERS}?limit=1").json()["next"]
    for path in (f"{following}&sort=amount", f"{ORDERS}?cursor=nonsense", following.replace("orders", "accounts")):
        response = client.get(path)
        assert response.status_code == 422
        assert response.json()["errors"][0]["parameter"] == "cursor"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("participant=alice", ["O-alice", "O-alice-before"]),
        ("date.from=2026-01-01&participant=alice", ["O-alice"]),
        ("date.to=2026-01-01", ["O-alice-before"]),
        ("amount.to=100", ["O-recorded"]),
        ("search=O-ch", ["O-charlie"]),
    ],
)
def test_filters_are_those_of_the_pages(asked: str, found: list[str], api_of: Programs) -> None:
    assert _keys(api_of("operations"), f"{ORDERS}?{asked}") == found


@pytest.mark.parametrize("asked", ["limit=0", "limit=201", "nonsense=1", "date.from=tomorrow", "amount=1e5", "search="])
def test_what_a_list_does_not_know_is_refused(asked: str, api_of: Programs) -> None:
    response = api_of("operations").get(f"{ORDERS}?{asked}")
    assert response.status_code == 422
    assert response.json()["errors"][0]["parameter"] == asked.partition("=")[0]


def test_a_row_is_made_and_changed_with_one_event_each(api_of: Programs) -> None:
    client = api_of("participant")
    made = _sent(
        client, "POST", ORDERS, {"order": "X", "date": "2026-04-01", "amount": "12.50", "participant": "alice"}
    )
    assert made.status_code == 201
    assert made.json()["amount"] == "12.5"
    place = made["Location"]
    assert client.get(place).json() == made.json()
    changed = _sent(client, "PATCH", place, {"amount": "13"}, **{"If-Match": made["ETag"]})
    assert changed.status_code == 200
    assert _sent(client, "PATCH", place, {"amount": "14"}, **{"If-Match": made["ETag"]}).status_code == 412
    history = client.get(f"{place}/history").json()["items"]
    assert [(one["label"], one["changed"].get("amount")) for one in history] == [
        ("changed", ["12.5", "13"]),
        ("made", [None, "12.5"]),
    ]
    assert history[0]["by"] == "Alice Adler"
    events = AuditEvent.objects.filter(subject=place.removeprefix("/api/v1/")).order_by("number")
    assert [event.action for event in events] == ["orders.make", "orders.change"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"order": "X", "date": "2026-02-30", "amount": "1"}, "#/date"),
        ({"order": "X", "date": "2026-02-20", "amount": 1}, "#/amount"),
        ({"order": "X", "date": "2026-02-20", "amount": "1", "discount": "1"}, "#/discount"),
        ({"order": "", "date": "2026-02-20", "amount": "1"}, "#/order"),
        ({"order": "X\0", "date": "2026-02-20", "amount": "1"}, "#/order"),
        ({"order": "X", "date": "2026-02-20"}, "#/amount"),
        ({"order": "X", "date": "2026-02-20", "amount": "1", "participant": "nobody"}, "#/participant"),
        ({"order": "O-ann", "date": "2026-02-20", "amount": "1"}, "#/order"),
        ({"order": "X", "date": "2026-02-20", "amount": "1", "attributes": {"a": [1]}}, "#/attributes/a"),
        ({"order": "X", "date": "2026-02-20", "amount": "1", "attributes": {"a": "x\0"}}, "#/attributes/a"),
        ({"order": "X", "date": "2026-02-20", "amount": "1", "attributes": {"a": "\ud800"}}, "#/attributes/a"),
        ('{"order": "X", "date": "2026-02-20", "amount": "1", "attributes": {"a": 1e999}}', "#/attributes/a"),
    ],
)
def test_what_is_wrong_is_pointed_at(body: Any, pointer: str, api_of: Programs) -> None:
    client = api_of("operations")
    count = Order.objects.count(), AuditEvent.objects.count()
    response = _sent(client, "POST", ORDERS, body)
    assert response.status_code == 422
    assert response["Content-Type"] == "application/problem+json"
    assert pointer in [one["pointer"] for one in response.json()["errors"]]
    assert (Order.objects.count(), AuditEvent.objects.count()) == count


def test_attributes_are_taken_as_they_are_given_and_those_not_named_stay(everyone: Any, api_of: Programs) -> None:
    client, place = api_of("operations"), f"{ORDERS}/{everyone.row('orders', 'alice').pk}"
    told = {"seats": 3, "rate": 0.5, "paid": True, "none": None, "said": "x" * 2500, "code": "0042"}
    assert _sent(client, "PATCH", place, {"attributes": told}).json()["attributes"] == told
    events = AuditEvent.objects.count()
    assert _sent(client, "PATCH", place, {"attributes": client.get(place).json()["attributes"]}).status_code == 200
    assert AuditEvent.objects.count() == events  # nothing has changed
    changed = _sent(client, "PATCH", place, {"attributes": {"said": "y", "seats": None, "rate": 1}}).json()
    assert changed["attributes"] == told | {"said": "y", "seats": None, "rate": 1}
    huge = _sent(client, "PATCH", place, {"attributes": {"huge": 10**400}}).json()
    assert huge["attributes"]["huge"] == str(10**400)  # no number that a plan can calculate with


def test_a_token_may_no_more_than_its_scopes(everyone: Any, api_of: Programs) -> None:
    reader, importer = api_of("operations", "records:read"), api_of("operations", "imports:read")
    order = everyone.row("orders", "alice").pk
    assert reader.get(f"{ORDERS}/{order}").status_code == 200
    assert _sent(reader, "PATCH", f"{ORDERS}/{order}", {"amount": "1"}).status_code == 403
    assert reader.get("/api/v1/quotas").status_code == 404
    assert importer.get(f"{ORDERS}/{order}").status_code == 404


def test_somebody_elses_row_looks_as_if_it_did_not_exist(everyone: Any, api_of: Programs) -> None:
    client = api_of("participant")
    theirs, none = everyone.row("orders", "charlie").pk, 987_654_321
    for method, rest in (("GET", ""), ("GET", "/history"), ("PATCH", "")):
        told = [_sent(client, method, f"{ORDERS}/{pk}{rest}", {}) for pk in (theirs, none)]
        assert [one.status_code for one in told] == [404, 404]
        assert told[0].content.replace(str(theirs).encode(), b"") == told[1].content.replace(str(none).encode(), b"")
