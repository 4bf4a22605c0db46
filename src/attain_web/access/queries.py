"""Reads of users and their rights."""

from __future__ import annotations

from attain_web.access.models import User
from attain_web.access.viewer import Viewer


def viewer_of(user: User, *, scopes: frozenset[str] | None = None) -> Viewer:
    """The viewer that a user is: name, roles, and the participant they are, where they are one."""
    roles = frozenset(user.grants.values_list("role", flat=True))
    participant = getattr(user, "participant", None)
    return Viewer(user.pk, user.name, roles, participant.participant if participant else None, scopes)
