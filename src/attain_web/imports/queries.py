"""Reads of imports: what somebody may bring in, the batches, and the files that are on their way."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from procrastinate.contrib.django.models import ProcrastinateJob

from attain_web.access.models import ImportBatch
from attain_web.access.rights import Area, Reach
from attain_web.access.viewer import NotAllowedError, Viewer
from attain_web.imports.models import Profile, Upload
from attain_web.imports.profiles import fitted
from attain_web.rows.table import row_tables

WORKING = 7_315_2027
"""First key of the advisory locks that workers hold; the second is the upload's."""

_FINANCE = frozenset({"orders", "order_lines"})
"""What whoever may import brings in, also without the right to change such rows one by one."""


def importable(viewer: Viewer) -> frozenset[str]:
    """The tables that a viewer may bring files into."""
    if viewer.right(Area.IMPORTS).write < Reach.ALL:
        return frozenset()
    own = {name for name, one in row_tables().items() if viewer.right(one.area).write == Reach.ALL}
    return frozenset(own | _FINANCE)


def must_import(viewer: Viewer, tables: Sequence[str]) -> None:
    """Raise where a viewer may not bring files into some tables; 404 where imports are none of their business."""
    viewer.must_write(Area.IMPORTS, reach=Reach.ALL)
    allowed = importable(viewer)
    if missing := [name for name in tables if name not in allowed]:
        raise NotAllowedError(_("Your roles do not let you bring in: %(tables)s.") % {"tables": ", ".join(missing)})


def batches(viewer: Viewer) -> QuerySet[ImportBatch]:
    """Every batch that was brought in, or is about to be, newest first."""
    viewer.must_read(Area.IMPORTS)
    return ImportBatch.objects.select_related("made_by")


def ended_batches(viewer: Viewer) -> QuerySet[ImportBatch]:
    """Every batch that is in, was undone or failed, newest first."""
    ended = (ImportBatch.State.DONE, ImportBatch.State.UNDONE, ImportBatch.State.FAILED)
    return batches(viewer).filter(state__in=ended)


def batch_of(viewer: Viewer, pk: int) -> ImportBatch:
    """One batch; 404 where imports are invisible."""
    return get_object_or_404(batches(viewer), pk=pk)


def uploads(viewer: Viewer) -> QuerySet[Upload]:
    """Every upload, newest first."""
    viewer.must_read(Area.IMPORTS)
    return Upload.objects.select_related("made_by")


def upload_of(viewer: Viewer, pk: int) -> Upload:
    """One upload; 404 where imports are invisible."""
    return get_object_or_404(uploads(viewer), pk=pk)


def profiles(viewer: Viewer) -> QuerySet[Profile]:
    """Every saved profile by name."""
    viewer.must_read(Area.IMPORTS)
    return Profile.objects.all()


def fitting_profile(viewer: Viewer, upload: Upload) -> tuple[Profile, str] | None:
    """The saved profile that reads the files of an upload, and its mapping for them; those of the same names first."""
    names = [file["name"] for file in upload.files]
    found = [(one, fitted(one.mapping, upload.folder / "files", names)) for one in profiles(viewer)]
    fitting = [(one, mapping) for one, mapping in found if mapping is not None]
    return min(fitting, key=lambda pair: pair[0].mapping != pair[1], default=None)


def is_waiting(upload: Upload) -> bool:
    """Whether an upload stands in the queue, and no worker has taken it yet."""
    task = {Upload.State.CHECKING: "imports.check", Upload.State.IMPORTING: "imports.import"}.get(
        Upload.State(upload.state)
    )
    waiting = ProcrastinateJob.objects.filter(task_name=task, status="todo", args__upload=upload.pk)
    return bool(task) and waiting.exists()


def is_cut_off(upload: Upload) -> bool:
    """Whether a worker began with an upload that is not at its end, and nobody goes on."""
    if not upload.told.get("at") or is_worked_on(upload) or is_waiting(upload):
        return False
    return Upload.objects.filter(pk=upload.pk, state=upload.state).exists()  # else it has just come to its end


def is_worked_on(upload: Upload) -> bool:
    """Whether a worker holds an upload in this moment; the database lets go of it when the worker dies."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objid = %s "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
            [WORKING, upload.pk],
        )
        return bool(cursor.fetchone()[0])
