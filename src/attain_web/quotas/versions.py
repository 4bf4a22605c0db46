"""Every version of a cell of the grid: who wrote it when, by hand or by which import, also where it is empty now."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q
from django.http import Http404

from attain_web.access.models import ChainLink
from attain_web.access.rights import Area, Reach
from attain_web.access.viewer import Viewer
from attain_web.rows.table import row_tables


def versions_of(viewer: Viewer, key: str, measure: str, start: date, end: date) -> list[dict[str, Any]]:
    """The versions of somebody's quota for a measure and period, newest first; 404 where it is not to be seen."""
    _must_see(viewer, key, start)
    events: Any = row_tables()["quotas"].events.objects.filter(Q(end=end) | Q(end=None))
    events = events.filter(participant=key, measure=measure, start=start).select_related("changed_by", "batch")
    told: list[dict[str, Any]] = []
    before = None
    for event in events.order_by("pgh_id"):
        now = None if event.pgh_label == "removed" else event.quota
        told.append(
            {
                "label": event.pgh_label,
                "at": event.pgh_created_at,
                "who": "" if event.pgh_label == "removed" else event.changed_by and event.changed_by.name,
                "batch": None if event.pgh_label == "removed" else event.batch,
                "before": before,
                "now": now,
                "currency": event.currency or "",
            }
        )
        before = now
    return told[::-1]


def _must_see(viewer: Viewer, key: str, start: date) -> None:
    viewer.must_read(Area.QUOTAS)
    reach = viewer.right(Area.QUOTAS).read
    if reach == Reach.ALL or key == viewer.participant:
        return
    links = ChainLink.objects.filter(above=viewer.participant, participant=key, start__lte=start, end__gt=start)
    if reach < Reach.CHAIN or viewer.participant is None or not links.exists():
        raise Http404
