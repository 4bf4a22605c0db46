"""The pages of people: who sees whom, as of which day, and what a flow shows before it changes anything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import unquote

import pytest
from django.db import connection
from django.db.models import Q
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse

from attain_web.access.models import AuditEvent
from attain_web.people import queries, services
from attain_web.people.models import Participant, ParticipantVersion, ReportingLine

Clients = Callable[[str], Client]
MAY = date(2026, 5, 1)


def text_of(client: Client, url: str, *, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status, url
    return response.content.decode()


def test_a_seller_reads_everybodys_name_but_only_her_own_title(client_of: Clients) -> None:
    shown = text_of(client_of("participant"), reverse("people:list"))
    assert all(name in shown for name in ("Bea Berg", "Ann Arbor", "Adam Abel", "Charlie Cole"))
    assert "Account executive" in shown
    assert "Sales manager" not in shown
    assert reverse("people:person", args=["alice"]) in shown
    assert reverse("people:person", args=["adam"]) not in shown


def test_a_seller_finds_nobody_by_what_she_may_not_read(client_of: Clients) -> None:
    shown = text_of(client_of("participant"), reverse("people:list") + "?title=Sales+manager")
    assert "Ann Arbor</a>" not in shown
    assert "Nobody fits" in shown


@pytest.mark.parametrize(
    ("name", "key", "status"),
    [
        ("participant", "alice", 200),
        ("participant", "adam", 404),
        ("participant", "ann", 404),
        ("manager", "alice", 200),
        ("manager", "bea", 404),
        ("bea", "alice", 200),
        ("dan", "alice", 404),
        ("dan", "charlie", 200),
        ("charlie", "alice", 404),
        ("administrator", "alice", 200),
        ("operations", "alice", 200),
        ("operations", "nobody", 404),
        ("manager", "nobody", 404),
    ],
)
def test_a_person_is_seen_by_themselves_their_chain_and_who_reads_all(
    client_of: Clients, name: str, key: str, status: int
) -> None:
    text_of(client_of(name), reverse("people:person", args=[key]), status=status)


@pytest.mark.parametrize("page", ["list", "chart", "join"])
def test_who_is_not_signed_in_is_asked_to(client_of: Clients, page: str) -> None:
    assert client_of("").get(reverse(f"people:{page}")).status_code == 302


@pytest.mark.parametrize("page", ["position", "manager", "leave"])
@pytest.mark.parametrize(
    ("name", "status"),
    [("operations", 200), ("administrator", 403), ("manager", 403), ("participant", 403), ("dan", 404)],
)
def test_a_flow_opens_for_who_may_change_people(client_of: Clients, page: str, name: str, status: int) -> None:
    text_of(client_of(name), reverse(f"people:{page}", args=["alice"]), status=status)


def test_links_to_users_are_the_administrators(client_of: Clients) -> None:
    text_of(client_of("administrator"), reverse("people:link", args=["adam"]))
    text_of(client_of("operations"), reverse("people:link", args=["adam"]), status=404)


def test_the_directory_shows_the_organisation_as_of_a_day(client_of: Clients, viewer_of: Any) -> None:
    services.leave(viewer_of("operations"), "adam", MAY)
    operations = client_of("operations")
    assert "Adam Abel" in text_of(operations, reverse("people:list") + "?on=2026-04-30")
    assert "Adam Abel" not in text_of(operations, reverse("people:list") + "?on=2026-05-01")
    before = queries.directory(viewer_of("operations"), date(2025, 6, 30), queries.Asked(search="alice"))
    assert [one.manager_name for one in before.people] == ["Dan Drake"]
    now = queries.directory(viewer_of("operations"), MAY, queries.Asked(manager="ann"))
    assert [one.key for one in now.people] == ["alice"]


def test_the_chart_counts_who_is_below_and_opens_in_parts(client_of: Clients, viewer_of: Any) -> None:
    viewer = viewer_of("manager")
    told = {one.key: (one.reports, one.below) for one in queries.organisation(viewer, MAY)}
    assert told == {"bea": (1, 3), "dan": (1, 1)}
    assert [one.key for one in queries.organisation(viewer, MAY, "ann")] == ["adam", "alice"]
    shown = text_of(client_of("manager"), reverse("people:chart") + "?root=ann")
    assert "Alice Adler" in shown
    assert "Bea Berg" in shown
    assert "Charlie" not in shown
    part = text_of(client_of("manager"), reverse("people:branch", args=["ann"]) + "?on=2026-05-01")
    assert part.startswith("<ul")
    assert "Adam Abel" in part


def test_who_reports_to_somebody_who_is_gone_stands_at_the_top(viewer_of: Any) -> None:
    operations = viewer_of("operations")
    ParticipantVersion.objects.filter(Q(participant="dan")).update(end=MAY)  # as an import may leave it
    assert "charlie" in {one.key for one in queries.organisation(operations, MAY)}


def test_a_person_shows_chain_timeline_and_what_is_theirs(client_of: Clients, viewer_of: Any) -> None:
    services.change_position(viewer_of("operations"), "alice", MAY, {"title": "Key account manager"})
    shown = text_of(client_of("operations"), reverse("people:person", args=["alice"]) + "?on=2026-06-01")
    assert "Key account manager" in shown
    assert "2026-05-01" in shown
    assert "?participant=alice" in shown
    found = queries.person(viewer_of("operations"), "alice", MAY)
    assert [one.key for one in found.above] == ["ann", "bea"]
    assert [(line.start, name) for line, name in found.lines] == [(date(2025, 7, 1), "Ann Arbor"), (None, "Dan Drake")]
    assert found.records == {"accounts": 1, "opportunities": 0}


@pytest.mark.parametrize(
    ("name", "links"), [("participant", 1), ("manager", 1), ("finance", 1), ("operations", 0), ("administrator", 0)]
)
def test_a_person_leads_to_their_statements_for_who_may_read_them(client_of: Clients, name: str, links: int) -> None:
    shown = text_of(client_of(name), reverse("people:person", args=["alice"]))
    assert shown.count(reverse("statements:list") + "?person=alice") == links


def test_a_leaver_who_still_owns_something_is_told(client_of: Clients, viewer_of: Any) -> None:
    services.leave(viewer_of("operations"), "adam", date(2026, 2, 1))
    assert "this is still theirs" in text_of(client_of("operations"), reverse("people:person", args=["adam"]))


def test_a_flow_shows_what_will_change_and_changes_it_when_told(client_of: Clients) -> None:
    client = client_of("operations")
    url = reverse("people:manager", args=["alice"])
    told = {"day": "2026-05-01", "manager": "Dan Drake"}
    before = AuditEvent.objects.count()
    shown = client.post(url, told | {"step": "preview"}).content.decode()
    assert "What will change" in shown
    assert "Ann Arbor" in shown
    assert 'value="Dan Drake"' in shown
    assert AuditEvent.objects.count() == before
    assert "What will change" not in client.post(url, told | {"step": "edit"}).content.decode()
    response = client.post(url, told | {"step": "do"})
    assert response.headers["Location"] == reverse("people:person", args=["alice"])
    assert ReportingLine.objects.filter(Q(manager="dan"), Q(participant="alice"), start=MAY).exists()
    assert AuditEvent.objects.count() == before + 1


def test_only_what_was_changed_in_the_form_is_changed_on_another_day(client_of: Clients, viewer_of: Any) -> None:
    services.change_position(viewer_of("operations"), "alice", MAY, {"title": "Key account manager"})
    told = {
        "day": "2026-03-01",
        "name": "Alice Adler",
        "title": "Key account manager",
        "team": "Key",
        "territory": "north",
    }
    client_of("operations").post(reverse("people:position", args=["alice"]), told | {"step": "do"})
    row = ParticipantVersion.objects.get(Q(participant="alice"), start=date(2026, 3, 1))
    assert (row.title, row.team, row.end) == ("Account executive", "Key", MAY)


HIDDEN = {"note": "line 1\nline 2: x", "none": None, "a:b": "c", "ends": " x ", " n": "y", "list": [1]}
LINES = {"flag": True, "grade": 7, "rate": 0.5, "empty": "", "zip": "0042", "time": "9:30"}


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        ("", HIDDEN),
        ("grade: 8\r\nzip: 0042\r\nnone: x", {**HIDDEN, "grade": 8, "zip": "0042", "none": "x"}),
        (None, HIDDEN | LINES),
    ],
)
def test_what_no_line_can_tell_is_not_shown_and_stays(
    client_of: Clients, lines: str | None, kept: dict[str, Any]
) -> None:
    ParticipantVersion.objects.filter(Q(participant="alice")).update(attributes=HIDDEN | LINES)
    client, url = client_of("operations"), reverse("people:position", args=["alice"])
    form = client.get(url).context["form"]
    shown = form["attributes"].value()
    assert {line.partition(":")[0] for line in shown.splitlines()} == set(LINES)
    told = {name: form[name].value() or "" for name in form.fields} | {"day": "2026-05-01", "title": "Changed"}
    told["attributes"] = shown.replace("\n", "\r\n") if lines is None else lines
    assert client.post(url, told | {"step": "do"}).status_code == 302
    row = ParticipantVersion.objects.get(Q(participant="alice"), start=MAY)
    assert row.attributes == kept
    assert ("attributes" in str(AuditEvent.objects.latest("number").details)) is (lines is not None)


@pytest.mark.parametrize(
    ("page", "told", "said"),
    [
        ("manager", {"day": "2026-05-01", "manager": "nobody"}, "Nobody here is called"),
        ("manager", {"day": "2026-05-01", "manager": "alice"}, "Nobody reports to themselves"),
        ("manager", {"day": "", "manager": "ann"}, "This field is required"),
        ("position", {"day": "2026-05-01", "name": "Alice", "territory": "moon"}, "no territory with the key"),
        ("position", {"day": "2026-05-01", "name": "Alice", "attributes": "grade 7"}, "a colon between them"),
        ("leave", {"day": "2026-05-01", "accounts_to": "alice"}, "other than who leaves"),
    ],
)
def test_what_a_flow_cannot_do_is_said_beside_its_form(
    client_of: Clients, page: str, told: dict[str, str], said: str
) -> None:
    before = AuditEvent.objects.count()
    response = client_of("operations").post(reverse(f"people:{page}", args=["alice"]), told | {"step": "do"})
    assert said in response.content.decode()
    assert AuditEvent.objects.count() == before


def test_somebody_joins_by_the_form(client_of: Clients) -> None:
    told = {"day": "2026-05-01", "key": "eve/1", "name": "Eve", "manager": "ann", "attributes": "grade: 7"}
    response = client_of("operations").post(reverse("people:join"), told | {"step": "do"})
    assert response.headers["Location"] == reverse("people:person", args=["eve/1"])
    assert ParticipantVersion.objects.get(Q(participant="eve/1")).attributes == {"grade": 7}
    text_of(client_of("operations"), response.headers["Location"])


@pytest.mark.parametrize("key", ["ann", "a/b", "50%", "%2F", "chart", "join", "..", "é ü", "a?b#c"])
def test_every_key_has_an_address(key: str) -> None:
    match = resolve(unquote(reverse("people:person", args=[key])))  # as a server hands it on
    assert (match.url_name, match.kwargs) == ("person", {"key": key})


@pytest.mark.parametrize("url", ["/people/", "/people/chart/", "/people/ann/", "/people/ann/leave/", "/people/join/"])
def test_a_page_asks_no_more_for_fifty_people_than_for_five(client_of: Clients, url: str) -> None:
    client = client_of("operations")
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        assert client.get(url).status_code == 200
    Participant.objects.bulk_create(Participant(participant=f"p{n}") for n in range(50))
    ParticipantVersion.objects.bulk_create(ParticipantVersion(participant_id=f"p{n}", name=f"P {n}") for n in range(50))
    ReportingLine.objects.bulk_create(
        ReportingLine(participant_id=f"p{n}", manager_id="ann" if n < 25 else f"p{n - 25}") for n in range(50)
    )
    services.rebuild_chain()
    with CaptureQueriesContext(connection) as many:
        assert client.get(url).status_code == 200
    assert len(many) == len(few) <= 16


@pytest.mark.parametrize(
    "address", ["?search=%00", "?team=a%00", "?manager=%00", "?page=" + "9" * 30, "chart/?root=%00"]
)
def test_an_address_with_what_no_text_has_is_harmless(client_of: Callable[[str], Client], address: str) -> None:
    assert client_of("operations").get(f"/people/{address}").status_code in {200, 404}


@pytest.mark.parametrize("address", ["%00/", "chart/%00/", "%00/leave/", "%2500/"])
def test_nobody_has_a_key_with_a_nul(client_of: Callable[[str], Client], address: str) -> None:
    assert client_of("operations").get(f"/people/{address}").status_code == 404
