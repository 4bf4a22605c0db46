"""The second step: codes that count once, recovery codes, what is kept of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from django.core.mail import EmailMessage
from django.test import Client

from attain_web.access import two_steps
from attain_web.access.models import User
from attain_web.access.services import users
from attain_web.access.viewer import Viewer

pytestmark = pytest.mark.django_db
PASSWORD = "seven green umbrellas"  # noqa: S105 - of people who do not exist
NOW = 1_790_000_010
Events = Callable[[], list[str]]
Outbox = Callable[[], list[EmailMessage]]


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(two_steps, "time", made)
    return made


@pytest.fixture
def secret(user: User) -> str:
    """What Ruth's app knows, with two-step sign-in on."""
    made = two_steps.new_secret()
    user.totp_secret = two_steps.seal(made)
    user.save()
    return made


def _half(browser: Client, user: User) -> Any:
    return browser.post("/sign-in/", {"email": user.email, "password": PASSWORD, "next": "/account/"})


def _code(secret: str, at: float) -> str:
    return pyotp.TOTP(secret).at(int(at))


def test_password_and_code(browser: Client, user: User, secret: str, clock: Clock, events: Events) -> None:
    answer = _half(browser, user)
    assert answer["Location"] == "/sign-in/code/?next=%2Faccount%2F"
    assert browser.get("/account/").status_code == 302
    assert browser.get("/sign-in/code/").status_code == 200
    assert browser.post("/sign-in/code/", {"code": "000000"}).status_code == 422
    code = _code(secret, clock.now)
    answer = browser.post("/sign-in/code/", {"code": f"{code[:3]} {code[3:]}", "next": "/account/"})
    assert (answer.status_code, answer["Location"]) == (302, "/account/")
    assert browser.get("/account/").status_code == 200
    assert events() == ["access.sign_in"]


def test_a_code_counts_once(user: User, secret: str, clock: Clock) -> None:
    codes = [_code(secret, clock.now - 30), _code(secret, clock.now)]
    first, second = Client(), Client()
    _half(first, user)
    assert first.post("/sign-in/code/", {"code": codes[1]}).status_code == 302
    _half(second, user)
    assert second.post("/sign-in/code/", {"code": codes[1]}).status_code == 422
    assert second.post("/sign-in/code/", {"code": codes[0]}).status_code == 422  # nor one from before it
    clock.now += 30
    assert second.post("/sign-in/code/", {"code": _code(secret, clock.now)}).status_code == 302


