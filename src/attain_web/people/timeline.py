"""Dated rows of a participant: which one holds on a day, and how a change from a day on is written among them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from django.db.models import Q
from django.utils import timezone

from attain.tables import EVER, NEVER
from attain_web.access.viewer import Viewer
from attain_web.people.models import ParticipantVersion, ReportingLine

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
"""From when to when something about people may be entered."""

Dated = TypeVar("Dated", ParticipantVersion, ReportingLine)


@dataclass(frozen=True)
class Change:
    """One thing that a flow changes: ``field`` of a participant, from one value to another, in ``[start, end)``.

    A person (``manager``, who owns the ``count`` ``accounts``) is told by key.
    """

    field: str
    participant: str
    before: Any
    after: Any
    start: date
    end: date | None = None
    count: int = 1


def holding(day: Any) -> Q:
    """The condition of dated rows that hold on a day."""
    return (Q(start=None) | Q(start__lte=day)) & (Q(end=None) | Q(end__gt=day))


def held(rows: Iterable[Dated], day: date) -> Dated | None:
    """The row that holds on a day."""
    return next((row for row in rows if (row.start or EVER) <= day < (row.end or NEVER)), None)


def rows_of(model: type[Dated], key: str) -> list[Dated]:
    """The dated rows of a participant, first to last, locked until the transaction ends."""
    rows = model._default_manager.filter(Q(participant=key)).select_for_update()
    return sorted(rows, key=lambda row: row.start or EVER)


def stays_until(rows: list[Dated], day: date) -> date | None:
    """The first day from ``day`` on on which no row holds; None: there is none."""
    row = held(rows, day)
    while row is not None and row.end is not None:
        day = row.end
        row = held(rows, day)
    return None if row else day


def write_from(
    rows: list[Dated], day: date, values: dict[str, Any], *, viewer: Viewer, fresh: Dated, until: date | None = None
) -> Dated:
    """Let values hold from a day until the next row begins, or ``until``; returns the row that holds them.

    The row that held on that day ends there, unless it began there: then it is changed. ``fresh`` is filled where no
    row held. What begins later stays as it is.
    """
    current = held(rows, day)
    ends = [until, current and current.end, *(row.start for row in rows if row.start and row.start > day)]
    row = current or fresh
    if current and (current.start or EVER) < day:
        current.end = day
        stamp(current, viewer).save()
        row.pk, row._state.adding = None, True  # noqa: SLF001 - saved once more, it is the row that follows
    row.start, row.end = day, min((end for end in ends if end), default=None)
    for name, value in values.items():
        setattr(row, name, value)
    stamp(row, viewer).save()
    return row


def end_from(rows: Iterable[Dated], day: date, viewer: Viewer) -> None:
    """Let nothing hold from a day on: what held ends there, what would begin later is taken out."""
    for row in rows:
        if (row.start or EVER) >= day:
            row.delete()
        elif row.end is None or row.end > day:
            row.end = day
            stamp(row, viewer).save()


def stamp(row: Dated, viewer: Viewer) -> Dated:
    """The row, with who changes it now."""
    for name, value in stamped(viewer).items():
        setattr(row, name, value)
    return row


def stamped(viewer: Viewer) -> dict[str, Any]:
    """What every row says of who changes it now."""
    return {"changed_by_id": viewer.user_id, "changed_at": timezone.now(), "batch_id": None}
