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
from attain_web.environment import check_environment

_TRAIL = "access_auditevent"
"""The table of the audit trail, into which whatever is written writes first."""
_LOCK = 4_181_2026
"""The key of the advisory lock under which tables are changed."""


@contextmanager
def installation(var: Path, *, is_there: bool = False) -> Iterator[Path]:
    """Django, set up over the database of the installation in a folder; SIGTERM and SIGHUP end the block.

    What is written meanwhile is for the installation's own user alone. With ``is_there`` none is made where the folder
    has none: raises UsageError, as it does for an environment that cannot be.
    """
    check_environment()
    if is_there and not (var / "postgres").is_dir() and not os.environ.get("DATABASE_URL"):
        raise UsageError(f"There is no installation in {var.resolve()}. Name its folder: --var DIR, or ATTAIN_VAR.")
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
    """How many migrations the database lacks, and whether it holds nothing that could be lost by making them.

    That is so before the first event of the audit trail, also where making the tables was cut off.
    """
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if _TRAIL not in connection.introspection.table_names():
        return len(plan), True
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT 1 FROM "{_TRAIL}" LIMIT 1')  # by the model it may lack a column yet
        return len(plan), cursor.fetchone() is None


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
