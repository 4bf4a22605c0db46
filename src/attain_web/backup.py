"""`attain backup`: database, files and the audit trail's heads in one file, consistent while the server runs."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from getpass import getuser
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any, LiteralString
from zipfile import ZIP_DEFLATED, ZipFile

from psycopg import Connection, IsolationLevel, connect
from psycopg.sql import SQL, Identifier

from attain import __version__
from attain.errors import UsageError
from attain_web.installation import installation
from attain_web.postgres import program, started

FORMAT = 1
MANIFEST, DUMP, FILES, HEADS = "manifest.json", "database.dump", "files/", "audit/heads"
"""What lies in a backup."""

Totals = dict[str, list[str]]
"""By table: how many rows, and a sum over the text of every row, which no change to one leaves the same."""


def backup(asked: argparse.Namespace) -> int:
    """Write everything that the installation holds into one new file that only its owner may read."""
    target = asked.file.resolve()
    if target.exists():
        raise UsageError(f"There is already a file {target}: name a new one.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        installation(asked.var, is_there=True) as var,
        NamedTemporaryFile(dir=target.parent, prefix=".attain-") as made,
    ):
        manifest = _write(made, var)
        made.flush()
        os.fsync(made.fileno())
        target.hardlink_to(made.name)
        record("backups.make", target, manifest)
    rows = sum(int(count) for count, _ in manifest["tables"].values())
    print(f"Wrote {target}: {rows:,} rows of {len(manifest['tables'])} tables, {manifest['files']} files.")
    return 0


def _write(made: IO[bytes], var: Path) -> dict[str, Any]:
    """Fill the archive: everything of the database is read as it stood at one moment. Files are only ever added."""
    with ZipFile(made, "w") as archive, _snapshot() as (connection, snapshot):
        _add_dump(archive, connection, snapshot)
        _add_heads(archive, connection, var / HEADS)
        files = list(_add_files(archive, var / FILES))
        manifest = {
            "format": FORMAT,
            "attain": __version__,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "postgresql": connection.info.server_version // 10_000,
            "migrations": [name for (name,) in _rows(connection, "SELECT app || '.' || name FROM django_migrations")],
            "key": key_fingerprint(),
            "files": len(files),
            "tables": totals(connection),
        }
        archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
    return manifest


@contextmanager
def _snapshot() -> Iterator[tuple[Connection, str]]:
    """A connection that sees the database as it stands now, however long it reads, and the name others see it by."""
    with connect(os.environ["DATABASE_URL"]) as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield connection, _rows(connection, "SELECT pg_export_snapshot()")[0][0]


def _add_dump(archive: ZipFile, connection: Connection, snapshot: str) -> None:
    command = [program("pg_dump", connection), "--format=custom", "--no-owner", f"--snapshot={snapshot}"]
    with archive.open(DUMP, "w", force_zip64=True) as member, started(command, stdout=subprocess.PIPE) as dump:
        assert dump.stdout
        shutil.copyfileobj(dump.stdout, member)


def _add_heads(archive: ZipFile, connection: Connection, file: Path) -> None:
    """The heads of the events that the snapshot holds, not of those written since."""
    last = _rows(connection, "SELECT coalesce(max(number), 0) FROM access_auditevent")[0][0]
    lines = file.read_text(encoding="ascii").splitlines() if file.is_file() else []
    kept = [line for line in lines if (number := line.partition(" ")[0]).isdigit() and int(number) <= last]
    archive.writestr(HEADS, "".join(f"{line}\n" for line in kept), ZIP_DEFLATED)


def _add_files(archive: ZipFile, folder: Path) -> Iterator[str]:
    """Everything that people uploaded."""
    for file in sorted(folder.rglob("*")):
        name = FILES + file.relative_to(folder).as_posix()
        if file.is_file():
            archive.write(file, name, ZIP_DEFLATED)
            yield name


def totals(connection: Connection) -> Totals:
    """What every table holds, in two numbers each."""
    connection.execute("SET LOCAL TimeZone = 'UTC'")
    told: Totals = {}
    for (name,) in _rows(connection, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"):
        asked = SQL(
            "SELECT count(*)::text, coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint), 0)::text "
            "FROM {} AS t"
        )
        told[name] = list(connection.execute(asked.format(Identifier("public", name))).fetchall()[0])
    return told


def key_fingerprint() -> str:
    """A mark of the secret key, which is not in the backup, by which a restore knows whether it has the same."""
    from django.conf import settings

    return sha256(f"attain backup {settings.SECRET_KEY}".encode()).hexdigest()[:16]


def record(action: str, file: Path, manifest: dict[str, Any]) -> None:
    """Remember in the audit trail who made a backup, or brought one back."""
    from attain_web.access.audit import recorded
    from attain_web.access.viewer import SYSTEM

    with recorded(SYSTEM, action, subject=file.name, by=getuser(), made_at=manifest["made_at"]):
        pass


def _rows(connection: Connection, sql: LiteralString) -> list[tuple[Any, ...]]:
    return connection.execute(sql).fetchall()
