"""Users and their roles: who may look, who may change, and that somebody can always administer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.http import Http404
from django.test import Client

from attain_web.access.links import Purpose, link_for, user_of_link
from attain_web.access.models import AuditEvent, RoleGrant, User
from attain_web.access.queries import roles_of, users_found, viewer_of
from attain_web.access.services import make_administrator, make_user, users
from attain_web.access.throttle import ACCOUNT, ADDRESS, ThrottledError, attempt
from attain_web.access.two_steps import new_secret, seal
from attain_web.access.viewer import SYSTEM, NotAllowedError, Viewer

PASSWORD = "seven green umbrellas"  # noqa: S105 - of people who do not exist
Events = Callable[[], list[str]]
Viewers = Callable[[str], Viewer]


@pytest.mark.django_db
def test_a_user_is_made(events: Events) -> None:
    user = make_user(SYSTEM, email="Ann@Example.com", name="Ann", roles=["finance", "manager"], password=PASSWORD)
    assert (user.email, roles_of(user), user.check_password(PASSWORD)) == (
        "ann@example.com", ["finance", "manager"], True,
    )  # fmt: skip
    assert not make_user(SYSTEM, email="bea@example.com", name="Bea", roles=[]).has_usable_password()
    assert events() == ["users.make"] * 2
    assert PASSWORD not in str(list(AuditEvent.objects.values("details")))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"email": "ANN@example.com"}, "email"),
        ({"email": "nonsense"}, "email"),
        ({"email": ""}, "email"),
        ({"email": f"{'n' * 60}@{'e' * 60}.{'e' * 60}.{'e' * 60}.{'e' * 60}.example"}, "email"),
        ({"name": "  "}, "name"),
        ({"roles": ["king"]}, "roles"),
        ({"password": "short"}, "password"),
    ],
)
def test_what_a_user_cannot_be(given: dict[str, Any], field: str, events: Events) -> None:
    make_user(SYSTEM, email="ann@example.com", name="Ann", roles=[])
    events()
    with pytest.raises(ValidationError) as refused:
        make_user(SYSTEM, **{"email": "new@example.com", "name": "New", "roles": [], **given})
    assert list(refused.value.message_dict) == [field]
    assert User.objects.count() == 1
    assert events() == []


@pytest.mark.django_db
def test_the_way_back_for_who_is_locked_out(events: Events) -> None:
    made = make_administrator(SYSTEM, email="ada@example.com", name="Ada", password=PASSWORD)
    make_administrator(SYSTEM, email="bea@example.com", name="Bea", password=PASSWORD)
    users.deactivate(SYSTEM, made.pk)
    users.change_user(SYSTEM, made.pk, name="Ada", roles=[])
    events()
    again = make_administrator(SYSTEM, email="ada@example.com", name="Ada B", password="eight blue tramways")  # noqa: S106
    assert (again.pk, again.is_active, roles_of(again)) == (made.pk, True, ["administrator"])
    assert again.check_password("eight blue tramways")
    assert events() == ["users.make_administrator"]


@pytest.mark.django_db
def test_the_way_back_turns_the_second_step_off_and_forgets_failures() -> None:
    ada = make_administrator(SYSTEM, email="ada@example.com", name="Ada", password=PASSWORD)
    ada.totp_secret = seal(new_secret())
    ada.save()
    ada.recovery_codes.create(hashed="x")
    for number in range(ACCOUNT):
        attempt(ada.email, f"10.0.0.{number}")
    with pytest.raises(ThrottledError):
        attempt(ada.email, "10.0.0.9")
    invited = make_administrator(SYSTEM, email="ada@example.com", name="Ada", password=None)
    link = link_for(invited, Purpose.INVITATION).rstrip("/").rpartition("/")[2]
    back = user_of_link(link, Purpose.INVITATION)
    assert back is not None
    assert (back.totp_secret, back.recovery_codes.count(), back.has_usable_password()) == ("", 0, False)
    attempt(ada.email, "10.0.0.9")


@pytest.mark.django_db
def test_an_office_that_has_to_wait_is_let_in(events: Events) -> None:
    for number in range(ADDRESS):
        attempt(f"{number}@example.com", "10.0.0.1")
    with pytest.raises(ThrottledError):
        attempt("ann@example.com", "10.0.0.1")
    assert users.end_waits(SYSTEM) == 2 * ADDRESS
    assert events() == ["users.end_waits"]
    attempt("ann@example.com", "10.0.0.1")


@pytest.mark.django_db
def test_an_invitation_sent_again_ends_the_link_before(mailoutbox: list[Any]) -> None:
    ann = users.invite(SYSTEM, email="ann@example.com", name="Ann", roles=[])
    before = link_for(User.objects.get(pk=ann.pk), Purpose.INVITATION).rstrip("/").rpartition("/")[2]
    assert user_of_link(before, Purpose.INVITATION) == ann
    users.invite_again(SYSTEM, ann.pk)
    assert user_of_link(before, Purpose.INVITATION) is None
    assert len(mailoutbox) == 2


def test_who_may_look_and_who_may_change(viewer_of: Viewers, everyone: Any) -> None:
    alice = everyone.users["participant"]
    acts: list[Callable[[Viewer], User]] = [
        lambda viewer: users.change_user(viewer, alice.pk, name="X", roles=["administrator"]),
        lambda viewer: users.deactivate(viewer, alice.pk),
        lambda viewer: users.activate(viewer, alice.pk),
        lambda viewer: users.invite(viewer, email="x@example.com", name="X", roles=[]),
        lambda viewer: users.invite_again(viewer, alice.pk),
        lambda viewer: users.end_two_steps(viewer, alice.pk),
        lambda viewer: users.end_all_sessions(viewer, alice.pk),
        lambda viewer: make_user(viewer, email="x@example.com", name="X", roles=[]),
        lambda viewer: make_administrator(viewer, email="x@example.com", name="X", password=PASSWORD),
    ]
    for act in acts:
        for name in ("operations", "finance", "manager", "participant", "designer", "executive"):
            with pytest.raises(Http404):
                act(viewer_of(name))
        with pytest.raises(NotAllowedError):
            act(viewer_of("auditor"))
    assert len(users_found(viewer_of("auditor")).users) == len(everyone.users)


@pytest.mark.parametrize(
    ("name", "status", "written"), [("administrator", 200, 302), ("auditor", 200, 403), ("operations", 404, 404)]
)
def test_pages_of_users(
    client_of: Callable[[str], Client], everyone: Any, events: Events, name: str, status: int, written: int
) -> None:
    client, alice = client_of(name), everyone.users["participant"]
    events()
    for address in ("/users/", "/users/?search=alice&page=999999999999", f"/users/{alice.pk}/"):
        assert client.get(address).status_code == status
    assert client.get("/users/invite/").status_code == {302: 200}.get(written, written)
    invited = {"name": "New", "email": "new@example.com", "roles": ["finance"]}
    assert client.post("/users/invite/", invited).status_code == written
    changed = {"name": "Alice", "roles": ["finance", "participant"]}
    assert client.post(f"/users/{alice.pk}/", changed).status_code == written
    for action in ("end-two-steps", "end-sessions", "deactivate", "activate"):
        assert client.post(f"/users/{alice.pk}/{action}/").status_code == written
    recorded = ["users.invite", "users.change", "users.end_sessions", "users.deactivate", "users.activate"]
    assert events() == (recorded if written == 302 else [])


def test_an_unknown_user_is_not_there(client_of: Callable[[str], Client]) -> None:
    client = client_of("administrator")
    assert client.get("/users/999999/").status_code == 404
    assert client.get(f"/users/{10**30}/").status_code == 404
    assert client.post("/users/999999/deactivate/").status_code == 404


def test_a_change_is_told_before_and_after(client_of: Callable[[str], Client], everyone: Any) -> None:
    alice = everyone.users["participant"]
    client_of("administrator").post(f"/users/{alice.pk}/", {"name": "Alice A", "roles": ["finance"]})
    event = AuditEvent.objects.get(action="users.change")
    assert event.subject == f"users/{alice.pk}"
    assert event.actor == everyone.users["administrator"].pk
    assert event.details == {"name": ["Alice Adler", "Alice A"], "roles": ["participant", "finance"]}


@pytest.mark.django_db
def test_the_last_administrator_stays(client: Client) -> None:
    ada = make_administrator(SYSTEM, email="ada@example.com", name="Ada", password=PASSWORD)
    make_user(SYSTEM, email="invited@example.com", name="Invited", roles=["administrator"])  # cannot sign in yet
    gone = make_administrator(SYSTEM, email="gone@example.com", name="Gone", password=PASSWORD)
    users.deactivate(SYSTEM, gone.pk)
    with pytest.raises(ValidationError, match="last administrator"):
        users.deactivate(SYSTEM, ada.pk)
    with pytest.raises(ValidationError, match="last administrator"):
        users.change_user(SYSTEM, ada.pk, name="Ada", roles=["finance"])
    client.force_login(ada)
    assert client.post(f"/users/{ada.pk}/", {"name": "Ada", "roles": []}).status_code == 422
    answer = client.post(f"/users/{ada.pk}/deactivate/", follow=True)
    assert "This is the last administrator" in answer.content.decode()
    ada.refresh_from_db()
    assert (ada.is_active, roles_of(ada)) == (True, ["administrator"])
    users.activate(SYSTEM, gone.pk)
    users.deactivate(SYSTEM, ada.pk)


@pytest.mark.usefixtures("committed")
def test_two_administrators_who_remove_each_other_at_once_leave_one() -> None:
    two = [
        make_administrator(SYSTEM, email=f"{name}@example.com", name=name, password=PASSWORD) for name in ("ada", "bea")
    ]

    def remove(user: User) -> bool:
        try:
            users.change_user(SYSTEM, user.pk, name=user.name, roles=[])
        except ValidationError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(remove, two)) == [False, True]
    assert RoleGrant.objects.filter(role="administrator").count() == 1


@pytest.mark.usefixtures("committed")
def test_an_address_that_is_given_to_two_at_once_is_one_users() -> None:
    def add(name: str) -> bool:
        try:
            make_user(SYSTEM, email="ann@example.com", name=name, roles=["manager"])
        except ValidationError as refused:
            return "email" not in refused.message_dict
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(add, ["Ann", "Anna", "Anne", "Annie"])) == [False, False, False, True]
    assert RoleGrant.objects.count() == 1


def test_who_one_is_takes_one_question(everyone: Any, django_assert_num_queries: Any) -> None:
    alice = User.objects.get(pk=everyone.users["participant"].pk)
    with django_assert_num_queries(1):
        viewer = viewer_of(alice)
    assert (viewer.roles, viewer.participant) == (frozenset({"participant"}), "alice")
    nobody = User.objects.create(email="new@example.com", name="New")
    assert (viewer_of(nobody).roles, viewer_of(nobody).participant) == (frozenset(), None)
