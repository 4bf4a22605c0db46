"""The script that draws charts (Vega, Vega-Lite, vega-embed), found among the static files as ``look/vega.js``.

vl-convert carries it. It is written once for each version of vl-convert, in a process of its own: making it takes four
seconds and 150 MB, which no web server should keep.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

NAME = "look/vega.js"
_WRITES = "import sys, vl_convert; sys.stdout.buffer.write(vl_convert.javascript_bundle().encode())"


class BundleFinder(BaseFinder):
    """Finds the one file, and writes it where it is not there yet."""

    def find(self, path: str, find_all: bool = False, **_more: Any) -> Any:  # noqa: FBT001, FBT002 - as Django calls it
        """The file, for its path; nothing is an empty list, as Django's finders say it."""
        if path != NAME:
            return []
        return [str(_written())] if find_all else str(_written())

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[Any]:  # noqa: ARG002 - as Django calls it
        """Its path, and the storage that it lies in."""
        yield NAME, FileSystemStorage(location=_written().parents[1])


def _written() -> Path:
    """The file of this version of vl-convert."""
    file = Path(settings.VAR) / "bundles" / f"vl-convert-{version('vl-convert-python')}" / NAME
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f".{os.getpid()}")
        with part.open("wb") as out:
            subprocess.run([sys.executable, "-c", _WRITES], stdout=out, check=True)  # noqa: S603 - our own words
        part.replace(file)
    return file
