"""Writes of the grid of quotas: many cells in one transaction with one event, and nothing over what was not seen."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from attain_web.access.audit import recorded
from attain_web.access.rights import Area, Reach
from attain_web.access.viewer import Viewer
from attain_web.measures.queries import known_measures
from attain_web.people.models import Participant
from attain_web.quotas.grid import Grid
from attain_web.quotas.models import Quota


@dataclass(frozen=True)
class Change:
    """A cell that somebody changed: its period, the value it is to have (None: none), and the version they saw."""

    participant: str
    start: date
    end: date
    value: Decimal | None
    seen: datetime | None
    """When the version was made that they changed; None: there was none."""


class ChangedMeanwhileError(Exception):
    """Somebody wrote these cells since they were read: (participant, start) of each."""

    def __init__(self, cells: list[tuple[str, date]]) -> None:
        self.cells = cells
        super().__init__(str(cells))


def write_cells(viewer: Viewer, measure: str, changes: Collection[Change], *, file: str = "") -> int:
    """Write the cells of a measure, all or none; returns how many were changed.

    Raises ChangedMeanwhileError with every cell that is not as it was seen, ValidationError for what cannot be.
    """
    viewer.must_write(Area.QUOTAS, reach=Reach.ALL)
    if measure not in known_measures() and not Quota.objects.filter(measure=measure).exists():
        raise ValidationError(_("There is no measure “%s”.") % measure)
    with recorded(viewer, "quotas.write", subject=f"quotas/{measure}", measure=measure) as event:
        keys = {one.participant for one in changes}
        locked: Any = Participant.objects.select_for_update().filter(participant__in=keys).order_by("participant")
        known = set(locked.values_list("participant", flat=True))
        if unknown := sorted(keys - known):
            raise ValidationError(_("There is no participant with the key “%(key)s”.") % {"key": unknown[0]})
        held = _held(measure, changes)
        _must_be_as_seen(held, changes)
        told = _write(viewer, measure, changes, held)
        event.details |= {"cells": told, **({"file": file} if file else {})}
        event.is_needed = bool(told)
    return len(told)


def must_be_known(keys: Collection[str]) -> None:
    """Raise ValidationError with the keys that are no participant's."""
    known: Any = Participant.objects.filter(Q(participant__in=keys))
    if unknown := sorted(set(keys) - set(known.values_list("participant", flat=True))):
        told = _("No participant has these keys: %(keys)s. Mend the file, or bring the people in first.")
        more = f" … ({len(unknown)})" if len(unknown) > _NAMED else ""
        raise ValidationError(told % {"keys": ", ".join(unknown[:_NAMED]) + more})


_NAMED = 10
"""Keys that are told one by one."""


def note_export(viewer: Viewer, grid: Grid, kind: str) -> None:
    """Tell the audit trail that the grid was taken out as a file."""
    asked = grid.asked
    told = {"measure": asked.measure, "year": asked.year.name, "format": kind, "count": len(grid.people)}
    with recorded(viewer, "quotas.export_grid", subject="quotas", **told):
        pass


def _held(measure: str, changes: Collection[Change]) -> dict[tuple[str, date, date], list[Quota]]:
    """The rows of exactly the periods of the cells, locked until the transaction ends."""
    ends = {(one.participant, one.start): one.end for one in changes}
    rows: Any = Quota.objects.select_for_update().filter(
        Q(participant__in={one.participant for one in changes}),
        measure=measure,
        start__in={one.start for one in changes},
    )
    found: dict[tuple[str, date, date], list[Quota]] = {}
    for row in rows.order_by("pk"):
        end = ends.get((row.participant_id, row.start))
        if end and row.end in {None, end}:
            found.setdefault((row.participant_id, row.start, end), []).append(row)
    return found


def _must_be_as_seen(held: dict[tuple[str, date, date], list[Quota]], changes: Collection[Change]) -> None:
    others = [
        (one.participant, one.start)
        for one in changes
        if [row.changed_at for row in held.get((one.participant, one.start, one.end), [])]
        != ([one.seen] if one.seen else [])
    ]
    if others:
        raise ChangedMeanwhileError(others)


def _write(
    viewer: Viewer,
    measure: str,
    changes: Collection[Change],
    held: dict[tuple[str, date, date], list[Quota]],
) -> list[list[Any]]:
    """Make, change or take out each cell's row; what was changed, for the audit trail."""
    told: list[list[Any]] = []
    made: list[Quota] = []
    changed: list[Quota] = []
    stamp = {"changed_by_id": viewer.user_id, "changed_at": timezone.now(), "batch_id": None}
    currencies = _currencies(measure)
    for one in changes:
        row = next(iter(held.get((one.participant, one.start, one.end), [])), None)
        before = row.quota if row else None
        if before == one.value:
            continue
        told.append([one.participant, one.start, one.end, before, one.value])
        if row and one.value is None:
            row.delete()
            continue
        if row is None:
            currency = currencies.get(one.participant, currencies.get(None))
            row = Quota(
                participant_id=one.participant, measure=measure, start=one.start, end=one.end, currency=currency
            )
        row.quota = one.value
        for name, value in stamp.items():
            setattr(row, name, value)
        (changed if row.pk else made).append(row)
    try:
        Quota.objects.bulk_create(made, batch_size=2000)
        Quota.objects.bulk_update(changed, ["quota", *(name.removesuffix("_id") for name in stamp)], batch_size=500)
    except IntegrityError as error:
        raise ValidationError(
            _("This contradicts another row: %(told)s") % {"told": str(error).splitlines()[0]}
        ) from error
    return told


def _currencies(measure: str) -> dict[str | None, str | None]:
    """The currency of each participant's quotas for a measure; of None: the one that most have."""
    rows: Any = Quota.objects.filter(measure=measure).values_list("participant", "currency").order_by("start")
    found: dict[str | None, str | None] = dict(rows)
    usual: Any = Quota.objects.filter(measure=measure).values_list("currency").annotate(number=Count("pk"))
    first = usual.order_by("-number").first()
    return {**found, None: first[0] if first else None}
