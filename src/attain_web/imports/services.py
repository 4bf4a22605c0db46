"""Writes of imports: files come in whole or not at all, once, and a batch is undone whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePath
from shutil import rmtree
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
from attain_web.imports.limits import LIMITS, MIB, Limits, too_large, unpacked
from attain_web.imports.models import Profile, Upload
from attain_web.imports.queries import WORKING, is_waiting, is_worked_on, must_import
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
    Whoever is killed on the way leaves nothing.
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


def hand_in(viewer: Viewer, files: Sequence[UploadedFile[Any]], limits: Limits = LIMITS) -> Upload:
    """Keep files that were handed in, workbooks as the text they hold; raises AttainError for what cannot be read."""
    viewer.must_write(Area.IMPORTS, reach=Reach.ALL)
    names = kept_names([file.name or "" for file in files])
    if sum(file.size or 0 for file in files) > limits.size:
        raise ValidationError(_("The files are larger than %(size)s MiB together.") % {"size": limits.size // MIB})
    upload = Upload(made_by_id=viewer.user_id)
    try:
        upload.files = _keep(upload.folder, dict(zip(names, files, strict=True)), limits)
        with recorded(viewer, "imports.hand_in") as event:
            upload.save()
            event.subject, event.details = f"uploads/{upload.pk}", {"files": upload.files}
    except BaseException:
        rmtree(upload.folder, ignore_errors=True)
        raise
    return upload


def _keep(folder: Path, files: dict[str, UploadedFile[Any]], limits: Limits) -> list[dict[str, Any]]:
    """Write files into a folder; name, size and fingerprint of each that a mapping may read."""
    text, books = folder / "files", folder / "books"
    for one in (text, books):
        one.mkdir(parents=True)
    found: list[dict[str, Any]] = []
    held = 0
    for name, file in files.items():
        is_book = name.lower().endswith((".xlsx", ".xlsm"))
        kept = (books if is_book else text) / name
        with kept.open("wb") as opened:
            opened.writelines(file.chunks())
        names = unpack(kept, text, limits) if is_book else [name]
        held += sum(unpacked(text / one, limits) for one in names)
        if held > limits.unpacked:
            raise too_large(name, f"the files hold more than {limits.unpacked // MIB:,} MiB together once unpacked")
        found += [{"name": one, "size": file.size, "fingerprint": fingerprint(kept)} for one in names]
    return found


def kept_names(given: Sequence[str]) -> list[str]:
    """The names under which files are kept; raises ValidationError where two have the same, or one is too long."""
    names = [PurePath(name.replace("\\", "/")).name.lstrip(".") or "file" for name in given]
    for number, name in enumerate(names):
        if len(name.encode()) > _NAME:
            raise ValidationError(_("“%(name)s…” has too long a name. Rename the file.") % {"name": name[:40]})
        if (first := [one.lower() for one in names].index(name.lower())) < number:
            told = {"one": given[first], "other": given[number]}
            raise ValidationError(_("“%(one)s” and “%(other)s” would have the same name here. Rename one.") % told)
    return names


_NAME = 200
"""Bytes of a file's name; a sheet's comes behind it."""


def start_check(
    viewer: Viewer,
    upload: Upload,
    mapping: str,
    *,
    again: bool = False,
    match: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Choose the mapping of an upload and have it checked; raises AttainError with every fault of the mapping."""
    document = read_mapping(mapping)
    if not document.tables:
        raise ValidationError(_("No file fills a table yet. Choose the table that each file fills."))
    must_import(viewer, list(document.tables))
    upload.mapping, upload.again, upload.match = mapping, again, valid_match(document, match or {})
    _start(viewer, upload, Upload.State.CHECKING)


def valid_match(document: MappingDocument, match: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """By table the columns by which rows are found again; raises ValidationError for what the mapping does not fill."""
    for table, columns in match.items():
        if table not in document.tables or table not in row_tables():
            raise ValidationError(_("The mapping fills no table “%(table)s”.") % {"table": table})
        if unknown := [name for name in columns if name not in row_tables()[table].columns]:
            raise ValidationError(_("“%(name)s” is no column of %(table)s.") % {"name": unknown[0], "table": table})
    return {table: list(columns) for table, columns in match.items()}


def start_import(viewer: Viewer, upload: Upload) -> None:
    """Have an upload that was checked brought in. What was cut off is started again: a check as a check."""
    must_import(viewer, list(read_mapping(upload.mapping).tables))
    is_check = upload.state == Upload.State.CHECKING
    _start(viewer, upload, Upload.State.CHECKING if is_check else Upload.State.IMPORTING)


def _start(viewer: Viewer, upload: Upload, state: Upload.State) -> None:
    """Have a worker take an upload, unless one has it, or it waits for one: what waits is not changed any more."""
    with transaction.atomic():
        now = Upload.objects.select_for_update().get(pk=upload.pk)
        if now.state == Upload.State.DONE:
            raise ValidationError(_("It is in already."))
        if not now.is_kept:
            raise ValidationError(_("Its files are not here. Bring them in again."))
        if is_worked_on(now):
            raise ValidationError(_("It is being worked on. Wait until that has come to its end."))
        if is_waiting(now):
            raise ValidationError(_("It waits for a worker already. Wait until that has come to its end."))
        upload.state, upload.told = state, {}
        upload.save()
        job = jobs.check_upload if state == Upload.State.CHECKING else jobs.import_upload
        job.defer(upload=upload.pk, user=viewer.user_id or 0)


def work_on(pk: int, user: int, *, dry: bool) -> None:
    """Check an upload or bring it in, as a worker does; what stops it is told with the upload."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [WORKING, pk])
        if not cursor.fetchone()[0]:
            return  # another worker has it
        try:
            with transaction.atomic():  # whoever starts something else with it has done so, or will be told to wait
                upload = Upload.objects.select_for_update().get(pk=pk)
            if upload.state == (Upload.State.CHECKING if dry else Upload.State.IMPORTING):
                _work_on(upload, viewer_of(User.objects.get(pk=user, is_active=True)), dry=dry)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [WORKING, pk])


_KEPT = (ImportBatch.State.DONE, ImportBatch.State.UNDONE)


def _work_on(upload: Upload, viewer: Viewer, *, dry: bool) -> None:
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
            beside=upload,
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


def save_profile(viewer: Viewer, name: str, mapping: str, match: Mapping[str, Sequence[str]] | None = None) -> Profile:
    """Save a mapping, and by which columns rows are found again, under a name, or its next version.

    Raises AttainError with every fault of the mapping.
    """
    viewer.must_write(Area.IMPORTS, reach=Reach.ALL)
    matched = valid_match(read_mapping(mapping), match or {})
    with recorded(viewer, "imports.save_profile", subject=f"profiles/{name}") as event:
        profile = Profile.objects.select_for_update().filter(name=name).first() or Profile(name=name, version=0)
        if (profile.mapping, profile.match) == (mapping, matched):
            event.is_needed = False
            return profile
        event.details = {"before": profile.mapping, "after": mapping, "version": profile.version + 1, "match": matched}
        profile.mapping, profile.match = mapping, matched
        profile.version, profile.changed_by_id = profile.version + 1, viewer.user_id
        profile.save()
    return profile
