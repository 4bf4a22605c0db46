"""Users and their roles: made, invited, changed, deactivated; one administrator always stays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from attain_web.access.audit import recorded
from attain_web.access.mail import send_change, send_invitation
from attain_web.access.models import RoleGrant, User
from attain_web.access.queries import is_invited, roles_of, user_seen, user_with_email
from attain_web.access.rights import Area, Reach, Role
from attain_web.access.services.sessions import end_sessions
from attain_web.access.services.tokens import end_tokens
from attain_web.access.throttle import forget_failures
from attain_web.access.viewer import Viewer

_LOCK = 4_183_2026
"""Held while somebody may stop being an administrator, so that two at once do not leave none."""


def make_user(viewer: Viewer, *, email: str, name: str, roles: Iterable[str], password: str | None = None) -> User:
    """A new user; without a password, one who cannot sign in before an invitation.

    Raises ValidationError (by field) where the address is taken, or the name, a role or the password cannot be.
    """
    viewer.must_write(Area.USERS, reach=Reach.ALL)
    with recorded(viewer, "users.make") as event:
        user = _add(email=email, name=name, roles=roles, password=password)
        event.subject, event.details = _subject(user), _told(user)
    return user


def make_administrator(viewer: Viewer, *, email: str, name: str, password: str | None) -> User:
    """An administrator, whatever was there before: the way back for who is locked out.

    Of a known user the password is another, or without one is chosen by an invitation; the second step, sessions and
    tokens end, and failed sign-ins are forgotten. Raises ValidationError as ``make_user`` does.
    """
    viewer.must_write(Area.USERS, reach=Reach.ALL)
    user = user_with_email(email)
    if user is None:
        return make_user(viewer, email=email, name=name, roles=[Role.ADMINISTRATOR], password=password)
    if password is not None:
        _check_password(password, user)
    with recorded(viewer, "users.make_administrator", subject=_subject(user)) as event:
        before = _told(user)
        user.name, user.is_active = _name(name), True
        user.set_password(password)  # None: one that nobody has
        user.totp_secret = ""
        user.save()
        user.recovery_codes.all().delete()
        RoleGrant.objects.get_or_create(user=user, role=Role.ADMINISTRATOR)
        ended = {"sessions": end_sessions(user), "tokens": end_tokens(user)}
        event.details = {**_changes(before, _told(user)), "password": "chosen" if password else "to be chosen", **ended}
    forget_failures(user.email)
    send_change(user, _("Your sign-in was set anew on the server; two-step sign-in is off."))
    return user


def invite(viewer: Viewer, *, email: str, name: str, roles: Iterable[str]) -> User:
    """A new user who is sent a link to choose a password. Raises ValidationError as ``make_user`` does."""
    viewer.must_write(Area.USERS, reach=Reach.ALL)
    with recorded(viewer, "users.invite") as event:
        user = _add(email=email, name=name, roles=roles, password=None)
        event.subject, event.details = _subject(user), _told(user)
    _send(viewer, user)
    return user


def invite_again(viewer: Viewer, pk: int) -> User:
    """Send a new link in place of the old one to somebody who has not chosen a password yet."""
    user = _to_write(viewer, pk)
    if not is_invited(user) or not user.is_active:
        raise ValidationError(_("This user has chosen a password already, or is deactivated."))
    with recorded(viewer, "users.invite_again", subject=_subject(user)):
        user.set_unusable_password()  # another one, with which the link sent before dies
        user.save(update_fields=["password"])
    _send(viewer, user)
    return user


def change_user(viewer: Viewer, pk: int, *, name: str, roles: Iterable[str]) -> User:
    """Another name, other roles. Raises ValidationError where nobody would be left to administer."""
    user = _to_write(viewer, pk)
    wanted = _roles(roles)
    with recorded(viewer, "users.change", subject=_subject(user)) as event:
        before = _told(user)
        if Role.ADMINISTRATOR not in wanted:
            _keep_an_administrator(user)
        user.name = _name(name)
        user.save(update_fields=["name"])
        user.grants.exclude(role__in=wanted).delete()
        RoleGrant.objects.bulk_create([RoleGrant(user=user, role=role) for role in wanted], ignore_conflicts=True)
        event.details = _changes(before, _told(user))
        event.is_needed = bool(event.details)
    return user


def deactivate(viewer: Viewer, pk: int) -> User:
    """End everything that a user can do, every session and token, at once."""
    user = _to_write(viewer, pk)
    with recorded(viewer, "users.deactivate", subject=_subject(user)) as event:
        _keep_an_administrator(user)
        event.is_needed = bool(User.objects.filter(pk=pk, is_active=True).update(is_active=False))
        event.details = {"sessions": end_sessions(user), "tokens": end_tokens(user)}
    return user


def activate(viewer: Viewer, pk: int) -> User:
    """Let a user sign in again; tokens stay revoked."""
    user = _to_write(viewer, pk)
    with recorded(viewer, "users.activate", subject=_subject(user)) as event:
        event.is_needed = bool(User.objects.filter(pk=pk, is_active=False).update(is_active=True))
    return user


def end_all_sessions(viewer: Viewer, pk: int) -> User:
    """Sign a user out of every browser."""
    user = _to_write(viewer, pk)
    with recorded(viewer, "users.end_sessions", subject=_subject(user)) as event:
        event.details = {"sessions": end_sessions(user)}
    return user


def end_two_steps(viewer: Viewer, pk: int) -> User:
    """Take the second step from a user who has lost their device and their recovery codes."""
    user = _to_write(viewer, pk)
    with recorded(viewer, "users.end_two_steps", subject=_subject(user)) as event:
        event.is_needed = bool(User.objects.filter(pk=pk).exclude(totp_secret="").update(totp_secret=""))
        user.recovery_codes.all().delete()
    if event.is_needed:
        send_change(user, _("%(by)s turned off your two-step sign-in.") % {"by": viewer.name})
    return user


def end_waits(viewer: Viewer) -> int:
    """Forget every failed sign-in, so that nobody has to wait any more; how many there were."""
    viewer.must_write(Area.USERS, reach=Reach.ALL)
    with recorded(viewer, "users.end_waits") as event:
        count = forget_failures()
        event.details, event.is_needed = {"failures": count}, bool(count)
    return count


def _to_write(viewer: Viewer, pk: int) -> User:
    user = user_seen(viewer, pk)
    viewer.must_write(Area.USERS, reach=Reach.ALL)
    return user


def _send(viewer: Viewer, user: User) -> None:
    try:
        send_invitation(viewer, user)
    except OSError as error:
        told = _("The invitation is kept, but its mail could not be sent (%(error)s). Send it again from this page.")
        raise MailError(told % {"error": error}, user) from error


class MailError(Exception):
    """What was done stands, but its mail could not be sent."""

    def __init__(self, told: str, user: User) -> None:
        super().__init__(told)
        self.user = user


def _add(*, email: str, name: str, roles: Iterable[str], password: str | None) -> User:
    email = email.strip().lower()
    try:
        User._meta.get_field("email").clean(email, None)  # also its length
    except ValidationError as error:
        raise ValidationError({"email": error.messages}) from error
    taken = ValidationError({"email": _("Somebody signs in with this address already.")})
    if user_with_email(email):
        raise taken
    user = User(email=email, name=_name(name))
    if password is None:
        user.set_unusable_password()
    else:
        _check_password(password, user)
        user.set_password(password)
    wanted = _roles(roles)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:  # somebody was invited in this very moment
        raise taken from error
    RoleGrant.objects.bulk_create(RoleGrant(user=user, role=role) for role in wanted)
    return user


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({"password": error.messages}) from error


def _name(name: str) -> str:
    if not name.strip():
        raise ValidationError({"name": _("A user has a name.")})
    return " ".join(name.split())


def _roles(roles: Iterable[str]) -> list[Role]:
    asked = set(roles)
    if unknown := asked - set(Role.values):
        raise ValidationError({"roles": _("There is no role “%(role)s”.") % {"role": min(unknown)}})
    return [role for role in Role if role in asked]


def _keep_an_administrator(user: User) -> None:
    """Refuse what would leave nobody who is active, has chosen a password and is an administrator."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    administrators = User.objects.filter(grants__role=Role.ADMINISTRATOR, is_active=True)
    others = administrators.exclude(pk=user.pk).exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    if administrators.filter(pk=user.pk).exists() and not others.exists():
        raise ValidationError(_("This is the last administrator. Make somebody else one first."))


def _subject(user: User) -> str:
    return f"users/{user.pk}"


def _told(user: User) -> dict[str, Any]:
    """A user as the audit trail keeps them."""
    held = roles_of(User.objects.get(pk=user.pk))
    return {"email": user.email, "name": user.name, "roles": ", ".join(held), "active": user.is_active}


def _changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {key: [before[key], value] for key, value in after.items() if before[key] != value}
