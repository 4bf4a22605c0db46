"""A run's tables as files: CSV that streams, XLSX that needs little memory, and no cell that calculates."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO, Any

from xlsxwriter import Workbook

from attain_web.access.audit import recorded
from attain_web.access.viewer import Viewer
from attain_web.payouts.lists import Asked, Listing, found
from attain_web.payouts.models import Run
from attain_web.rows.exports import AT_ONCE, XLSX_DIGITS, safe


def csv_of(listing: Listing, viewer: Viewer, run: Run, asked: Asked) -> Iterator[str]:
    """The found rows as lines of CSV; the audit trail has the export before the first line leaves."""
    _record(listing, viewer, run, asked, "csv")
    return _csv(_lines(listing, viewer, run, asked))


def _csv(lines: Iterator[list[Any]]) -> Iterator[str]:
    for line in lines:
        written = io.StringIO()
        csv.writer(written, lineterminator="\r\n").writerow([_text(value) for value in line])
        yield written.getvalue()


def xlsx_of(listing: Listing, viewer: Viewer, run: Run, asked: Asked) -> IO[bytes]:
    """The found rows as a workbook in a file that goes when it is closed."""
    _record(listing, viewer, run, asked, "xlsx")
    file: IO[bytes] = TemporaryFile()  # noqa: SIM115 - the response closes it
    with Workbook(file, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet(listing.name[:31])
        sheet.freeze_panes(1, 0)
        for number, line in enumerate(_lines(listing, viewer, run, asked)):
            for place, value in enumerate(line):
                if isinstance(value, Decimal) and len(value.normalize().as_tuple().digits) <= XLSX_DIGITS:
                    sheet.write_number(number, place, value)
                elif isinstance(value, date):
                    sheet.write_datetime(number, place, value)
                elif value is not None:
                    sheet.write_string(number, place, _text(value))
    file.seek(0)
    return file


def _record(listing: Listing, viewer: Viewer, run: Run, asked: Asked, kind: str) -> None:
    """Note the export in the audit trail."""
    told = {name: value for name, value in asdict(asked).items() if value and name != "page"}
    count = found(listing, viewer, run, asked).count()
    with recorded(
        viewer, "runs.export", subject=f"runs/{run.pk}", table=listing.name, format=kind, count=count, **told
    ):
        pass


def _lines(listing: Listing, viewer: Viewer, run: Run, asked: Asked) -> Iterator[list[Any]]:
    """The header, then the rows: each period by its two days, money with its currency."""
    names = [name for one in listing.columns for name in _names(one.name)]
    yield [*names, "currency"]
    currency = run.record.get("currency", "")
    for row in found(listing, viewer, run, asked).iterator(chunk_size=AT_ONCE):
        yield [*(row[name] for name in names), currency]


def _names(column: str) -> list[str]:
    return ["period_start", "period_end"] if column == "period_start" else [column]


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else safe(str(value))
