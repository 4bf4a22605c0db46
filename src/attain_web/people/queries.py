"""Reads of people: the directory, the organisation and one person, as of any day.

Whoever reads people at all sees everybody's key, name and manager; title, team and territory only of those they may
read (themselves, their chain, or all); attributes, which tell pay, only of those whose pay they read, or whom they may
change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Exists, F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.http import Http404

from attain.tables import EVER
from attain_web.access.models import ChainLink, User
from attain_web.access.rights import Area, Reach
from attain_web.access.viewer import Viewer
from attain_web.people.models import Participant, ParticipantVersion, ReportingLine
from attain_web.people.timeline import held, holding, stays_until
from attain_web.rows.base import Row
from attain_web.rows.queries import attributes_of, visible
from attain_web.rows.table import row_tables

PAGE = 50
CLOSED = ("won", "lost")
"""Stages of opportunities that nobody works on any more."""


@dataclass(frozen=True)
class Colleague:
    """Somebody in the directory or the chart; what the viewer may not read is empty, and ``is_readable`` off."""

    key: str
    name: str
    title: str | None
    team: str | None
    territory: str | None
    manager: str | None
    manager_name: str | None
    is_readable: bool
    reports: int = 0
    below: int = 0


@dataclass(frozen=True)
class Directory:
    """One page of the directory, with what its filters offer."""

    people: list[Colleague]
    count: int
    number: int
    pages: int
    teams: list[str]
    titles: list[str]
    managers: list[tuple[str, str]]


@dataclass(frozen=True)
class Asked:
    """What the directory is asked for."""

    search: str = ""
    team: str = ""
    title: str = ""
    manager: str = ""
    sort: str = ""
    page: int = 1


@dataclass(frozen=True)
class Person:
    """A participant as of a day: the version that holds, all versions and lines, who is above and below."""

    key: str
    name: str
    now: ParticipantVersion | None
    versions: list[ParticipantVersion]
    lines: list[tuple[ReportingLine, str]]
    above: list[Colleague]
    reports: list[Colleague]
    below: int
    identity: Participant
    records: dict[str, int | None] = field(default_factory=dict)
    """How many accounts and open opportunities are theirs; None: the viewer reads none."""

    @property
    def upwards(self) -> list[Colleague]:
        """Who is above, from the top down."""
        return self.above[::-1]

    @property
    def ends(self) -> date | None:
        """The first day on which they are gone, where they are here and that is known."""
        return stays_until(self.versions, self.now.start or EVER) if self.now else None

    @property
    def stays(self) -> bool:
        """Whether they are here, or will be, without a day on which they leave."""
        return self.versions[0].end is None

    @property
    def left_over(self) -> bool:
        """Whether somebody who has gone still owns something, or may still sign in."""
        user = self.identity.user
        return not self.now and not self.stays and (any(self.records.values()) or bool(user and user.is_active))


def must_see(viewer: Viewer, key: str) -> None:
    """404 for whoever may not read a participant, as if there were none."""
    if not visible(row_tables()["participants"], viewer).filter(Q(participant=key)).exists():
        raise Http404


def found_people(viewer: Viewer, on: date, asked: Asked) -> QuerySet[Any]:
    """One row per participant who is here on a day, found by words and filters, sorted as asked."""
    viewer.must_read(Area.PEOPLE)
    found = people_on(viewer, on)
    if asked.team or asked.title:
        found = found.filter(is_readable=True)
    for word in asked.search.split():
        found = found.filter(Q(participant__participant__icontains=word) | Q(name__icontains=word))
    wanted = {"team": asked.team, "title": asked.title}
    found = found.filter(**{name: value for name, value in wanted.items() if value})
    if asked.manager:
        found = found.filter(_reporting_to([asked.manager], on))
    return found.order_by(*_order(viewer, asked.sort))


def directory(viewer: Viewer, on: date, asked: Asked) -> Directory:
    """A page of everybody who is here on a day, found by words and filters."""
    found = found_people(viewer, on, asked)
    readable = people_on(viewer, on).filter(is_readable=True)
    count = found.count()
    pages = max(1, -(-count // PAGE))
    number = min(max(asked.page, 1), pages)
    rows = found[(number - 1) * PAGE : number * PAGE]
    managers: QuerySet[Any] = ParticipantVersion.objects.filter(
        holding(on), Q(participant__in=ReportingLine.objects.filter(holding(on)).values("manager"))
    )
    return Directory(
        people=[as_colleague(row) for row in rows],
        count=count,
        number=number,
        pages=pages,
        teams=_values(readable, "team"),
        titles=_values(readable, "title"),
        managers=[(row.participant_id, str(row)) for row in managers.order_by("name", "participant_id")],
    )


def organisation(viewer: Viewer, on: date, root: str = "") -> list[Colleague]:
    """Who reports to ``root`` on a day, with how many below each; without root: who reports to nobody that is here."""
    viewer.must_read(Area.PEOPLE)
    if root:
        return branches(viewer, on, [root]).get(root, [])
    people = people_on(viewer, on).filter(manager_key=None)
    return [as_colleague(row) for row in _counted(people, on).order_by("-below", "name", "participant_id")]


def branches(viewer: Viewer, on: date, keys: Iterable[str]) -> dict[str, list[Colleague]]:
    """Who reports to each of these people on a day."""
    viewer.must_read(Area.PEOPLE)
    people = _counted(people_on(viewer, on).filter(_reporting_to(keys, on)), on)
    found = defaultdict(list)
    for row in people.order_by("-below", "name", "participant_id"):
        found[row.manager_key].append(as_colleague(row))
    return dict(found)


def head_count(viewer: Viewer, on: date) -> int:
    """How many are here on a day."""
    viewer.must_read(Area.PEOPLE)
    return ParticipantVersion.objects.filter(holding(on)).count()


def colleague(viewer: Viewer, on: date, key: str) -> Colleague:
    """Somebody as the chart shows them; 404 where nobody of that key is here on that day."""
    viewer.must_read(Area.PEOPLE)
    row = _counted(people_on(viewer, on), on).filter(participant=key).first()
    if row is None:
        raise Http404
    return as_colleague(row)


def person(viewer: Viewer, key: str, on: date) -> Person:
    """Everything about one participant, as of a day; 404 where there is none or it may not be read."""
    viewer.must_read(Area.PEOPLE)
    rows = visible(row_tables()["participants"], viewer).filter(Q(participant=key)).select_related("changed_by")
    versions: list[Any] = list(rows.order_by(F("start").asc(nulls_first=True)))
    if not versions:
        raise Http404
    attributes = attributes_of(row_tables()["participants"], viewer, versions)
    for version in versions:
        version.attributes = attributes[version.pk]
    lines = list(ReportingLine.objects.filter(Q(participant=key)).order_by(F("start").asc(nulls_first=True)))
    names = names_of([line.manager_id for line in lines if line.manager_id], on)
    now = held(versions, on)
    return Person(
        key=key,
        name=str(now or versions[-1]),
        now=now,
        versions=versions[::-1],
        lines=[(line, names.get(line.manager_id or "", "")) for line in reversed(lines)],
        above=chain_above(viewer, key, on),
        reports=organisation(viewer, on, key),
        below=_below(on).filter(above=key).count(),
        identity=Participant.objects.select_related("user").get(participant=key),
        records={name: _count(viewer, name, key) for name in ("accounts", "opportunities")},
    )


def chain_above(viewer: Viewer, key: str, on: date) -> list[Colleague]:
    """Who is above a participant on a day, from the nearest up."""
    links = ChainLink.objects.filter(participant=key, start__lte=on, end__gt=on).values("above")
    found = {row.participant_id: as_colleague(row) for row in people_on(viewer, on).filter(participant__in=links)}
    first: Any = _lines_on(on).filter(Q(participant=key)).values_list("manager", flat=True).first()
    chain = []
    while first in found:
        chain.append(found.pop(first))
        first = chain[-1].manager
    return chain


def names_of(keys: Iterable[str], on: date) -> dict[str, str]:
    """The names of participants by key, as of a day; before they join or after they leave, the nearest one known."""
    rows = defaultdict(list)
    known = ParticipantVersion.objects.filter(participant__among=set(keys)).order_by(F("start").asc(nulls_first=True))
    for row in known:
        rows[row.participant_id].append(row)
    return {key: str(held(versions, on) or versions[-1]) for key, versions in rows.items()}


def names_on(viewer: Viewer, on: date) -> list[tuple[str, str]]:
    """Key and name of everybody who is here on a day, for a form to suggest."""
    viewer.must_read(Area.PEOPLE)
    rows: QuerySet[Any] = ParticipantVersion.objects.filter(holding(on)).order_by("name", "participant_id")
    return [(key, name or key) for key, name in rows.values_list("participant", "name")]


def suggestions(viewer: Viewer, on: date, names: Iterable[str | None]) -> dict[str, list[tuple[str, str]]]:
    """What fields suggest, by the name of their list: a value, and what it means."""
    readable = people_on(viewer, on).filter(is_readable=True)
    known: dict[str, Callable[[], list[tuple[str, str]]]] = {
        "people": lambda: names_on(viewer, on),
        "titles": lambda: [(title, "") for title in _values(readable, "title")],
        "teams": lambda: [(team, "") for team in _values(readable, "team")],
        "territories": lambda: _territories(viewer),
    }
    return {name: told() for name, told in known.items() if name in set(names)}


def _territories(viewer: Viewer) -> list[tuple[str, str]]:
    rows: QuerySet[Any] = visible(row_tables()["territories"], viewer)
    return [(row.territory, row.name or "") for row in rows.order_by("territory")]


def open_records(viewer: Viewer, name: str, key: str, *, to_write: bool = False) -> QuerySet[Row]:
    """A participant's accounts, or their opportunities that are not closed."""
    rows = visible(row_tables()[name], viewer, to_write=to_write).filter(Q(participant=key))
    return rows.exclude(Q(stage__in=CLOSED)) if name == "opportunities" else rows


