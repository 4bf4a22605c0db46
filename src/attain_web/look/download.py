"""Answers that a browser keeps as files."""

from __future__ import annotations

import re
from typing import TypeVar

from django.http import HttpResponseBase
from django.utils.http import content_disposition_header

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
R = TypeVar("R", bound=HttpResponseBase)


def as_file(answer: R, name: str, content_type: str) -> R:
    """The answer as a file to keep; what no system takes in a file's name becomes a dash."""
    kept = re.sub(r"[^\w.-]+", "-", name)
    answer["Content-Type"] = content_type
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=kept) or ""
    return answer
