"""Reads of notices: everybody sees their own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from attain_web.access.models import User
from attain_web.access.viewer import Viewer
from attain_web.notices.kinds import KINDS, Kind, words
from attain_web.notices.models import Muted, Notice

MOST = 99
"""Unread notices are counted up to here."""


@dataclass(frozen=True)
class Shown:
    """A notice with its words."""

    notice: Notice
    text: str
    icon: str
    waits: bool


def notices(viewer: Viewer, *, unread_only: bool = False) -> QuerySet[Notice]:
    """One's own notices, newest first."""
    own = Notice.objects.filter(user=viewer.user_id)
    return own.filter(read_at=None) if unread_only else own


def shown(found: Sequence[Notice]) -> list[Shown]:
    """Notices as a page shows them."""
    unknown = Kind("", "", "info")
    kinds = [KINDS.get(one.kind, unknown) for one in found]
    return [
        Shown(one, words(one.kind, one.about), kind.icon, kind.waits and one.read_at is None)
        for one, kind in zip(found, kinds, strict=True)
    ]


def unread(viewer: Viewer) -> int:
    """How many notices one has not read, at most ``MOST`` + 1."""
    return notices(viewer, unread_only=True).order_by()[: MOST + 1].count()


def was_told(user: User, kinds: Collection[str], url: str) -> bool:
    """Whether a user has a notice of one of some kinds that points to an address already."""
    return Notice.objects.filter(user=user, kind__in=kinds, url=url).exists()


def muted(viewer: Viewer) -> set[str]:
    """The kinds of which one wants no mail."""
    return set(Muted.objects.filter(user=viewer.user_id).values_list("kind", flat=True))
