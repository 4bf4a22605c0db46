"""Links by mail that let somebody choose a password: signed, expiring, and dead once a password is chosen."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from attain_web.access.models import User


class Purpose(Enum):
    """What a link is for: the name of its address, and how long it lives."""

    INVITATION = ("access:invitation", timedelta(days=7))
    RESET = ("access:new_password", timedelta(hours=1))


def link_for(user: User, purpose: Purpose) -> str:
    """The whole address to send to a user."""
    told = signing.dumps({"user": user.pk, "state": state_of(user)}, salt=purpose.name)
    return f"{settings.BASE_URL}{reverse(purpose.value[0], args=[told])}"


def user_of_link(link: str, purpose: Purpose, *, lock: bool = False) -> User | None:
    """The user whom a link was sent to; None where it is wrong, too old or used."""
    try:
        told = signing.loads(link, salt=purpose.name, max_age=purpose.value[1])
    except signing.BadSignature:
        return None
    users = User.objects.select_for_update() if lock else User.objects.all()
    user = users.filter(pk=told["user"], is_active=True).first()
    return user if user and constant_time_compare(told["state"], state_of(user)) else None


def state_of(user: User) -> str:
    """What a link or a half-done sign-in holds for: another password, address or sign-in ends it."""
    told = f"{user.password}|{user.email}|{user.last_login}"
    return salted_hmac("attain.access.state", told, algorithm="sha256").hexdigest()
