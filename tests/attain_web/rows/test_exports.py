"""Exports: whole, harmless and recorded."""

import csv
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from attain_web.access.models import AuditEvent
from attain_web.crm.models import Account, Order
from attain_web.rows import exports

ClientOf = Callable[[str], Client]


def _csv(client: Client, path: str) -> list[dict[str, str]]:
    body = b"".join(client.get(path))
    return list(csv.DictReader(body.decode().splitlines()))


def _xlsx(client: Client, path: str) -> list[tuple[Any, ...]]:
    body = b"".join(client.get(path))
    return list(load_workbook(BytesIO(body)).worksheets[0].iter_rows(values_only=True))


def test_the_found_rows_leave_as_csv(client_of: ClientOf) -> None:
    rows = _csv(client_of("operations"), "/data/orders/export.csv?participant=adam&sort=order")
    assert [row["order"] for row in rows] == ["O-adam", "O-recorded"]
    assert rows[1]["amount"] == "75.5"
    assert rows[1]["date"] == "2026-03-02"


def test_the_found_rows_leave_as_a_workbook(client_of: ClientOf) -> None:
    head, row = _xlsx(client_of("operations"), "/data/orders/export.xlsx?q=O-recorded")
    told = dict(zip(head, row, strict=True))
    assert told["order"] == "O-recorded"
    assert told["amount"] == 75.5
    assert told["date"] == datetime(2026, 3, 2)  # noqa: DTZ001 - a cell's day has no zone


def test_an_export_is_limited_to_what_is_seen(client_of: ClientOf) -> None:
    assert {row["order"] for row in _csv(client_of("charlie"), "/data/orders/export.csv")} == {"O-charlie"}
    assert client_of("administrator").get("/data/orders/export.csv").status_code == 404


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])  # noqa: RUF001
def test_a_text_that_calculates_is_neutralised(client_of: ClientOf, sign: str) -> None:
    Account.objects.create(account="A-bad", name=f"{sign}1+1", attributes={f"{sign}key": f"{sign}2"})
    client = client_of("operations")
    body = b"".join(client.get("/data/accounts/export.csv?q=A-bad")).decode()
    assert f"'{sign}1+1" in body
    assert f"'{sign}key" in body
    assert f"'{sign}2" in body
    head, row = _xlsx(client, "/data/accounts/export.xlsx?q=A-bad")
    assert str(row[head.index("name")]).startswith("'")


def test_a_negative_number_stays_a_number(client_of: ClientOf, everyone: Any) -> None:
    Order.objects.filter(pk=everyone.row("orders", "adam").pk).update(amount=Decimal("-3.5"))
    client = client_of("operations")
    assert _csv(client, "/data/orders/export.csv?q=O-adam")[0]["amount"] == "-3.5"
    head, row = _xlsx(client, "/data/orders/export.xlsx?q=O-adam")
    assert row[head.index("amount")] == -3.5


def test_digits_that_a_workbook_would_lose_leave_as_text(client_of: ClientOf, everyone: Any) -> None:
    Order.objects.filter(pk=everyone.row("orders", "adam").pk).update(amount=Decimal("123456789012345678.25"))
    head, row = _xlsx(client_of("operations"), "/data/orders/export.xlsx?q=O-adam")
    assert row[head.index("amount")] == "123456789012345678.25"


def test_an_export_is_one_event_of_the_audit_trail(client_of: ClientOf) -> None:
    client_of("operations").get("/data/orders/export.csv?participant=adam")
    event = AuditEvent.objects.get(action="orders.export")
    assert event.details == {"format": "csv", "count": 2, "filters": {"participant": "adam"}}


def test_a_workbook_that_cannot_hold_the_rows_is_refused_in_words(
    client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "XLSX_ROWS", 1)
    response = client_of("operations").get("/data/orders/export.xlsx", follow=True)
    assert "take CSV" in response.content.decode()
    assert not AuditEvent.objects.filter(action="orders.export").exists()
