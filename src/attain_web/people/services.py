"""Writes of people: joining, changing position or manager, leaving, and who is above whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from attain.credits.rollup import Line, manager_chains
from attain.tables import EVER, NEVER
from attain_web.access.audit import recorded
from attain_web.access.models import ChainLink, User
from attain_web.access.rights import Area, Reach, Role
from attain_web.access.services.users import deactivate, invite_again, make_user
from attain_web.access.viewer import SYSTEM, Viewer
from attain_web.people.models import Participant, ParticipantVersion, ReportingLine
from attain_web.people.queries import must_see, open_records
from attain_web.people.timeline import Change, Dated, end_from, held, rows_of, stamp, stamped, stays_until, write_from
from attain_web.rows.attributes import fitted
from attain_web.rows.queries import today, visible
from attain_web.rows.services import check_constraints, in_words
from attain_web.rows.table import row_tables

FIELDS = {"name": "name", "title": "title", "team": "team", "territory": "territory_id", "attributes": "attributes"}
"""What is known about a participant, by the attribute that holds it."""
T = TypeVar("T")


def ensure_participants(keys: Iterable[str]) -> None:
    """Give every key the identity that rows refer to, where it has none yet."""
    made = [Participant(participant=key) for key in sorted({key for key in keys if key})]
    Participant.objects.bulk_create(made, batch_size=5000, ignore_conflicts=True)


@transaction.atomic
def rebuild_chain() -> int:
    """Work out anew who is above whom on which days, from all reporting lines; returns the number of links.

    One rebuild at a time: the next one waits and then sees this one's lines. Raises ValidationError, naming who, where
    people would report to one another in a ring.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {ChainLink._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
    lines: QuerySet[Any, Any] = ReportingLine.objects.exclude(manager=None)
    lines = lines.values_list("participant", "manager", "start", "end")
    links, rings = manager_chains(Line(who, to, start or EVER, end or NEVER) for who, to, start, end in lines)
    if rings:
        raise ValidationError([f"{ring.message}. {ring.advice}" for ring in rings])
    ChainLink.objects.all().delete()
    made = (ChainLink(participant=one.participant, above=one.above, start=one.start, end=one.end) for one in links)
    return len(ChainLink.objects.bulk_create(made, batch_size=5000))


def previewed(act: Callable[[], T]) -> T:
    """What an action would return: it is done and undone, so that a preview never differs from the deed."""
    with transaction.atomic():
        told = act()
        transaction.set_rollback(True)
    return told


def join(
    viewer: Viewer, key: str, day: date, *, manager: str | None = None, email: str | None = None, **values: Any
) -> list[Change]:
    """Somebody is a participant from a day on: with ``values`` as in ``FIELDS``, a manager, and an e-mail to invite.

    Who was here before and left may join again. Raises ValidationError where they are here on that day or later.
    """
    with _flow(viewer, "join", key, is_new=True) as changes:
        if not values.get("name"):
            raise ValidationError({"name": _("Say who it is, by a name.")})
        versions = rows_of(ParticipantVersion, key)
        if versions and (versions[-1].end or NEVER) > day:
            begun = versions[-1].start
            told = _("There is a participant with the key “%(key)s” already, from %(day)s. Choose another key.")
            raise ValidationError({"key": told % {"key": key, "day": in_day(begun) if begun else _("ever")}})
        Participant.objects.filter(participant=key).update(access_ends=None)
        if versions:  # what was known beyond the columns is known again, unless it is told otherwise
            values["attributes"] = versions[-1].attributes | (values.get("attributes") or {})
        changes.extend(_position(viewer, key, day, values, versions))
        if manager:
            changes.extend(_manager(viewer, key, day, manager))
        _settle()
        if email:
            changes.extend(_invite(viewer, key, values["name"], email))
    return changes


def change_position(viewer: Viewer, key: str, day: date, values: dict[str, Any]) -> list[Change]:
    """What is known about a participant changes from a day on, until what was set for a later day."""
    with _flow(viewer, "change_position", key) as changes:
        _here(key, day)
        changes.extend(_position(viewer, key, day, values, rows_of(ParticipantVersion, key)))
        _settle()
    return changes


def change_manager(viewer: Viewer, key: str, day: date, manager: str | None) -> list[Change]:
    """A participant reports to somebody else, or to nobody, from a day on, until what was set for a later day."""
    with _flow(viewer, "change_manager", key) as changes:
        changes.extend(_manager(viewer, key, day, manager))
        _settle()
    return changes


def leave(
    viewer: Viewer,
    key: str,
    day: date,
    *,
    reports_to: str | None = None,
    accounts_to: str | None = None,
    opportunities_to: str | None = None,
    ends_access: bool = True,
) -> list[Change]:
    """A participant is here no more from a day on.

    Their position and reporting lines end there. Their reports follow ``reports_to`` from that day; where that is one
    of the reports, they follow the leaver's manager. Accounts and open opportunities, which are not dated, change
    hands at once. With ``ends_access`` their user signs in no more from that day.
    """
    with _flow(viewer, "leave", key) as changes:
        versions, lines = rows_of(ParticipantVersion, key), rows_of(ReportingLine, key)
        last = held(versions, day - timedelta(days=1))
        if last is None or (versions[-1].end or NEVER) <= day:
            until = versions[-1].end if versions else None
            told = _("They leave on %(day)s already.") % {"day": in_day(until)} if until and until <= day else ""
            raise ValidationError({"day": [_not_here(key, day - timedelta(days=1)) if last is None else told]})
        own = held(lines, day - timedelta(days=1))
        end_from(versions, day, viewer)
        changes.append(Change("position", key, last.title or last.name, None, day))
        if own and (own.end or NEVER) > day:
            changes.append(Change("manager", key, own.manager_id, None, day))
        end_from(lines, day, viewer)
        changes.extend(_reports(viewer, key, day, reports_to, own.manager_id if own else None))
        changes.extend(_records(viewer, "accounts", key, accounts_to))
        changes.extend(_records(viewer, "opportunities", key, opportunities_to))
        _settle()
        if ends_access:
            changes.extend(_access(viewer, key, day))
    return changes


def stay(viewer: Viewer, key: str, day: date | None) -> list[Change]:
    """Somebody leaves on a later day than was entered, or (without a day) not at all.

    The position and the manager that ended with them go on; what others took over stays with them. Raises
    ValidationError where nobody entered that they leave, and for a day that is not later.
    """
    with _flow(viewer, "stay", key) as changes:
        versions, lines = rows_of(ParticipantVersion, key), rows_of(ReportingLine, key)
        gone = versions[-1].end if versions else None
        if gone is None:
            raise ValidationError(_("They do not leave, so there is no day to change."))
        if day is not None and day <= gone:
            told = _("They leave on %(day)s: choose a later day here, or an earlier one by entering that they leave.")
            raise ValidationError({"day": told % {"day": in_day(gone)}})
        last = versions[-1]
        changes.append(Change("position", key, None, last.title or last.name, gone, day))
        _go_on(last, day, viewer)
        line = held(lines, gone - timedelta(days=1))
        if line and line.end == gone and line.manager_id:
            rows = rows_of(ParticipantVersion, line.manager_id)
            if held(rows, gone):
                until = min((end for end in (day, stays_until(rows, gone)) if end), default=None)
                changes.append(Change("manager", key, None, line.manager_id, gone, until))
                _go_on(line, until, viewer)
        Participant.objects.filter(participant=key).exclude(access_ends=None).update(access_ends=day)
        _settle()
    return changes


def _go_on(row: Dated, until: date | None, viewer: Viewer) -> None:
    row.end = until
    stamp(row, viewer).save()


def link_user(viewer: Viewer, key: str, user: int) -> list[Change]:
    """A user is this participant: they see what the participant sees. One user each, one participant each."""
    viewer.must_write(Area.USERS, reach=Reach.ALL)
    with _recorded(viewer, "link_user", key) as changes:
        participant = Participant.objects.select_related("user").get(participant=key)
        found = User.objects.filter(pk=user, is_active=True).select_related("participant").first()
        if found is None:
            raise ValidationError({"user": _("There is no such active user.")})
        if getattr(found, "participant", None) or participant.user:
            told = _("%(user)s is %(key)s already: end that link first.")
            one = participant if participant.user else found.participant
            raise ValidationError({"user": told % {"user": one.user, "key": one.participant}})
        participant.user = found
        participant.save(update_fields=["user"])
        changes.append(Change("user", key, None, found.email, today()))
    return changes


def unlink_user(viewer: Viewer, key: str) -> list[Change]:
    """A user is this participant no more; the user stays."""
    viewer.must_write(Area.USERS, reach=Reach.ALL)
    with _recorded(viewer, "unlink_user", key) as changes:
        participant = Participant.objects.select_related("user").get(participant=key)
        if participant.user:
            changes.append(Change("user", key, participant.user.email, None, today()))
            Participant.objects.filter(pk=participant.pk).update(user=None, access_ends=None)
    return changes


@contextmanager
def _flow(viewer: Viewer, action: str, key: str, *, is_new: bool = False) -> Iterator[list[Change]]:
    """A change of people, by who may write them."""
    if not is_new:
        must_see(viewer, key)
    viewer.must_write(Area.PEOPLE, reach=Reach.ALL)
    with _recorded(viewer, action, key) as changes:
        yield changes


@contextmanager
def _recorded(viewer: Viewer, action: str, key: str) -> Iterator[list[Change]]:
    """One transaction and one event for the changes that the block tells; one at a time for each participant."""
    with recorded(viewer, f"people.{action}", subject=f"people/{key}") as event:
        ensure_participants([key] if action == "join" else [])
        if not Participant.objects.select_for_update(no_key=True).filter(participant=key):
            raise Http404
        changes: list[Change] = []
        yield changes
        if not changes:
            raise ValidationError(_("Nothing would change: all of this is so already."))
        event.details = {"changes": [asdict(change) for change in changes]}


def _settle() -> None:
    """Check what was written, and work out the chain anew.

    Rows, the chain, users, the audit trail: everybody takes their locks in this order, so that nobody waits in a ring.
    """
    try:
        check_constraints()
    except IntegrityError as error:
        raise ValidationError(in_words(ReportingLine(), error)) from error
    rebuild_chain()


def in_day(day: date) -> str:
    """A day as people write it."""
    return date_format(day, "DATE_FORMAT")


def _here(key: str, day: date, field: str = "day") -> list[ParticipantVersion]:
    """The versions of a participant who is here on a day."""
    rows = rows_of(ParticipantVersion, key)
    if not held(rows, day):
        raise ValidationError({field: _not_here(key, day)})
    return rows


def _not_here(key: str, day: date) -> str:
    told = _("%(key)s is not here on %(day)s: choose another day, or let them join first.")
    return told % {"key": key, "day": in_day(day)}


def _position(
    viewer: Viewer, key: str, day: date, values: dict[str, Any], rows: list[ParticipantVersion]
) -> list[Change]:
    """Write a position from a day on; returns what differs."""
    territory = values.get("territory")
    if territory and not visible(row_tables()["territories"], viewer).filter(Q(territory=territory)).exists():
        told = _("There is no territory with the key “%(key)s”.")
        raise ValidationError({"territory": told % {"key": territory}})
    current = held(rows, day)
    fresh = ParticipantVersion(participant_id=key)
    before = {name: getattr(current or fresh, attribute) for name, attribute in FIELDS.items()}
    if given := values.get("attributes"):
        others = ParticipantVersion.objects.exclude(Q(participant=key))
        values = values | {"attributes": fitted(given, before["attributes"], others)}
    different = {name: value for name, value in values.items() if (value or None) != (before[name] or None)}
    if current and not different:
        return []
    changed = {FIELDS[name]: value if name == "attributes" else value or None for name, value in different.items()}
    row = write_from(rows, day, changed, viewer=viewer, fresh=fresh)
    return [Change(name, key, before[name], value, day, row.end) for name, value in different.items()]


def _manager(viewer: Viewer, key: str, day: date, manager: str | None) -> list[Change]:
    """Write whom a participant reports to from a day on, as long as both are here."""
    rows, until = rows_of(ReportingLine, key), stays_until(_here(key, day), day)
    current = held(rows, day)
    before = current.manager_id if current else None
    if manager == before:
        return []
    if manager is None:
        assert current is not None
        end = current.end
        end_from([current], day, viewer)
        return [Change("manager", key, before, None, day, end)]
    if manager == key:
        raise ValidationError({"manager": _("Nobody reports to themselves: choose another manager, or none.")})
    leaves = [one for one in (until, stays_until(_here(manager, day, "manager"), day)) if one]
    row = write_from(
        rows,
        day,
        {"manager_id": manager},
        viewer=viewer,
        fresh=ReportingLine(participant_id=key),
        until=min(leaves, default=None),
    )
    return [Change("manager", key, before, manager, day, row.end)]


def _reports(viewer: Viewer, key: str, day: date, to: str | None, above: str | None) -> list[Change]:
    """From a day on nobody reports to a leaver, but to whom takes over, who reports to the leaver's manager."""
    if to == key:
        raise ValidationError({"reports_to": _("Choose somebody other than who leaves.")})
    until = stays_until(_here(to, day, "reports_to"), day) if to else None
    told = []
    lines = (
        ReportingLine.objects.filter(Q(manager=key)).exclude(end__lte=day).select_for_update().order_by("participant")
    )
    for line in lines:
        since, end = max(line.start or EVER, day), line.end
        taker = above if line.participant_id == to else to
        if taker and (taker == above or until is None or since < until):
            stays = until if taker == to else None
            row = write_from([line], since, {"manager_id": taker}, viewer=viewer, fresh=line, until=stays)
            told.append(Change("manager", line.participant_id, key, taker, since, row.end))
        else:
            end_from([line], since, viewer)
            told.append(Change("manager", line.participant_id, key, None, since, end))
    return told


def _records(viewer: Viewer, name: str, key: str, to: str | None) -> list[Change]:
    """Give a leaver's accounts or open opportunities to somebody at once."""
    if not to:
        return []
    if to == key:
        raise ValidationError({f"{name}_to": _("Choose somebody other than who leaves.")})
    _here(to, today(), f"{name}_to")
    viewer.must_write(Area.RECORDS, reach=Reach.ALL)
    rows: QuerySet[Any] = open_records(viewer, name, key, to_write=True)
    count = rows.update(participant=to, **stamped(viewer))
    return [Change(name, key, key, to, today(), count=count)] if count else []


def _access(viewer: Viewer, key: str, day: date) -> list[Change]:
    """Note when a leaver's access ends; where that day has come, end it now."""
    participant = Participant.objects.select_related("user").get(participant=key)
    if not participant.user or not participant.user.is_active:
        return []
    participant.access_ends = day
    participant.save(update_fields=["access_ends"])
    if day <= today():
        deactivate(replace(viewer, roles=SYSTEM.roles, scopes=None), participant.user.pk)
    return [Change("access", key, participant.user.email, None, max(day, today()))]


def end_access_of_leavers() -> int:
    """End the access of everybody whose day has come; returns how many. The last administrator stays."""
    due = User.objects.filter(is_active=True, participant__access_ends__lte=today()).order_by("pk")
    ended = 0
    for user in due:
        with suppress(ValidationError):
            deactivate(SYSTEM, user.pk)
            ended += 1
    return ended


def _invite(viewer: Viewer, key: str, name: str, email: str) -> list[Change]:
    """Make a participant a user, who is sent a link once everything is written."""
    user = make_user(viewer, email=email, name=name, roles=[Role.PARTICIPANT])
    Participant.objects.filter(participant=key).update(user=user)
    transaction.on_commit(lambda: invite_again(viewer, user.pk))
    return [Change("user", key, None, user.email, today())]