@pytest.mark.parametrize(("away", "fits"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_code_of_a_clock_that_differs(user: User, secret: str, clock: Clock, away: int, fits: bool) -> None:  # noqa: FBT001
    browser = Client()
    _half(browser, user)
    answer = browser.post("/sign-in/code/", {"code": _code(secret, clock.now + away)})
    assert answer.status_code == (302 if fits else 422)


def test_codes_are_throttled_as_passwords_are(browser: Client, user: User, secret: str, clock: Clock) -> None:
    _half(browser, user)
    told = [browser.post("/sign-in/code/", {"code": "000000"}).status_code for _ in range(6)]
    assert told == [422] * 5 + [429]
    assert browser.post("/sign-in/code/", {"code": _code(secret, clock.now)}).status_code == 429


@pytest.mark.parametrize("code", ["\u0661" * 6, "\U0001f600" * 6, "\ud800", "1" * 32, "-0-0-0-0"])
def test_what_is_no_code_fits_nothing(browser: Client, user: User, secret: str, code: str) -> None:
    assert two_steps.step_of(secret, code) is None
    _half(browser, user)
    assert browser.post("/sign-in/code/", {"code": code.replace("\ud800", "\u00e9")}).status_code == 422


def test_a_code_without_a_password_opens_nothing(browser: Client, secret: str, clock: Clock) -> None:
    answer = browser.post("/sign-in/code/", {"code": _code(secret, clock.now)})
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/")


@pytest.mark.parametrize("change", [{"is_active": False}, {"password": "another"}, {"totp_secret": ""}])
def test_a_half_done_sign_in_ends_with_what_it_was_for(
    browser: Client, user: User, secret: str, clock: Clock, change: dict[str, Any]
) -> None:
    _half(browser, user)
    User.objects.filter(pk=user.pk).update(**change)
    answer = browser.post("/sign-in/code/", {"code": _code(secret, clock.now)})
    assert answer["Location"] == "/sign-in/"


@pytest.mark.usefixtures("secret")
def test_a_half_done_sign_in_grows_old(browser: Client, user: User) -> None:
    _half(browser, user)
    half = dict(browser.session["half_signed_in"])
    session = browser.session
    session["half_signed_in"] = half | {"at": half["at"] - 601}
    session.save()
    assert browser.get("/sign-in/code/").status_code == 302


def test_setting_it_up_by_the_pages(signed_in: Callable[[], Client], user: User, clock: Clock, events: Events) -> None:
    browser = signed_in()
    events()
    page = browser.get("/account/two-steps/").content.decode()
    assert 'src="data:image/svg+xml' in page
    secret = re.sub(r"\s", "", re.findall(r"<code>([A-Z2-7 ]+)</code>", page)[0])
    assert secret in re.sub(r"\s", "", browser.get("/account/two-steps/").content.decode())  # the same until it is on
    right = {"code": _code(secret, clock.now), "current": PASSWORD}
    for wrong in ({"code": "000000"}, {"current": "wrong"}, {"current": ""}):
        assert browser.post("/account/two-steps/", right | wrong).status_code == 422
    answer = browser.post("/account/two-steps/", right)
    codes = re.findall(r"\b[0-9a-z]{5}-[0-9a-z]{5}\b", answer.content.decode())
    assert len(codes) == two_steps.CODES
    assert events() == ["access.begin_two_steps"]
    user.refresh_from_db()
    assert secret not in user.totp_secret
    assert two_steps.unseal(user.totp_secret) == secret
    assert not {one.hashed for one in user.recovery_codes.all()} & set(codes)
    assert secret not in browser.get("/account/two-steps/", follow=True).content.decode()  # never again
    other = Client()
    _half(other, user)
    assert other.post("/sign-in/code/", {"code": _code(secret, clock.now)}).status_code == 422  # it was used to set up
    assert other.post("/sign-in/code/", {"code": codes[0].upper().replace("-", " ")}).status_code == 302
    third = Client()
    _half(third, user)
    assert third.post("/sign-in/code/", {"code": codes[0]}).status_code == 422
    assert "9 recovery codes are left" in browser.get("/account/").content.decode()


def test_new_recovery_codes_and_turning_it_off_ask_for_the_password(
    signed_in: Callable[[], Client], user: User, clock: Clock, events: Events, outbox: Outbox
) -> None:
    browser = signed_in()
    secret = two_steps.new_secret()
    session = browser.session
    session["two_steps_secret"] = two_steps.seal(secret)
    session.save()
    browser.post("/account/two-steps/", {"code": _code(secret, clock.now), "current": PASSWORD})
    old = {one.hashed for one in user.recovery_codes.all()}
    events()
    for address in ("/account/recovery-codes/", "/account/two-steps/off/"):
        assert browser.post(address, {"current": "wrong"}).status_code == 422
    assert {one.hashed for one in user.recovery_codes.all()} == old
    assert events() == []
    assert browser.post("/account/recovery-codes/", {"current": PASSWORD}).status_code == 200
    assert not {one.hashed for one in user.recovery_codes.all()} & old
    assert browser.post("/account/two-steps/off/", {"current": PASSWORD}).status_code == 302
    assert events() == ["access.renew_recovery_codes", "access.end_two_steps"]
    user.refresh_from_db()
    assert (user.totp_secret, user.recovery_codes.count()) == ("", 0)
    told = [str(one.body).splitlines()[2] for one in outbox()]
    assert told == [
        "Two-step sign-in was turned on.",
        "New recovery codes were made; the old ones count no more.",
        "Two-step sign-in was turned off.",
    ]


def test_who_loses_the_second_step_to_an_administrator_is_told(
    user: User, secret: str, outbox: Outbox, viewer_of: Callable[[str], Viewer]
) -> None:
    assert secret
    for _ in range(2):
        users.end_two_steps(viewer_of("administrator"), user.pk)
    assert [one.to for one in outbox()] == [[user.email]]
    assert "Ada Admin turned off your two-step sign-in." in str(outbox()[0].body)


def test_a_secret_sealed_with_another_key_opens_nothing(user: User, secret: str, settings: Any) -> None:
    sealed = user.totp_secret
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another"
    assert two_steps.unseal(sealed) is None
    settings.SECRET_KEY_FALLBACKS = [old]
    assert two_steps.unseal(sealed) == secret
