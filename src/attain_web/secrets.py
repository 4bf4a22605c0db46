"""Secrets: from the environment, or from a file that only its owner may read and that is made at first start."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from secrets import token_urlsafe
from tempfile import NamedTemporaryFile


def read_secret(variable: str, file: Path, *, size: int = 48) -> str:
    """The secret in an environment variable, else in a file of mode 0600, made of ``size`` bytes where it is missing.

    The file appears whole or not at all, and is never replaced: of two processes that make it at once, both read the
    secret of the one that came first.
    """
    if given := os.environ.get(variable):
        return given
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with NamedTemporaryFile("w", dir=file.parent, encoding="utf-8") as made:  # of mode 0600
            made.write(token_urlsafe(size))
            made.flush()
            os.fsync(made.fileno())
            with suppress(FileExistsError):  # another process was first
                file.hardlink_to(made.name)
    return file.read_text(encoding="utf-8").strip()
