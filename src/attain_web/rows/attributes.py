"""Attributes as their column has them: one value of another kind would turn the whole column into text."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from attain_web.bridge import attribute_types

_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,28})(\.[0-9]{1,9})?")
"""What keeps a column one of numbers: 38 digits, 9 of them behind the point."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def fitted(given: dict[str, Any], before: dict[str, Any], others: QuerySet[Any]) -> dict[str, Any]:
    """The attributes that somebody wrote, each of the kind that it is in the other rows; what is as before stays.

    A text that reads as a number or a flag becomes one where the column has such, a plain number also where no other
    row has the attribute; a number or a flag becomes text in a column of text; an empty text is no value. Raises
    ValidationError for what is none in a column of nothing but numbers, flags or days.
    """
    return {
        name: before[name]
        if name in before and value is not None and str(value) == shown(before[name])
        else _fitted(name, value, others)
        for name, value in given.items()
    }


def shown(value: Any) -> str:
    """An attribute as a form shows it."""
    return "" if value is None else str(value)


def _fitted(name: str, value: Any, others: QuerySet[Any]) -> Any:
    if value in (None, ""):
        return None
    if isinstance(value, list | dict):
        return value
    text = _text(value)
    having = others.filter(attributes__has_key=name).exclude(attributes__contains={name: None})
    newest = having.order_by("-pk").first()
    if newest is None:
        return _new(value, text)
    like = _like(newest.attributes[name], text)
    if like is not None:
        return like
    kind = attribute_types(having)[name]
    if pa.types.is_string(kind):
        return text
    told = _("“%(value)s” does not fit: “%(name)s” is %(kind)s in every other row, and plans may calculate with it.")
    raise ValidationError({"attributes": told % {"value": text, "name": name, "kind": _words(kind)}})


def _text(value: Any) -> str:
    """A text, number or flag as text."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{Decimal(str(value)):f}" if isinstance(value, float) else str(value)


def _new(value: Any, text: str) -> Any:
    """What no other row has a kind for: a flag, a number, or a text that is no plain number."""
    if isinstance(value, bool):
        return value
    number = _number(text)
    return text if number is None or (isinstance(value, str) and str(number) != text) else number


def _like(known: Any, text: str) -> Any:
    """A text as the kind of value that is known; None where it is none."""
    if isinstance(known, bool):
        return {"true": True, "false": False}.get(text.strip().lower())
    if isinstance(known, int | float):
        return _number(text)
    if not _is_day(known):
        return text
    return text.strip() if _is_day(text.strip()) else None


def _number(text: str) -> int | float | None:
    """A number that keeps each of its digits as JSON; None for what is none."""
    if not _NUMBER.fullmatch(text.strip()):
        return None
    exact = Decimal(text.strip())
    number = int(exact) if exact == int(exact) else float(exact)
    return number if Decimal(str(number)) == exact else None


def _is_day(value: Any) -> bool:
    """Whether a value is what the library's tables take for a date."""
    try:
        return isinstance(value, str) and bool(_DAY.fullmatch(value) and date.fromisoformat(value))
    except ValueError:
        return False


def _words(kind: pa.DataType) -> str:
    if pa.types.is_decimal(kind):
        return _("a number with at most 9 digits behind the point")
    return _("true or false") if pa.types.is_boolean(kind) else _("a date like 2026-01-31")
