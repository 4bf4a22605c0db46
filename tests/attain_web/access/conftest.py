"""Browsers that sign in with a password, and what the audit trail holds of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client

from attain_web.access.models import AuditEvent, User

PASSWORD = "seven green umbrellas"  # noqa: S105 - of people who do not exist
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(scope="session", autouse=True)
def _light_hashes() -> Iterator[None]:
    """Argon2 with little memory, so that a hundred sign-ins take no minute."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Argon2PasswordHasher, "memory_cost", 64)
        patch.setattr(Argon2PasswordHasher, "parallelism", 1)
        yield


@pytest.fixture(scope="session")
def hashed() -> str:
    """The password as it is kept, worked out once."""
    return make_password(PASSWORD)


@pytest.fixture
def user(db: None, hashed: str) -> User:  # noqa: ARG001 - the row needs it
    """Ruth, who has a password and no role."""
    return User.objects.create(email="ruth@example.com", name="Ruth", password=hashed)


@pytest.fixture
def browser() -> Client:
    """A browser with nobody in it."""
    return Client(headers={"user-agent": FIREFOX})


@pytest.fixture
def signed_in(user: User) -> Callable[[], Client]:
    """A new browser in which Ruth has signed in by the page."""

    def sign_in() -> Client:
        browser = Client(headers={"user-agent": FIREFOX})
        answer = browser.post("/sign-in/", {"email": user.email, "password": PASSWORD, "next": "/account/"})
        assert answer.status_code == 302
        return browser

    return sign_in


@pytest.fixture
def events() -> Callable[[], list[str]]:
    """The actions that were recorded since it was last asked, oldest first."""
    known: set[int] = set()

    def told() -> list[str]:
        new = list(AuditEvent.objects.exclude(number__in=known).order_by("number").values_list("number", "action"))
        known.update(number for number, _ in new)
        return [action for _, action in new]

    return told


@pytest.fixture
def outbox() -> Callable[[], list[EmailMessage]]:
    """Mail that was sent, the one in the background too."""

    def sent() -> list[EmailMessage]:
        for thread in threading.enumerate():
            if thread.name == "mail":
                thread.join()
        return mail.outbox

    return sent
