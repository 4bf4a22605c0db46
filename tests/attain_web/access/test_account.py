"""One's own account: name, password, browsers, tokens."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.http import Http404
from django.test import Client
from django.utils import timezone

from attain_web.access.models import ApiToken, AuditEvent, RoleGrant, User, UserSession
from attain_web.access.queries import scopes_open_to
from attain_web.access.queries import viewer_of as viewer_of_user
from attain_web.access.rights import Area, Reach
from attain_web.access.services import make_token, revoke_token, token_viewer, users
from attain_web.access.viewer import SYSTEM, NotAllowedError, Viewer

pytestmark = pytest.mark.django_db
PASSWORD = "seven green umbrellas"  # noqa: S105 - of people who do not exist
NEW = "eight blue tramways"
Events = Callable[[], list[str]]
Browsers = Callable[[], Client]
Outbox = Callable[[], list[EmailMessage]]


def test_a_name_is_changed(signed_in: Browsers, events: Events) -> None:
    browser = signed_in()
    events()
    assert browser.post("/account/", {"name": " Ruth  Read "}).status_code == 302
    assert browser.post("/account/", {"name": "Ruth Read"}).status_code == 302
    assert browser.post("/account/", {"name": " "}).status_code == 422
    assert events() == ["access.rename"]
    assert AuditEvent.objects.get(action="access.rename").details == {"name": ["Ruth", "Ruth Read"]}


def test_a_changed_password_ends_the_other_sessions_and_no_token(
    signed_in: Browsers, user: User, viewer: Viewer, events: Events, outbox: Outbox
) -> None:
    here, there = signed_in(), signed_in()
    _, text = make_token(viewer, name="a", scopes=["records:read"], days=30)
    events()
    answer = here.post("/account/password/", {"current": PASSWORD, "new": NEW}, follow=True)
    assert "Your API tokens go on working." in answer.content.decode()
    assert token_viewer(text)
    assert here.get("/account/").status_code == 200
    assert there.get("/account/").status_code == 302
    assert [one.session_key for one in UserSession.objects.all()] == [here.session.session_key]
    assert events() == ["access.change_password"]
    user.refresh_from_db()
    assert user.check_password(NEW)
    (message,) = outbox()
    assert message.to == [user.email]
    assert "Your password was changed." in str(message.body)
    assert NEW not in str(message.body)
    assert "http://127.0.0.1:8000/reset/" in str(message.body)


@pytest.mark.parametrize(("current", "new"), [("wrong", NEW), (PASSWORD, "short"), (PASSWORD, "password1234")])
def test_a_password_that_is_refused(signed_in: Browsers, user: User, events: Events, current: str, new: str) -> None:
    browser = signed_in()
    events()
    assert browser.post("/account/password/", {"current": current, "new": new}).status_code == 422
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert events() == []


def test_a_browser_is_signed_out_at_once(signed_in: Browsers, events: Events) -> None:
    here, there = signed_in(), signed_in()
    page = here.get("/account/sessions/").content.decode()
    assert page.count("Firefox on Linux</") + page.count("Firefox on Linux <") == 2
    assert page.count("this browser") == 1
    assert str(there.session.session_key) not in page
    other = UserSession.objects.get(session_key=there.session.session_key)
    events()
    assert here.post(f"/account/sessions/{other.pk}/end/").status_code == 302
    assert there.get("/account/").status_code == 302
    assert here.get("/account/").status_code == 200
    assert here.post(f"/account/sessions/{other.pk}/end/").status_code == 404
    assert events() == ["access.end_session"]


def test_a_session_that_has_expired_is_listed_no_more(signed_in: Browsers) -> None:
    signed_in()
    UserSession.objects.update(seen_at=timezone.now() - timedelta(days=8))
    here = signed_in()
    assert [one.session_key for one in UserSession.objects.all()] == [here.session.session_key]


def test_everywhere_else_is_signed_out_at_once(signed_in: Browsers, events: Events) -> None:
    here, *others = [signed_in() for _ in range(3)]
    events()
    assert here.post("/account/sessions/end-others/").status_code == 302
    assert [one.get("/account/").status_code for one in (here, *others)] == [200, 302, 302]
    assert events() == ["access.end_other_sessions"]


def test_nobody_ends_anothers_session(signed_in: Browsers, hashed: str) -> None:
    signed_in()
    session = UserSession.objects.get()
    User.objects.create(email="eve@example.com", name="Eve", password=hashed)
    eve = Client()
    eve.post("/sign-in/", {"email": "eve@example.com", "password": PASSWORD})
    assert eve.post(f"/account/sessions/{session.pk}/end/").status_code == 404
    assert UserSession.objects.filter(pk=session.pk).exists()


def test_a_browser_is_seen_at_most_once_a_minute(signed_in: Browsers) -> None:
    browser = signed_in()
    long_ago = timezone.now() - timedelta(hours=1)
    UserSession.objects.update(seen_at=long_ago)
    browser.get("/account/")
    assert UserSession.objects.get().seen_at == long_ago
    session = browser.session
    session["seen_at"] -= 61
    session.save()
    browser.get("/account/")
    assert UserSession.objects.get().seen_at > timezone.now() - timedelta(minutes=1)


@pytest.fixture
def viewer(user: User) -> Viewer:
    """Ruth as sales operations."""
    RoleGrant.objects.create(user=user, role="operations")
    return viewer_of_user(user)


@pytest.mark.usefixtures("viewer")
def test_a_token_is_shown_once_and_kept_as_a_hash(signed_in: Browsers, events: Events) -> None:
    browser = signed_in()
    events()
    page = browser.post("/account/tokens/new/", {"name": "nightly", "days": "30", "scopes": ["records:read"]})
    text = re.findall(r"attain_[\w-]{43}", page.content.decode())[0]
    token = ApiToken.objects.get()
    assert text not in str(ApiToken.objects.values())
    assert text not in browser.get("/account/tokens/").content.decode()
    assert events() == ["access.make_token"]
    asking = token_viewer(text)
    assert asking is not None
    assert asking.scopes == frozenset({"records:read"})
    assert (asking.right(Area.RECORDS).read, asking.right(Area.RECORDS).write) == (Reach.ALL, Reach.NOTHING)
    assert asking.right(Area.PEOPLE).read == Reach.NOTHING
    assert browser.post(f"/account/tokens/{token.pk}/revoke/").status_code == 302
    assert token_viewer(text) is None
    browser.post(f"/account/tokens/{token.pk}/revoke/")
    assert events() == ["access.revoke_token"]


def test_what_a_token_may_do_is_among_what_its_maker_may(viewer: Viewer) -> None:
    assert "users:read" not in scopes_open_to(viewer)
    assert "records:write" in scopes_open_to(viewer)
    for wrong in (["users:read"], [], ["nonsense"]):
        with pytest.raises(ValidationError):
            make_token(viewer, name="a", scopes=wrong, days=30)
    for days in (0, 366):
        with pytest.raises(ValidationError):
            make_token(viewer, name="a", scopes=["records:read"], days=days)
    with pytest.raises(ValidationError):
        make_token(viewer, name=" ", scopes=["records:read"], days=30)
    with pytest.raises(NotAllowedError):
        make_token(SYSTEM, name="a", scopes=["users:read"], days=30)


def test_a_token_ends_with_its_day_its_user_and_its_roles(viewer: Viewer, user: User) -> None:
    token, text = make_token(viewer, name="a", scopes=["records:write"], days=30)
    ApiToken.objects.update(expires_at=timezone.now())
    assert token_viewer(text) is None
    ApiToken.objects.update(expires_at=timezone.now() + timedelta(days=1))
    User.objects.update(is_active=False)
    assert token_viewer(text) is None
    User.objects.update(is_active=True)
    user.grants.all().delete()
    asking = token_viewer(text)
    assert asking is not None
    assert asking.right(Area.RECORDS).read == Reach.NOTHING
    for wrong in ("", "attain_", text[:-1], text.upper(), token.hashed):
        assert token_viewer(wrong) is None


def test_a_tokens_use_is_noted_once_a_minute(viewer: Viewer, django_assert_num_queries: Any) -> None:
    _, text = make_token(viewer, name="a", scopes=["records:write"], days=30)
    with django_assert_num_queries(3):
        token_viewer(text)
    used = ApiToken.objects.get().used_at
    with django_assert_num_queries(2):
        token_viewer(text)
    assert used is not None
    assert ApiToken.objects.get().used_at == used
    ApiToken.objects.update(used_at=used - timedelta(seconds=61))
    token_viewer(text)
    assert ApiToken.objects.get().used_at != used - timedelta(seconds=61)


def test_tokens_of_others(viewer: Viewer, viewer_of: Callable[[str], Viewer]) -> None:
    token, text = make_token(viewer, name="a", scopes=["records:write"], days=30)
    with pytest.raises(Http404):
        revoke_token(viewer_of("finance"), token.pk)
    with pytest.raises(NotAllowedError):
        revoke_token(viewer_of("auditor"), token.pk)
    assert token_viewer(text)
    revoke_token(viewer_of("administrator"), token.pk)
    assert token_viewer(text) is None


def test_a_deactivated_user_loses_everything_at_once(
    signed_in: Browsers, user: User, viewer: Viewer, events: Events
) -> None:
    here, there = signed_in(), signed_in()
    _, text = make_token(viewer, name="a", scopes=["records:read"], days=30)
    events()
    users.deactivate(SYSTEM, user.pk)
    assert [one.get("/account/").status_code for one in (here, there)] == [302, 302]
    assert token_viewer(text) is None
    assert not UserSession.objects.exists()
    users.activate(SYSTEM, user.pk)
    assert [one.get("/account/").status_code for one in (here, there)] == [302, 302]
    assert token_viewer(text) is None
    assert events() == ["users.deactivate", "users.activate"]
