"""Signing in by password and, where the user has it, a second step; signing out."""

from __future__ import annotations

from functools import cache
from time import time

from django.contrib.auth import logout
from django.contrib.auth.hashers import check_password, make_password
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare, get_random_string

from attain_web.access.audit import recorded
from attain_web.access.links import state_of
from attain_web.access.models import User
from attain_web.access.queries import is_invited, user_with_email, viewer_of
from attain_web.access.services.sessions import begin_session, end_sessions
from attain_web.access.throttle import Attempt, address_of, attempt
from attain_web.access.two_steps import recovery_hash, step_of, unseal
from attain_web.access.viewer import NOBODY

_HALF = "half_signed_in"
_HALF_LIVES = 600
"""Seconds between the password and the code."""


def sign_in(request: HttpRequest, *, email: str, password: str) -> User | None:
    """The user whose password it is, signed in or, with a second step, waiting for it; None for anything else.

    The work is the same whether or not there is such a user. Raises ThrottledError where the attempt comes too early.
    """
    begun = attempt(email.strip().lower(), address_of(request))
    user = user_with_email(email)
    if not is_password_of(user, password) or user is None:
        _failed(request, begun, user)
        return None
    if user.totp_secret:
        begun.take_back()
        request.session.flush()
        request.session[_HALF] = {"user": user.pk, "state": state_of(user), "at": int(time())}
        return user
    _signed_in(request, user, begun, step="password")
    return user


def half_signed_in(request: HttpRequest) -> User | None:
    """Who has given the password in this browser and still owes the code."""
    told = request.session.get(_HALF)
    if not told or time() - told["at"] > _HALF_LIVES:
        return None
    user = User.objects.filter(pk=told["user"], is_active=True).exclude(totp_secret="").first()
    return user if user and constant_time_compare(told["state"], state_of(user)) else None


def give_code(request: HttpRequest, user: User, code: str) -> bool:
    """Finish a sign-in by a code of the app or a recovery code, each of which counts once. Raises ThrottledError."""
    begun = attempt(user.email, address_of(request))
    if use_code(user, code):
        _signed_in(request, user, begun, step="code")
    elif use_recovery_code(user, code):
        _signed_in(request, user, begun, step="recovery code")
    else:
        _failed(request, begun, user)
        return False
    return True


def sign_out(request: HttpRequest) -> None:
    """End this browser's session."""
    user = request.user
    if not isinstance(user, User):
        return
    with recorded(viewer_of(user), "access.sign_out", subject=f"users/{user.pk}"):
        user.sessions.filter(session_key=request.session.session_key).delete()
        logout(request)


def end_session(viewer_user: User, pk: int) -> bool:
    """End one of a user's own sessions, told by its number; whether there was one."""
    with recorded(viewer_of(viewer_user), "access.end_session", subject=f"users/{viewer_user.pk}") as event:
        event.is_needed = bool(end_sessions(viewer_user, pk=pk))
    return event.is_needed


def end_other_sessions(request: HttpRequest, user: User) -> int:
    """Sign a user out everywhere else; returns how many sessions ended."""
    with recorded(viewer_of(user), "access.end_other_sessions", subject=f"users/{user.pk}") as event:
        ended = end_sessions(user, but=request.session.session_key)
        event.details, event.is_needed = {"sessions": ended}, bool(ended)
    return ended


def is_password_of(user: User | None, password: str) -> bool:
    """Whether it is the password of an active user; one hash is worked out in any case."""
    can_have = user is not None and user.is_active and bool(user.password) and not is_invited(user)
    fits = check_password(password, user.password if user is not None and can_have else _nobodys())
    return fits and can_have


def use_code(user: User, code: str) -> bool:
    """Whether it is a code of the user's app that has not been used; it is used then."""
    secret = unseal(user.totp_secret)
    step = step_of(secret, "".join(code.split())) if secret else None
    if step is None:
        return False
    unused = User.objects.filter(pk=user.pk, totp_secret=user.totp_secret, totp_used__lt=step)
    return bool(unused.update(totp_used=step))


def use_recovery_code(user: User, code: str) -> bool:
    """Whether it is one of the user's recovery codes that has not been used; it is used then."""
    unused = user.recovery_codes.filter(Q(hashed=recovery_hash(code)), used_at=None)
    return bool(unused.update(used_at=timezone.now()))


@cache
def _nobodys() -> str:
    """A hash that no password fits."""
    return make_password(get_random_string(40))


def _signed_in(request: HttpRequest, user: User, begun: Attempt, *, step: str) -> None:
    told = {"address": address_of(request), "by": step}
    with recorded(viewer_of(user), "access.sign_in", subject=f"users/{user.pk}", **told):
        begun.succeeded()
        begin_session(request, user)


def _failed(request: HttpRequest, begun: Attempt, user: User | None) -> None:
    """Record a failure that makes the next one wait, which an attacker cannot do often."""
    if begun.costs_wait:
        subject = f"users/{user.pk}" if user else ""
        with recorded(NOBODY, "access.sign_in_refused", subject=subject, address=address_of(request)):
            pass
