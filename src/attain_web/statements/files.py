"""A statement as a file: a workbook, a PDF, or its lines as CSV; each says what the page says, to the cent."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import typst
from django.http import Http404
from django.utils.translation import gettext as _
from xlsxwriter import Workbook

from attain_web.access.viewer import Viewer
from attain_web.look.table import percent
from attain_web.payouts.models import Difference, Run
from attain_web.rows.exports import AT_ONCE, XLSX_DIGITS, XLSX_ROWS, safe, text_of, write_cell
from attain_web.statements import lines, queries, shown
from attain_web.statements.changes import reasons
from attain_web.statements.models import Statement, StatementLine
from attain_web.statements.tree import walk

TEMPLATE = Path(__file__).with_name("statement.typ")
_PERCENT = re.compile(r"(-?[\d,]+(?:\.\d+)?) ?%")
NONE = "–"
"""What is paid for a fact that no part of pay belongs to."""
PRINTED = 2000
"""So many lines a PDF holds; a workbook holds all."""
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


class Money(Decimal):
    """An amount of money in a workbook."""


class Share(Decimal):
    """A part of one, in a workbook as per cent."""


FORMS = {Money: "#,##0.00", Share: "0.00##%"}


def made(statement: Statement, kind: str, asked: lines.Asked, viewer: Viewer) -> tuple[IO[bytes], str]:
    """The file of a kind with the accounts that the viewer may see, and its content type; 404 for an unknown kind."""
    if kind not in KINDS:
        raise Http404
    if kind == "xlsx":
        return _workbook(statement, viewer), KINDS[kind]
    return (_pdf(statement) if kind == "pdf" else _csv(statement, asked, viewer)), KINDS[kind]


_COLUMNS = (
    "Part of pay",
    "Measure",
    "Fact",
    "Account",
    "Date",
    "Credited",
    "Unit",
    "Split, %",
    "Kind",
    "Why",
    "Paid for it",
    "Currency",
)


def _columns() -> list[str]:
    return [_(name) for name in _COLUMNS]


def rows(statement: Statement, asked: lines.Asked, viewer: Viewer) -> Iterator[tuple[Any, ...]]:
    """The lines that are asked for, as plain values."""
    known = _nodes(statement)
    found = lines.found_lines(statement, asked).iterator(chunk_size=AT_ONCE)
    while some := list(islice(found, AT_ONCE)):
        places = lines.places(viewer, statement.tree, some)
        for line in some:
            place = places.get((line.node, line.fact))
            yield _row(statement, line, place.account if place else "", *known[line.node])


def _nodes(statement: Statement) -> dict[int, tuple[str, dict[str, Any]]]:
    """Each node by its number, with the label of the part of the statement that it belongs to."""
    return {node["n"]: (top["label"], node) for top in statement.tree.get("children", ()) for node in walk(top)}


def _row(statement: Statement, line: StatementLine, account: str, label: str, node: dict[str, Any]) -> tuple[Any, ...]:
    measure = credited = unit = None
    if node["kind"] == "quantity":
        unit, measure = node["unit"], shown.title_of(node)
        credited = line.amount if unit in shown.UNITS else Money(line.amount)
    paid, currency = (None, None) if line.paid is None else (Money(line.paid), statement.currency)
    told = (label, measure, line.fact, account, line.date, credited, unit, line.split, line.kind, line.formula)
    return *told, NONE if paid is None else paid, currency


def _csv(statement: Statement, asked: lines.Asked, viewer: Viewer) -> IO[bytes]:
    """The found lines."""
    file: IO[bytes] = TemporaryFile()  # noqa: SIM115 - the response closes it
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_columns())
    for row in rows(statement, asked, viewer):
        writer.writerow([text_of(value) for value in row])
    text.detach()
    file.seek(0)
    return file


def _workbook(statement: Statement, viewer: Viewer) -> IO[bytes]:
    """Three sheets: what it comes to, components with their tiers, and every line."""
    file: IO[bytes] = TemporaryFile()  # noqa: SIM115 - the response closes it
    with Workbook(file, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        names = [_("Component"), _("Tier"), _("From"), _("To"), _("Pays"), _("Credit in it"), _("Amount"), _("Formula")]
        _sheet(book, _("Summary"), [_("What"), _("Value")], _summary(statement))
        _sheet(book, _("Components and tiers"), names, _components(statement))
        _sheet(book, _("Facts"), _columns(), rows(statement, lines.Asked(), viewer))
    file.seek(0)
    return file


def _sheet(book: Workbook, title: str, names: list[str], rows: Iterator[tuple[Any, ...]]) -> None:
    sheet, bold = book.add_worksheet(title), book.add_format({"bold": True})
    forms = {kind: book.add_format({"num_format": form}) for kind, form in FORMS.items()}
    right = book.add_format({"align": "right"})
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(names) - 1, 18)
    for place, name in enumerate(names):
        sheet.write_string(0, place, safe(name), bold)
    for number, row in enumerate(rows, start=1):
        if number > XLSX_ROWS:
            break
        for place, value in enumerate(row):
            if isinstance(value, (Money, Share)):
                sheet.write_number(number, place, _fitting(value), forms[type(value)])
            elif value == NONE:
                sheet.write_string(number, place, value, right)
            else:
                write_cell(sheet, number, place, value)


def _fitting(value: Decimal) -> Decimal:
    """A number with the digits that a spreadsheet holds; what does not fit is rounded far behind the cents."""
    return value if len(value.normalize().as_tuple().digits) <= XLSX_DIGITS else round(value, 6)


def _summary(statement: Statement) -> Iterator[tuple[str, Any]]:
    """Whose it is, what it comes to, and what was paid before."""
    run, key = statement.run, str(statement.participant_id)
    yield _("Name"), queries.names_of([key]).get(key) or key
    yield _("Participant"), key
    yield _("Plan"), f"{run.version.plan.name} v{run.version.number}"
    yield _("Period"), run.period
    if run.start and run.end:
        yield _("Days"), shown.days(run.start, run.end)
    yield _("Run"), Decimal(run.pk)
    yield _("Approved by"), run.decided_by.name if run.decided_by and run.state == run.State.APPROVED else None
    yield _("Approved on"), run.decided_at.date() if run.decided_at and run.state == run.State.APPROVED else None
    yield _("Amount"), Money(statement.amount)
    yield _("Currency"), statement.currency
    found = queries.attained(statement)
    for one, told in zip(found, shown.attained(found, statement.tree), strict=True):
        attainment = None if one.attainment is None else Share(one.attainment)
        yield f"{_('Attainment')}: {told.measure}, {told.period}", attainment
    if by := _replaced_by(statement):
        yield _("Replaced by run"), Decimal(by)
    for before in queries.paid_before(statement):
        days = shown.days(before.start, before.end)
        yield f"{_('Already paid')}: {days} ({_('run')} {before.run.pk})", Money(before.paid)
        yield f"{_('Difference')}: {days}", Money(before.difference)
    for part in reasons(statement):
        yield f"{_('Of the difference')}: {Difference.Reason(part.reason).label}", Money(part.amount)


def _replaced_by(statement: Statement) -> int | None:
    """The run that counts in the place of a statement's, for all of its time or a part."""
    is_approved = statement.run.state == Run.State.APPROVED
    return queries.listed([statement])[0].replaced_by if is_approved else None


