"""Invitations and new passwords by mail: once, in time, and nobody is told who exists."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from time import time
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.test import Client

from attain_web.access.links import Purpose, link_for
from attain_web.access.models import AuditEvent, RoleGrant, SignInAttempt, User, UserSession
from attain_web.access.queries import viewer_of
from attain_web.access.services import make_token, token_viewer, users
from attain_web.access.viewer import SYSTEM

pytestmark = pytest.mark.django_db
PASSWORD = "seven green umbrellas"  # noqa: S105 - of people who do not exist
NEW = "eight blue tramways"
Events = Callable[[], list[str]]
Outbox = Callable[[], list[EmailMessage]]


def _path(message: EmailMessage, settings: Any) -> str:
    link = re.findall(r"http\S+/(?:invitation|new-password)/\S+", str(message.body))[0]
    return str(link).removeprefix(settings.BASE_URL)


def test_an_invitation_is_accepted_once(browser: Client, settings: Any, events: Events, outbox: Outbox) -> None:
    user = users.invite(SYSTEM, email="New@Example.com", name="  New   One ", roles=["finance", "manager"])
    assert (user.email, user.name) == ("new@example.com", "New One")
    assert [one.to for one in outbox()] == [["new@example.com"]]
    path = _path(mail.outbox[0], settings)
    assert browser.get(path).status_code == 200
    weak = browser.post(path, {"new": "password1234"})
    assert weak.status_code == 422
    assert "too common" in weak.content.decode()
    assert browser.post(path, {"new": "short"}).status_code == 422
    assert browser.post(path, {"new": NEW})["Location"] == "/sign-in/"
    assert browser.post(path, {"new": PASSWORD}).status_code == 410
    assert browser.get(path).status_code == 410
    answer = browser.post("/sign-in/", {"email": user.email, "password": NEW, "next": "/account/"})
    assert answer["Location"] == "/account/"
    assert events() == ["users.invite", "access.accept_invitation", "access.sign_in"]


def test_a_new_password_ends_every_session_and_token(
    signed_in: Callable[[], Client], browser: Client, user: User, settings: Any, events: Events, outbox: Outbox
) -> None:
    before = signed_in()
    RoleGrant.objects.create(user=user, role="operations")
    _, token = make_token(viewer_of(user), name="a", scopes=["records:read"], days=30)
    events()
    assert browser.post("/reset/", {"email": "RUTH@example.com"})["Location"] == "/reset/sent/"
    path = _path(outbox()[0], settings)
    assert browser.post(path, {"new": NEW}).status_code == 302
    assert before.get("/account/").status_code == 302
    assert not UserSession.objects.exists()
    assert token_viewer(token) is None
    assert AuditEvent.objects.get(action="access.reset_password").details == {"sessions": 1, "tokens": 1}
    assert "You chose a new password" in str(outbox()[1].body)
    assert browser.get(path).status_code == 410
    assert events() == ["access.ask_reset", "access.reset_password"]
    assert browser.post("/sign-in/", {"email": user.email, "password": PASSWORD}).status_code == 422
    assert browser.post("/sign-in/", {"email": user.email, "password": NEW}).status_code == 302


def test_asking_for_a_reset_does_not_tell_who_exists(user: User, hashed: str, events: Events, outbox: Outbox) -> None:
    User.objects.create(email="gone@example.com", name="Gone", password=hashed, is_active=False)
    User.objects.create(email="invited@example.com", name="Invited", password="!unusable")  # noqa: S106
    answers = []
    for email in (user.email, "gone@example.com", "invited@example.com", "nobody@example.com"):
        browser = Client()
        told = [browser.post("/reset/", {"email": email}) for _ in range(6)]
        page = browser.get("/reset/sent/").content
        answers.append([(one.status_code, one.get("Location"), one.get("Retry-After")) for one in told] + [page])
        SignInAttempt.objects.all().delete()  # the address's
    csrf = re.compile(rb'X-CSRFToken": "[^"]*"')
    assert len({repr([csrf.sub(b"", one) if isinstance(one, bytes) else one for one in told]) for told in answers}) == 1
    assert [status for status, *_ in answers[0][:-1]] == [302] * 5 + [429]
    assert events() == ["access.ask_reset"] * 20
    assert {one.to[0] for one in outbox()} == {user.email}


@pytest.mark.parametrize("purpose", Purpose)
def test_a_link_grows_old(browser: Client, user: User, purpose: Purpose, monkeypatch: pytest.MonkeyPatch) -> None:
    path = "/" + link_for(user, purpose).split("/", 3)[3]
    lives, now = purpose.value[1], time()
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + (lives - timedelta(seconds=5)).total_seconds())
    assert browser.get(path).status_code == 200
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + (lives + timedelta(seconds=5)).total_seconds())
    assert browser.get(path).status_code == 410


def test_a_link_is_for_one_purpose_and_cannot_be_changed(browser: Client, user: User) -> None:
    path = "/" + link_for(user, Purpose.RESET).split("/", 3)[3]
    assert browser.get(path.replace("new-password", "invitation")).status_code == 410
    assert browser.get(f"{path[:-2]}x/").status_code == 410
    assert browser.get("/new-password/nonsense/").status_code == 410


@pytest.mark.parametrize("change", [{"is_active": False}, {"email": "other@example.com"}, {"password": "other"}])
def test_a_link_dies_with_what_it_was_for(browser: Client, user: User, change: dict[str, Any]) -> None:
    path = "/" + link_for(user, Purpose.RESET).split("/", 3)[3]
    User.objects.filter(pk=user.pk).update(**change)
    assert browser.get(path).status_code == 410


def test_signing_in_ends_a_link_that_was_not_needed(
    signed_in: Callable[[], Client], browser: Client, user: User
) -> None:
    path = "/" + link_for(user, Purpose.RESET).split("/", 3)[3]
    signed_in()
    assert browser.get(path).status_code == 410


def test_an_invitation_whose_mail_fails_is_kept_and_sent_again(settings: Any, events: Events) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # where nothing listens
    with pytest.raises(users.MailError, match="could not be sent"):
        users.invite(SYSTEM, email="new@example.com", name="New", roles=[])
    user = User.objects.get()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    users.invite_again(SYSTEM, user.pk)
    assert len(mail.outbox) == 1
    assert events() == ["users.invite", "users.invite_again"]
    user.set_password(PASSWORD)
    user.save()
    with pytest.raises(ValidationError):
        users.invite_again(SYSTEM, user.pk)
