"""The grid as a file, and a file in the shape of the grid: a line for each person, a column for each period."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.utils.translation import gettext as _
from openpyxl import load_workbook

from attain_web.quotas.grid import Grid
from attain_web.rows.exports import DANGEROUS

MOST = 2_000_000
"""Bytes of a file; unpacked, a workbook may have ten times as many."""
LINES = 20_000
COLUMNS = 100


def rows_of(grid: Grid) -> Iterator[list[Any]]:
    """The lines of the grid under headers: key, name, then each period."""
    yield ["participant", "name", *(period.name for period in grid.asked.periods)]
    for line in grid.lines(every=True):
        yield [line.key, line.name, *(cell.value for cell in line.cells)]


def read_grid(file: File[bytes], periods: list[str]) -> dict[str, dict[str, Decimal | None]]:
    """The values in a file by participant and name of period; periods that have no column are left alone.

    Raises ValidationError for what is no such file, with the line of each value that is no number.
    """
    if (file.size or 0) > MOST:
        raise ValidationError(_("The file is too large: at most 2 MB are taken."))
    is_book = str(file.name).casefold().endswith(".xlsx")
    lines = _sheet(file.read()) if is_book else _text(file.read())
    headers = [str(one or "").strip() for one in next(lines, [])]
    columns = {name: headers.index(name) for name in periods if name in headers}
    if "participant" not in headers or not columns:
        told = _("The first line must name the column “participant” and periods such as %(periods)s.")
        raise ValidationError(told % {"periods": ", ".join(periods[:2])})
    place, faults = headers.index("participant"), []
    found: dict[str, dict[str, Decimal | None]] = {}
    for number, line in enumerate(lines, start=2):
        if number > LINES:
            raise ValidationError(_("The file has too many lines."))
        key = _key(line[place] if place < len(line) else None)
        if not key:
            continue
        if key in found:
            faults.append(_("Line %(line)s: “%(key)s” stands there twice.") % {"line": number, "key": key})
        found[key] = {}
        for name, column in columns.items():
            written = line[column] if column < len(line) else None
            try:
                found[key][name] = number_of(written)
            except ValueError:
                told = _("Line %(line)s, %(period)s: “%(written)s” is no number of 0 or more.")
                faults.append(told % {"line": number, "period": name, "written": str(written)[:40]})
    if faults:
        raise ValidationError(faults[:20])
    return found


def number_of(written: Any) -> Decimal | None:
    """A quota as people write it, with commas between thousands or none; None: empty.

    Raises ValueError for what is no number, or one below 0.
    """
    if isinstance(written, float):  # as a workbook has it
        written = repr(written)
    text = "".join(str("" if written is None else written).split()).replace(",", "")
    if not text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if not value.is_finite() or value < 0 or value.adjusted() > 17 or value != round(value, 6):
        raise ValueError(text)
    return round(value, 6)


def _key(written: Any) -> str:
    """A participant's key; the apostrophe before what a spreadsheet would calculate is not part of it."""
    text = "" if written is None else str(written).strip()
    return text[1:] if text.startswith("'") and text[1:].startswith(DANGEROUS) else text


def _text(content: bytes) -> Iterator[list[Any]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValidationError(
            _("The file is not written in UTF-8: save it as “CSV UTF-8”, or as a workbook.")
        ) from None
    first = text.partition("\n")[0]
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    except csv.Error as error:
        raise ValidationError(_("This is no CSV: %s") % error) from None


def _sheet(content: bytes) -> Iterator[list[Any]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            if sum(one.file_size for one in opened.infolist()) > 10 * MOST:
                raise ValidationError(_("The workbook holds far more than it seems."))
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        for row in book.worksheets[0].iter_rows(max_row=LINES + 1, max_col=COLUMNS, values_only=True):
            yield list(row)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise ValidationError(_("This is no workbook: save it anew as .xlsx, or as CSV.")) from error
