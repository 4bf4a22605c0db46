"""Reads of imports: what somebody may bring in, the batches, and the files that are on their way."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from attain_web.access.rights import Area, Reach, right_of
from attain_web.access.viewer import NotAllowedError, Viewer
from attain_web.rows.table import row_tables

_FINANCE = frozenset({"orders", "order_lines"})
"""What whoever may import brings in, also without the right to change such rows one by one."""


def importable(viewer: Viewer) -> frozenset[str]:
    """The tables that a viewer may bring files into."""
    if viewer.right(Area.IMPORTS).write < Reach.ALL:
        return frozenset()
    own = {name for name, one in row_tables().items() if right_of(viewer.roles, one.area).write == Reach.ALL}
    return frozenset(own | _FINANCE)


def must_import(viewer: Viewer, tables: Sequence[str]) -> None:
    """Raise where a viewer may not bring files into some tables; 404 where imports are none of their business."""
    viewer.must_write(Area.IMPORTS, reach=Reach.ALL)
    allowed = importable(viewer)
    if missing := [name for name in tables if name not in allowed]:
        raise NotAllowedError(_("Your roles do not let you bring in: %(tables)s.") % {"tables": ", ".join(missing)})
