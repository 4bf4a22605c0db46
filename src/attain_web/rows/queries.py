"""Reads of rows: what a viewer may see, found by search and filters, with every version of a row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Case, Exists, F, JSONField, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.http import Http404
from django.utils import timezone

from attain_web.access.models import ChainLink
from attain_web.access.rights import Reach, right_of
from attain_web.access.viewer import Viewer
from attain_web.rows.base import Row
from attain_web.rows.table import RowTable

PAGE = 50
COUNTED = 10_000
"""Lists are counted, and paged through, up to here; who looks for more filters."""


@dataclass(frozen=True)
class Asked:
    """What a list is asked for: words to search, bounds by column (``date.from``), sorting, page (from 1)."""

    search: str = ""
    filters: dict[str, str] = field(default_factory=dict)
    sort: str = ""
    page: int = 1


@dataclass(frozen=True)
class Page:
    """One page of a list. ``count`` stops at ``COUNTED``, and ``is_capped`` says so."""

    rows: list[Row]
    count: int
    is_capped: bool
    number: int
    pages: int


def visible(table: RowTable, viewer: Viewer, *, to_write: bool = False) -> QuerySet[Row]:
    """The rows of a table that a viewer may read, or with ``to_write`` change.

    Whose rows they are is written out, name by name, so that an index finds them; only rows of people who were below
    the viewer for some of the time are looked up in the chain. Rows without a date go by today's chain.
    """
    right = viewer.right(table.area)
    reach = right.write if to_write else right.read
    rows: QuerySet[Row] = table.model._default_manager.all()
    if to_write and (reach < table.writes or not (table.owner or reach == Reach.ALL)):
        return rows.none()
    return _within(reach, table, viewer, rows)


def _within(reach: Reach, table: RowTable, viewer: Viewer, rows: QuerySet[Any]) -> QuerySet[Any]:
    """The rows of a table, or versions of them, that lie as far as a right goes."""
    if reach == Reach.ALL or (reach and not table.owner):
        return rows
    if not reach or viewer.participant is None:
        return rows.none()
    if reach == Reach.SELF:
        return rows.filter(**{table.owner: viewer.participant})
    always = viewer.always_below | {viewer.participant}
    sometimes = viewer.below - always
    own = Q(**{f"{table.owner}__among": always})
    if sometimes:
        day = Coalesce(OuterRef(table.dated), today()) if table.dated else today()
        on_that_day = ChainLink.objects.filter(
            above=viewer.participant, participant=OuterRef(table.owner), start__lte=day, end__gt=day
        )
        own |= Q(**{f"{table.owner}__among": sometimes}) & Q(Exists(on_that_day))
    return rows.filter(own)


def today() -> date:
    """Today, where the organisation is."""
    return timezone.localdate()


def found(table: RowTable, viewer: Viewer, asked: Asked) -> QuerySet[Row]:
    """The visible rows that a search and filters find, sorted."""
    rows = visible(table, viewer)
    if asked.search:
        words = Q()
        for column, lookup in table.searched:
            words |= Q(**{f"{path_of(table, column)}__{lookup}": asked.search})
        rows = rows.filter(words)
    for name, text in asked.filters.items():
        rows = rows.filter(_condition(table, name, text))
    return rows.order_by(*_order(table, asked.sort))


def attributes_seen(table: RowTable, viewer: Viewer) -> Any:
    """The attributes of visible rows, as a query names them: none of those rows whose attributes are not for a viewer.

    Attributes of people tell their pay, so that whoever reads people, but neither writes them nor reads their pay, sees
    who they are and no more (docs/decisions/0014-attributes-of-people.md).
    """
    reach = _attributes_reach(table, viewer)
    if reach >= viewer.right(table.area).read:
        return F("attributes")
    open_to = _within(reach, table, viewer, table.model._default_manager.filter(pk=OuterRef("pk")))
    return Case(When(Exists(open_to), then=F("attributes")), default=Value({}, JSONField()), output_field=JSONField())


def attributes_of(table: RowTable, viewer: Viewer, rows: Iterable[Row]) -> dict[int, dict[str, Any]]:
    """The attributes of visible rows by the row's id, as far as a viewer may see them."""
    seen = attributes_seen(table, viewer)
    if isinstance(seen, F):
        return {row.pk: row.attributes for row in rows}
    known = table.model._default_manager.filter(pk__in=[row.pk for row in rows])
    return dict(known.values_list("pk", seen))


