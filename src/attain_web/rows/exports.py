"""The rows of a list as a file: CSV that streams, XLSX that needs little memory, and no cell that calculates."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO, Any

from django.db.models import F, Func, QuerySet, TextField
from django.utils.translation import gettext as _
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from attain_web.access.audit import recorded
from attain_web.access.viewer import Viewer
from attain_web.rows.base import Row
from attain_web.rows.queries import Asked, attributes_seen, found
from attain_web.rows.table import RowTable

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", *"\uff1d\uff0b\uff0d\uff20")
"""What a text may begin with that a spreadsheet would calculate; the last four are the wide signs."""
XLSX_ROWS = 1_048_575
XLSX_TEXT = 32_767
XLSX_DIGITS = 15
AT_ONCE = 2_000


class TooManyRowsError(Exception):
    """More rows than the file can hold."""


def csv_of(table: RowTable, viewer: Viewer, asked: Asked) -> Iterator[str]:
    """The found rows as lines of CSV; the audit trail has the export before the first line leaves."""
    rows, names = _exported(table, viewer, asked, "csv")
    return _lines(rows, table, names)


def xlsx_of(table: RowTable, viewer: Viewer, asked: Asked) -> IO[bytes]:
    """The found rows as a workbook in a file that goes when it is closed."""
    rows, names = _exported(table, viewer, asked, "xlsx", most=XLSX_ROWS)
    file: IO[bytes] = TemporaryFile()  # noqa: SIM115 - the response closes it
    with Workbook(file, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet(table.name[:31])
        sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True})
        for place, name in enumerate([*table.columns, *names]):
            sheet.write_string(0, place, safe(name), bold)
        for number, row in enumerate(_told(rows, table).iterator(chunk_size=AT_ONCE), start=1):
            for place, value in enumerate(_values(row, names)):
                write_cell(sheet, number, place, value)
    file.seek(0)
    return file


def safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(DANGEROUS) else text


def _exported(
    table: RowTable, viewer: Viewer, asked: Asked, kind: str, *, most: int | None = None
) -> tuple[QuerySet[Row], list[str]]:
    """The rows and the names of their attributes, with the export in the audit trail."""
    rows = found(table, viewer, asked)
    count = rows.order_by().count()
    if most is not None and count > most:
        raise TooManyRowsError(
            _("A workbook holds %(most)s rows, and these are %(count)s: filter, or take CSV.")
            % {"most": f"{most:,}", "count": f"{count:,}"}
        )
    rows = rows.annotate(told=attributes_seen(table, viewer))
    keys = Func(F("told"), function="jsonb_object_keys", output_field=TextField())
    keys.set_returning = True
    names = sorted(rows.order_by().annotate(key=keys).values_list("key", flat=True).distinct())
    told = {name: value for name, value in asdict(asked).items() if value and name != "page"}
    with recorded(viewer, f"{table.name}.export", subject=table.name, format=kind, count=count, **told):
        return rows, names


def _told(rows: QuerySet[Row], table: RowTable) -> QuerySet[Row, tuple[Any, ...]]:
    """The rows as plain values: each column, references by key, then the attributes."""
    fields: list[Any] = [table.model._meta.get_field(name) for name in table.columns]
    return rows.values_list(*(field.attname for field in fields), "told")


def _values(row: tuple[Any, ...], names: list[str]) -> list[Any]:
    *values, attributes = row
    return [*values, *(attributes.get(name) for name in names)]


def _lines(rows: QuerySet[Row], table: RowTable, names: list[str]) -> Iterator[str]:
    """CSV, line by line; the rows come through a cursor of the server."""
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    yield writer.writerow([safe(name) for name in [*table.columns, *names]])
    for row in _told(rows, table).iterator(chunk_size=AT_ONCE):
        yield writer.writerow([text_of(value) for value in _values(row, names)])


class _Echo:
    """A file that gives back what is written."""

    def write(self, line: str) -> str:
        """The line."""
        return line


def text_of(value: Any) -> str:
    """A value as text that no spreadsheet calculates; numbers without needless noughts."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else safe(str(value))


def write_cell(sheet: Worksheet, row: int, column: int, value: Any) -> None:
    """One cell: numbers that a spreadsheet holds exactly as numbers, everything else as a text."""
    if value is None:
        return
    if isinstance(value, Decimal) and len(value.normalize().as_tuple().digits) <= XLSX_DIGITS:
        sheet.write_number(row, column, value)
    elif isinstance(value, date) and value.year >= 1900:
        sheet.write_datetime(row, column, value)
    else:
        sheet.write_string(row, column, text_of(value)[:XLSX_TEXT])
