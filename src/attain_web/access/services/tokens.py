"""Keys to the API: made by their owner, shown once, revoked by the owner or an administrator."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from secrets import token_urlsafe

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from attain_web.access.audit import recorded
from attain_web.access.models import ApiToken, User
from attain_web.access.queries import scopes_open_to, viewer_of
from attain_web.access.rights import Area, Reach
from attain_web.access.viewer import NotAllowedError, Viewer

_SEEN_EVERY = timedelta(minutes=1)
LONGEST = 365
"""Days that a token lives at most."""


def make_token(viewer: Viewer, *, name: str, scopes: Iterable[str], days: int) -> tuple[ApiToken, str]:
    """A token of the viewer's own, with its text, which is kept nowhere."""
    if viewer.user_id is None:
        raise NotAllowedError(_("Only a user has tokens."))
    asked = sorted(set(scopes))
    if not name.strip():
        raise ValidationError({"name": _("Give the token a name, so that you know it again.")})
    if not asked or set(asked) - set(scopes_open_to(viewer)):
        raise ValidationError({"scopes": _("Choose what the token may do, among what you may do.")})
    if not 1 <= days <= LONGEST:
        raise ValidationError({"days": _("A token lives for a year at most.")})
    text = f"attain_{token_urlsafe(32)}"
    with recorded(viewer, "access.make_token", name=name.strip(), scopes=", ".join(asked), days=days) as event:
        token = ApiToken.objects.create(
            user_id=viewer.user_id,
            name=name.strip(),
            hashed=_hashed(text),
            scopes=asked,
            expires_at=timezone.now() + timedelta(days=days),
        )
        event.subject = f"tokens/{token.pk}"
    return token, text


def revoke_token(viewer: Viewer, pk: int) -> ApiToken:
    """End a token of the viewer's own, or anybody's where the viewer may change users."""
    token = ApiToken.objects.filter(pk=pk).select_related("user").first()
    if token is None or (token.user_id != viewer.user_id and not viewer.right(Area.USERS).read):
        raise Http404
    if token.user_id != viewer.user_id:
        viewer.must_write(Area.USERS, reach=Reach.ALL)
    with recorded(viewer, "access.revoke_token", subject=f"tokens/{pk}", name=token.name) as event:
        event.is_needed = bool(ApiToken.objects.filter(pk=pk, revoked_at=None).update(revoked_at=timezone.now()))
    return token


def end_tokens(user: User) -> int:
    """End every token of a user; returns how many."""
    return ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())


def token_viewer(token_text: str) -> Viewer | None:
    """Who asks with a token; None where it is unknown, revoked or expired, or its user is deactivated."""
    now = timezone.now()
    live = ApiToken.objects.filter(revoked_at=None, expires_at__gt=now, user__is_active=True)
    token = live.filter(hashed=_hashed(token_text)).select_related("user").first()
    if token is None:
        return None
    if token.used_at is None or now - token.used_at >= _SEEN_EVERY:
        stale = Q(used_at=None) | Q(used_at__lte=now - _SEEN_EVERY)
        ApiToken.objects.filter(stale, pk=token.pk).update(used_at=now)
    return viewer_of(token.user, scopes=frozenset(token.scopes))


def _hashed(text: str) -> str:
    """A token as it is kept; it is long and random, so a plain hash is enough."""
    return sha256(text.encode()).hexdigest()
