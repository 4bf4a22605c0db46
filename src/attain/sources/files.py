"""Files become rows of text: CSV and Parquet as they are, each row with its number."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from collections import Counter
from collections.abc import Sequence
from hashlib import file_digest
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv
from pyarrow import parquet as pq

from attain.errors import AttainError, Fault
from attain.sources.severities import fault

ROW = "_row"
"""Column with the number of a row in its file, the header being row 1 (a Parquet file has none: its first row is 1)."""

CSV_SUFFIXES = (".csv", ".csv.gz")

_MARKS = (  # UTF-32's begin with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def find_files(folder: Path, table: str) -> list[Path]:
    """The files of a table in a folder: ``orders.parquet``, ``orders.csv``, or all Parquet files in ``orders/``."""
    for suffix in (".parquet", *CSV_SUFFIXES):
        if (folder / f"{table}{suffix}").is_file():
            return [folder / f"{table}{suffix}"]
    return sorted((folder / table).glob("*.parquet"))


def fingerprint(file: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with file.open("rb") as opened:
        return file_digest(opened, "sha256").hexdigest()


def rises(files: Sequence[Path], column: str) -> bool:
    """Whether a column of Parquet files rises from row to row, so that no value stands twice.

    Empty values are passed over. False where it is not known: only texts and whole numbers are compared.
    """
    last = None
    for file in files:
        with pq.ParquetFile(file) as opened:
            kind = opened.schema_arrow.field(column).type
            if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind)):
                return False
            for batch in opened.iter_batches(columns=[column], use_threads=False):
                values = batch.column(0)
                if not len(values):
                    continue
                falls = pc.any(pc.greater_equal(values[:-1], values[1:])).as_py()
                if falls or (last is not None and pc.greater_equal(last, values[0]).as_py()):
                    return False
                last = values[-1]
    return True


def read_text(file: Path, *, encoding: str = "utf-8", delimiter: str = ",") -> tuple[pa.Table, list[Fault]]:
    """The file as text columns and ``_row``, and a fault for each row that has not as many values as the header.

    A byte-order mark counts more than ``encoding``; ``.gz`` is unpacked; rows without any value are no rows. Raises
    AttainError where the file is missing or cannot be read at all.
    """
    if not file.is_file():
        near = "Put it there, or correct its name in the mapping."
        raise AttainError([fault("missing-file", file=file.name, message=f"there is no file {file.name}", advice=near)])
    if file.suffix == ".parquet":
        return _parquet_as_text(file), []
    return _csv_as_text(file, _decoded(file, encoding), delimiter)


def checked_names(file: str, names: list[str]) -> list[str]:
    """The names of columns, those without one by their place; raises AttainError where two are the same."""
    named = [name.strip() or f"column {number}" for number, name in enumerate(names, start=1)]
    counted = Counter(name.lower() for name in named)
    wrong = [f"more than one column is named '{name}'" for name in named if counted[name.lower()] > 1]
    wrong += [f"'{name}' is the name of Attain's own row numbers" for name in named if name.lower() == ROW]
    if wrong:
        message = f"its header is not clear: {'; '.join(dict.fromkeys(wrong))}"
        advice = "Give each column one name of its own; upper and lower case are the same."
        raise AttainError([fault("header", file=file, row=1, message=message, advice=advice)])
    return named


def _parquet_as_text(file: Path) -> pa.Table:
    try:
        table = pq.read_table(file)
        columns = [pc.cast(_undictionaried(column), pa.string()) for column in table.columns]
    except (pa.ArrowException, OSError, ValueError) as error:
        raise unreadable(file.name, f"it cannot be read: {str(error).split(chr(10))[0]}") from None
    numbers = pa.array(range(1, table.num_rows + 1), pa.int64())
    return pa.table([*columns, numbers], names=[*checked_names(file.name, table.column_names), ROW])


def _undictionaried(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.cast(column, column.type.value_type) if pa.types.is_dictionary(column.type) else column


def unreadable(file: str, message: str, *, advice: str = "Write it anew.", row: int | None = None) -> AttainError:
    """The error of a file that cannot be read at all."""
    return AttainError([fault("unreadable-file", file=file, row=row, message=message, advice=advice)])


def _decoded(file: Path, encoding: str) -> str:
    """The text of a file."""
    try:
        written = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    except (OSError, EOFError) as error:
        raise unreadable(file.name, f"it cannot be read: {error}") from None
    used = next((name for mark, name in _MARKS if written.startswith(mark)), encoding)
    try:
        text = written.decode(used)
    except LookupError:
        advice = "Write one such as utf-8, latin-1 or cp1252 in the mapping."
        raise unreadable(file.name, f"there is no encoding '{encoding}'", advice=advice) from None
    except UnicodeDecodeError as error:
        row = written.count(b"\n", 0, error.start) + 1
        message = f"it is not written in {used}: byte {written[error.start]:#04x}"
        advice = "Write its encoding in the mapping, for example encoding: latin-1."
        raise unreadable(file.name, message, advice=advice, row=row) from None
    if "\0" in text:
        row = text.count("\n", 0, text.index("\0")) + 1
        advice = "It is no text, or in another encoding: write that in the mapping, for example utf-16-le."
        raise unreadable(file.name, "it holds a NUL character", advice=advice, row=row)
    return text


def _csv_as_text(file: Path, text: str, delimiter: str) -> tuple[pa.Table, list[Fault]]:
    header = _checked_quotes(file, text, delimiter)
    names = _header(file, header, delimiter)
    ragged: list[Fault] = []

    def keep(row: arrow_csv.InvalidRow) -> str:
        if row.text.strip():
            ragged.append(_ragged(file, row))
        skipped.append(row.number)
        return "skip"

    skipped: list[int] = []
    written = f"{text}\n".encode()
    table = arrow_csv.read_csv(
        pa.py_buffer(written),
        arrow_csv.ReadOptions(
            use_threads=False, column_names=names, skip_rows_after_names=1, block_size=max(len(written), 1)
        ),
        arrow_csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=keep
        ),
        arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
    )
    numbers = pa.array(range(2, table.num_rows + len(skipped) + 2), pa.int64())
    held = numbers.filter(pc.invert(pc.is_in(numbers, pa.array(skipped, pa.int64())))) if skipped else numbers
    table = _without_nothing(table.append_column(ROW, held), header)
    _no_title(file, header, table, ragged)
    return table, ragged


def _checked_quotes(file: Path, text: str, delimiter: str) -> list[str]:
    """The values of the first row, once every quote that is opened is closed; raises AttainError where one is not.

    Arrow reads fast and forgives: of a quote without an end it makes one value of the rest of the file.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] = []
    number = 0
    try:
        header = next(reader, [])
        if '"' in text:
            for number, _ in enumerate(reader, start=1):  # noqa: B007  # the number is where it stopped
                pass
    except csv.Error as error:
        told = "a quote is opened and never closed" if "unexpected end" in str(error) else str(error)
        advice = 'Close each value that begins with a quote, and write a quote inside it twice: "".'
        row = number + 2 if header else 1
        raise unreadable(file.name, f"it cannot be read: {told}", advice=advice, row=row) from None
    return header


