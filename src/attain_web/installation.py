"""An installation: its folder, its database and its tables, as every command finds them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from types import FrameType

from attain.errors import UsageError
from attain_web.database import opened

_LOCK = 4_181_2026
"""The key of the advisory lock under which tables are changed."""


@contextmanager
def installation(var: Path) -> Iterator[Path]:
    """Django, set up over the database of the installation in a folder; SIGTERM and SIGHUP end the block.

    What is written meanwhile is for the installation's own user alone.
    """
    os.umask(0o077)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # nohup
            signal.signal(number, _leave)
    var = var.resolve()
    os.environ["ATTAIN_VAR"] = str(var)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "attain_web.settings")
    with opened(var):
        import django
        from django.db import connections

        django.setup()
        try:
            yield var
        finally:
            connections.close_all()


def _leave(number: int, _frame: FrameType | None) -> None:
    """End as if the program had come to its end, so that whatever was started is stopped."""
    raise SystemExit(128 + number)


def missing_migrations() -> tuple[int, bool]:
    """How many migrations the database lacks, and whether it is empty, so that nothing can be lost by making them."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return len(plan), not connection.introspection.table_names()


def migrate() -> None:
    """Bring the tables to the form that this version of Attain needs; who comes second waits and finds it done."""
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            call_command("migrate", interactive=False, verbosity=0)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def ensure_migrated(*, is_asked: bool = False) -> None:
    """Make the tables of an empty database; change those of a used one only where that was asked for."""
    missing, is_empty = missing_migrations()
    if missing and not (is_asked or is_empty):
        raise UsageError(
            f"The database is from an older version: {missing} migrations are missing. Make a backup (attain backup "
            "FILE), then run attain migrate, or attain serve --migrate."
        )
    if missing:
        migrate()


def collect_static_files() -> None:
    """Gather what browsers load, hashed and compressed, under var/static, unless just these files were gathered."""
    from django.conf import settings
    from django.core.management import call_command

    mark, fingerprint = Path(settings.STATIC_ROOT) / "fingerprint", _fingerprint()
    if mark.is_file() and mark.read_text(encoding="ascii") == fingerprint:
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    mark.write_text(fingerprint, encoding="ascii")


def _fingerprint() -> str:
    """A hash of the names and contents of all static files."""
    from django.contrib.staticfiles.finders import get_finders

    found = {path: storage.path(path) for finder in get_finders() for path, storage in finder.list([])}
    hashes = (f"{path} {sha256(Path(file).read_bytes()).hexdigest()}" for path, file in sorted(found.items()))
    return sha256("\n".join(hashes).encode()).hexdigest()
