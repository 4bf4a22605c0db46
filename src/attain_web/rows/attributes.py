"""Attributes as their column has them: one value of another kind would turn the whole column into text."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from attain_web.bridge import attribute_types


def fitted(given: dict[str, Any], before: dict[str, Any], others: QuerySet[Any]) -> dict[str, Any]:
    """The attributes that somebody wrote, each of the kind that it is in the other rows; what is as before stays.

    A text that reads as a number or a flag becomes one where the column has such; a plain number also where no other
    row has the attribute. Raises ValidationError for what is none in a column of nothing but numbers, flags or days.
    """
    return {
        name: before[name]
        if name in before and str(value) == str(before[name])
        else _fitted(name, value, others)
        if isinstance(value, str)
        else value
        for name, value in given.items()
    }


def _fitted(name: str, text: str, others: QuerySet[Any]) -> Any:
    having = others.filter(attributes__has_key=name).exclude(attributes__contains={name: None})
    newest = having.order_by("-pk").first()
    if newest is None:
        number = _number(text)
        return number if str(number) == text else text
    value = _like(newest.attributes[name], text)
    if value is not None or not text:
        return value
    kind = attribute_types(having)[name]
    if pa.types.is_string(kind):
        return text
    told = _("“%(value)s” does not fit: “%(name)s” is %(kind)s in every other row, and plans may calculate with it.")
    raise ValidationError({"attributes": told % {"value": text, "name": name, "kind": _words(kind)}})


def _like(known: Any, text: str) -> Any:
    """A text as the kind of value that is known; None where it is none."""
    if isinstance(known, bool):
        return {"true": True, "false": False}.get(text.strip().lower())
    if isinstance(known, int | float):
        return _number(text)
    return text if not _is_day(known) or _is_day(text) else None


def _number(text: str) -> int | float | None:
    """A number that keeps each of its digits as JSON; None for what is none."""
    try:
        exact = Decimal(text.strip())
    except InvalidOperation:
        return None
    if not exact.is_finite() or abs(exact) >= 10**29:
        return None
    number = int(exact) if exact == exact.to_integral_value() else float(exact)
    return number if Decimal(str(number)) == exact else None


def _is_day(value: Any) -> bool:
    try:
        return bool(isinstance(value, str) and date.fromisoformat(value))
    except ValueError:
        return False


def _words(kind: pa.DataType) -> str:
    if pa.types.is_decimal(kind):
        return _("a number")
    return _("true or false") if pa.types.is_boolean(kind) else _("a date like 2026-01-31")
