"""A file of text is read whole, each row with its number, or it is told which row cannot be read and why."""

import gzip
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet as pq

from attain.errors import AttainError, Fault
from attain.sources.files import ROW, find_files, read_text, rises


def read(folder: Path, written: bytes | str, **how: str) -> tuple[list[dict[str, str | int]], list[Fault]]:
    """The rows and faults of a CSV file."""
    file = folder / "a file's.csv"
    file.write_bytes(written if isinstance(written, bytes) else written.encode())
    table, faults = read_text(file, **how)
    return table.to_pylist(), faults


def refused(folder: Path, written: bytes | str, **how: str) -> Fault:
    """The one fault of a CSV file that cannot be read."""
    with pytest.raises(AttainError) as told:
        read(folder, written, **how)
    (found,) = told.value.faults
    assert found.file == "a file's.csv"
    assert found.advice
    return found


@pytest.mark.parametrize(
    "written",
    [
        "a,b\n1,2\n3,4\n",
        "a,b\r\n1,2\r\n3,4\r\n",
        "a,b\r1,2\r3,4",
        "\ufeffa,b\n1,2\n3,4",
        ' a ,"b"\n"1",2\n3,"4"\n',
        "a,b\n1,2\n3,4\n\n\n  \n,\n",
        "a,b,,\n1,2,,\n3,4,,\n",
    ],
)
def test_rows_and_their_numbers(tmp_path: Path, written: str) -> None:
    assert read(tmp_path, written) == ([{"a": "1", "b": "2", ROW: 2}, {"a": "3", "b": "4", ROW: 3}], [])


def test_values_are_kept_as_they_are(tmp_path: Path) -> None:
    written = 'a,b\n007," NULL"\n"1,5","said ""no"",\r\nthen\n\nyes"\n5" pipe,Ünïcode 東京\n'
    rows, faults = read(tmp_path, written)
    assert [row["a"] for row in rows] == ["007", "1,5", '5" pipe']
    assert [row["b"] for row in rows] == [" NULL", 'said "no",\r\nthen\n\nyes', "Ünïcode 東京"]
    assert [row[ROW] for row in rows] == [2, 3, 4]
    assert not faults


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "latin-1", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    named = {"encoding": encoding} if encoding in ("latin-1", "cp1252") else {}
    assert read(tmp_path, "a\nMünster\n".encode(encoding), **named)[0] == [{"a": "Münster", ROW: 2}]


