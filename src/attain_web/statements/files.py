"""A statement as a file: a workbook, a PDF, or its lines as CSV; each says what the page says, to the cent."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import typst
from django.db.models import Sum
from django.http import Http404
from django.utils.translation import gettext as _
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from attain.plans.nodes import for_reading
from attain_web.rows.exports import AT_ONCE, XLSX_ROWS, safe, text_of, write_cell
from attain_web.statements import lines, queries, shown
from attain_web.statements.models import Statement, StatementLine
from attain_web.statements.tree import walk

TEMPLATE = Path(__file__).with_name("statement.typ")
PRINTED = 2000
"""So many lines a PDF holds; a workbook holds all."""
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


def made(statement: Statement, kind: str, asked: lines.Asked) -> tuple[IO[bytes], str]:
    """The file of a kind, and its content type; 404 for a kind that there is not."""
    if kind not in KINDS:
        raise Http404
    if kind == "xlsx":
        return _workbook(statement), KINDS[kind]
    return (_pdf(statement) if kind == "pdf" else _csv(statement, asked)), KINDS[kind]


def _columns() -> list[str]:
    names = ("Part of pay", "Fact", "Date", "Credited", "Unit", "Split", "Kind", "Why", "Paid for it", "Currency")
    return [_(name) for name in names]


def rows(statement: Statement, asked: lines.Asked) -> Iterator[tuple[Any, ...]]:
    """The lines that are asked for, as plain values."""
    tops = statement.tree.get("children", ())
    known = {node["n"]: (top["label"], node) for top in tops for node in walk(top)}
    for line in lines.found_lines(statement, asked).iterator(chunk_size=AT_ONCE):
        label, node = known[line.node]
        is_credit = node["kind"] == "quantity"
        credited, unit = (line.amount, node["unit"]) if is_credit else (None, None)
        currency = statement.currency if line.paid is not None else None
        yield label, line.fact, line.date, credited, unit, line.split, line.kind, line.formula, line.paid, currency


def _csv(statement: Statement, asked: lines.Asked) -> IO[bytes]:
    """The found lines."""
    file: IO[bytes] = TemporaryFile()  # noqa: SIM115 - the response closes it
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_columns())
    for row in rows(statement, asked):
        writer.writerow([text_of(value) for value in row])
    text.detach()
    file.seek(0)
    return file


def _workbook(statement: Statement) -> IO[bytes]:
    """Three sheets: what it comes to, components with their tiers, and every line."""
    file: IO[bytes] = TemporaryFile()  # noqa: SIM115 - the response closes it
    with Workbook(file, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        bold = book.add_format({"bold": True})
        _sheet(book.add_worksheet(_("Summary")), bold, [_("What"), _("Value")], _summary(statement))
        names = [_("Component"), _("Tier"), _("From"), _("To"), _("Rate"), _("Credit in it"), _("Amount"), _("Formula")]
        _sheet(book.add_worksheet(_("Components and tiers")), bold, names, _components(statement))
        _sheet(book.add_worksheet(_("Orders")), bold, _columns(), rows(statement, lines.Asked()))
    file.seek(0)
    return file


def _sheet(sheet: Worksheet, bold: Any, names: list[str], rows: Iterator[tuple[Any, ...]]) -> None:
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(names) - 1, 18)
    for place, name in enumerate(names):
        sheet.write_string(0, place, safe(name), bold)
    for number, row in enumerate(rows, start=1):
        if number > XLSX_ROWS:
            break
        for place, value in enumerate(row):
            write_cell(sheet, number, place, value)


def _summary(statement: Statement) -> Iterator[tuple[Any, ...]]:
    """Whose it is, what it comes to, and what was paid before."""
    run, key = statement.run, str(statement.participant_id)
    yield _("Name"), queries.names_of([key]).get(key) or key
    yield _("Participant"), key
    yield _("Plan"), f"{run.version.plan.name} v{run.version.number}"
    yield _("Period"), run.period
    yield _("Run"), Decimal(run.pk)
    yield _("Approved by"), run.decided_by.name if run.decided_by and run.state == run.State.APPROVED else None
    yield _("Approved on"), run.decided_at.date() if run.decided_at and run.state == run.State.APPROVED else None
    yield _("Amount"), statement.amount
    yield _("Currency"), statement.currency
    for one in queries.attained(statement):
        yield f"{_('Attainment')} {one.measure} {one.period_start} .. {one.period_end}", one.attainment
    for before in queries.paid_before(statement):
        yield f"{_('Already paid')} {before.start} .. {before.end} ({_('run')} {before.run.pk})", before.paid
        yield f"{_('Difference')} {before.start} .. {before.end}", before.difference


def _components(statement: Statement) -> Iterator[tuple[Any, ...]]:
    """Each component with its amount, then its tiers."""
    for card in shown.cards(statement.tree):
        label, amount = card.node["label"], Decimal(card.node["amount"])
        yield label, None, None, None, None, None, amount, card.node["formula"]
        for tier in card.tiers:
            credit = Decimal(tier.credit.replace(",", "")) if tier.credit else None
            yield (
                label,
                tier.label,
                tier.start,
                tier.end,
                tier.rate,
                credit,
                Decimal(tier.amount.replace(",", "")),
                None,
            )


def _pdf(statement: Statement) -> IO[bytes]:
    """The statement typeset, with page numbers."""
    told = json.dumps(printed(statement))
    return io.BytesIO(typst.compile(TEMPLATE.read_bytes(), sys_inputs={"told": told}, ignore_system_fonts=True))


def printed(statement: Statement) -> dict[str, Any]:
    """What a PDF says; of very many lines the first ones, which it tells."""
    found = list(lines.found_lines(statement, lines.Asked())[:PRINTED])
    count = lines.page_of(statement, lines.Asked()).count
    tops = statement.tree.get("children", ())
    known = {node["n"]: (top["label"], node) for top in tops for node in walk(top)}
    return {
        "summary": [[name, text_of(value)] for name, value in _summary(statement) if value is not None],
        "amount": shown.shown_money(statement.amount),
        "currency": statement.currency,
        "is_approved": statement.run.state == statement.run.State.APPROVED,
        "cards": [
            {
                "label": card.node["label"],
                "amount": card.amount,
                "formula": card.node["formula"],
                "words": str(card.words),
                "measure": card.measure,
                "quota": card.quota,
                "tiers": [[one.label, one.rate, one.credit, one.amount] for one in card.tiers],
            }
            for card in shown.cards(statement.tree)
        ],
        "lines": [_printed_line(one, *known[one.node]) for one in found],
        "left_off": max(0, count - len(found)),
        "paid": shown.shown_money(_paid(statement)),
        "words": {name: _(name) for name in _WORDS},
    }


_WORDS = (
    "Statement",
    "Fact",
    "Date",
    "Credited",
    "Why",
    "Paid for it",
    "Tier",
    "Rate",
    "Credit in it",
    "Amount",
    "Credited facts",
    "Not approved yet",
    "further lines stand in the workbook.",
    "Page",
    "of",
    "Quota",
)


def _printed_line(line: StatementLine, label: str, node: dict[str, Any]) -> list[str]:
    paid = "" if line.paid is None else shown.shown_money(line.paid)
    credited = for_reading(line.amount) if node["kind"] == "quantity" else ""
    return [label, line.fact, line.date.isoformat(), credited, line.formula, paid]


def _paid(statement: Statement) -> Decimal:
    """What all lines are paid together; of what is paid as a whole no line has a part."""
    return lines.found_lines(statement, lines.Asked()).aggregate(sum=Sum("paid"))["sum"] or Decimal(0)
