"""Pages of runs: what each shows, finds, exports and allows."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from attain_web.access.models import AuditEvent
from attain_web.payouts.comparing import compare
from attain_web.payouts.models import Run
from attain_web.payouts.services import start_run
from attain_web.payouts.work import calculate

ClientOf = Callable[[str], Client]


def page(client: Client, path: str, status: int = 200, **more: Any) -> str:
    response = client.get(path, **more)
    assert response.status_code == status, (path, response.status_code)
    return b"".join(response).decode()


@pytest.fixture
def run(everyone: Any) -> Run:
    run = start_run(everyone.viewer("designer"), everyone.versions["published"], "2026-Q1")
    calculate(run.pk)
    Run.objects.filter(pk=run.pk).update(previous=everyone.runs["approved"])
    run.refresh_from_db()
    return run


def test_sales_operations_see_a_run_and_nobodys_pay(client_of: ClientOf, run: Run) -> None:
    client = client_of("operations")
    shown = page(client, f"/runs/{run.pk}/")
    assert "47.67" not in shown + page(client, "/runs/")
    assert f"/runs/{run.pk}/payouts/" not in shown
    assert "Adam Abel" in page(client, f"/runs/{run.pk}/attainment/")
    for path in ("earnings/", "payouts/", "comparison/", "comparison/adam/", "payouts.csv"):
        page(client, f"/runs/{run.pk}/{path}", 404)


def test_pages_call_measures_by_their_titles(client_of: ClientOf, run: Run) -> None:
    client, titles = client_of("finance"), run.record["titles"]
    assert titles["bookings"] == "Bookings"
    shown = page(client, f"/runs/{run.pk}/attainment/")
    assert shown.count("Bookings") > shown.count("bookings") == 1  # the value of the filter
    assert '<option value="bookings">Bookings</option>' in shown


@pytest.mark.parametrize("name", ["designer", "finance", "auditor"])
def test_every_page_of_a_run_opens(client_of: ClientOf, run: Run, name: str) -> None:
    client = client_of(name)
    assert "47.67" in page(client, "/runs/")
    assert "47.67 EUR" in page(client, f"/runs/{run.pk}/")
    for table in ("attainment", "earnings", "payouts"):
        shown = page(client, f"/runs/{run.pk}/{table}/")
        assert "Adam Abel" in shown
        assert "2026-Q1" in shown
        assert "adam" in page(client, f"/runs/{run.pk}/{table}.csv")
    assert "There is nothing here" in page(client, f"/runs/{run.pk}/comparison/")
    assert "could not be compared" in page(client, f"/runs/{run.pk}/comparison/adam/")


@pytest.mark.parametrize("name", ["administrator", "manager", "participant", "executive"])
def test_others_are_told_nothing(client_of: ClientOf, run: Run, name: str) -> None:
    for path in ("/runs/", f"/runs/{run.pk}/", f"/runs/{run.pk}/payouts/", f"/runs/{run.pk}/evidence/"):
        page(client_of(name), path, 404)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"Ann Arbor", "Alice Adler", "Adam Abel", "Charlie Cole"}),
        ("q=abel", {"Adam Abel"}),
        ("q=charlie", {"Charlie Cole"}),
        ("from=11", {"Adam Abel"}),
        ("to=10.03&sort=-amount", {"Ann Arbor", "Alice Adler", "Charlie Cole"}),
        ("from=nonsense", set()),
        ("period=2026-Q1&q=alice", {"Alice Adler"}),
        ("period=2026-Q2", set()),
    ],
)
def test_a_table_is_filtered(client_of: ClientOf, run: Run, query: str, found: set[str]) -> None:
    shown = page(client_of("finance"), f"/runs/{run.pk}/payouts/?{query}", headers={"HX-Request": "true"})
    assert {name for name in ("Ann Arbor", "Alice Adler", "Adam Abel", "Charlie Cole") if f">{name}<" in shown} == found


def test_every_column_sorts(client_of: ClientOf, run: Run) -> None:
    from attain_web.payouts.lists import LISTINGS  # noqa: PLC0415 - beside its only use

    for listing in LISTINGS.values():
        for column in listing.columns:
            page(client_of("finance"), f"/runs/{run.pk}/{listing.name}/?sort=-{column.name}")


def test_exports_hold_every_digit(client_of: ClientOf, run: Run) -> None:
    lines = page(client_of("finance"), f"/runs/{run.pk}/earnings.csv?q=adam").splitlines()
    assert lines[0] == "participant,component,period_start,period_end,measure_value,quota,rate,amount,currency"
    assert lines[1] == "adam,Bookings,2026-01-01,2026-04-01,175.75,10000,0.1,17.58,EUR"
    book = client_of("finance").get(f"/runs/{run.pk}/payouts.xlsx")
    sheet: Any = load_workbook(io.BytesIO(b"".join(book))).active
    assert [cell.value for cell in sheet[2]][3:] == [17.58, "EUR"]
    assert AuditEvent.objects.filter(action="runs.export").count() == 2


def test_a_run_is_started_from_its_page(client_of: ClientOf, everyone: Any) -> None:
    client, version = client_of("designer"), everyone.versions["published"]
    assert "Sellers, version 1" in page(client, "/runs/new/")
    made = client.post("/runs/new/", {"version": version.pk, "period": "2026-q2"})
    run = Run.objects.latest("pk")
    assert made["Location"] == f"/runs/{run.pk}/"
    assert (run.period, run.state, run.started_by) == ("2026-Q2", "queued", everyone.users["designer"])
    assert "Waiting for a worker" in page(client, f"/runs/{run.pk}/")
    again = client.post("/runs/new/", {"version": version.pk, "period": "2026-Q2"})
    assert again.status_code == 422
    assert f"Run {run.pk} calculates just that" in again.content.decode()
    wrong = client.post("/runs/new/", {"version": version.pk, "period": "2026-Q7"})
    assert "2026-Q4" in wrong.content.decode()
    client.post(f"/runs/{run.pk}/stop/")
    run.refresh_from_db()
    assert run.state == "stopped"
    assert "Start again" in page(client, f"/runs/{run.pk}/")
    started = client.post(f"/runs/{run.pk}/again/")
    assert Run.objects.latest("pk").pk > run.pk
    assert started.status_code == 302


def test_finance_approves_and_sends_back(client_of: ClientOf, run: Run, everyone: Any) -> None:
    client = client_of("finance")
    assert "Approve this run?" in page(client, f"/runs/{run.pk}/")
    assert client.post(f"/runs/{run.pk}/reject/", {"why": " "}).status_code == 422
    long = client.post(f"/runs/{run.pk}/approve/", {"note": "a" * 2001})
    assert (long.status_code, "at most 2,000 characters" in long.content.decode()) == (422, True)
    run.refresh_from_db()
    assert run.state == "calculated"
    client.post(f"/runs/{run.pk}/approve/", {"note": " As agreed\x00\r\n"})
    run.refresh_from_db()
    assert (run.state, run.decision, run.decided_by) == ("approved", "As agreed", everyone.users["finance"])
    assert "Finn Ledger approved it" in page(client, f"/runs/{run.pk}/")
    client.post(f"/runs/{everyone.runs['calculated'].pk}/reject/", {"why": "Orders are missing"})
    assert "Orders are missing" in page(client, f"/runs/{everyone.runs['calculated'].pk}/")
    assert client_of("designer").post(f"/runs/{run.pk}/approve/").status_code == 403


def test_pages_need_few_queries(client_of: ClientOf, run: Run, django_assert_max_num_queries: Any) -> None:
    client = client_of("finance")
    for path in ("", "payouts/", "comparison/", "attainment/"):
        client.get(f"/runs/{run.pk}/{path}")
        with django_assert_max_num_queries(16):
            client.get(f"/runs/{run.pk}/{path}")


def test_without_the_files_of_the_run_before_that_is_said(client_of: ClientOf, run: Run) -> None:
    compare(run.pk)
    assert "not kept any more" in page(client_of("finance"), f"/runs/{run.pk}/")