def test_a_packed_file(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv.gz"
    file.write_bytes(gzip.compress(b"a;b\n1;2\n"))
    assert read_text(file, delimiter=";")[0].to_pylist() == [{"a": "1", "b": "2", ROW: 2}]
    assert find_files(tmp_path, "orders") == [file]
    file.write_bytes(b"a;b\n1;2\n")
    with pytest.raises(AttainError, match="cannot be read"):
        read_text(file)


def test_rows_of_another_length_are_told_and_the_others_kept(tmp_path: Path) -> None:
    rows, faults = read(tmp_path, "a,b\n1,2\n\n3\n4,5,6\n7,8\n")
    assert [(row["a"], row[ROW]) for row in rows] == [("1", 2), ("7", 6)]
    assert [(one.row, one.row_numbers, one.value) for one in faults] == [(4, (4,), "3"), (5, (5,), "4,5,6")]
    assert str(faults[0]).startswith("a file's.csv row 4: error: the row has 1 values where the header has 2.")


@pytest.mark.parametrize(
    ("written", "check", "row", "message"),
    [
        ("", "header", 1, "it is empty"),
        ("\n\n", "header", 1, "it is empty"),
        (",,\n1,2,3\n", "header", 1, "it is empty"),
        ("a,b,a\n1,2,3\n", "header", 1, "more than one column is named 'a'"),
        ("Amount,amount\n1,2\n", "header", 1, "more than one column is named 'Amount'"),
        ("a,_row\n1,2\n", "header", 1, "'_row' is the name of Attain's own"),
        ("Report of May\n\na,b\n1,2\n", "header", 1, "holds only 'Report of May', so it is no header"),
        ("Report of May,,\n,,\na,b,c\n1,2,3\n", "header", 1, "holds only 'Report of May'"),
        ("a;b\n1;2\n", "header", 1, "the one column 'a;b'"),
        ("a\tb\n1\t2\n", "header", 1, "the one column"),
        (b"a,b\n1,2\n3,\xe9\n", "unreadable-file", 3, "not written in utf-8: byte 0xe9"),
        ("a,b\n1,x\x00y\n", "unreadable-file", 2, "NUL"),
        ("a,b\n1,2\n".encode("utf-16-le"), "unreadable-file", 1, "NUL"),
        ('a,b\n1,2\n3,"x\n4,5\n', "unreadable-file", 3, "never closed"),
        ('a,b\n1,"x"y\n', "unreadable-file", 2, "expected after"),
        ('a,b\n1,"said \\"no\\""\n', "unreadable-file", 2, "expected after"),
        ('a,b\n1,"' + "x" * 200_000 + '"\n', "unreadable-file", 2, "field larger"),
        (bytes(range(1, 256)), "unreadable-file", None, "not written in utf-8"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, written: bytes | str, check: str, row: int | None, message: str) -> None:
    found = refused(tmp_path, written)
    assert found.check == check
    assert message in found.message
    assert row is None or found.row == row


def test_encodings_and_files_that_are_not_there(tmp_path: Path) -> None:
    assert "no encoding 'klingon'" in refused(tmp_path, "a\n", encoding="klingon").message
    with pytest.raises(AttainError, match="there is no file"):
        read_text(tmp_path / "orders.csv")


def test_a_header_alone_is_an_empty_table(tmp_path: Path) -> None:
    assert read(tmp_path, "a,b\n") == ([], [])
    assert read(tmp_path, "a,b") == ([], [])


def test_a_column_without_a_name_that_holds_something_is_kept(tmp_path: Path) -> None:
    assert read(tmp_path, "a,,\n1,2,\n")[0] == [{"a": "1", "column 2": "2", ROW: 2}]


def test_more_rows_than_are_read_at_once(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, "a\n" + "".join(f"{number}\n" for number in range(120_001)))
    assert len(rows) == 120_001
    assert rows[-1] == {"a": "120000", ROW: 120_002}


def test_parquet_as_text(tmp_path: Path) -> None:
    file = tmp_path / "x.parquet"
    table = pa.table(
        {"n": [1, None], "d": pa.array(["x", "y"]).dictionary_encode(), "f": [0.5, 2.0], "z": [None, None]}
    )
    pq.write_table(table, file)
    assert read_text(file)[0].to_pylist() == [
        {"n": "1", "d": "x", "f": "0.5", "z": None, ROW: 1},
        {"n": None, "d": "y", "f": "2", "z": None, ROW: 2},
    ]
    file.write_bytes(b"")
    with pytest.raises(AttainError, match="cannot be read"):
        read_text(file)


@given(st.binary(max_size=60))
def test_any_bytes_are_rows_or_told(tmp_path_factory: pytest.TempPathFactory, written: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any.csv"
    file.write_bytes(written)
    try:
        table, faults = read_text(file, encoding="latin-1")
    except AttainError:
        return
    rows = [line for line in written.decode("latin-1").splitlines() if line.strip(' ,"')]
    if b'"' not in written and not any(sign in written for sign in b"\x0b\x0c\x1c\x1d\x1e\x85"):
        assert table.num_rows + len(faults) >= len(rows) - 1


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([["a", "b"], ["c"]], True),
        ([["a", "b"], ["b"]], False),
        ([["a", "b"], [], ["c"]], True),
        ([["a"], ["B"]], False),
        ([["a", None, "b"]], True),
        ([[1, 2], [10]], True),
        ([[2, 1]], False),
        ([[1.5, 2.5]], False),  # not known
        ([[]], True),
    ],
)
def test_a_column_that_rises_through_all_files(tmp_path: Path, files: list[list[Any]], *, expected: bool) -> None:
    names = [tmp_path / f"{number}.parquet" for number in range(len(files))]
    for name, values in zip(names, files, strict=True):
        pq.write_table(pa.table({"order": pa.array(values, None if values else pa.string())}), name)
    assert rises(names, "order") is expected


def test_a_column_that_falls_after_many_rows(tmp_path: Path) -> None:
    keys = [f"{number:07}" for number in range(150_000)]
    for place in (65_536, 100_000, 149_999):
        broken = [*keys[:place], keys[place - 1], *keys[place + 1 :]]
        pq.write_table(pa.table({"order": broken}), tmp_path / "orders.parquet", row_group_size=70_000)
        assert not rises([tmp_path / "orders.parquet"], "order")
    pq.write_table(pa.table({"order": keys}), tmp_path / "orders.parquet", row_group_size=70_000)
    assert rises([tmp_path / "orders.parquet"], "order")
