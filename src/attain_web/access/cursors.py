"""Paging by cursor: each page goes on behind the last row of the one before, whatever came in meanwhile."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from django.core import signing
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Field, Model, Q, QuerySet

LIMIT, MOST = 50, 200
"""Rows of a page: unless told, and at most."""

M = TypeVar("M", bound=Model)


class CursorError(ValueError):
    """A cursor that was not given out for this list, sorted so."""


def after(rows: QuerySet[M], cursor: str, *, limit: int = LIMIT) -> tuple[list[M], str]:
    """The next rows of a sorted query behind a cursor (empty: the first), and the cursor of what follows, or "".

    The query's order must end with a unique column; empty values stand where PostgreSQL puts them, as if greatest.
    """
    order = [_plain(rows, name) for name in rows.query.order_by]
    sorted_rows = rows.order_by(*order)
    if cursor:
        sorted_rows = sorted_rows.filter(_behind(rows, order, _read(rows, order, cursor)))
    found = list(sorted_rows[: limit + 1])
    return found[:limit], _written(order, found[limit - 1]) if len(found) > limit else ""


def _plain(rows: QuerySet[M], name: Any) -> str:
    """A column of the order by its own name, so that a reference sorts by the key that it holds."""
    sign = "-" if name.startswith("-") else ""
    return sign + _field(rows, name).attname


def _field(rows: QuerySet[M], name: str) -> Field[Any, Any]:
    meta, plain = rows.model._meta, name.removeprefix("-").split("__")[0]
    if plain == "pk":
        return meta.pk
    return next(field for field in meta.concrete_fields if plain in (field.name, field.attname))


def _written(order: list[str], row: Model) -> str:
    """Where a row stands, as text; signed, so that it can only be handed back."""
    values = [getattr(row, name.removeprefix("-")) for name in order]
    return signing.dumps(json.loads(json.dumps([order, values], cls=DjangoJSONEncoder)), salt="cursor")


def _read(rows: QuerySet[M], order: list[str], cursor: str) -> list[Any]:
    """The values at which a cursor stands."""
    try:
        sorted_by, values = signing.loads(cursor, salt="cursor")
        if sorted_by != order:
            raise CursorError
        return [_field(rows, name).to_python(value) for name, value in zip(order, values, strict=True)]
    except (signing.BadSignature, ValueError, TypeError, ValidationError) as error:
        raise CursorError from error


def _behind(rows: QuerySet[M], order: list[str], values: list[Any]) -> Q:
    """What comes behind these values in that order."""
    behind, same = Q(pk__in=[]), Q()
    for name, value in zip(order, values, strict=True):
        behind |= same & _greater(rows, name, value)
        same &= _equal(name, value)
    return behind & _bound(rows, order[0], values[0])


def _bound(rows: QuerySet[M], name: str, value: Any) -> Q:
    """The bound on the first column alone, which says nothing new, but lets the database begin amid an index."""
    plain = name.removeprefix("-")
    if value is None or (_field(rows, plain).null and plain == name):
        return Q()
    return Q(**{f"{plain}__lte" if name.startswith("-") else f"{plain}__gte": value})


def _equal(name: str, value: Any) -> Q:
    plain = name.removeprefix("-")
    return Q(**{f"{plain}__isnull": True}) if value is None else Q(**{plain: value})


def _greater(rows: QuerySet[M], name: str, value: Any) -> Q:
    """What comes behind a value of one column: empty is the greatest."""
    plain = name.removeprefix("-")
    if name.startswith("-"):
        return Q(**{f"{plain}__isnull": False}) if value is None else Q(**{f"{plain}__lt": value})
    if value is None:
        return Q(pk__in=[])
    greater = Q(**{f"{plain}__gt": value})
    return greater | Q(**{f"{plain}__isnull": True}) if _field(rows, name).null else greater
