"""The embedded PostgreSQL: who starts it, who stops it, and what it leaves of folders' modes."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from psycopg import connect

from attain.errors import UsageError
from attain_web.database import embedded

KILLED = """
import os, signal, sys
from pathlib import Path
from attain_web.database import embedded
with embedded(Path(sys.argv[1])):
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def private() -> Iterator[Path]:
    """A folder that nobody else may enter or read."""
    with TemporaryDirectory(prefix="attain-ops-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _is_running(folder: Path) -> bool:
    return (folder / "postmaster.pid").exists()


def test_who_leaves_last_stops_it_even_after_one_was_killed(private: Path) -> None:
    folder = private / "var" / "postgres"
    subprocess.run([sys.executable, "-c", KILLED, folder], check=False)
    assert _is_running(folder)
    with embedded(folder) as first:
        with embedded(folder) as second, connect(second) as connection:
            row = connection.execute("SELECT datcollate FROM pg_database WHERE datname = current_database()").fetchone()
        assert row == ("C",)
        with connect(first) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    assert not _is_running(folder)
    mode = stat.S_IMODE(private.stat().st_mode)
    assert mode == (0o711 if os.geteuid() == 0 else 0o700), "its own user may pass through, nobody may read"


def test_a_mark_of_a_dead_server_is_not_mistaken_for_a_living_one(private: Path) -> None:
    folder = private / "postgres"
    with embedded(folder):
        mark = (folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    (folder / "postmaster.pid").write_text("\n".join([str(os.getpid()), *mark[1:]]) + "\n", encoding="utf-8")
    with embedded(folder) as url, connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_path_too_long_for_a_socket_is_told(private: Path) -> None:
    with pytest.raises(UsageError, match="shorter"), embedded(private / ("long" * 20) / "postgres"):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_the_server_of_another_user_is_left_alone(private: Path) -> None:
    folder = private / "postgres"
    folder.mkdir()
    os.chown(folder, 65534, 65534)
    with pytest.raises(UsageError, match="run this as"), embedded(folder):
        pass
    assert folder.stat().st_uid == 65534
