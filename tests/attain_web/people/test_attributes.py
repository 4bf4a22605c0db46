"""The attributes of people, which tell their pay: to whom, on every page and address that shows rows of people."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from attain_web.access.viewer import SYSTEM
from attain_web.rows.services import save_row
from attain_web.rows.table import row_tables
from tests.attain_web.conftest import Everyone

Clients = Callable[[str], Client]
PAID = {"alice": "alice earns 50", "charlie": "charlie earns 60"}
BEFORE = {"alice": "alice earned 40", "charlie": "charlie earned 50"}
PLACES = (
    "/people/{key}/",
    "/data/participants/{row}/",
    "/data/participants/export.csv",
    "/data/participants/export.xlsx",
    "/api/v1/people/{key}",
    "/api/v1/participants",
    "/api/v1/participants/{row}",
    "/api/v1/participants/{row}/history",
)
SEES = {
    "administrator": set(),
    "executive": set(),
    "designer": {"alice", "charlie"},
    "operations": {"alice", "charlie"},
    "finance": {"alice", "charlie"},
    "auditor": {"alice", "charlie"},
    "manager": {"alice"},
    "dan": {"charlie"},
    "participant": {"alice"},
}


@pytest.fixture(autouse=True)
def paid(everyone: Everyone) -> None:
    table = row_tables()["participants"]
    for told in (BEFORE, PAID):
        for key, salary in told.items():
            save_row(table, SYSTEM, {"attributes": {"base_salary": salary}}, row=everyone.row("participants", key))


def _told(response: Any) -> str:
    """All that an answer holds, of a workbook the cells."""
    body = b"".join(response)
    if body.startswith(b"PK"):
        return str(list(load_workbook(BytesIO(body)).worksheets[0].iter_rows(values_only=True)))
    return str(body.decode())


def _seen(client: Client, everyone: Everyone, place: str) -> set[str]:
    """Whose salary a place tells."""
    told = ""
    for key in PAID:
        row = everyone.row("participants", key).pk
        told += _told(client.get(place.format(key=key, row=row)))
    return {key for key in PAID if PAID[key] in told or BEFORE[key] in told}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("who", SEES)
def test_pay_among_attributes_is_for_who_reads_pay_or_writes_people(
    everyone: Everyone, client_of: Clients, api_of: Callable[..., Client], who: str, place: str
) -> None:
    client = api_of(who) if place.startswith("/api") else client_of(who)
    assert _seen(client, everyone, place) == SEES[who]


@pytest.mark.parametrize("place", PLACES[:4])
def test_a_manager_who_may_not_see_pay_sees_no_attributes(
    everyone: Everyone, client_of: Clients, settings: Any, place: str
) -> None:
    settings.MANAGERS_SEE_PAY = False
    assert _seen(client_of("manager"), everyone, place) == set()


def test_a_token_for_people_alone_opens_no_pay(everyone: Everyone, api_of: Callable[..., Client]) -> None:
    place = "/api/v1/participants"
    assert _seen(api_of("finance", "people:read"), everyone, place) == set()
    assert _seen(api_of("finance", "people:read", "pay:read"), everyone, place) == set(PAID)


def test_no_name_of_an_attribute_leaves_with_an_export(client_of: Clients) -> None:
    assert "base_salary" not in _told(client_of("executive").get("/data/participants/export.csv"))
    assert "base_salary" in _told(client_of("finance").get("/data/participants/export.csv"))
