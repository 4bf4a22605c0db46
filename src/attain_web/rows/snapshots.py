"""Snapshots: the library's tables as they stand in the database, as Parquet files that runs and pages read.

A table that has not changed since is not read again: its file is named by how many versions its rows have had, to which
every change adds one, and by when the last came. What a run has read stays with it, as links to those files.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction
from pyarrow import parquet as pq

from attain.plans.document import ASSIGNED, CheckedPlan
from attain.plans.faults import tables_read
from attain.run import PEOPLE
from attain.sources.load import needed_tables
from attain_web.bridge import arrow_of
from attain_web.rows.queries import path_of
from attain_web.rows.table import RowTable, row_tables

_LOCK = 3_917_2026
"""First key of the advisory locks of who writes a table's file; the second is the table's."""
_KEPT = 3600
"""Seconds that a file stays after it was last asked for, for who is about to link it."""


def snapshot(names: Iterable[str]) -> dict[str, Path]:
    """The file of each named table that the database keeps, all as of one moment; empty tables have a file as well."""
    with transaction.atomic():
        if not connection.savepoint_ids:  # inside another transaction it is as of that one's moment
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return {name: _file_of(row_tables()[name]) for name in sorted(names) if name in row_tables()}


def link(files: dict[str, Path], folder: Path) -> None:
    """Put the files of a snapshot into a folder under the names by which the library finds them."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, file in files.items():
        target = folder / f"{name}.parquet"
        target.unlink(missing_ok=True)
        os.link(file, target)


def data_of(checked: CheckedPlan) -> dict[str, Path]:
    """The files that a plan reads: those of its facts and people, and of what they refer to where there is any.

    A table of accounts that is empty is not there, else every order would name an account that is not in it.
    """
    files = snapshot(tables_of(checked))
    wanted = _wanted(checked)
    return {name: file for name, file in files.items() if name in wanted or pq.read_metadata(file).num_rows}


def tables_of(checked: CheckedPlan) -> list[str]:
    """The tables that a plan reads, where there are any rows in them."""
    return needed_tables([*PEOPLE, *_wanted(checked)])


def _wanted(checked: CheckedPlan) -> list[str]:
    """The tables without which a plan cannot be calculated."""
    assigned = ["assignments"] if checked.plan.participants == ASSIGNED else []
    return ["participants", *assigned, *tables_read(checked)]


def _file_of(table: RowTable) -> Path:
    """The table's file at its present version, written now where it is not there yet; older ones go."""
    folder = Path(settings.MEDIA_ROOT) / "snapshots"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / f"{table.name}-{_version(table)}.parquet"
    if _is_there(file):
        return file
    with connection.cursor() as cursor:  # of several who ask at once one writes it, and the others wait for that
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, table.name])
    if _is_there(file):
        return file
    rows = table.model._default_manager.order_by(*(path_of(table, name) for name in table.schema.key))
    part = folder / f".{uuid4()}"
    try:
        pq.write_table(arrow_of(table.schema, rows), part, compression="zstd")
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    for older in [*folder.glob(f"{table.name}-*.parquet"), *folder.glob(".*")]:
        try:
            if older != file and older.stat().st_mtime < time.time() - _KEPT:
                older.unlink()
        except FileNotFoundError:  # somebody else took it away
            continue
    return file


def _is_there(file: Path) -> bool:
    """Whether a file is there, which then stays; one that is taken away in this moment is never made empty."""
    with suppress(FileNotFoundError):
        os.utime(file)
        return True
    return False


def _version(table: RowTable) -> str:
    """How many versions the table's rows have had, and when the last came (a restored database counts anew)."""
    events = table.events.objects
    last = events.order_by("-pgh_id").values_list("pgh_created_at", flat=True).first()
    return f"{events.count()}-{last:%Y%m%d%H%M%S%f}" if last else "0"