def _header(file: Path, header: list[str], delimiter: str) -> list[str]:
    """The names of the columns; raises AttainError where there are none, or they are not told apart."""
    if not any(header):
        advice = "The first row names each column once."
        raise AttainError([fault("header", file=file.name, row=1, message="it is empty", advice=advice)])
    other = next((sign for sign in ";\t|," if sign != delimiter and sign in header[0]), None)
    if len(header) == 1 and other:
        message = f"its header is the one column '{header[0]}'"
        advice = f"Write delimiter: {other!r} in the mapping."
        raise AttainError([fault("header", file=file.name, row=1, message=message, advice=advice)])
    return checked_names(file.name, header)


def _no_title(file: Path, header: list[str], table: pa.Table, ragged: list[Fault]) -> None:
    """Raise AttainError where the first row is a title: it names one column, and what stands below has more."""
    nameless = table.num_columns - 2 if any(name.strip() for name in header) else 0
    if sum(bool(name.strip()) for name in header) == 1 and (nameless > 1 or (ragged and not table.num_rows)):
        message = f"its first row holds only '{next(name for name in header if name.strip())}', so it is no header"
        advice = "Delete what stands above the row that names the columns."
        raise AttainError([fault("header", file=file.name, row=1, message=message, advice=advice)])


def _ragged(file: Path, row: arrow_csv.InvalidRow) -> Fault:
    return fault(
        "row-length",
        file=file.name,
        row=row.number,
        row_numbers=(row.number,),
        value=row.text,
        message=f"the row has {row.actual_columns} values where the header has {row.expected_columns}",
        expected=f"{row.expected_columns} values",
        advice="Give each value a column of its own; put quotes around values that hold the delimiter.",
    )


def _without_nothing(table: pa.Table, header: list[str]) -> pa.Table:
    """The table without rows that hold nothing, and without columns that have neither a name nor any value."""
    is_empty = pa.scalar(value=True)
    for column in table.columns[:-1]:
        is_empty = pc.and_(is_empty, pc.equal(pc.utf8_trim_whitespace(column), ""))
        if not pc.any(is_empty).as_py():
            break
    else:
        table = table.filter(pc.invert(is_empty))
    nameless = [table.column_names[number] for number, name in enumerate(header) if not name.strip()]
    return table.drop_columns([name for name in nameless if not pc.any(pc.not_equal(table[name], "")).as_py()])