def _attributes_reach(table: RowTable, viewer: Viewer) -> Reach:
    """How far a viewer reads attributes: as far as rows, or as far as they write rows or read the other area."""
    if table.attributes_area is None:
        return viewer.right(table.area).read
    return max(right_of(viewer.roles, table.area).write, viewer.right(table.attributes_area).read)


def page_of(table: RowTable, viewer: Viewer, asked: Asked) -> Page:
    """One page of the rows that are found."""
    rows = found(table, viewer, asked)
    count = rows.order_by()[: COUNTED + 1].count()
    is_capped, count = count > COUNTED, min(count, COUNTED)
    pages = max(1, -(-count // PAGE))
    number = min(max(asked.page, 1), pages)
    return Page(list(rows[(number - 1) * PAGE : number * PAGE]), count, is_capped, number, pages)


def row_of(table: RowTable, viewer: Viewer, pk: int) -> Row:
    """One row; 404 where it does not exist or may not be seen, which looks the same."""
    row = visible(table, viewer).filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def may_write(table: RowTable, viewer: Viewer, row: Row) -> bool:
    """Whether a viewer may change a row that they see."""
    return visible(table, viewer, to_write=True).filter(pk=row.pk).exists()


def history(table: RowTable, row: Row, viewer: Viewer) -> list[dict[str, Any]]:
    """Every version of a row, newest first: when, how, by whom, which batch, and the values that changed.

    Only the versions that the viewer may see: not what the row held while it was somebody else's.
    """
    names = list(table.columns)
    told: list[dict[str, Any]] = []
    before: dict[str, Any] = {}
    events = table.events.objects.filter(pgh_obj_id=row.pk)
    keys = _versions(_within(viewer.right(table.area).read, table, viewer, events))
    telling = _versions(_within(_attributes_reach(table, viewer), table, viewer, events))
    was_seen = True
    for event in events.select_related("changed_by", "batch").order_by("pgh_id"):
        is_seen = event.pgh_id in keys
        if is_seen:
            values = {name: value_of(event, name) for name in names}
            values |= event.attributes if event.pgh_id in telling else {}
            changed = {name: (before.get(name), value) for name, value in values.items() if before.get(name) != value}
            told.append({"event": event, "label": event.pgh_label, "at": event.pgh_created_at})
            told[-1]["changed"] = changed if was_seen else {}  # what it was before was not theirs
            before = values
        was_seen = is_seen
    return told[::-1]


def _versions(events: QuerySet[Any]) -> set[int]:
    return set(events.values_list("pgh_id", flat=True))


def value_of(row: Any, name: str) -> Any:
    """A row's value in a declared column: of a reference, its key."""
    return getattr(row, row._meta.get_field(name).attname)


def path_of(table: RowTable, column: str) -> str:
    """The name by which a declared column is filtered and sorted: of a reference, its key, which needs no join."""
    field: Any = table.model._meta.get_field(column)
    return f"{column}__{field.target_field.name}" if field.is_relation else column


def _order(table: RowTable, sort: str) -> Iterable[str]:
    name = sort.removeprefix("-")
    if name not in table.columns:
        return [*table.order, "pk"]
    return [f"{'-' if sort.startswith('-') else ''}{path_of(table, name)}", "pk"]


def _condition(table: RowTable, name: str, text: str) -> Q:
    """A filter: ``stage=won``, ``amount.from=100``, ``date.to=2026-01-01`` (exclusive). Nothing fits a wrong value."""
    column, _, bound = name.partition(".")
    if column not in table.columns:
        return Q()
    kind = table.columns[column].type
    value: Any = text
    try:
        if kind == "date":
            value = date.fromisoformat(text)
        elif kind in ("decimal", "integer"):
            value = Decimal(text)
            if not value.is_finite() or abs(value.adjusted()) > 30:  # no column holds it, and PostgreSQL refuses it
                return Q(pk__in=[])
    except (ValueError, InvalidOperation):
        return Q(pk__in=[])
    lookup = {"from": "__gte", "to": "__lt"}.get(bound, "")
    return Q(**{f"{path_of(table, column)}{lookup}": value})