def users_of(participants: Iterable[str] | QuerySet[Any]) -> dict[str, User]:
    """The active users that participants are, by the participants' keys; whoever asks, for telling them something."""
    found = User.objects.filter(participant__participant__in=participants, is_active=True).select_related("participant")
    return {user.participant.participant: user for user in found}


def users_to_link(viewer: Viewer) -> QuerySet[User]:
    """Active users who are no participant."""
    viewer.must_read(Area.USERS)
    return User.objects.filter(is_active=True, participant=None).order_by("name", "email")


def people_on(viewer: Viewer, on: date) -> QuerySet[Any]:
    """One row per participant who is here on a day, with their manager, and whether the viewer may read more."""
    lines = _lines_on(on).filter(participant=OuterRef("participant"))
    manager_name = ParticipantVersion.objects.filter(holding(on), participant=OuterRef("manager_key")).values("name")
    readable = visible(row_tables()["participants"], viewer).filter(pk=OuterRef("pk"))
    return (
        ParticipantVersion.objects.filter(holding(on))
        .annotate(manager_key=Subquery(lines.values("manager")[:1]))
        .annotate(manager_name=Subquery(manager_name[:1]), is_readable=Exists(readable))
    )


def _reporting_to(keys: Iterable[str], on: date) -> Q:
    """Who reports to one of these people on a day."""
    return Q(participant__in=_lines_on(on).filter(Q(manager__in=list(keys))).values("participant"))


