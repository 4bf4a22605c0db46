"""The first rows of a file that was handed in, read as the whole is: enough for a mapping, however large the file."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
from pyarrow import parquet as pq

from attain.sources.files import read_text, unreadable

ROWS = 500
_CHARACTERS = 4 * 1024 * 1024
"""Characters of a file that are read for its first rows."""


def head(file: Path, *, encoding: str = "utf-8", delimiter: str = ",") -> pa.Table:
    """The first rows as text columns and ``_row``; raises AttainError where even these cannot be read."""
    if not file.is_file():
        return read_text(file)[0]
    with TemporaryDirectory(prefix="attain-head-") as folder:
        start = Path(folder) / file.name.removesuffix(".gz")
        try:
            if file.suffix == ".parquet":
                opened = pq.ParquetFile(file)
                rows = opened.schema_arrow.empty_table()
                pq.write_table(next((pa.Table.from_batches([one]) for one in opened.iter_batches(ROWS)), rows), start)
            else:
                _write_start(file, start, encoding, delimiter)
        except (pa.ArrowException, OSError, EOFError, ValueError, LookupError, csv.Error, zlib.error) as error:
            raise unreadable(file.name, f"it cannot be read: {str(error).splitlines()[0]}") from None
        return read_text(start, delimiter=delimiter)[0]


def _write_start(file: Path, start: Path, encoding: str, delimiter: str) -> None:
    """Write the first whole rows of a CSV file anew, in UTF-8."""
    with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as opened:
        mark = opened.read(4)
        opened.seek(0)
        used = next((name for sign, name in _MARKS if mark.startswith(sign)), encoding)
        with io.TextIOWrapper(opened, encoding=used, errors="replace", newline="") as decoded:
            text = decoded.read(_CHARACTERS)
    rows = list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), ROWS + 1))
    if len(text) == _CHARACTERS and len(rows) <= ROWS:
        rows = rows[:-1]  # it may be cut off
    with start.open("w", encoding="utf-8", newline="") as written:
        csv.writer(written, delimiter=delimiter, lineterminator="\n").writerows(rows)


_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
