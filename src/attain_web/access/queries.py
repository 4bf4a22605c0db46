"""Reads of users, their sessions and tokens, and of the audit trail, by who may see them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from attain_web.access.models import ApiToken, AuditEvent, User, UserSession
from attain_web.access.rights import AREAS, Area, Reach, Role
from attain_web.access.viewer import Viewer

PAGE = 50


def viewer_of(user: User, *, scopes: frozenset[str] | None = None) -> Viewer:
    """The viewer that a user is: name, roles, and the participant they are, where they are one."""
    found = User.objects.filter(pk=user.pk).values_list("grants__role", "participant__participant")
    roles, participants = zip(*found, strict=True)
    return Viewer(user.pk, user.name, frozenset(filter(None, roles)), participants[0], scopes)


@dataclass(frozen=True)
class UserPage:
    """One page of users, from 1."""

    users: list[User]
    count: int
    number: int
    pages: int


def users_found(viewer: Viewer, *, search: str = "", page: int = 1) -> UserPage:
    """Users whose name or e-mail holds the words that are searched, by name."""
    users = all_users(viewer)
    for word in search.split():
        users = users.filter(Q(name__icontains=word) | Q(email__icontains=word))
    count = users.count()
    pages = max(1, -(-count // PAGE))
    number = min(max(page, 1), pages)
    return UserPage(list(users[(number - 1) * PAGE : number * PAGE]), count, number, pages)


def all_users(viewer: Viewer) -> QuerySet[User]:
    """Every user, by name, for whoever may see users."""
    viewer.must_read(Area.USERS)
    return User.objects.prefetch_related("grants")


def user_seen(viewer: Viewer, pk: int) -> User:
    """A user; 404 where there is none or it may not be seen."""
    viewer.must_read(Area.USERS)
    user = User.objects.filter(pk=pk).first()
    if user is None:
        raise Http404
    return user


def users_with(*roles: Role) -> QuerySet[User]:
    """The active users who have one of some roles, whoever asks: for telling them something."""
    return User.objects.filter(grants__role__in=roles, is_active=True).distinct()


def roles_of(user: User) -> list[Role]:
    """The roles of a user, in the order of the table of rights."""
    held = {grant.role for grant in user.grants.all()}
    return [role for role in Role if role in held]


def is_invited(user: User) -> bool:
    """Whether a user has yet to choose a password."""
    return user.password.startswith(UNUSABLE_PASSWORD_PREFIX)


def user_with_email(email: str) -> User | None:
    """The user who signs in with an address, if there is one."""
    return User.objects.filter(email=email.strip().lower()).first()


def sessions_of(user: User) -> QuerySet[UserSession]:
    """The browsers in which a user is signed in, the last seen first."""
    oldest = timezone.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return UserSession.objects.filter(user=user, seen_at__gt=oldest).order_by("-seen_at")


def tokens_of(user: User) -> QuerySet[ApiToken]:
    """The tokens of a user that still open the API, newest first."""
    return ApiToken.objects.filter(user=user, revoked_at=None, expires_at__gt=timezone.now()).order_by("-made_at")


def codes_left(user: User) -> int:
    """How many recovery codes are unused."""
    return user.recovery_codes.filter(used_at=None).count()


def scopes_open_to(viewer: Viewer) -> list[str]:
    """What a token of this viewer can be allowed: each area they read or write."""
    rights = {area: viewer.right(area) for area in Area}
    reads = [f"{area}:read" for area, right in rights.items() if right.read]
    return sorted(reads + [f"{area}:write" for area, right in rights.items() if right.write or right.approve])


def scope_choices(viewer: Viewer) -> list[tuple[str, str]]:
    """The same with words to choose by, the areas in their order."""
    open_to = scopes_open_to(viewer)
    words = [(f"{area}:read", _("Read: %(area)s"), area) for area in Area]
    words += [(f"{area}:write", _("Read and change: %(area)s"), area) for area in Area]
    words.sort(key=lambda word: list(Area).index(word[2]))
    return [(scope, text % {"area": AREAS[area]}) for scope, text, area in words if scope in open_to]


@dataclass(frozen=True)
class AuditAsked:
    """What of the audit trail is asked for; ``before`` and ``after`` are numbers of events, for paging."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    since: date | None = None
    until: date | None = None
    before: int | None = None
    after: int | None = None


@dataclass(frozen=True)
class AuditPage:
    """Events, newest first, with the numbers that the pages beside this one are asked by."""

    events: list[AuditEvent] = field(default_factory=list)
    older: int | None = None
    newer: int | None = None


def audit_events(viewer: Viewer) -> QuerySet[AuditEvent]:
    """The events that a viewer may see: all, or those of their own doing."""
    viewer.must_read(Area.AUDIT)
    if viewer.right(Area.AUDIT).read == Reach.ALL:
        return AuditEvent.objects.all()
    return AuditEvent.objects.filter(actor=viewer.user_id, actor__isnull=False)


def audit_page(viewer: Viewer, asked: AuditAsked) -> AuditPage:
    """One page of the events that filters find. ``until`` is the last day shown."""
    events = audit_events(viewer).filter(action__startswith=asked.action, subject__startswith=asked.subject)
    if asked.actor:
        named = User.objects.filter(Q(name__icontains=asked.actor) | Q(email__icontains=asked.actor))
        told = Q(actor=None, actor_name__icontains=asked.actor)
        events = events.filter(Q(actor__in=named.values("pk")) | told)
    if asked.since:
        events = events.filter(at__gte=_start_of(asked.since))
    if asked.until:
        events = events.filter(at__lt=_start_of(asked.until + timedelta(days=1)))
    if asked.after is not None:
        found = list(events.filter(number__gt=asked.after).order_by("number")[: PAGE + 1])
        shown = found[:PAGE][::-1]
        return AuditPage(shown, shown[-1].number if shown else None, shown[0].number if len(found) > PAGE else None)
    if asked.before is not None:
        events = events.filter(number__lt=asked.before)
    found = list(events.order_by("-number")[: PAGE + 1])
    shown = found[:PAGE]
    newer = shown[0].number if shown and asked.before is not None else None
    return AuditPage(shown, shown[-1].number if len(found) > PAGE else None, newer)


def audit_event(viewer: Viewer, number: int) -> AuditEvent:
    """One event; 404 where there is none or it may not be seen."""
    event = audit_events(viewer).filter(number=number).first()
    if event is None:
        raise Http404
    return event


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
