"""A statement as a file says what its page says, to the cent, and no cell of it calculates."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Q
from django.test import Client
from openpyxl import load_workbook

from attain_web.access.models import AuditEvent
from attain_web.access.viewer import SYSTEM
from attain_web.payouts.models import Run
from attain_web.statements import files, lines
from attain_web.statements.models import Statement, StatementLine
from attain_web.statements.services import explain_one
from attain_web.statements.shown import cards

pytestmark = pytest.mark.django_db
ClientOf = Callable[[str], Client]


def body(client: Client, address: str) -> bytes:
    answer: Any = client.get(address)
    assert answer.status_code == 200, address
    return b"".join(answer)


@pytest.fixture
def url(everyone: Any) -> str:
    return f"/statements/{everyone.runs['approved'].pk}/alice/statement"


def test_a_workbook_has_the_amounts_of_the_page(client_of: ClientOf, url: str) -> None:
    book = load_workbook(io.BytesIO(body(client_of("participant"), f"{url}.xlsx")))
    assert book.sheetnames == ["Summary", "Components and tiers", "Facts"]
    told = {row[0].value: row[1].value for row in book["Summary"]}
    assert told["Amount"] == pytest.approx(10.03)
    assert told["Attainment: Bookings, 2026-Q1"] == pytest.approx(0.010025)
    assert book["Components and tiers"]["E3"].number_format == "0.00##%"
    assert (told["Name"], told["Approved by"]) == ("Alice Adler", "Finn Ledger")
    components = [[cell.value for cell in row] for row in book["Components and tiers"]]
    assert components[2] == [
        "Bookings, 2026-Q1",
        "0 % to 100 % of quota",
        "0 % of quota",
        "100 % of quota",
        0.1,
        100.25,
        10.03,
        None,
    ]
    assert [cell.value for cell in book["Facts"][2]][:3] == ["Bookings, 2026-Q1", "Bookings", "O-alice"]
    event = AuditEvent.objects.get(action="statements.export")
    assert event.details == {"format": "xlsx"}


def test_no_cell_calculates(client_of: ClientOf, url: str) -> None:
    StatementLine.objects.filter(Q(statement__participant="alice")).update(fact="=1+1", formula="@cmd")
    book = load_workbook(io.BytesIO(body(client_of("participant"), f"{url}.xlsx")))
    told = [cell.value for cell in book["Facts"][2]]
    assert "'=1+1" in told
    assert "'@cmd" in told
    assert "'=1+1" in body(client_of("participant"), f"{url}.csv").decode()


def test_a_pdf_is_made_without_a_network(client_of: ClientOf, url: str) -> None:
    made = body(client_of("participant"), f"{url}.pdf")
    assert made.startswith(b"%PDF-")
    assert len(made) > 5_000


def test_other_kinds_are_not_there(client_of: ClientOf, url: str) -> None:
    assert client_of("participant").get(f"{url}.exe").status_code == 404
    assert client_of("charlie").get(f"{url}.pdf").status_code == 404


def test_the_sums_of_a_real_statement_are_the_same_everywhere(adventure: Callable[[], Run]) -> None:
    statement = explain_one(Statement(run=adventure(), participant_id="277"))
    asked = lines.Asked()
    told = files.printed(statement)
    rows = list(files.rows(statement, asked, SYSTEM))
    paid = sum((row[10] for row in rows), Decimal(0))
    assert paid == statement.amount == Decimal("47841.28")
    assert told["totals"][-1] == ["Total", "47,841.28 USD"]
    assert told["amount"] == "47,841.28"
    assert len(told["lines"]) == len(rows) == lines.page_of(statement, asked).count == 191
    (card,) = cards(statement.tree)
    assert sum(row[5] for row in rows) == card.tiers[0].exact
    made, _ = files.made(statement, "pdf", asked, SYSTEM)
    assert made.read(5) == b"%PDF-"


def test_the_account_of_a_fact_is_told_to_who_may_see_it(everyone: Any) -> None:
    statement = Statement.objects.get(Q(run=everyone.runs["approved"]) & Q(participant="alice"))
    for name, account in (("participant", "Alice & Co"), ("administrator", "")):
        assert [row[3] for row in files.rows(statement, lines.Asked(), everyone.viewer(name))] == [account]


def test_what_a_pdf_says_is_for_reading(everyone: Any) -> None:
    statement = Statement.objects.get(Q(run=everyone.runs["approved"]) & Q(participant="alice"))
    told = files.printed(statement)
    summary = dict(told["summary"])
    assert (summary["Days"], summary["Attainment: Bookings, 2026-Q1"]) == ("2026-01-01 – 2026-03-31", "1.00 %")
    assert summary["Amount"] == f"10.03 {statement.currency}"
    assert told["totals"] == [
        ["Total of Bookings, 2026-Q1", f"10.03 {statement.currency}"],
        ["Total", f"10.03 {statement.currency}"],
    ]
