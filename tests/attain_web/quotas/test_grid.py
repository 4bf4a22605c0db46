"""The grid of quotas: whose lines, what stands in a cell, sums, and what is written back."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from attain_web.access.models import AuditEvent
from attain_web.access.viewer import NotAllowedError, Viewer
from attain_web.measures.calendars import calendar_of, year_of
from attain_web.quotas.grid import Asked, Grid, grid_of
from attain_web.quotas.models import Quota
from attain_web.quotas.services import Change, ChangedMeanwhileError, write_cells

ClientOf = Callable[[str], Client]
ViewerOf = Callable[[str], Viewer]
GRID = "/quotas/?measure=bookings&year=2026"
Q1, Q2 = (date(2026, 1, 1), date(2026, 4, 1)), (date(2026, 4, 1), date(2026, 7, 1))


def _grid(viewer: Viewer, measure: str = "bookings", **asked: Any) -> Grid:
    year = year_of(calendar_of(""), "2026")
    assert year is not None
    return grid_of(viewer, Asked(measure, year, year.periods[asked.pop("every", "quarter")], **asked))


def _quota(key: str, quota: str, start: date, end: date | None, measure: str = "bookings") -> Quota:
    return Quota.objects.create(
        participant_id=key, measure=measure, start=start, end=end, quota=Decimal(quota), currency="EUR"
    )


def _line(grid: Grid, key: str) -> Any:
    return next(line for line in grid.lines() if line.key == key)


def _sent(page: str, **cells: str) -> dict[str, str]:
    """What the browser sends of a page, with other values in some cells."""
    fields = dict(re.findall(r'<input name="(c\d+-\d+)" value="([^"]*)"', page))
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    assert seen is not None
    return {"seen": unescape(seen[1]), **fields, **cells}


def _place(page: str, key: str, period: int) -> str:
    keys = [line[0] for line in json.loads(_sent(page)["seen"])]
    return f"c{keys.index(key)}-{period}"


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("operations", {"bea", "ann", "alice", "adam", "dan", "charlie"}),
        ("finance", {"bea", "ann", "alice", "adam", "dan", "charlie"}),
        ("manager", {"ann", "alice", "adam"}),
        ("participant", {"alice"}),
        ("dan", {"dan", "charlie"}),
    ],
)
def test_everybody_sees_the_lines_that_are_theirs_to_see(viewer_of: ViewerOf, name: str, keys: set[str]) -> None:
    grid = _grid(viewer_of(name))
    assert {line.key for line in grid.lines()} == keys
    assert grid.total == 10_000 * len(keys & {"ann", "alice", "adam", "charlie"})


def test_a_cell_holds_exactly_its_period_else_what_lies_inside(viewer_of: ViewerOf) -> None:
    _quota("dan", "100", date(2026, 1, 1), date(2026, 2, 1))
    _quota("dan", "20", date(2026, 2, 1), date(2026, 3, 1))
    _quota("dan", "7", date(2026, 4, 1), None)
    _quota("dan", "3", date(2026, 6, 1), date(2026, 8, 1))  # in no quarter
    cells = _line(_grid(viewer_of("operations")), "dan").cells
    assert [cell.value for cell in cells] == [120, 7, None, None]
    assert [len(cell.exact) for cell in cells] == [0, 1, 0, 0]
    _quota("dan", "500", *Q1)
    assert _line(_grid(viewer_of("operations")), "dan").total == 507


def test_filters_find_lines_and_totals_follow_them(viewer_of: ViewerOf) -> None:
    olga = viewer_of("operations")
    found = {who: {line.key for line in _grid(olga, who=who).lines()} for who in ("managers", "with", "without")}
    assert found == {
        "managers": {"bea", "ann", "dan"},
        "with": {"ann", "alice", "adam", "charlie"},
        "without": {"bea", "dan"},
    }
    below = _grid(olga, manager="ann")
    assert {line.key for line in below.lines()} == {"ann", "alice", "adam"}
    assert below.totals == [30_000, 0, 0, 0]
    assert [line.key for line in _grid(olga, team="South", title="Sales manager").lines()] == ["dan"]
    assert [line.key for line in _grid(olga, search="ALI adl").lines()] == ["alice"]


def test_beside_a_managers_own_quota_stands_what_their_people_have(viewer_of: ViewerOf) -> None:
    line = _line(_grid(viewer_of("manager")), "ann")
    assert (line.below.total, line.below.own, line.below.ratio) == (20_000, 10_000, 2)
    _quota("bea", "32000", *Q1, measure="team_bookings")
    grid = _grid(viewer_of("operations"), "team_bookings")
    assert _line(grid, "bea").below.sums == {Q1[0]: 30_000}  # everybody below, as plans take it: without Charlie
    assert _line(grid, "bea").below.ratio == Decimal("0.9375")
    assert not grid.has_totals  # a team is part of the team above


def test_amounts_in_several_currencies_are_not_added_up(viewer_of: ViewerOf) -> None:
    Quota.objects.filter(participant_id="adam").update(currency="USD")
    assert not _grid(viewer_of("operations")).has_totals


def test_a_cell_is_written_changed_and_taken_out(client_of: ClientOf) -> None:
    client = client_of("operations")
    page = client.get(GRID).content.decode()
    cells = {
        _place(page, "alice", 0): "12,500.50",
        _place(page, "dan", 1): "800",
        _place(page, "adam", 0): "",
    }
    events = AuditEvent.objects.count()
    assert client.post(GRID, _sent(page, **cells)).status_code == 302
    rows = {(row.participant_id, row.start): row for row in Quota.objects.filter(measure="bookings")}
    assert rows["alice", Q1[0]].quota == Decimal("12500.50")
    assert (rows["dan", Q2[0]].quota, rows["dan", Q2[0]].end, rows["dan", Q2[0]].currency) == (800, Q2[1], "EUR")
    assert ("adam", Q1[0]) not in rows
    assert AuditEvent.objects.count() == events + 1
    told = AuditEvent.objects.latest("number")
    assert told.action == "quotas.write"
    assert ["alice", "2026-01-01", "2026-04-01", "10000.000000", "12500.500000"] in told.details["cells"]
    assert len(told.details["cells"]) == 3


def test_a_page_sent_back_unchanged_writes_nothing(client_of: ClientOf) -> None:
    client = client_of("operations")
    events = AuditEvent.objects.count()
    client.post(GRID, _sent(client.get(GRID).content.decode()))
    assert AuditEvent.objects.count() == events


def test_nothing_is_written_over_what_was_not_seen(client_of: ClientOf) -> None:
    client = client_of("operations")
    page = client.get(GRID).content.decode()
    alice, adam = _place(page, "alice", 0), _place(page, "adam", 0)
    assert client.post(GRID, _sent(page, **{alice: "1"})).status_code == 302
    response = client.post(GRID, _sent(page, **{alice: "2", adam: "3"}))
    assert response.status_code == 422
    assert Quota.objects.get(participant_id="alice").quota == 1
    assert Quota.objects.get(participant_id="adam").quota == 10_000
    again = response.content.decode()
    assert "Somebody changed this meanwhile" in again
    assert client.post(GRID, _sent(again)).status_code == 302  # now they have seen it
    assert Quota.objects.get(participant_id="alice").quota == 2
    assert Quota.objects.get(participant_id="adam").quota == 3


def test_two_who_fill_the_same_empty_cell_are_told(viewer_of: ViewerOf) -> None:
    change = Change("dan", *Q1, Decimal(5), None)
    assert write_cells(viewer_of("operations"), "bookings", [change]) == 1
    with pytest.raises(ChangedMeanwhileError) as told:
        write_cells(viewer_of("operations"), "bookings", [change])
    assert told.value.cells == [("dan", Q1[0])]


def test_what_is_no_number_stays_in_its_cell(client_of: ClientOf) -> None:
    client = client_of("operations")
    page = client.get(GRID).content.decode()
    response = client.post(GRID, _sent(page, **{_place(page, "alice", 0): "lots"}))
    assert response.status_code == 422
    assert "“lots” is no number of 0 or more." in response.content.decode()
    assert Quota.objects.get(participant_id="alice").quota == 10_000


@pytest.mark.parametrize("name", ["manager", "participant", "finance", "designer"])
def test_only_operations_write(viewer_of: ViewerOf, client_of: ClientOf, name: str) -> None:
    with pytest.raises(NotAllowedError):
        write_cells(viewer_of(name), "bookings", [Change("alice", *Q1, Decimal(5), None)])
    assert '<input name="c0-0"' not in client_of(name).get(GRID).content.decode()


@pytest.mark.parametrize("seen", ["", "{", "[]x", '[["alice", [["1"]]]]', '[["alice", 5]]'])
def test_what_no_page_sends_is_refused(client_of: ClientOf, seen: str) -> None:
    assert client_of("operations").post(GRID, {"seen": seen, "c0-0": "5"}).status_code == 404


def test_a_cell_has_a_history_of_who_and_when(client_of: ClientOf) -> None:
    client = client_of("operations")
    page = client.get(GRID).content.decode()
    alice = _place(page, "alice", 0)
    client.post(GRID, _sent(page, **{alice: "12000"}))
    client.post(GRID, _sent(client.get(GRID).content.decode(), **{alice: ""}))
    address = "/quotas/history/alice/?measure=bookings&start=2026-01-01&end=2026-04-01"
    told = client.get(address).content.decode()
    assert '<del class="was">10,000</del> → <ins>12,000</ins>' in told
    assert "by Olga Ops" in told
    assert "Taken out" in told
    assert client_of("participant").get(address).status_code == 200
    assert client_of("manager").get(address).status_code == 200
    assert client_of("charlie").get(address).status_code == 404
    assert client_of("administrator").get(address).status_code == 404


def test_the_grid_goes_out_and_comes_back_as_a_workbook(client_of: ClientOf) -> None:
    client = client_of("operations")
    body = client.get("/quotas/grid.xlsx?measure=bookings&year=2026").content
    book = load_workbook(io.BytesIO(body))
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[1]] == ["participant", "name", "2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]
    for row in sheet.iter_rows(min_row=2):
        if row[0].value == "dan":
            row[2].value = 250.5
    written = io.BytesIO()
    book.save(written)
    response = client.post(
        "/quotas/import/?measure=bookings&year=2026", {"file": SimpleUploadedFile("new.xlsx", written.getvalue())}
    )
    page = response.content.decode()
    assert "Write 1 quota" in page
    assert not Quota.objects.filter(participant_id="dan").exists()
    sent = re.search(r'name="changes" value="([^"]*)"', page)
    assert sent is not None
    client.post(GRID, {"changes": unescape(sent[1]), "file": "new.xlsx"})
    assert Quota.objects.get(participant_id="dan").quota == Decimal("250.5")
    assert AuditEvent.objects.latest("number").details["file"] == "new.xlsx"
    assert (
        client.get("/quotas/grid.csv?measure=bookings&year=2026").content.decode().splitlines()[-1].startswith("dan,")
    )


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"name,2026-Q1\n", "must name the column"),
        (b"participant,Q1\n", "must name the column"),
        (b"participant,2026-Q1\nalice,many\n", "Line 2, 2026-Q1: “many” is no number of 0 or more."),
        (b"participant,2026-Q1\nalice,-5\n", "Line 2, 2026-Q1: “-5” is no number of 0 or more."),
        (b"participant,2026-Q1\nalice,1\nalice,2\n", "stands there twice"),
        (b"participant,2026-Q1\nalice,1\nzoe,2\n", "No participant has these keys: zoe."),
        (b"\xff\xfe", "UTF-8"),
        (b"participant,2026-Q1\nalice,10000\n", "Nothing would change"),
    ],
)
def test_a_file_is_looked_at_before_anything_is_written(client_of: ClientOf, content: bytes, told: str) -> None:
    sent = {"file": SimpleUploadedFile("quotas.csv", content)}
    page = client_of("operations").post("/quotas/import/?measure=bookings&year=2026", sent, follow=True)
    assert told in page.content.decode()


def test_a_page_needs_few_queries_however_many_people(
    client_of: ClientOf, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = client_of("operations")
    client.get(GRID)
    with django_assert_max_num_queries(25):
        client.get(GRID)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_measure_of_an_odd_name_leaves_as_a_file(client_of: ClientOf, everyone: Any, kind: str) -> None:
    row = everyone.row("quotas", "alice")
    row.measure = odd = "new\nlogos [2026]: */'“x”"
    row.save()
    answer = client_of("operations").get(f"/quotas/grid.{kind}", {"measure": odd, "year": "2026"})
    assert answer.status_code == 200
    assert "filename" in answer["Content-Disposition"]
