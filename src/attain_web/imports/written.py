"""Mapping documents as YAML text: read and written back with what people noted in them."""

from __future__ import annotations

from io import StringIO
from typing import Any

from ruamel.yaml import YAML


def round_trip() -> YAML:
    """A reader and writer that keeps comments and order."""
    yaml = YAML()
    yaml.width = 120
    return yaml


def dumped(content: Any) -> str:
    """The text of a document."""
    written = StringIO()
    round_trip().dump(content, written)
    return written.getvalue()