def _components(statement: Statement) -> Iterator[tuple[Any, ...]]:
    """Each component with its amount, then its tiers."""
    for card in shown.cards(statement.tree):
        label = card.node["label"]
        yield label, None, None, None, None, None, Money(card.node["amount"]), card.node["formula"]
        for tier in card.tiers:
            credit = Money(tier.exact) if tier.exact is not None and card.unit else tier.exact
            amount = Money(tier.amount.replace(",", ""))
            yield label, tier.label, tier.start, tier.end, _rate(tier.rate), credit, amount, None


def _rate(words: str) -> Share | str:
    """A rate as the plan tells it: a per cent is a number in a workbook."""
    found = _PERCENT.fullmatch(words)
    return Share(Decimal(found[1].replace(",", "")) / 100) if found else words


def _pdf(statement: Statement) -> IO[bytes]:
    """The statement typeset, with page numbers."""
    told = json.dumps(printed(statement))
    return io.BytesIO(typst.compile(TEMPLATE.read_bytes(), sys_inputs={"told": told}, ignore_system_fonts=True))


def printed(statement: Statement) -> dict[str, Any]:
    """What a PDF says; of very many lines the first ones, which it tells."""
    found = list(lines.found_lines(statement, lines.Asked())[:PRINTED])
    count = lines.page_of(statement, lines.Asked()).count
    known, currency = _nodes(statement), statement.currency
    cards = shown.cards(statement.tree)
    totals = [[f"{_('Total of')} {card.node['label']}", f"{card.amount} {currency}"] for card in cards]
    return {
        "summary": [[name, _printed(value, currency)] for name, value in _summary(statement) if value is not None],
        "amount": shown.shown_money(statement.amount),
        "currency": currency,
        "is_approved": statement.run.state == statement.run.State.APPROVED,
        "cards": [
            {
                "label": card.node["label"],
                "amount": card.amount,
                "formula": card.node["formula"],
                "words": str(card.words),
                "measure": card.measure,
                "quota": card.quota,
                "heads": [
                    _("Tier"),
                    _("Pays"),
                    _heading(_("Credit in it"), card.unit),
                    _heading(_("Amount"), currency),
                ],
                "tiers": [[one.label, one.rate, one.credit, one.amount] for one in card.tiers],
            }
            for card in cards
        ],
        "lines": [_printed_line(one, *known[one.node]) for one in found],
        "left_off": max(0, count - len(found)),
        "totals": [*totals, [_("Total"), f"{shown.shown_money(statement.amount)} {currency}"]],
        "words": {name: _(name) for name in _WORDS},
    }


_WORDS = (
    "Statement",
    "Fact",
    "Date",
    "Credited",
    "Why",
    "Paid for it",
    "Part of pay",
    "Credited facts",
    "Not approved yet",
    "further lines stand in the workbook.",
    "Page",
    "of",
    "Quota",
)


def _heading(title: str, unit: str) -> str:
    return f"{title}, {unit}" if unit else title


def _printed(value: Any, currency: str) -> str:
    """A value of the summary on paper."""
    if isinstance(value, Money):
        return f"{shown.shown_money(value)} {currency}"
    return percent(value, 2) if isinstance(value, Share) else text_of(value)


def _printed_line(line: StatementLine, label: str, node: dict[str, Any]) -> list[str]:
    paid = NONE if line.paid is None else shown.shown_money(line.paid)
    is_credit = node["kind"] == "quantity"
    credited = shown.reading(line.amount, node["unit"]) if is_credit else ""
    part = f"{label} · {shown.title_of(node)}" if is_credit else label
    return [part, line.fact, line.date.isoformat(), credited, line.formula, paid]
