"""What became of each row of a file, and its faults, as files that a spreadsheet shows and never computes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _
from pyarrow import parquet as pq

from attain_web.access.models import ImportBatch
from attain_web.imports.checking import Found
from attain_web.imports.staging import Staged
from attain_web.rows.exports import DANGEROUS

_SHEET = 1_048_575
"""Rows that a sheet has room for, below its header."""


def kept_file(batch: ImportBatch, name: str) -> Path:
    """Where a file about a batch lies."""
    return Path(settings.MEDIA_ROOT) / "imports" / "batches" / str(batch.pk) / name


def write_faults(batch: ImportBatch, faults: list[dict[str, Any]]) -> None:
    """Keep every fault of a batch."""
    file = kept_file(batch, "faults.json")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(faults, default=str), encoding="utf-8")


def write_result(staged: Staged, one: Found, batch: ImportBatch) -> None:
    """Keep what became of each row: its number in the file, its key, the outcome, and why it was refused."""
    key = [name for name in staged.table.schema.key if name in staged.columns]
    columns = ", ".join(f's."{name}"' for name in key)
    query = (
        f"COPY (SELECT s._row, {columns}, o.outcome, o.told "
        f"FROM {staged.stage} AS s JOIN {staged.outcome} AS o USING (_row) ORDER BY s._row) TO STDOUT (FORMAT csv)"
    )
    file = kept_file(batch, "result.csv")
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as opened, connection.cursor() as cursor:
        opened.write(_line(["row", *key, "outcome", "told"]))
        for some in pq.ParquetFile(one.left_out).iter_batches():
            opened.writelines(
                _line([row["_row"], *(row.get(name) for name in key), "refused", row["told"]])
                for row in some.to_pylist()
            )
        with cursor.copy(query) as copy:
            opened.writelines(bytes(block) for block in copy)


def _line(values: Sequence[Any]) -> bytes:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerow(values)
    return written.getvalue().encode()


def result_rows(batch: ImportBatch) -> Iterator[list[str]]:
    """The lines of a batch's results, header first; nothing where it has none."""
    file = kept_file(batch, "result.csv")
    if file.exists():
        with file.open(encoding="utf-8", newline="") as opened:
            yield from csv.reader(opened)


def fault_rows(batch: ImportBatch) -> Iterator[list[str]]:
    """The lines of a batch's faults, header first."""
    yield [
        _("severity"),
        _("check"),
        _("column"),
        _("value"),
        _("rows"),
        _("first rows"),
        _("what is wrong"),
        _("advice"),
    ]
    file = kept_file(batch, "faults.json")
    for fault in json.loads(file.read_text(encoding="utf-8")) if file.exists() else ():
        numbers = fault.get("row_numbers") or [fault["row"]] if fault.get("row") else []
        told = [
            fault["severity"],
            fault["check"],
            fault.get("column", ""),
            fault.get("value", ""),
            fault.get("rows", 1),
        ]
        yield [str(one) for one in (*told, " ".join(map(str, numbers)), fault["message"], fault["advice"])]


def as_csv(lines: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Lines as CSV that no spreadsheet takes for formulas."""
    for line in lines:
        yield _line([neutral(one) for one in line])


def as_xlsx(lines: Iterable[Sequence[str]]) -> bytes:
    """Lines as a workbook, every cell a text; further sheets where one has no more room."""
    written = io.BytesIO()
    book = xlsxwriter.Workbook(
        written, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    header: Sequence[str] = ()
    sheet: Any = None
    for number, line in enumerate(lines):
        row = (number - 1) % _SHEET + 1
        if number == 0:
            header = line
            continue
        if row == 1:
            sheet = book.add_worksheet()
            sheet.freeze_panes(1, 0)
            sheet.write_row(0, 0, header)
        for column, value in enumerate(line):
            sheet.write_string(row, column, neutral(value)[:32_767])
    if sheet is None:
        book.add_worksheet().write_row(0, 0, header)
    book.close()
    return written.getvalue()


def neutral(value: str) -> str:
    """A cell that a spreadsheet shows as it is, never computes; plain numbers stay numbers."""
    if value.startswith(DANGEROUS) and not _is_number(value):
        return f"'{value}"
    return value


def _is_number(value: str) -> bool:
    return value.removeprefix("-").replace(".", "", 1).isdecimal()
