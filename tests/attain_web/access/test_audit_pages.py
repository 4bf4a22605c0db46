"""The pages of the audit trail: filters, pages, one event, who sees what."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

import attain_web
from attain_web.access.actions import actions
from attain_web.access.audit import recorded
from attain_web.access.models import AuditEvent
from attain_web.access.queries import PAGE
from attain_web.access.told import Told, told
from attain_web.access.viewer import Viewer

Clients = Callable[[str], Client]
Viewers = Callable[[str], Viewer]


def _numbers(answer: Any) -> list[int]:
    return [event.number for event in answer.context["page"].events]


@pytest.fixture
def trail(viewer_of: Viewers) -> None:
    """Changes by two people, enough for three pages."""
    for number in range(PAGE + 10):
        with recorded(viewer_of("operations"), "orders.change", subject=f"orders/N{number}", amount=["1", "2"]):
            pass
    for number in range(PAGE):
        with recorded(viewer_of("finance"), "quotas.approve", subject=f"quotas/{number}", note="<b>fine</b>"):
            pass


@pytest.mark.usefixtures("trail")
def test_pages_there_and_back(client_of: Clients) -> None:
    client = client_of("auditor")
    last = AuditEvent.objects.count()
    first = client.get("/audit/")
    assert _numbers(first) == list(range(last, last - PAGE, -1))
    assert first.context["newer"] == ""
    second = client.get(f"/audit/{first.context['older']}")
    third = client.get(f"/audit/{second.context['older']}")
    assert _numbers(third)[-1] == 1
    assert third.context["older"] == ""
    assert _numbers(client.get(f"/audit/{third.context['newer']}")) == _numbers(second)
    assert _numbers(client.get(f"/audit/{second.context['newer']}")) == _numbers(first)


@pytest.mark.usefixtures("trail")
@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"actor": "finn"}, 50),
        ({"actor": "finance@example"}, 50),
        ({"action": "quotas."}, 50),
        ({"subject": "orders/N7"}, 1),
        ({"actor": "finn", "action": "orders."}, 0),
        ({"since": "2999-01-01"}, 0),
        ({"until": "1999-01-01"}, 0),
        ({"since": "nonsense", "action": "quotas."}, 50),
        ({"actor": "\0"}, 50),
        ({"before": "99999999999999999999999999"}, 50),
        ({"after": "3", "action": "quotas."}, 50),
        ({"after": "99999"}, 0),
    ],
)
def test_filters(client_of: Clients, asked: dict[str, str], count: int) -> None:
    answer = client_of("administrator").get("/audit/", asked)
    assert answer.status_code == 200
    assert len(_numbers(answer)) == count


@pytest.mark.usefixtures("trail")
def test_the_last_day_is_shown_too(client_of: Clients) -> None:
    today = timezone.localdate().isoformat()
    assert _numbers(client_of("auditor").get("/audit/", {"since": today, "until": today}))


@pytest.mark.parametrize(
    ("subject", "address"),
    [
        ("runs/12", "/runs/12/"),
        ("orders/3", "/data/orders/3/"),
        ("uploads/4", "/imports/uploads/4/"),
        ("people/a b", "/people/a%20b/"),
        ("tokens/5", ""),
        ("", ""),
    ],
)
def test_what_an_event_is_about_is_one_click_away(
    client_of: Clients, viewer_of: Viewers, subject: str, address: str
) -> None:
    with recorded(viewer_of("operations"), "runs.stop", subject=subject):
        pass
    number = AuditEvent.objects.latest("number").number
    assert client_of("auditor").get(f"/audit/{number}/").context["subject_url"] == address


@pytest.mark.usefixtures("trail")
def test_one_event_before_and_after(client_of: Clients) -> None:
    client = client_of("auditor")
    change = AuditEvent.objects.filter(action="orders.change").first()
    approval = AuditEvent.objects.filter(action="quotas.approve").first()
    assert change is not None
    assert approval is not None
    assert client.get(f"/audit/{change.number}/").context["told"] == [Told("Amount", "1", "2", is_change=True)]
    page = client.get(f"/audit/{approval.number}/").content.decode()
    assert "&lt;b&gt;fine&lt;/b&gt;" in page
    assert approval.own_hash in page
    assert client.get("/audit/999999/").status_code == 404


@pytest.mark.usefixtures("trail")
def test_finance_sees_what_it_did(client_of: Clients) -> None:
    client = client_of("finance")
    answer = client.get("/audit/")
    assert {event.actor_name for event in answer.context["page"].events} == {"Finn Ledger"}
    assert client.get(f"/audit/{_numbers(answer)[0]}/").status_code == 200
    assert client.get("/audit/1/").status_code == 404
    assert _numbers(client.get("/audit/", {"actor": "olga"})) == []


@pytest.mark.parametrize("name", ["designer", "operations", "manager", "participant", "executive"])
def test_nobody_else_sees_it(client_of: Clients, name: str) -> None:
    assert client_of(name).get("/audit/").status_code == 404
    assert client_of(name).get("/audit/1/").status_code == 404


def test_actions_are_told_in_words(client_of: Clients, viewer_of: Viewers) -> None:
    for action in ("people.join", "orders.make", "strange.do_this"):
        with recorded(viewer_of("operations"), action):
            pass
    client = client_of("auditor")
    page = client.get("/audit/").content.decode()
    assert [word for word in ("Entered a joiner", "Entered: order", "Strange: do this") if word not in page] == []
    chosen = client.get("/audit/", {"action": "people."}).content.decode()
    assert '<option value="people." selected>All: People</option>' in chosen
    assert '<option value="orders.make">Entered: order</option>' in chosen
    assert '<option value="gone." selected>' in client.get("/audit/", {"action": "gone."}).content.decode()


def test_every_action_of_an_app_that_names_them_has_its_words() -> None:
    pattern = re.compile(r"""recorded\(\s*[\w.]+,\s*"([a-z_]+\.[a-z_]+)\"""")
    folder = Path(str(attain_web.__file__)).parent
    written = {
        action
        for app in folder.iterdir()
        if (app / "actions.py").exists()
        for file in app.rglob("*.py")
        for action in pattern.findall(file.read_text(encoding="utf-8"))
    }
    assert "users.invite" in written
    assert written - set(actions()) == set()


def test_two_changes_are_two_rows() -> None:
    whose = {"participant": "adam", "start": "2026-03-01"}
    changes = [
        {**whose, "field": "manager", "before": "ann", "after": None, "end": None},
        {**whose, "field": "title", "before": None, "after": "AE", "end": "2027-01-01"},
    ]
    assert told(AuditEvent(details={"changes": changes, "is_on": True, "orders": {"made": 2}})) == [
        Told("Manager (adam, from 2026-03-01)", "ann", "", is_change=True),
        Told("Title (adam, 2026-03-01 until 2027-01-01)", "", "AE", is_change=True),
        Told("Is on", "", "yes", is_change=False),
        Told("Orders", "", "made: 2", is_change=False),
    ]
