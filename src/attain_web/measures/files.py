"""Rows of plain values as a file: CSV, or a workbook; no cell of either calculates."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from xlsxwriter import Workbook

from attain_web.look.download import CSV, XLSX, as_file
from attain_web.rows.exports import XLSX_DIGITS, safe

KINDS = ("csv", "xlsx")


def rows_as_file(name: str, kind: str, rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """The rows, the first of them headers, as a file to keep."""
    body, content_type = (_csv(rows), CSV) if kind == "csv" else (_xlsx(name, rows), XLSX)
    return as_file(HttpResponse(body), f"{name}.{kind}", content_type)


def _csv(rows: Iterable[Sequence[Any]]) -> bytes:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows([_text(value) for value in row] for row in rows)
    return written.getvalue().encode()


def _xlsx(name: str, rows: Iterable[Sequence[Any]]) -> bytes:
    written = io.BytesIO()
    with Workbook(written, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", name)[:31])
        sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True})
        for number, row in enumerate(rows):
            for place, value in enumerate(row):
                if isinstance(value, (int, Decimal)) and _fits(value):
                    sheet.write_number(number, place, value)
                elif value is not None:
                    sheet.write_string(number, place, _text(value), bold if number == 0 else None)
    return written.getvalue()


def _fits(value: Decimal | int) -> bool:
    """Whether a spreadsheet keeps every digit of a number."""
    return len(Decimal(value).normalize().as_tuple().digits) <= XLSX_DIGITS


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else safe(str(value))
