"""`attain restore`: what a backup holds takes the place of an empty database, or of one that is given up."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import zlib
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp
from typing import Any
from zipfile import BadZipFile, ZipFile

from psycopg import connect

from attain.errors import UsageError
from attain_web.backup import DUMP, FILES, FORMAT, HEADS, MANIFEST, Totals, key_fingerprint, record, totals
from attain_web.installation import installation, migrate, missing_migrations
from attain_web.postgres import ensure_unused, program, started


def restore(asked: argparse.Namespace) -> int:
    """Bring everything back, and prove that it is what was backed up; 1 where it is not."""
    try:
        archive = ZipFile(asked.file)
        manifest = json.loads(archive.read(MANIFEST))
    except (BadZipFile, KeyError, ValueError):
        raise UsageError(f"{asked.file} is no backup of Attain.") from None
    with archive, installation(asked.var) as var:
        _ensure_known(manifest)
        is_empty = ensure_unused()
        if not (is_empty or asked.replace):
            raise UsageError("The database is not empty. To give up what it holds: --replace (back it up first)")
        folder = Path(mkdtemp(prefix=".restored-", dir=var))
        try:
            _extract(archive, folder, asked.file)
            _load(folder / DUMP, is_empty=is_empty)
            _put_in_place(folder, var)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return _prove(manifest, asked.file)


def _ensure_known(manifest: dict[str, Any]) -> None:
    """Refuse a backup that a newer version made."""
    from django.db.migrations.loader import MigrationLoader

    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if manifest["format"] > FORMAT or not known.issuperset(manifest["migrations"]):
        raise UsageError(f"Attain {manifest['attain']} made this backup, which is newer: install that version first.")


def _extract(archive: ZipFile, folder: Path, file: Path) -> None:
    """Everything in the backup, under the folder and nowhere else; raises UsageError where the file is damaged."""
    for name in archive.namelist():
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            raise UsageError(f"The backup holds a file outside its folder: {name}")
        try:
            archive.extract(name, folder)
        except (BadZipFile, EOFError, zlib.error) as error:
            raise UsageError(f"{file} is damaged ({error}): take another backup. Nothing was changed.") from None


def _load(dump: Path, *, is_empty: bool) -> None:
    """All tables in one transaction: where anything fails, the database stays as it was."""
    with connect(os.environ["DATABASE_URL"]) as connection:
        reader, writer = program("pg_restore", connection), program("psql", connection)
    told = [writer, "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
    if not is_empty:
        told += ["--command=SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public"]
    read = [reader, "--no-owner", "--no-privileges", "--file=-", str(dump)]
    with started([*told, "--file=-"], stdin=subprocess.PIPE) as tables:
        assert tables.stdin
        # psql commits at the end of its input, so that must not end where pg_restore failed: we hold it open till then.
        code = subprocess.run(read, stdout=tables.stdin, check=False).returncode  # noqa: S603 - found by `program`
        if code:
            raise OSError(f"pg_restore failed ({code}); what it said stands above. The database is as it was.")
        tables.stdin.close()


def _put_in_place(folder: Path, var: Path) -> None:
    """Files and heads take the place of those that are there; earlier heads are kept beside, as evidence."""
    for name in (HEADS, FILES):
        new, place, earlier = folder / name, var / name, folder / "earlier" / name
        if name == HEADS:
            earlier = place.with_name(f"heads.before-{datetime.now(UTC):%Y%m%dT%H%M%S}")
        for one in (place, earlier):
            one.parent.mkdir(parents=True, exist_ok=True)
        if place.exists():
            place.rename(earlier)
        if new.exists():
            new.rename(place)


def _prove(manifest: dict[str, Any], file: Path) -> int:
    """Compare every table with what the backup says it held, and check the audit trail."""
    from attain_web.access.verify import verify

    with connect(os.environ["DATABASE_URL"]) as connection:
        restored = totals(connection)
    if different := _different(manifest["tables"], restored):
        print("\n".join(["The restored tables are not what was backed up:", *different]), file=sys.stderr)
        return 1
    if missing_migrations()[0]:
        migrate()
    if finding := verify():
        print(finding.sentence, file=sys.stderr)
        return 1
    record("backups.restore", file, manifest)
    rows = sum(int(count) for count, _ in restored.values())
    print(f"Restored {rows:,} rows of {len(restored)} tables and {manifest['files']} files of {manifest['made_at']}.")
    print("Every table is as it was backed up, and so is the audit trail.")
    if key_fingerprint() != manifest["key"]:
        print(
            "The secret key is not the one of the backup: everybody signs in anew, and two-step sign-in must be set up "
            "anew. To keep it, bring back the old var/secrets/key (or ATTAIN_SECRET_KEY)."
        )
    return 0


def _different(wanted: Totals, restored: Totals) -> list[str]:
    return [
        f"{name}: {wanted.get(name, ['no', ''])[0]} rows backed up, {restored.get(name, ['no', ''])[0]} restored"
        for name in sorted(wanted.keys() | restored.keys())
        if wanted.get(name) != restored.get(name)
    ]