def _lines_on(on: date) -> QuerySet[ReportingLine]:
    """Reporting lines of a day between people who are here."""
    here = ParticipantVersion.objects.filter(holding(on))
    return ReportingLine.objects.filter(
        holding(on),
        Exists(here.filter(participant=OuterRef("participant"))),
        Exists(here.filter(participant=OuterRef("manager"))),
    )


def _below(on: date) -> QuerySet[ChainLink]:
    """Links of a day whose lower end is here."""
    here = ParticipantVersion.objects.filter(holding(on), participant=OuterRef("participant"))
    return ChainLink.objects.filter(Exists(here), start__lte=on, end__gt=on)


def _counted(people: QuerySet[Any], on: date) -> QuerySet[Any]:
    """With how many report to each, and how many are below."""
    counted: QuerySet[Any] = people.annotate(
        reports=_number(_lines_on(on).filter(manager=OuterRef("participant"))),
        below=_number(_below(on).filter(above=OuterRef("participant"))),
    )
    return counted


def _number(rows: QuerySet[Any]) -> Subquery:
    counted = rows.order_by().annotate(number=Func(F("pk"), function="count")).values("number")
    return Subquery(counted, output_field=IntegerField())


def as_colleague(row: Any) -> Colleague:
    """A row of ``people_on`` without what its viewer may not read."""
    is_readable = row.is_readable
    return Colleague(
        key=row.participant_id,
        name=str(row),
        title=row.title if is_readable else None,
        team=row.team if is_readable else None,
        territory=row.territory_id if is_readable else None,
        manager=row.manager_key,
        manager_name=row.manager_name or row.manager_key,
        is_readable=is_readable,
        reports=getattr(row, "reports", 0),
        below=getattr(row, "below", 0),
    )


def _order(viewer: Viewer, sort: str) -> list[str]:
    """Sorting by what somebody may not read would tell it."""
    sortable = {"name": "name", "manager": "manager_name"}
    if viewer.right(Area.PEOPLE).read == Reach.ALL:
        sortable |= {"title": "title", "team": "team", "territory": "territory"}
    column = sortable.get(sort.removeprefix("-"), "name")
    return [f"{'-' if sort.startswith('-') else ''}{column}", "participant_id"]


def _values(rows: QuerySet[Any], name: str) -> list[str]:
    known = rows.exclude(**{name: None}).order_by(name).values_list(name, flat=True)
    return list(known.distinct())


def _count(viewer: Viewer, name: str, key: str) -> int | None:
    """How many open records of a kind somebody has; None: the viewer reads none."""
    return open_records(viewer, name, key).count() if viewer.right(Area.RECORDS).read else None
