"""Workbooks are read as they stand; hostile ones are refused before they cost anything."""

from __future__ import annotations

import csv
import zipfile
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from attain.errors import AttainError
from attain_web.imports.limits import Limits
from attain_web.imports.workbook import unpack


def rows(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.reader(opened))


def saved(file: Path, *sheets: list[list[object]]) -> Path:
    book = Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for number, lines in enumerate(sheets):
        sheet = book.create_sheet(f"Sheet {number}")
        for line in lines:
            sheet.append(line)
    book.save(file)
    return file


def test_values_are_read_as_they_are_shown(tmp_path: Path) -> None:
    book = saved(
        tmp_path / "in.xlsx", [["order", "day", "amount"], ["007", date(2026, 1, 31), 0.1 + 0.2], ["x", None, 5]]
    )
    (tmp_path / "out").mkdir()
    assert unpack(book, tmp_path / "out") == ["in.xlsx"]
    assert rows(tmp_path / "out" / "in.xlsx") == [
        ["order", "day", "amount"],
        ["007", "2026-01-31", "0.3"],
        ["x", "", "5"],
    ]


def test_each_sheet_with_rows_is_a_file(tmp_path: Path) -> None:
    book = saved(tmp_path / "in.xlsx", [["a"], [1]], [], [["b"], [2]])
    (tmp_path / "out").mkdir()
    assert unpack(book, tmp_path / "out") == ["in.xlsx [Sheet 0]", "in.xlsx [Sheet 2]"]


@pytest.mark.parametrize(("merged", "is_read"), [("A2:A3", False), ("A2:B3", False), ("A2:B2", True)])
def test_rows_that_share_a_merged_cell_are_told(tmp_path: Path, merged: str, *, is_read: bool) -> None:
    file = saved(tmp_path / "in.xlsx", [["region", "order"], ["West", 1], ["East", 2]])
    book = load_workbook(file)
    book.worksheets[0].merge_cells(merged)
    book.save(file)
    (tmp_path / "out").mkdir()
    if is_read:
        assert unpack(file, tmp_path / "out") == ["in.xlsx"]
    else:
        with pytest.raises(AttainError, match=f"the cells {merged} are merged, so only row 2"):
            unpack(file, tmp_path / "out")


def test_a_formula_is_never_computed(tmp_path: Path) -> None:
    book = saved(tmp_path / "in.xlsx", [["order", "amount"], ["1", "=1+1"]])
    (tmp_path / "out").mkdir()
    unpack(book, tmp_path / "out")
    assert rows(tmp_path / "out" / "in.xlsx")[1] == ["1", ""]


def test_a_broken_workbook_is_told(tmp_path: Path) -> None:
    (tmp_path / "in.xlsx").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(AttainError, match="no workbook"):
        unpack(tmp_path / "in.xlsx", tmp_path)
    with zipfile.ZipFile(tmp_path / "other.xlsx", "w") as opened:
        opened.writestr("some.txt", "no workbook")
    with pytest.raises(AttainError, match="no workbook"):
        unpack(tmp_path / "other.xlsx", tmp_path)


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "in.xlsx", "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("xl/worksheets/sheet1.xml", b"0" * 50_000_000)
    with pytest.raises(AttainError, match="packed more than"):
        unpack(tmp_path / "in.xlsx", tmp_path)


def sheet(folder: Path, cells: str, *, strings: str = "", dimension: str = "") -> Path:
    """A workbook whose one sheet has these cells, and says that it has those of the dimension."""
    file = saved(folder / "plain.xlsx", [["a"], [1]])
    hostile = folder / "in.xlsx"
    told = f'<dimension ref="{dimension}"/>' if dimension else ""
    with zipfile.ZipFile(file) as plain, zipfile.ZipFile(hostile, "w", zipfile.ZIP_DEFLATED) as opened:
        for name in plain.namelist():
            content = plain.read(name).decode()
            if name.endswith("sheet1.xml"):
                content = f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{told}<sheetData>{cells}</sheetData></worksheet>'
            opened.writestr(name, content + (strings if name.endswith("sharedStrings.xml") else ""))
    return hostile


def test_cells_beyond_what_a_sheet_says_of_its_size_are_read(tmp_path: Path) -> None:
    cells = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c><c r="B{n}"><v>{n}0</v></c></row>' for n in range(1, 4))
    book = sheet(tmp_path, cells, dimension="A1:A2")
    (tmp_path / "out").mkdir()
    unpack(book, tmp_path / "out")
    assert rows(tmp_path / "out" / "in.xlsx") == [["1", "10"], ["2", "20"], ["3", "30"]]


def test_a_row_that_no_workbook_can_have_is_told(tmp_path: Path) -> None:
    cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="999999999"><c r="A999999999"><v>1</v></c></row>'
    with pytest.raises(AttainError, match="beyond the last"):
        unpack(sheet(tmp_path, cells), tmp_path, Limits(seconds=60))


@pytest.mark.parametrize(
    "cells",
    [
        (
            '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>1</v></c></row>'
            '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        ),
        "".join(f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(1, 3000)),
    ],
)
def test_a_sparse_sheet_takes_neither_memory_nor_time(tmp_path: Path, cells: str) -> None:
    with pytest.raises(AttainError, match="columns"):
        unpack(sheet(tmp_path, cells), tmp_path, Limits(seconds=30))


def test_too_many_rows_are_told_with_the_limit(tmp_path: Path) -> None:
    book = saved(tmp_path / "in.xlsx", [["a"], *(list[object]((number,)) for number in range(50))])
    with pytest.raises(AttainError, match="20 that are read"):
        unpack(book, tmp_path, Limits(rows=20))


def test_what_needs_more_memory_than_allowed_is_told(tmp_path: Path) -> None:
    book = sheet(tmp_path, f'<row r="1"><c r="A1"><v>{"1" * 150_000_000}</v></c></row>')
    with pytest.raises(AttainError, match="memory"):
        unpack(book, tmp_path, Limits(packed=1_000_000, workbook_memory=300_000_000))
