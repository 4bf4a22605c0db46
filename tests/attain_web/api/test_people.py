"""People in the API: the directory and a person as of a day, and the flows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from attain_web.access.models import AuditEvent

pytestmark = pytest.mark.django_db
Programs = Callable[..., Client]
PEOPLE = "/api/v1/people"


def _post(client: Client, path: str, told: dict[str, Any]) -> Any:
    return client.post(f"{PEOPLE}{path}", told, content_type="application/json")


def _keys(client: Client, asked: str) -> list[str]:
    found, following = [], f"{PEOPLE}{asked}"
    while following:
        page = client.get(following).json()
        found += [one["key"] for one in page["items"]]
        following = page["next"]
    return found


def test_the_directory_goes_on_behind_its_cursor(api_of: Programs) -> None:
    client = api_of("operations")
    everybody = ["adam", "alice", "ann", "bea", "charlie", "dan"]
    assert _keys(client, "") == _keys(client, "?limit=1") == _keys(client, "?limit=4") == everybody
    assert _keys(client, "?manager=ann&on=2026-01-01&limit=1") == ["adam", "alice"]
    assert _keys(client, "?manager=dan&on=2025-01-01") == ["alice", "charlie"]
    assert _keys(client, "?search=ber") == ["bea"]
    assert client.get(f"{PEOPLE}?sort=title").status_code == 422


def test_of_others_only_name_and_manager_are_told(api_of: Programs) -> None:
    items = {one["key"]: one for one in api_of("charlie").get(PEOPLE).json()["items"]}
    assert items["charlie"]["title"] == "Account executive"
    assert items["alice"]["manager_name"] == "Ann Arbor"
    assert items["alice"]["title"] is None
    assert not items["alice"]["is_readable"]
    assert _keys(api_of("charlie"), "?team=North") == []
    assert api_of("charlie").get(f"{PEOPLE}/alice").status_code == 404


def test_a_person_is_told_as_of_a_day(api_of: Programs) -> None:
    before, after = (api_of("auditor").get(f"{PEOPLE}/alice?on={day}").json() for day in ("2025-01-01", "2026-01-01"))
    assert [one["key"] for one in before["above"]] == ["dan"]
    assert [one["key"] for one in after["above"]] == ["ann", "bea"]
    assert after["now"]["title"] == "Account executive"
    assert (after["accounts"], after["below"]) == (1, 0)


def test_somebody_joins_changes_and_leaves(api_of: Programs) -> None:
    client = api_of("operations")
    told = {"key": "eve", "name": "Eve East", "title": "Account executive", "day": "2026-02-01", "manager": "dan"}
    made = _post(client, "", told)
    assert (made.status_code, made["Location"]) == (201, f"{PEOPLE}/eve")
    assert made.json()["mail_fault"] is None
    changed = _post(client, "/eve/position", {"day": "2026-03-01", "title": "Sales manager"}).json()
    assert [one["title"] for one in changed["positions"]] == ["Sales manager", "Account executive"]
    assert changed["now"]["name"] == "Eve East"  # what was left out stays
    moved = _post(client, "/eve/manager", {"day": "2026-04-01", "manager": "ann"}).json()
    assert [one["manager"] for one in moved["lines"]] == ["ann", "dan"]
    gone = _post(client, "/eve/leave", {"day": "2026-05-01"}).json()
    assert gone["now"] is None
    assert gone["positions"][0]["end"] == "2026-05-01"
    stays = _post(client, "/eve/stay", {"day": "2026-06-01"}).json()
    assert [stays[part][0]["end"] for part in ("positions", "lines")] == ["2026-06-01"] * 2
    events = AuditEvent.objects.filter(subject="people/eve").order_by("number").values_list("action", flat=True)
    assert list(events) == [f"people.{deed}" for deed in ("join", "change_position", "change_manager", "leave", "stay")]


def test_attributes_are_taken_as_they_are_given(api_of: Programs) -> None:
    client = api_of("operations")
    told = {"grade": 7, "rate": 0.5, "flag": True, "none": None, "zip": "0042"}
    for day in ("2026-03-01", "2026-04-01"):
        sent = {"day": day, "title": f"From {day}", "attributes": told}
        told = _post(client, "/alice/position", sent).json()["now"]["attributes"]
    assert told == {"grade": 7, "rate": 0.5, "flag": True, "none": None, "zip": "0042"}
    refused = _post(client, "/adam/position", {"day": "2026-03-01", "attributes": {"grade": "A"}})
    assert refused.json()["errors"][0]["pointer"] == "#/attributes"


@pytest.mark.parametrize(
    ("path", "told", "pointer"),
    [
        ("", {"key": "alice", "name": "Alice", "day": "2026-01-01"}, "#/key"),
        ("", {"key": "eve", "name": "Eve", "day": "2026-02-30"}, "#/day"),
        ("", {"key": "eve", "day": "2026-01-01"}, "#/name"),
        ("/alice/manager", {"day": "2026-01-01", "manager": "alice"}, "#/manager"),
        ("/alice/manager", {"day": "0001-01-01", "manager": "bea"}, "#/day"),
        ("/alice/position", {"day": "2026-01-01", "territory": "nowhere"}, "#/territory"),
        ("/ann/leave", {"day": "2026-01-01", "reports_to": "ann"}, "#/reports_to"),
        ("/ann/manager", {"day": "2026-01-01", "manager": "alice"}, "#"),  # a ring
    ],
)
def test_what_cannot_be_is_told_by_field(api_of: Programs, path: str, told: dict[str, Any], pointer: str) -> None:
    response = _post(api_of("operations"), path, told)
    assert response.status_code == 422
    assert [one["pointer"] for one in response.json()["errors"]] == [pointer]


def test_a_token_does_no_more_than_its_scopes(api_of: Programs) -> None:
    told = {"day": "2026-03-01", "title": "Changed"}
    assert _post(api_of("operations", "people:read"), "/alice/position", told).status_code == 403
    assert _post(api_of("operations", "records:read"), "/alice/position", told).status_code == 404
    joins = {"key": "eve", "name": "Eve", "day": "2026-01-01", "email": "eve@example.com"}
    refused = _post(api_of("operations"), "", joins)
    assert refused.status_code == 403
    assert "invite" in refused.json()["detail"]
