"""One's own account: name, password, second step; and passwords chosen by a link."""

from __future__ import annotations

from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from attain_web.access.audit import recorded
from attain_web.access.links import Purpose, user_of_link
from attain_web.access.mail import send_change, send_reset
from attain_web.access.models import RecoveryCode, User, UserSession
from attain_web.access.queries import is_invited, user_with_email, viewer_of
from attain_web.access.services.sessions import end_sessions
from attain_web.access.services.signing_in import is_password_of
from attain_web.access.services.tokens import end_tokens
from attain_web.access.throttle import address_of, attempt
from attain_web.access.two_steps import new_recovery_codes, recovery_hash, seal, step_of
from attain_web.access.viewer import NOBODY


def rename(user: User, name: str) -> None:
    """Another name of one's own."""
    wanted = " ".join(name.split())
    if not wanted:
        raise ValidationError({"name": _("A user has a name.")})
    with recorded(viewer_of(user), "access.rename", subject=f"users/{user.pk}", name=[user.name, wanted]) as event:
        event.is_needed = user.name != wanted
        User.objects.filter(pk=user.pk).update(name=wanted)


def ask_reset(email: str, address: str) -> None:
    """Send a link to choose a new password to whom it belongs; nothing tells whether there is such a user.

    Raises ThrottledError where the same is asked again and again.
    """
    attempt(f"reset {email.strip().lower()}", address)
    user = user_with_email(email)
    known = user if user and user.is_active and not is_invited(user) else None
    with recorded(NOBODY, "access.ask_reset", subject=f"users/{known.pk}" if known else "", address=address):
        pass
    if known:
        send_reset(known)


def choose_password(link: str, purpose: Purpose, password: str) -> User | None:
    """Choose a password by a link; every session and token ends. None where the link is wrong, too old or used."""
    with transaction.atomic():
        user = user_of_link(link, purpose, lock=True)
        if user is None:
            return None
        _validate(password, user)
        action = "access.accept_invitation" if purpose is Purpose.INVITATION else "access.reset_password"
        with recorded(viewer_of(user), action, subject=f"users/{user.pk}") as event:
            user.set_password(password)
            user.save(update_fields=["password"])
            event.details = {"sessions": end_sessions(user), "tokens": end_tokens(user)}
    if purpose is Purpose.RESET:
        send_change(user, _("You chose a new password by a link that was sent to you."))
    return user


def change_password(request: HttpRequest, user: User, *, current: str, new: str) -> None:
    """Another password of one's own; every other session ends, tokens stay. Raises ValidationError by field."""
    confirm(request, user, current)
    _validate(new, user)
    with recorded(viewer_of(user), "access.change_password", subject=f"users/{user.pk}") as event:
        before = request.session.session_key
        event.details = {"sessions": end_sessions(user, but=before)}
        user.set_password(new)
        user.save(update_fields=["password"])
        update_session_auth_hash(request, user)  # under a new key
        UserSession.objects.filter(session_key=before).update(session_key=request.session.session_key)
    send_change(user, _("Your password was changed."))


def confirm(request: HttpRequest, user: User, password: str) -> None:
    """Ask for one's own password again, as often as signing in allows. Raises ValidationError, ThrottledError."""
    begun = attempt(user.email, address_of(request))
    if not is_password_of(user, password):
        raise ValidationError({"current": _("This is not your password.")})
    begun.succeeded()


def begin_two_steps(request: HttpRequest, user: User, *, current: str, secret: str, code: str) -> list[str]:
    """Ask for a second step from now on; the code shows that the app has the secret. Returns recovery codes.

    Raises ValidationError where the code does not fit, or it is not one's password.
    """
    confirm(request, user, current)
    step = step_of(secret, "".join(code.split()))
    if step is None:
        raise ValidationError({"code": _("This code does not fit. Is the time of your device right?")})
    with recorded(viewer_of(user), "access.begin_two_steps", subject=f"users/{user.pk}"):
        User.objects.filter(pk=user.pk).update(totp_secret=seal(secret), totp_used=step)
        codes = _recovery_codes(user)
    send_change(user, _("Two-step sign-in was turned on."))
    return codes


def end_own_two_steps(request: HttpRequest, user: User, *, current: str) -> None:
    """Ask for no second step any more. Raises ValidationError where it is not one's password."""
    confirm(request, user, current)
    with recorded(viewer_of(user), "access.end_two_steps", subject=f"users/{user.pk}"):
        User.objects.filter(pk=user.pk).update(totp_secret="")
        user.recovery_codes.all().delete()
    send_change(user, _("Two-step sign-in was turned off."))


def renew_recovery_codes(request: HttpRequest, user: User, *, current: str) -> list[str]:
    """New recovery codes; the old ones count no more. Raises ValidationError where it is not one's password."""
    confirm(request, user, current)
    if not user.totp_secret:
        raise ValidationError(_("Two-step sign-in is off."))
    with recorded(viewer_of(user), "access.renew_recovery_codes", subject=f"users/{user.pk}"):
        renewed = _recovery_codes(user)
    send_change(user, _("New recovery codes were made; the old ones count no more."))
    return renewed


def _recovery_codes(user: User) -> list[str]:
    codes = new_recovery_codes()
    user.recovery_codes.all().delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, hashed=recovery_hash(code)) for code in codes)
    return codes


def _validate(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({"new": error.messages}) from error
