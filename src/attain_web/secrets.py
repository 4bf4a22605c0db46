"""Secrets: from the environment, or from a file that only its owner may read and that is made at first start."""

from __future__ import annotations

import os
from pathlib import Path
from secrets import token_urlsafe


def read_secret(variable: str, file: Path) -> str:
    """The secret in an environment variable, else in a file of mode 0600, made anew where it is missing."""
    if given := os.environ.get(variable):
        return given
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text(encoding="utf-8").strip()
    with os.fdopen(opened, "w", encoding="utf-8") as written:
        secret = token_urlsafe(48)
        written.write(secret)
    return secret
