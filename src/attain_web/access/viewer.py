"""Who asks: a signed-in user or the owner of a token, with roles, as every query and service receives them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.http import Http404
from django.utils.translation import gettext as _

from attain.tables import EVER, NEVER
from attain_web.access.models import ChainLink
from attain_web.access.rights import Area, Reach, Right, Role, right_of


class NotAllowedError(Exception):
    """Seen, but not allowed: the answer is 403 with this sentence."""


@dataclass(frozen=True)
class Viewer:
    """Somebody with roles. ``participant`` is the key of the participant they are, where they are one.

    ``user_id`` is None for the system itself (the demo company, a command on the server).
    ``scopes`` limits what a token may do; None: everything the user may.
    """

    user_id: int | None
    name: str
    roles: frozenset[str]
    participant: str | None = None
    scopes: frozenset[str] | None = None

    def right(self, area: Area) -> Right:
        """How far this viewer reads and writes in an area, by roles and, with a token, its scopes."""
        roles = self.roles
        if area == Area.PAY and not settings.MANAGERS_SEE_PAY and Role.MANAGER in roles:
            roles = roles - {Role.MANAGER} | {Role.PARTICIPANT}
        right = right_of(roles, area)
        if self.scopes is None:
            return right
        reads, writes = f"{area}:read" in self.scopes, f"{area}:write" in self.scopes
        return Right(
            right.read if reads or writes else Reach.NOTHING,
            right.write if writes else Reach.NOTHING,
            approve=right.approve and writes,
        )

    @cached_property
    def below(self) -> frozenset[str]:
        """Everybody who is, was or will be below this viewer; asked once for each request."""
        links = ChainLink.objects.filter(above=self.participant)
        return frozenset(links.values_list("participant", flat=True))

    @cached_property
    def always_below(self) -> frozenset[str]:
        """Those of them who are below on every day, so that their rows need no second look."""
        links = ChainLink.objects.filter(above=self.participant, start=EVER, end=NEVER)
        return frozenset(links.values_list("participant", flat=True))

    def must_read(self, area: Area) -> None:
        """Raise 404 where an area is invisible, which tells no outsider that it exists."""
        if not self.right(area).read:
            raise Http404

    def must_write(self, area: Area, *, reach: Reach = Reach.SELF) -> None:
        """Raise 404 where an area is invisible, and 403 where it is seen but may not be changed so far."""
        self.must_read(area)
        if self.right(area).write < reach:
            raise NotAllowedError(_("Your roles let you see this, but not change it."))

    def must_approve(self, area: Area) -> None:
        """Raise 404 where an area is invisible, and 403 where it is seen but may not be approved."""
        self.must_read(area)
        if not self.right(area).approve:
            raise NotAllowedError(_("Your roles let you see this, but not approve it."))


SYSTEM = Viewer(None, "Attain", frozenset({"administrator", "designer", "finance", "operations"}))
"""The system itself: the demo company, and commands on the server."""

NOBODY = Viewer(None, "Somebody not signed in", frozenset())
"""Who has not signed in, as the audit trail names them."""
