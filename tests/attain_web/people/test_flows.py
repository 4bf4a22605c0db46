"""Joining, changing position or manager, and leaving: on the timeline, also backdated, and refused in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404
from django.utils import timezone

from attain_web.access.models import AuditEvent, ChainLink, User
from attain_web.access.viewer import NotAllowedError, Viewer
from attain_web.crm.models import Account, Opportunity
from attain_web.people import services
from attain_web.people.models import Participant, ParticipantVersion, ReportingLine

JANUARY, MARCH, MAY, JULY = date(2026, 1, 1), date(2026, 3, 1), date(2026, 5, 1), date(2026, 7, 1)
Viewers = Callable[[str], Viewer]


def titles(key: str) -> list[tuple[date | None, date | None, str | None]]:
    rows: Any = ParticipantVersion.objects.filter(Q(participant=key))
    return sorted(rows.values_list("start", "end", "title"), key=lambda row: row[0] or date.min)


def managers(key: str) -> list[tuple[date | None, date | None, str | None]]:
    rows: Any = ReportingLine.objects.filter(Q(participant=key))
    return sorted(rows.values_list("start", "end", "manager"), key=lambda row: row[0] or date.min)


def above(key: str, day: date) -> set[str]:
    return set(ChainLink.objects.filter(participant=key, start__lte=day, end__gt=day).values_list("above", flat=True))


@pytest.fixture
def operations(viewer_of: Viewers) -> Viewer:
    return viewer_of("operations")


def test_somebody_joins_under_a_manager_from_a_day_on(operations: Viewer) -> None:
    changes = services.join(operations, "eve", MARCH, name="Eve", title="Account executive", manager="ann")
    assert titles("eve") == [(MARCH, None, "Account executive")]
    assert managers("eve") == [(MARCH, None, "ann")]
    assert above("eve", MARCH) == {"ann", "bea"}
    assert above("eve", MARCH - timedelta(days=1)) == set()
    assert {(one.field, one.after) for one in changes} == {
        ("name", "Eve"),
        ("title", "Account executive"),
        ("manager", "ann"),
    }
    event = AuditEvent.objects.latest("number")
    assert (event.action, event.subject, event.actor) == ("people.join", "people/eve", operations.user_id)
    assert len(event.details["changes"]) == 3


def test_who_is_here_cannot_join_and_who_left_can(operations: Viewer) -> None:
    with pytest.raises(ValidationError, match="already"):
        services.join(operations, "adam", MARCH, name="Adam")
    services.leave(operations, "adam", MARCH)
    services.join(operations, "adam", MAY, name="Adam", title="Sales engineer")
    assert titles("adam") == [(None, MARCH, "Account executive"), (MAY, None, "Sales engineer")]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "Eve", "territory": "nowhere"}, "territory"),
        ({"name": "E", "manager": "zed"}, "manager"),
    ],
)
def test_what_cannot_be_is_told_by_field(operations: Viewer, values: dict[str, Any], field: str) -> None:
    before = AuditEvent.objects.count()
    with pytest.raises(ValidationError) as told:
        services.join(operations, "eve", MARCH, **values)
    assert list(told.value.message_dict) == [field]
    assert not Participant.objects.filter(participant="eve").exists()
    assert AuditEvent.objects.count() == before


def test_who_joins_is_invited_once_it_is_written(
    viewer_of: Viewers, django_capture_on_commit_callbacks: Any, mailoutbox: list[Any]
) -> None:
    both = Viewer(viewer_of("administrator").user_id, "Ada Admin", frozenset({"administrator", "operations"}))
    with django_capture_on_commit_callbacks(execute=True):
        services.previewed(lambda: services.join(both, "eve", MARCH, name="Eve", email="eve@example.com"))
    assert not mailoutbox
    with django_capture_on_commit_callbacks(execute=True):
        services.join(both, "eve", MARCH, name="Eve", email="eve@example.com")
    assert [one.to for one in mailoutbox] == [["eve@example.com"]]
    assert User.objects.get(email="eve@example.com").participant.participant == "eve"


def test_a_position_changes_from_a_day_on_and_what_was_stays(operations: Viewer) -> None:
    services.change_position(operations, "alice", MAY, {"title": "Key account manager"})
    services.change_position(operations, "alice", MARCH, {"title": "Senior account executive"})  # backdated
    assert titles("alice") == [
        (None, MARCH, "Account executive"),
        (MARCH, MAY, "Senior account executive"),
        (MAY, None, "Key account manager"),
    ]
    assert {row.team for row in ParticipantVersion.objects.filter(Q(participant="alice"))} == {"North"}
    row = ParticipantVersion.objects.get(Q(participant="alice"), start=MARCH)
    assert row.changed_by_id == operations.user_id
    assert row.events.count() == 1  # type: ignore[attr-defined]


def test_a_change_on_the_day_a_version_begins_changes_that_version(operations: Viewer) -> None:
    services.change_position(operations, "alice", MAY, {"title": "Key account manager"})
    services.change_position(operations, "alice", MAY, {"team": "Key accounts", "attributes": {"grade": 7}})
    row = ParticipantVersion.objects.get(Q(participant="alice"), start=MAY)
    assert (row.title, row.team, row.attributes) == ("Key account manager", "Key accounts", {"grade": 7})
    assert row.events.count() == 2  # type: ignore[attr-defined]


@pytest.mark.parametrize(("other", "kept"), [({}, "B2"), ({"grade": "A"}, "B2"), ({"grade": 3}, None)])
def test_who_alone_has_an_attribute_may_change_its_kind(
    operations: Viewer, other: dict[str, Any], kept: str | None
) -> None:
    services.change_position(operations, "alice", MARCH, {"attributes": {"grade": "7"}})
    ParticipantVersion.objects.filter(Q(participant="adam")).update(attributes=other)
    if kept is None:
        with pytest.raises(ValidationError, match="is a number"):
            services.change_position(operations, "alice", MAY, {"attributes": {"grade": "B2"}})
    else:
        services.change_position(operations, "alice", MAY, {"attributes": {"grade": kept}})
        assert ParticipantVersion.objects.get(Q(participant="alice"), start=MAY).attributes == {"grade": kept}


def test_nothing_is_recorded_where_nothing_would_change(operations: Viewer) -> None:
    before = AuditEvent.objects.count()
    with pytest.raises(ValidationError, match="Nothing would change"):
        services.change_position(operations, "alice", MAY, {"title": "Account executive"})
    with pytest.raises(ValidationError, match="Nothing would change"):
        services.change_manager(operations, "alice", MAY, "ann")
    assert AuditEvent.objects.count() == before


def test_a_position_needs_somebody_who_is_here(operations: Viewer) -> None:
    services.leave(operations, "alice", MARCH)
    with pytest.raises(ValidationError, match="alice is not here on 2026-05-01"):
        services.change_position(operations, "alice", MAY, {"title": "Gone"})


def test_a_manager_changes_from_a_day_on_also_backdated(operations: Viewer) -> None:
    services.change_manager(operations, "alice", MAY, "bea")
    services.change_manager(operations, "alice", MARCH, "dan")
    moved = date(2025, 7, 1)
    assert managers("alice") == [(None, moved, "dan"), (moved, MARCH, "ann"), (MARCH, MAY, "dan"), (MAY, None, "bea")]
    assert [above("alice", day) for day in (JANUARY, MARCH, MAY)] == [{"ann", "bea"}, {"dan"}, {"bea"}]


def test_a_reporting_line_ends_where_there_is_no_manager_any_more(operations: Viewer) -> None:
    services.change_manager(operations, "alice", MAY, None)
    assert managers("alice")[-1] == (date(2025, 7, 1), MAY, "ann")
    assert above("alice", MAY) == set()


def test_a_line_goes_no_further_than_its_manager_stays(operations: Viewer) -> None:
    services.leave(operations, "dan", JULY)
    changes = services.change_manager(operations, "alice", MARCH, "dan")
    assert managers("alice")[-1] == (MARCH, JULY, "dan")
    assert changes[0].end == JULY


@pytest.mark.parametrize(
    ("key", "manager", "told"),
    [
        ("bea", "alice", "report to one another from 2026-03-01"),
        ("alice", "alice", "Nobody reports to themselves"),
        ("alice", "zed", "zed is not here"),
    ],
)
def test_a_manager_who_cannot_be_is_refused(operations: Viewer, key: str, manager: str, told: str) -> None:
    before = managers(key), set(ChainLink.objects.values_list("participant", "above", "start", "end"))
    with pytest.raises(ValidationError, match=told):
        services.change_manager(operations, key, MARCH, manager)
    assert (managers(key), set(ChainLink.objects.values_list("participant", "above", "start", "end"))) == before


def test_a_leaver_hands_everything_over(operations: Viewer) -> None:
    Opportunity.objects.create(opportunity="D-open", participant_id="ann", stage="proposal")
    services.change_manager(operations, "charlie", JULY, "ann")  # who would report to her later
    changes = services.leave(operations, "ann", MAY, reports_to="dan", accounts_to="alice", opportunities_to="adam")
    assert titles("ann") == [(None, MAY, "Sales manager")]
    assert managers("ann") == [(None, MAY, "bea")]
    assert managers("alice")[-2:] == [(date(2025, 7, 1), MAY, "ann"), (MAY, None, "dan")]
    assert managers("adam") == [(None, MAY, "ann"), (MAY, None, "dan")]
    assert managers("charlie")[-1] == (JULY, None, "dan")
    assert not ChainLink.objects.filter(above="ann", end__gt=MAY).exists()
    assert Account.objects.get(account="A-ann").participant_id == "alice"
    assert Opportunity.objects.get(opportunity="D-open").participant_id == "adam"
    assert Opportunity.objects.get(opportunity="D-ann").participant_id == "ann"  # it is won
    assert {one.field for one in changes} == {"position", "manager", "accounts", "opportunities", "access"}
    assert Account.objects.get(account="A-ann").events.count() == 2  # type: ignore[attr-defined]


def test_a_report_who_takes_over_reports_to_the_leavers_manager(operations: Viewer) -> None:
    services.leave(operations, "ann", MAY, reports_to="alice")
    assert managers("alice")[-1] == (MAY, None, "bea")
    assert managers("adam")[-1] == (MAY, None, "alice")
    assert above("adam", MAY) == {"alice", "bea"}


def test_reports_without_a_successor_report_to_nobody(operations: Viewer) -> None:
    services.leave(operations, "ann", MAY)
    assert managers("adam") == [(None, MAY, "ann")]


def test_nobody_leaves_twice_or_hands_over_to_themselves_or_to_who_is_gone(operations: Viewer) -> None:
    services.leave(operations, "dan", MARCH)
    with pytest.raises(ValidationError, match="leave on 2026-03-01 already"):
        services.leave(operations, "dan", MARCH)
    with pytest.raises(ValidationError, match="other than who leaves"):
        services.leave(operations, "ann", MAY, reports_to="ann")
    with pytest.raises(ValidationError, match="dan is not here"):
        services.leave(operations, "ann", MAY, reports_to="dan")


def test_who_was_to_leave_stays_longer_or_for_good(operations: Viewer) -> None:
    services.leave(operations, "alice", MARCH)
    changes = services.stay(operations, "alice", JULY)
    assert titles("alice")[-1][1] == JULY
    assert managers("alice")[-1][1:] == (JULY, "ann")
    assert above("alice", MAY) == {"ann", "bea"}
    assert [(one.field, one.start, one.end) for one in changes] == [("position", MARCH, JULY), ("manager", MARCH, JULY)]
    assert Participant.objects.get(participant="alice").access_ends == JULY
    services.stay(operations, "alice", None)
    assert titles("alice")[-1][1] is None
    assert Participant.objects.get(participant="alice").access_ends is None
    assert AuditEvent.objects.latest("number").action == "people.stay"


def test_nobody_stays_who_does_not_leave_or_until_an_earlier_day(operations: Viewer) -> None:
    with pytest.raises(ValidationError, match="do not leave"):
        services.stay(operations, "alice", None)
    services.leave(operations, "alice", MAY, ends_access=False)
    with pytest.raises(ValidationError, match="choose a later day"):
        services.stay(operations, "alice", MARCH)


def test_the_manager_of_who_stays_goes_on_as_long_as_they_are_here(operations: Viewer) -> None:
    services.leave(operations, "alice", MARCH, ends_access=False)
    services.leave(operations, "ann", MAY)
    services.stay(operations, "alice", JULY)
    assert managers("alice")[-1][1:] == (MAY, "ann")


def test_who_joins_again_is_known_as_before(operations: Viewer) -> None:
    services.change_position(operations, "adam", JANUARY, {"attributes": {"salary": "50000"}})
    services.leave(operations, "adam", MARCH)
    services.join(operations, "adam", MAY, name="Adam", attributes={"grade": "7"})
    assert ParticipantVersion.objects.get(Q(participant="adam"), start=MAY).attributes == {
        "salary": 50000,
        "grade": 7,
    }


def test_a_leavers_access_ends_on_that_day(operations: Viewer, everyone: Any) -> None:
    today = timezone.localdate()
    services.leave(operations, "charlie", today)
    assert not User.objects.get(pk=everyone.users["charlie"].pk).is_active
    services.leave(operations, "dan", today + timedelta(days=3))
    user = User.objects.get(pk=everyone.users["dan"].pk)
    assert user.is_active
    assert services.end_access_of_leavers() == 0
    Participant.objects.filter(participant="dan").update(access_ends=today)
    assert services.end_access_of_leavers() == 1
    user.refresh_from_db()
    assert not user.is_active
    services.leave(operations, "alice", today, ends_access=False)
    assert User.objects.get(pk=everyone.users["participant"].pk).is_active


def test_a_preview_changes_nothing(operations: Viewer) -> None:
    before = managers("alice"), AuditEvent.objects.count(), ChainLink.objects.count()
    told = services.previewed(lambda: services.change_manager(operations, "alice", MAY, "bea"))
    assert [(one.before, one.after, one.start) for one in told] == [("ann", "bea", MAY)]
    assert (managers("alice"), AuditEvent.objects.count(), ChainLink.objects.count()) == before


def test_a_user_is_one_participant(viewer_of: Viewers, everyone: Any) -> None:
    administrator = viewer_of("administrator")
    olga = everyone.users["operations"].pk
    services.link_user(administrator, "adam", olga)
    assert viewer_of("operations").participant == "adam"
    with pytest.raises(ValidationError, match="is adam already"):
        services.link_user(administrator, "adam", everyone.users["finance"].pk)
    services.unlink_user(administrator, "adam")
    assert viewer_of("operations").participant is None
    services.link_user(administrator, "adam", olga)
    assert AuditEvent.objects.latest("number").action == "people.link_user"


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("participant", NotAllowedError),
        ("manager", NotAllowedError),
        ("administrator", NotAllowedError),
        ("dan", Http404),
        ("charlie", Http404),
    ],
)
def test_who_may_not_change_people_is_told_no_more_than_they_see(
    viewer_of: Viewers, name: str, refused: type[Exception]
) -> None:
    viewer = viewer_of(name)
    with pytest.raises(refused):
        services.change_position(viewer, "alice", MAY, {"title": "Chief"})
    with pytest.raises(refused):
        services.change_manager(viewer, "alice", MAY, "bea")
    with pytest.raises(refused):
        services.leave(viewer, "alice", MAY)
    with pytest.raises(NotAllowedError):
        services.join(viewer, "eve", MAY, name="Eve")


def test_only_who_writes_users_links_them(viewer_of: Viewers, everyone: Any) -> None:
    with pytest.raises(Http404):
        services.link_user(viewer_of("operations"), "adam", everyone.users["operations"].pk)
