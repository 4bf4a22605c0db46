"""What the first page tells: what a viewer may do, and what was imported and done last, as far as they may see it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from attain_web.access.models import AuditEvent, ImportBatch
from attain_web.access.queries import all_users, audit_events
from attain_web.access.rights import Area, Reach, Role
from attain_web.access.viewer import Viewer
from attain_web.navigation import Link, Place, open_to
from attain_web.rows.overview import Size, may_make, sizes
from attain_web.rows.table import row_tables

LAST = 5
DEEDS = (
    Place(_("Bring in a file"), "import", "imports:new", area=Area.IMPORTS, reach=Reach.ALL, writes=True),
    Place(_("Invite a user"), "user", "access:invite", area=Area.USERS, reach=Reach.ALL, writes=True),
    Place(_("Enter a joiner"), "people", "people:join", area=Area.PEOPLE, reach=Reach.ALL, writes=True),
    Place(_("Look through the audit trail"), "audit", "access:audit", area=Area.AUDIT),
)
MADE = (
    Place(_("Enter an order"), "order", "rows:new", "orders", Area.RECORDS, writes=True),
    Place(_("Enter an opportunity"), "opportunity", "rows:new", "opportunities", Area.RECORDS, writes=True),
    Place(_("Note an activity"), "activity", "rows:new", "activities", Area.RECORDS, writes=True),
)


def deeds(viewer: Viewer) -> list[Link]:
    """What somebody may do, as links to where it is done."""
    made = tuple(place for place in MADE if may_make(row_tables()[place.table], viewer))
    return open_to(viewer, DEEDS + made)


def tiles(viewer: Viewer, names: Collection[str] = ()) -> list[Size]:
    """The tables that somebody sees (of those named) with how many rows, what is sold and done before who does it."""
    return sorted(sizes(viewer, names), key=lambda size: size.table.area != Area.RECORDS)


@dataclass(frozen=True)
class Step:
    """One of the first things to do in an empty installation."""

    title: str | Promise
    text: str | Promise
    url: str
    is_done: bool = False


def first_steps(viewer: Viewer, seen: list[Size], *, is_protected: bool) -> list[Step]:
    """How to begin, for who administers or brings in data, while people or orders are missing where they look."""
    empty = {size.table.name for size in seen if not size.count} & {"participants", "orders"}
    steps = (_of_administrator(viewer) + _of_data(viewer, empty)) if empty else []
    if steps:
        text = _("A code of an app besides your password: whoever may change so much should have it.")
        steps.append(Step(_("Turn on two-step sign-in"), text, reverse("access:two_steps"), is_protected))
    return steps


def _of_administrator(viewer: Viewer) -> list[Step]:
    if viewer.right(Area.USERS).write < Reach.ALL or viewer.user_id is None:
        return []
    users, own = all_users(viewer), reverse("access:user", args=[viewer.user_id])
    invited = users.exclude(pk=viewer.user_id).exists()
    everybody = _("Each gets a link by mail, and the roles that you choose.")
    has_operations = users.filter(grants__role=Role.OPERATIONS).exists()
    data = _("Sales operations do. In a small company that may be you: give yourself the role.")
    return [
        Step(_("Invite the people you work with"), everybody, reverse("access:invite"), invited),
        Step(_("Say who brings in the data"), data, own, has_operations),
    ]


def _of_data(viewer: Viewer, empty: set[str]) -> list[Step]:
    if viewer.right(Area.IMPORTS).write < Reach.ALL or viewer.right(Area.PEOPLE).write < Reach.ALL:
        return []
    people = _("A file of everybody who is measured or paid, and one of who reports to whom: CSV, Excel or Parquet.")
    sold = _("Accounts and products first, then opportunities and orders. Faults are shown before anything is written.")
    address = reverse("imports:new")
    return [
        Step(_("Bring in people"), people, address, "participants" not in empty),
        Step(_("Bring in what they sold"), sold, address, "orders" not in empty),
    ]


def is_unlinked(viewer: Viewer) -> bool:
    """Whether somebody has a role that shows what is their own, and nobody has said which participant they are."""
    return viewer.participant is None and bool(viewer.roles & {Role.PARTICIPANT, Role.MANAGER})


def last_imports(viewer: Viewer) -> QuerySet[ImportBatch]:
    """The newest imports, for who sees imports."""
    if viewer.right(Area.IMPORTS).read < Reach.ALL:
        return ImportBatch.objects.none()
    return ImportBatch.objects.select_related("made_by").order_by("-id")[:LAST]


def last_events(viewer: Viewer) -> QuerySet[AuditEvent]:
    """The newest events of the audit trail, for who sees it."""
    if not viewer.right(Area.AUDIT).read:
        return AuditEvent.objects.none()
    return audit_events(viewer).order_by("-number")[:LAST]
