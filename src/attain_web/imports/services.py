"""Writes of imports: files come in whole or not at all, once, and a batch is undone whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.utils.translation import gettext as _

from attain.errors import AttainError
from attain.sources.files import fingerprint
from attain.sources.mapping import Mapping as MappingDocument
from attain.sources.mapping import read_mapping
from attain_web.access.audit import recorded
from attain_web.access.models import ImportBatch, User
from attain_web.access.queries import viewer_of
from attain_web.access.rights import Area, Reach
from attain_web.access.viewer import Viewer
from attain_web.imports import jobs
from attain_web.imports.checking import Match
from attain_web.imports.folders import by_names
from attain_web.imports.limits import LIMITS
from attain_web.imports.models import Profile, Upload
from attain_web.imports.queries import WORKING, is_worked_on, must_import
from attain_web.imports.undo import take_back
from attain_web.imports.work import Work, lock_table, run, told_error
from attain_web.imports.workbook import unpack
from attain_web.rows.services import check_constraints
from attain_web.rows.table import row_tables


def load_files(
    viewer: Viewer, folder: Path, document: MappingDocument, *, match: Match | None = None, again: bool = False
) -> list[ImportBatch]:
    """Bring the files of a folder in as a mapping says, one batch for each table, all or none.

    A file that is in already is not brought in again, unless asked for: its earlier batch is returned. Rows with errors
    are refused, each with its reasons in the batch's results. Raises AttainError with every fault that stops it whole.
    """
    return run(Work(viewer, folder, document, match=dict(match or {}), again=again))


def load_folder(viewer: Viewer, folder: Path, mapping: MappingDocument | None = None) -> list[ImportBatch]:
    """Bring in a folder of the library's files, table by file name (or by a mapping), in the order of references."""
    return load_files(viewer, folder, mapping or by_names(folder), again=False)


def undo_batches(viewer: Viewer, batches: Iterable[ImportBatch]) -> None:
    """Undo whole batches, the last first: in one transaction, with one event in the audit trail.

    What others changed since is left, and listed with the batch. Raises ValidationError where it cannot be undone.
    """
    chosen = sorted(batches, key=lambda one: -one.pk)
    must_import(viewer, [batch.table for batch in chosen])
    with recorded(viewer, "imports.undo", subject=f"imports/{chosen[0].pk}") as event:
        for name in sorted({batch.table for batch in chosen}):
            lock_table(name)
        for batch in chosen:
            batch.refresh_from_db()
            if batch.state != ImportBatch.State.DONE:
                raise ValidationError(_("“%(file)s” is not in, so it cannot be undone.") % {"file": batch.file_name})
            told = take_back(row_tables()[batch.table], batch, viewer.user_id)
            batch.state, batch.told = ImportBatch.State.UNDONE, batch.told | {"undone": told}
            batch.save()
            event.details[batch.table] = {"batch": batch.pk} | {
                key: told[key] for key in ("removed", "restored", "kept")
            }
        check_constraints()
        for name in {batch.table for batch in chosen}:
            if after := row_tables()[name].after_write:
                after()


# Uploads -------------------------------------------------------------------------------------------------------------


