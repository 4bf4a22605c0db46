"""Signing in and out: who gets in, what is told, what is remembered."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from attain_web.access import throttle
from attain_web.access.models import SignInAttempt, User, UserSession

pytestmark = pytest.mark.django_db
PASSWORD = "seven green umbrellas"  # noqa: S105 - of people who do not exist
Events = Callable[[], list[str]]


def _try(browser: Client, email: str, password: str = "wrong", **more: str) -> Any:  # noqa: S107
    return browser.post("/sign-in/", {"email": email, "password": password, **more})


def _body(answer: Any) -> str:
    """What the page says, without its one-time tokens and what was typed."""
    text = re.sub(r'(csrfmiddlewaretoken" value=|X-CSRFToken": )"[^"]*"', "", answer.content.decode())
    return re.sub(r'value="[^"]*@example.com"', "", text)


def test_a_user_signs_in_and_out(browser: Client, user: User, events: Events) -> None:
    browser.get("/sign-in/")
    answer = _try(browser, " Ruth@Example.com ", PASSWORD, next="/account/")
    assert (answer.status_code, answer["Location"]) == (302, "/account/")
    session = UserSession.objects.get()
    assert (session.user, session.device, session.address) == (user, "Firefox on Linux", "127.0.0.1")
    assert browser.get("/account/").status_code == 200
    assert events() == ["access.sign_in"]
    assert browser.get("/sign-out/").status_code == 405
    assert browser.post("/sign-out/").status_code == 302
    assert browser.get("/account/").status_code == 302
    assert events() == ["access.sign_out"]
    assert not UserSession.objects.exists()


def test_signing_in_gives_the_session_a_new_key(browser: Client, user: User) -> None:
    browser.get("/account/")
    session = browser.session
    session["planted"] = "by an attacker"
    session.save()
    before = browser.session.session_key
    _try(browser, user.email, PASSWORD)
    assert browser.session.session_key not in {None, before}


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("/account/tokens/?a=1", "/account/tokens/?a=1"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/\\elsewhere.example/", "/"),
        ("", "/"),
    ],
)
def test_after_signing_in_one_stays_here(browser: Client, user: User, wanted: str, given: str) -> None:
    assert _try(browser, user.email, PASSWORD, next=wanted)["Location"] == given


@pytest.fixture
def accounts(user: User, hashed: str) -> list[str]:
    """One that can sign in, and all the kinds that cannot."""
    User.objects.create(email="gone@example.com", name="Gone", password=hashed, is_active=False)
    User.objects.create(email="invited@example.com", name="Invited", password="!unusable")  # noqa: S106
    User.objects.create(email="empty@example.com", name="Empty", password="")
    return [user.email, "gone@example.com", "invited@example.com", "empty@example.com", "nobody@example.com"]


def test_an_answer_does_not_tell_who_exists(accounts: list[str]) -> None:
    answers = []
    for email in accounts:
        browser = Client()
        told = [_try(browser, email) for _ in range(throttle.ACCOUNT + 1)]
        answers.append([(one.status_code, one.get("Retry-After"), _body(one)) for one in told])
        SignInAttempt.objects.all().delete()  # the address's
    for told in answers[1:]:
        assert told == answers[0]
    assert [status for status, *_ in answers[0]] == [422] * throttle.ACCOUNT + [429]


@pytest.mark.usefixtures("accounts")
def test_the_right_password_of_who_may_not_sign_in_looks_wrong() -> None:
    wrong = _try(Client(), "nobody@example.com", PASSWORD)
    right = _try(Client(), "gone@example.com", PASSWORD)
    assert (right.status_code, _body(right)) == (wrong.status_code, _body(wrong))


def test_the_work_does_not_tell_who_exists(accounts: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each refusal works out one hash, of equal cost, and asks the database the same number of questions."""
    worked: list[str] = []
    verify = Argon2PasswordHasher.verify

    def counted(hasher: Argon2PasswordHasher, password: str, encoded: str) -> bool:
        worked.append(encoded[: encoded.index("p=")])
        return verify(hasher, password, encoded)

    monkeypatch.setattr(Argon2PasswordHasher, "verify", counted)
    _try(Client(), "first@example.com")  # makes the hash that nobody has
    worked.clear()
    questions = []
    for email in accounts:
        with CaptureQueriesContext(connection) as asked:
            _try(Client(), email)
        questions.append(len(asked))
    assert len(set(questions)) == 1
    assert len(worked) == len(accounts)
    assert len(set(worked)) == 1


def test_failures_make_one_wait_longer_and_longer(browser: Client, user: User, events: Events) -> None:
    waits = []
    for _ in range(throttle.ACCOUNT + 4):
        answer = _try(browser, user.email)
        if answer.status_code == 429:
            waits.append(int(answer["Retry-After"]))
            assert _try(browser, user.email, PASSWORD).status_code == 429  # the right one has to wait as well
            SignInAttempt.objects.update(at=timezone.now() - timedelta(seconds=waits[-1] + 1))
            assert _try(browser, user.email).status_code == 422
    assert waits == [60, 120, 240, 480]
    assert events() == ["access.sign_in_refused"] * 5
    SignInAttempt.objects.update(at=timezone.now() - timedelta(hours=2))
    assert _try(browser, user.email, PASSWORD).status_code == 302
    assert _try(Client(), user.email).status_code == 422  # the account's failures are forgotten


def test_an_address_that_tries_everybody_has_to_wait(browser: Client, user: User) -> None:
    for number in range(throttle.ADDRESS):
        assert _try(browser, f"nobody-{number}@example.com").status_code == 422
    assert _try(browser, user.email, PASSWORD).status_code == 429
    assert browser.post(
        "/sign-in/", {"email": user.email, "password": PASSWORD}, REMOTE_ADDR="10.1.2.3"
    ).status_code == 302  # fmt: skip


def test_a_line_that_has_many_addresses_is_one(browser: Client) -> None:
    for number in range(throttle.ADDRESS):
        told = {"email": f"nobody-{number}@example.com", "password": "wrong"}
        assert browser.post("/sign-in/", told, REMOTE_ADDR=f"2001:db8::{number + 1:x}").status_code == 422
    assert browser.post("/sign-in/", told, REMOTE_ADDR="2001:db8::ffff").status_code == 429
    told["email"] = "somebody-else@example.com"
    assert browser.post("/sign-in/", told, REMOTE_ADDR="2001:db8:0:1::1").status_code == 422


def test_old_failures_are_forgotten(browser: Client, user: User) -> None:
    for _ in range(throttle.ACCOUNT):
        _try(browser, user.email)
    SignInAttempt.objects.update(at=timezone.now() - timedelta(hours=25))
    assert _try(browser, user.email).status_code == 422
    assert SignInAttempt.objects.count() == 2


def test_the_table_of_failures_names_nobody(browser: Client, user: User) -> None:
    _try(browser, user.email)
    assert {len(one.tried) for one in SignInAttempt.objects.all()} == {64}


def test_behind_a_proxy_the_address_it_saw_counts(rf: Any, settings: Any) -> None:
    told = rf.get("/", headers={"x-forwarded-for": "6.6.6.6, 10.0.0.9"})
    assert throttle.address_of(told) == "127.0.0.1"
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert throttle.address_of(told) == "10.0.0.9"
    assert throttle.address_of(rf.get("/", headers={"x-forwarded-for": "nonsense"})) == ""
