"""Snapshots: the library's tables as they stand in the database, as Parquet files that runs and pages read.

A table that has not changed since is not read again: its file is named by the count of its rows' versions, to which
every change adds one. What a run has read stays with it, as links to those files.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction
from pyarrow import parquet as pq

from attain_web.bridge import arrow_of
from attain_web.rows.queries import path_of
from attain_web.rows.table import RowTable, row_tables

_KEPT = 3600
"""Seconds that a file stays after it was last made anew, for who is about to link it."""


def snapshot(names: Iterable[str]) -> dict[str, Path]:
    """The file of each named table that the database keeps, all as of one moment; empty tables have a file as well."""
    with transaction.atomic():
        if not connection.savepoint_ids:  # inside another transaction it is as of that one's moment
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return {name: _file_of(row_tables()[name]) for name in names if name in row_tables()}


def link(files: dict[str, Path], folder: Path) -> None:
    """Put the files of a snapshot into a folder under the names by which the library finds them."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, file in files.items():
        target = folder / f"{name}.parquet"
        target.unlink(missing_ok=True)
        os.link(file, target)


def _file_of(table: RowTable) -> Path:
    """The table's file at its present version, written now where it is not there yet; older ones go."""
    folder = Path(settings.MEDIA_ROOT) / "snapshots"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / f"{table.name}-{_version(table)}.parquet"
    if not file.exists():
        rows = table.model._default_manager.order_by(*(path_of(table, name) for name in table.schema.key))
        part = folder / f".{uuid4()}"
        pq.write_table(arrow_of(table.schema, rows), part, compression="zstd")
        part.replace(file)
        for older in folder.glob(f"{table.name}-*.parquet"):
            if older != file and older.stat().st_mtime < time.time() - _KEPT:
                older.unlink(missing_ok=True)
    return file


def _version(table: RowTable) -> int:
    """How many versions the table's rows have had: every change adds one, whoever made it, and none ever goes."""
    count: int = table.events.objects.count()
    return count