def hand_in(viewer: Viewer, files: Sequence[UploadedFile[Any]]) -> Upload:
    """Keep files that were handed in, workbooks as the text they hold; raises AttainError for what cannot be read."""
    viewer.must_write(Area.IMPORTS, reach=Reach.ALL)
    upload = Upload(made_by_id=viewer.user_id)
    text, books = upload.folder / "files", upload.folder / "books"
    for folder in (text, books):
        folder.mkdir(parents=True)
    if sum(file.size or 0 for file in files) > LIMITS.size:
        raise ValidationError(_("The files are larger than %(size)s MiB together.") % {"size": LIMITS.size // 1024**2})
    for file in files:
        name = PurePath((file.name or "file").replace("\\", "/")).name.lstrip(".") or "file"
        is_book = name.lower().endswith((".xlsx", ".xlsm"))
        kept = (books if is_book else text) / name
        with kept.open("wb") as opened:
            opened.writelines(file.chunks())
        names = unpack(kept, text) if is_book else [name]
        upload.files += [{"name": one, "size": file.size, "fingerprint": fingerprint(kept)} for one in names]
    with recorded(viewer, "imports.hand_in") as event:
        upload.save()
        event.subject, event.details = f"uploads/{upload.pk}", {"files": upload.files}
    return upload


def start_check(
    viewer: Viewer, upload: Upload, mapping: str, *, again: bool = False, match: Match | None = None
) -> None:
    """Choose the mapping of an upload and have it checked; raises AttainError with every fault of the mapping."""
    document = read_mapping(mapping)
    must_import(viewer, list(document.tables))
    for table, columns in (match or {}).items():
        if unknown := [name for name in columns if name not in row_tables()[table].columns]:
            raise ValidationError(_("“%(name)s” is no column of %(table)s.") % {"name": unknown[0], "table": table})
    _must_be_free(upload)
    with transaction.atomic():
        upload.mapping, upload.again = mapping, again
        upload.match = {table: list(columns) for table, columns in (match or {}).items()}
        upload.state, upload.told = Upload.State.CHECKING, {}
        upload.save()
        jobs.check_upload.defer(upload=upload.pk, user=viewer.user_id or 0)


def start_import(viewer: Viewer, upload: Upload) -> None:
    """Have an upload that was checked brought in; also again where it was cut off."""
    must_import(viewer, list(read_mapping(upload.mapping).tables))
    _must_be_free(upload)
    if upload.state == Upload.State.DONE:
        raise ValidationError(_("It is in already."))
    with transaction.atomic():
        upload.state, upload.told = Upload.State.IMPORTING, {}
        upload.save()
        jobs.import_upload.defer(upload=upload.pk, user=viewer.user_id or 0)


def _must_be_free(upload: Upload) -> None:
    if is_worked_on(upload):
        raise ValidationError(_("It is being worked on. Wait until that has come to its end."))


def work_on(pk: int, user: int, *, dry: bool) -> None:
    """Check an upload or bring it in, as a worker does; what stops it is told with the upload."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [WORKING, pk])
        if not cursor.fetchone()[0]:
            return  # another worker has it
        try:
            _work_on(Upload.objects.get(pk=pk), viewer_of(User.objects.get(pk=user, is_active=True)), dry=dry)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [WORKING, pk])


_KEPT = (ImportBatch.State.DONE, ImportBatch.State.UNDONE)


def _work_on(upload: Upload, viewer: Viewer, *, dry: bool) -> None:
    if upload.state == Upload.State.DONE:
        return
    error = ""
    try:
        document = read_mapping(upload.mapping)
        work = Work(
            viewer,
            upload.folder / "files",
            document,
            match={table: tuple(columns) for table, columns in upload.match.items()},
            again=upload.again,
            batches={batch.table: batch for batch in upload.batches.all() if batch.table in document.tables},
            beside=[upload],
            names={file["name"]: file["fingerprint"] for file in upload.files},
        )
        upload.batches.exclude(table__in=document.tables).exclude(state__in=_KEPT).delete()
        run(work, dry=dry)
    except (AttainError, ValidationError) as fault:
        error = told_error(fault)
    except Exception as fault:
        _end(upload, Upload.State.FAILED, told_error(fault))
        raise
    _end(upload, Upload.State.FAILED if error else Upload.State.CHECKED if dry else Upload.State.DONE, error)


def _end(upload: Upload, state: Upload.State, error: str) -> None:
    told: dict[str, Any] = {"error": error} if error else {}
    Upload.objects.filter(pk=upload.pk).update(state=state, told=told)


def save_profile(viewer: Viewer, name: str, mapping: str) -> Profile:
    """Save a mapping under a name, or its next version; raises AttainError with every fault of the mapping."""
    viewer.must_write(Area.IMPORTS, reach=Reach.ALL)
    read_mapping(mapping)
    with recorded(viewer, "imports.save_profile", subject=f"profiles/{name}") as event:
        profile = Profile.objects.select_for_update().filter(name=name).first() or Profile(name=name, version=0)
        if profile.mapping == mapping:
            event.is_needed = False
            return profile
        event.details = {"before": profile.mapping, "after": mapping, "version": profile.version + 1}
        profile.mapping, profile.version, profile.changed_by_id = mapping, profile.version + 1, viewer.user_id
        profile.save()
    return profile
