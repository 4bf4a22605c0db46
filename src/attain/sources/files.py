"""Files become rows of text: CSV and Parquet as they are, each row with its number."""

from __future__ import annotations

from collections import Counter
from hashlib import file_digest
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv
from pyarrow import parquet as pq

from attain.errors import AttainError, Fault

ROW = "_row"
"""Column with the number of a row in its file, the header being row 1."""


def find_files(folder: Path, table: str) -> list[Path]:
    """The files of a table in a folder: ``orders.parquet``, ``orders.csv``, or all Parquet files in ``orders/``."""
    for suffix in (".parquet", ".csv"):
        if (folder / f"{table}{suffix}").is_file():
            return [folder / f"{table}{suffix}"]
    return sorted((folder / table).glob("*.parquet"))


def fingerprint(file: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with file.open("rb") as opened:
        return file_digest(opened, "sha256").hexdigest()


def read_text(file: Path, *, encoding: str = "utf-8", delimiter: str = ",") -> tuple[pa.Table, list[Fault]]:
    """The file as text columns and ``_row``, and a fault for each row that has not as many values as the header.

    Raises AttainError where the file is missing or cannot be read at all.
    """
    if not file.is_file():
        raise AttainError([Fault(check="missing-file", file=file.name, message=f"there is no file {file}",
                                 advice="Put it there, or correct the name in the mapping.")])
    if file.suffix == ".parquet":
        return _parquet_as_text(file), []
    return _csv_as_text(file, encoding, delimiter)


def _parquet_as_text(file: Path) -> pa.Table:
    table = pq.read_table(file)
    columns = [pc.cast(column, pa.string()) for column in table.columns]
    numbers = pa.array(range(1, table.num_rows + 1), pa.int64())
    return pa.table([*columns, numbers], names=[*table.column_names, ROW])


def _csv_as_text(file: Path, encoding: str, delimiter: str) -> tuple[pa.Table, list[Fault]]:
    ragged: list[csv.InvalidRow] = []

    def keep(row: csv.InvalidRow) -> str:
        ragged.append(row)
        return "skip"

    names = _header(file, encoding, delimiter)
    try:
        table = csv.read_csv(
            file,
            csv.ReadOptions(use_threads=False, encoding=encoding, column_names=names, skip_rows_after_names=1),
            csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=keep),
            csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        raise AttainError([Fault(check="unreadable-file", file=file.name, message=f"it cannot be read: {error}",
                                 advice="Write its encoding or delimiter in the mapping, for example latin-1.")]) from None
    skipped = {row.number for row in ragged if row.number is not None}
    numbers = [number for number in range(2, table.num_rows + len(skipped) + 2) if number not in skipped]
    return table.append_column(ROW, pa.array(numbers[: table.num_rows], pa.int64())), [_ragged(file, row) for row in ragged]


def _header(file: Path, encoding: str, delimiter: str) -> list[str]:
    """The names of the columns; a name that stands twice, or none at all, is an error."""
    import csv as text_csv

    with file.open(encoding="utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding, newline="") as opened:
        try:
            names = [name.strip() for name in next(text_csv.reader(opened, delimiter=delimiter), [])]
        except UnicodeDecodeError as error:
            raise AttainError([Fault(check="unreadable-file", file=file.name, message=f"it is not {encoding}: {error}",
                                     advice="Write its encoding in the mapping, for example latin-1.")]) from None
    twice = [name for name, count in Counter(names).items() if count > 1]
    if not names or twice:
        message = f"its header names {', '.join(map(repr, twice))} twice" if twice else "it is empty"
        raise AttainError([Fault(check="header", file=file.name, row=1, message=message,
                                 advice="The first row names each column once.")])
    return names


def _ragged(file: Path, row: csv.InvalidRow) -> Fault:
    return Fault(
        check="row-length", file=file.name, row=row.number, value=row.text,
        message=f"the row has {row.actual_columns} values where the header has {row.expected_columns}",
        expected=f"{row.expected_columns} values", advice="Put quotes around values that hold the delimiter.",
    )
