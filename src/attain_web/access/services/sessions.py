"""Browsers that are signed in: begun, seen, ended."""

from __future__ import annotations

from datetime import timedelta
from time import time

from django.conf import settings
from django.contrib.auth import login
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone

from attain_web.access.device import device_of
from attain_web.access.models import User, UserSession
from attain_web.access.throttle import address_of

_SEEN = "seen_at"
_EVERY = 60
"""Seconds after which it is noted again that a browser was seen."""


def begin_session(request: HttpRequest, user: User) -> None:
    """Sign a user in, in this browser, under a new key."""
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    request.session[_SEEN] = int(time())
    expired = timezone.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    UserSession.objects.filter(user=user, seen_at__lte=expired).delete()
    UserSession.objects.create(
        user=user,
        session_key=request.session.session_key or "",  # which signing in has just made
        device=device_of(request.headers.get("User-Agent", "")),
        address=address_of(request) or None,
    )


def note_seen(request: HttpRequest) -> None:
    """Note, at most once a minute, that a signed-in browser was seen; that keeps its session alive as well."""
    seen = request.session.get(_SEEN)
    if seen is not None and time() - seen >= _EVERY:
        request.session[_SEEN] = int(time())
        UserSession.objects.filter(session_key=request.session.session_key).update(
            seen_at=timezone.now(), address=address_of(request) or None
        )


def end_sessions(user: User, *, but: str | None = None, pk: int | None = None) -> int:
    """End a user's sessions at once: all, all but the one with a key, or one; returns how many."""
    ended = UserSession.objects.filter(user=user).exclude(session_key=but or "")
    if pk is not None:
        ended = ended.filter(pk=pk)
    keys = list(ended.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    ended.filter(session_key__in=keys).delete()
    return len(keys)
