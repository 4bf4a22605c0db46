"""What somebody might try with rows: credit for others' deals, a look at what was not theirs."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from attain.tables import TABLES
from attain_web.access.viewer import NotAllowedError, Viewer
from attain_web.bridge import arrow_of
from attain_web.crm.models import Order, Split
from attain_web.measures.calendars import calendar_of
from attain_web.measures.values import Asked
from attain_web.measures.values import values as values_of
from attain_web.rows.queries import history
from attain_web.rows.services import save_row
from attain_web.rows.table import row_tables

ViewerOf = Callable[[str], Viewer]
ClientOf = Callable[[str], Client]


@pytest.mark.parametrize("who", ["participant", "manager"])
@pytest.mark.parametrize("fact", ["O-charlie", "O-alice", "O-not-yet"])
def test_nobody_gives_themselves_a_share_of_a_deal(viewer_of: ViewerOf, who: str, fact: str) -> None:
    share = {"fact_table": "orders", "fact": fact, "participant": "alice", "share": Decimal(100)}
    with pytest.raises(NotAllowedError):
        save_row(row_tables()["splits"], viewer_of(who), share)


def test_nobody_enlarges_their_own_share(client_of: ClientOf) -> None:
    own = Split.objects.get(fact="O-alice")
    client = client_of("participant")
    assert client.get(f"/data/splits/{own.pk}/").status_code == 200
    assert client.get(f"/data/splits/{own.pk}/edit/").status_code == 403
    assert client.get("/data/splits/new/").status_code == 403


def test_who_is_given_a_row_does_not_see_what_it_was_before(viewer_of: ViewerOf, client_of: ClientOf) -> None:
    table, operations = row_tables()["orders"], viewer_of("operations")
    pk = Order.objects.get(order="O-charlie").pk
    for values in ({"amount": Decimal("7777.77")}, {"participant": "alice", "amount": Decimal(8)}, {"currency": "USD"}):
        row = save_row(table, operations, dict(values), row=Order.objects.get(pk=pk))
    seen = [version["changed"] for version in history(table, row, viewer_of("participant"))]
    assert seen == [{"currency": ("EUR", "USD")}, {}]
    assert len(history(table, row, operations)) == 4
    assert b"7,777" not in client_of("participant").get(f"/data/orders/{pk}/").content
    assert b"7,777" in client_of("auditor").get(f"/data/orders/{pk}/").content


@pytest.fixture
def odd_attributes(viewer_of: ViewerOf) -> dict[str, str]:
    """Attributes whose names and values are numbers, words of JSON, formulas, and days that there are not."""
    told = {"2024": "a", "true": "b", "null": "c", "{=1+1}": "{=2+2}", "day": "2026-13-45", "%s": "d", "a.b": "e"}
    row = Order.objects.get(order="O-alice")
    save_row(row_tables()["orders"], viewer_of("participant"), {"attributes": told}, row=row)
    return told


def test_odd_attributes_leave_in_files_as_texts(client_of: ClientOf, odd_attributes: dict[str, str]) -> None:
    body = b"".join(client_of("operations").get("/data/orders/export.csv?order=O-alice")).decode()
    (row,) = csv.DictReader(body.splitlines())
    assert {name: row[name] for name in odd_attributes} == odd_attributes
    book = load_workbook(BytesIO(b"".join(client_of("operations").get("/data/orders/export.xlsx?order=O-alice"))))
    cells: list[Any] = [cell for line in book.worksheets[0].iter_rows() for cell in line]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    assert {*odd_attributes} <= {cell.value for cell in cells}


@pytest.mark.parametrize("name", ["AMOUNT", "Participant", " ", "_row", "_ROW ", 'x" FROM', "amount "])
def test_no_name_of_an_attribute_keeps_others_from_being_calculated(viewer_of: ViewerOf, name: str) -> None:
    told = {name: "9999", "colour": "red", "Colour": "blue"}
    row = Order.objects.get(order="O-alice")
    save_row(row_tables()["orders"], viewer_of("participant"), {"attributes": told}, row=row)
    Order.objects.filter(order="O-charlie").update(attributes={"COLOUR": "green"})
    found = values_of(
        viewer_of("auditor"), "bookings", Asked(calendar_of(""), span=(date(2026, 1, 1), date(2027, 1, 1)))
    )
    assert {line.key: line.values[date(2026, 1, 1)] for line in found.lines}["alice"] == Decimal("100.25")
    rows = arrow_of(TABLES["orders"], Order.objects.filter(order__in=["O-alice", "O-charlie"])).to_pylist()
    assert {row["order"]: (row["amount"], row["COLOUR"]) for row in rows} == {
        "O-alice": (Decimal("100.25"), "blue"),
        "O-charlie": (Decimal("100.25"), "green"),
    }


def test_odd_attributes_are_handed_to_the_library_whole(odd_attributes: dict[str, str]) -> None:
    rows = arrow_of(TABLES["orders"], Order.objects.filter(order="O-alice")).to_pylist()
    assert {name: rows[0][name] for name in odd_attributes} == odd_attributes
