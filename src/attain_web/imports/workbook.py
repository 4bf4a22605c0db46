"""A workbook becomes text, in a process of its own: its sizes are checked first, and no cell is computed."""

from __future__ import annotations

import csv
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from attain.errors import AttainError, Fault
from attain.sources.files import unreadable
from attain_web.imports.limits import LIMITS, Limits, limits_of_process, obey, read_apart, too_large

ROWS = 1_048_576
"""The most rows of a sheet, empty ones too."""


def unpack(book: Path, folder: Path, limits: Limits = LIMITS) -> list[str]:
    """Write each sheet with rows as CSV into a folder; the names to map them by. Raises AttainError for what is wrong.

    A workbook of one such sheet keeps its name; of several each is ``book.xlsx [sheet]``.
    """
    check_sizes(book, limits)
    job = folder / ".workbook.json"
    job.write_text(json.dumps({"book": str(book), "folder": str(folder)}), encoding="utf-8")
    told: list[str] = []
    read_apart("attain_web.imports.workbook", job, book.name, told.append, limits)
    job.unlink()
    answer = json.loads(told[-1]) if told else {}
    if "error" in answer:
        raise AttainError([Fault(file=book.name, **answer["error"])])
    names: list[str] = answer["names"]
    return names


def check_sizes(book: Path, limits: Limits) -> None:
    """Raise AttainError where a workbook is no zip, or holds far more than it seems."""
    try:
        with zipfile.ZipFile(book) as opened:
            unpacked = sum(one.file_size for one in opened.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _broken(book.name, str(error)) from None
    if unpacked > limits.unpacked:
        raise too_large(book.name, f"it holds {unpacked:,} bytes; at most {limits.unpacked:,} are unpacked")
    if unpacked > 10_000_000 and unpacked > limits.packed * book.stat().st_size:
        raise too_large(book.name, f"it is packed more than {limits.packed} times smaller than what it holds")


def _broken(name: str, told: str) -> AttainError:
    return unreadable(name, f"it is no workbook: {told}", advice="Save it anew as .xlsx, or as CSV.")


def main(path: Path) -> None:
    """Write the sheets of a job's workbook; say their names, or what is wrong."""
    limits = limits_of_process()
    obey(limits, limits.workbook_memory)
    job = json.loads(path.read_text(encoding="utf-8"))
    book, folder = Path(job["book"]), Path(job["folder"])
    try:
        answer: dict[str, Any] = {"names": _write_sheets(book, folder, limits)}
    except AttainError as error:
        answer = _told(error)
    except MemoryError:
        answer = _told(too_large(book.name, "it takes more memory to read than one workbook may"))
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, SyntaxError, OSError) as error:
        answer = _told(_broken(book.name, str(error).splitlines()[0] if str(error) else type(error).__name__))
    print(json.dumps(answer), flush=True)  # noqa: T201 - how the process talks


def _told(error: AttainError) -> dict[str, Any]:
    fault = error.faults[0]
    return {"error": {"check": fault.check, "message": fault.message, "advice": fault.advice}}


def _write_sheets(book: Path, folder: Path, limits: Limits) -> list[str]:
    _no_merged(book)
    opened = load_workbook(book, read_only=True, data_only=True, keep_links=False)
    written: dict[str, Path] = {}
    for number, sheet in enumerate(opened.worksheets):
        if not hasattr(sheet, "iter_rows"):
            continue
        sheet.reset_dimensions()  # what a sheet says of its size may be wrong, and rows beyond it would be lost
        file = folder / f".sheet-{number}"
        if _write_sheet(sheet, file, book.name, limits):
            written[sheet.title] = file
        else:
            file.unlink()
    if not written:
        raise ValueError("no sheet has any row")
    names: dict[str, str] = {}
    for title, file in written.items():
        name = book.name if len(written) == 1 else f"{book.name} [{title}]".replace("/", "-").replace("\\", "-")
        if name in names:
            message = f"its sheets “{names[name]}” and “{title}” would have the same name, {name}"
            raise unreadable(book.name, message, advice="Give one of the sheets another name.")
        names[name] = title
        file.rename(folder / name)
    return [*names]


def _no_merged(book: Path) -> None:
    """Raise AttainError where rows share a merged cell: only the first of them would have its value."""
    with zipfile.ZipFile(book) as opened:
        for one in opened.namelist():
            if one.startswith("xl/worksheets/") and one.endswith(".xml"):
                for reference in _merged(opened, one):
                    rows = [int(number) for number in re.findall(r"\d+", reference)]
                    if rows[-1] > rows[0]:
                        message = f"the cells {reference} are merged, so only row {rows[0]} would have their value"
                        raise unreadable(book.name, message, advice="Unmerge them and fill each row, or save as CSV.")


def _merged(opened: zipfile.ZipFile, sheet: str) -> Iterator[str]:
    """The references of a sheet's merged cells, such as A2:A5."""
    before = b""
    with opened.open(sheet) as written:
        while block := written.read(1 << 20):
            for found in re.finditer(rb'mergeCell\s+ref="([A-Z0-9:]+)"', before + block):
                yield found[1].decode()
            before = block[-64:]


def _write_sheet(sheet: Any, file: Path, name: str, limits: Limits) -> int:
    """Write a sheet's rows, as many columns as its header has; how many there were."""
    count = width = 0
    with file.open("w", encoding="utf-8-sig", newline="") as opened:
        writer = csv.writer(opened)
        for number, row in enumerate(sheet.iter_rows(values_only=True)):
            if number >= ROWS:
                raise ValueError(f"sheet {sheet.title} has rows beyond the last that a workbook can have")
            values = [_text(value) for value in row]
            if len(values) > limits.columns:
                raise too_large(name, f"sheet {sheet.title} has more than {limits.columns:,} columns")
            while len(values) > width and not values[-1]:
                values.pop()
            if not any(values) and not count:
                continue
            width = width or len(values)
            writer.writerow([*values, *[""] * (width - len(values))])
            count += 1
            if count > limits.rows or count * width > limits.cells:
                raise too_large(
                    name, f"sheet {sheet.title} has more rows than the {limits.rows:,} that are read at once"
                )
    return count


def _text(value: Any) -> str:
    """A cell as text: a day as a date, a number with the digits that a sheet shows of it (fifteen)."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{Decimal(format(value, '.15g')):f}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date) else str(value).replace("\0", "")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
