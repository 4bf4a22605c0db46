"""What the first page tells: what a viewer may do, and what was imported and done last, as far as they may see it."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from attain_web.access.models import AuditEvent, ImportBatch
from attain_web.access.queries import audit_events
from attain_web.access.rights import Area, Reach
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


def tiles(viewer: Viewer) -> list[Size]:
    """The tables that somebody sees with how many rows, what is sold and done before who does it."""
    return sorted(sizes(viewer), key=lambda size: size.table.area != Area.RECORDS)


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
