"""Dates from the first day to the day after the last, as people write them: ``2026-01-01 .. 2027-01-01``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema


@dataclass(frozen=True)
class Span:
    """The dates ``[start, end)``; no end means until further notice."""

    start: date
    end: date | None = None


def _span(written: Any) -> Any:
    if isinstance(written, Span):
        return written
    if isinstance(written, date):
        return Span(written)
    match = re.fullmatch(r"(\d{4}-\d{2}-\d{2})\s*\.\.\s*(\d{4}-\d{2}-\d{2})?", str(written).strip())
    if not match:
        raise ValueError("write the first day and the day after the last: 2026-01-01 .. 2027-01-01")
    try:
        span = Span(date.fromisoformat(match[1]), date.fromisoformat(match[2]) if match[2] else None)
    except ValueError as error:
        raise ValueError(f"{error}; write dates such as 2026-01-31") from None
    if span.end and span.end <= span.start:
        raise ValueError("the end is the day after the last, so it comes after the start")
    return span


WrittenSpan = Annotated[
    Span,
    BeforeValidator(_span),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^\d{4}-\d{2}-\d{2}\s*\.\.(\s*\d{4}-\d{2}-\d{2})?$",
            "description": "first day .. day after the last",
        }
    ),
]
