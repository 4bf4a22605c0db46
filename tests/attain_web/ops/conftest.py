"""How tests call the command line as an administrator would: as a program, over an installation of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

Attain = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short path, as sockets need it."""
    with TemporaryDirectory(prefix="attain-ops-", ignore_cleanup_errors=True) as made:
        yield Path(made)


@pytest.fixture
def surroundings() -> dict[str, str]:
    """The environment of a machine on which nothing is set."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("ATTAIN_", "DATABASE_", "DJANGO_"))
    }


@pytest.fixture
def attain(folder: Path, surroundings: dict[str, str]) -> Attain:
    """Run a command to its end: ``attain("migrate", "--var", "one")``."""

    def run(*words: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "attain.cli", *map(str, words)]
        return subprocess.run(
            command, cwd=folder, env=surroundings | more, capture_output=True, text=True, check=False, timeout=900
        )

    return run
