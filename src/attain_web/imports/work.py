"""One import from its files to its rows: read and checked apart, staged, then made and changed in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext as _

from attain.errors import AttainError, Fault
from attain.sources.files import fingerprint
from attain.sources.mapping import Mapping as MappingDocument
from attain.tables import TABLES
from attain_web.access.audit import recorded
from attain_web.access.models import ImportBatch
from attain_web.access.viewer import NotAllowedError, Viewer
from attain_web.imports.checking import Found, Match, check_files
from attain_web.imports.faults import grouped
from attain_web.imports.models import Upload
from attain_web.imports.progress import Progress
from attain_web.imports.queries import must_import
from attain_web.imports.results import write_faults, write_result
from attain_web.imports.staging import OUTCOMES, Staged, bring_in, columns_filled, counts, stage, written_keys
from attain_web.rows.services import check_constraints
from attain_web.rows.table import row_tables

_LOCK = 7_315_2026
"""First key of the advisory locks: one import or undo into a table at a time."""


@dataclass
class Work:
    """Files that are to come in: for whom, from where, how.

    ``batches`` by table, and who tells ``beside`` them how far it is, are there where somebody watches. Where nobody
    does, they are made when all is in, so that whoever is killed on the way leaves nothing.
    """

    viewer: Viewer
    folder: Path
    document: MappingDocument
    match: Match = field(default_factory=dict)
    again: bool = False
    batches: dict[str, ImportBatch] = field(default_factory=dict)
    beside: Upload | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    """Fingerprint by file name, where files lie otherwise than they were handed in."""
    found: dict[str, Found] = field(default_factory=dict, init=False)

    @property
    def tables(self) -> list[str]:
        """The tables that files are brought into, in the order of references."""
        return [name for name in TABLES if name in self.document.tables]

    def file(self, table: str) -> str:
        """The name of a table's file."""
        return self.document.tables[table].file

    def fingerprint(self, table: str) -> str:
        """SHA-256 of a table's file as it was handed in; empty where there is none."""
        file = self.folder / self.file(table)
        return self.names.get(self.file(table)) or (fingerprint(file) if file.is_file() else "")

    def progress(self) -> Progress:
        """Tells whoever watches how far it is."""
        return Progress([*self.batches.values(), self.beside] if self.beside else [])


def run(work: Work, *, dry: bool = False) -> list[ImportBatch]:
    """Read, check, and bring in; with ``dry`` only find out what would be made, changed, left and refused."""
    must_import(work.viewer, work.tables)
    if not dry and (earlier := _all_in(work)):
        return earlier
    _make_batches(work, ImportBatch.State.CHECKING if dry else ImportBatch.State.IMPORTING)
    told = work.progress()
    try:
        with TemporaryDirectory(prefix="attain-import-", ignore_cleanup_errors=True) as out:
            found = check_files(work.folder, Path(out), work.document, match=work.match, told=told.step(0, 40))
            _keep_found(work, found)
            if work.beside:
                for name, one in found.items():
                    write_faults(work.batches[name], one.faults)
            if not dry:
                _must_go_on(found)
            return _dry(work, found, told) if dry else _bring_in(work, found, told)
    except Exception as error:
        _fail(work, error)
        raise


def _all_in(work: Work) -> list[ImportBatch]:
    """The earlier batches of files that are all in already; nothing has to be read to know that."""
    if work.again or work.batches:
        return []
    found = [already_in(ImportBatch(table=name, fingerprint=work.fingerprint(name))) for name in work.tables]
    return [one for one in found if one] if all(found) else []


def _make_batches(work: Work, state: ImportBatch.State) -> None:
    """A batch for each table; made once, and kept from the check to the import."""
    for name in work.tables:
        batch = work.batches.get(name)
        if batch is None:
            batch = work.batches[name] = ImportBatch(made_by_id=work.viewer.user_id)
        batch.file_name, batch.table = Path(work.file(name)).name, name
        batch.fingerprint = work.fingerprint(name)
        batch.mapping = work.document.model_dump_json(exclude_defaults=True)
        batch.state = state
    if work.beside:
        with transaction.atomic():
            for batch in work.batches.values():
                batch.save()
            work.beside.batches.add(*work.batches.values())


def _keep_found(work: Work, found: dict[str, Found]) -> None:
    """Keep what was found of each table with its batch."""
    work.found = found
    for name, one in found.items():
        work.batches[name].told = {
            "rows": one.rows,
            "refused": one.refused,
            "stopped": one.stopped,
            "columns": one.columns + one.attributes,
            "faults": grouped(one.faults),
            "preview": one.preview,
        }


def _must_go_on(found: dict[str, Found]) -> None:
    """Raise AttainError with the faults that stop an import whole."""
    stopping = [_fault(one) for each in found.values() if each.stopped for one in each.faults if _stops(one)]
    if stopping:
        raise AttainError(stopping)


def _stops(record: dict[str, Any]) -> bool:
    return bool(record["severity"] == "error")


def _fault(record: dict[str, Any]) -> Fault:
    return Fault(
        **{**record, "row_numbers": tuple(record.get("row_numbers", ())), "values": tuple(record.get("values", ()))}
    )


def _dry(work: Work, found: dict[str, Found], told: Progress) -> list[ImportBatch]:
    """What would become of each row; nothing of it stays."""
    with transaction.atomic():
        for number, (name, one) in enumerate(found.items()):
            batch = work.batches[name]
            if not one.stopped:
                staged = _stage(work, one, told.step(*_share(number, len(found))))
                batch.told |= _counts(staged, one)
    with transaction.atomic():
        for batch in work.batches.values():
            batch.state = ImportBatch.State.CHECKED
            batch.told |= {"done": 100}
            batch.save()
    return list(work.batches.values())


def _share(number: int, count: int) -> tuple[int, int]:
    """The per cent of the whole at which a table begins and ends."""
    return 40 + 60 * number // count, 40 + 60 * (number + 1) // count


def _bring_in(work: Work, found: dict[str, Found], told: Progress) -> list[ImportBatch]:
    """Make and change the rows of all tables in one transaction, with one event in the audit trail."""
    ended: dict[str, ImportBatch] = {}
    with recorded(work.viewer, "imports.import") as event:
        for number, (name, one) in enumerate(found.items()):
            batch = work.batches[name]
            lock_table(name)
            earlier = None if work.again else already_in(batch)
            if earlier:
                ended[name] = earlier
                continue
            if not work.beside:
                batch.save()
                write_faults(batch, one.faults)
            bring_in_table(work, one, told.step(*_share(number, len(found))))
            ended[name] = batch
            event.details[name] = {"batch": batch.pk} | {outcome: batch.told[outcome] for outcome in OUTCOMES}
        event.subject = f"imports/{next(iter(ended.values())).pk}"
        event.is_needed = bool(event.details)
        _end(work, ended)  # last: whoever tells progress waits for the rows of batches that are changed
    return list(ended.values())


def _end(work: Work, ended: Mapping[str, ImportBatch]) -> None:
    """Say of each batch that it is done; in place of those of files that were in already stands the earlier one."""
    own = [batch for name, batch in work.batches.items() if batch is ended[name]]
    for batch in own:
        batch.state = ImportBatch.State.DONE
        batch.save()
    if upload := work.beside or (_whole(work, Upload.State.DONE) if own else None):
        upload.batches.set(ended.values())
        ImportBatch.objects.filter(
            pk__in=[one.pk for one in work.batches.values() if one.pk and one not in own]
        ).delete()


def _whole(work: Work, state: Upload.State, **told: str) -> Upload:
    """What stands in the list of imports for files that nobody handed in, such as those of a folder."""
    files = {work.file(table): one.fingerprint for table, one in work.batches.items()}
    sizes = {name: (work.folder / name).stat().st_size if one else 0 for name, one in files.items()}
    return Upload.objects.create(
        made_by_id=work.viewer.user_id,
        files=[{"name": name, "size": sizes[name], "fingerprint": one} for name, one in files.items()],
        mapping=work.document.model_dump_json(exclude_defaults=True),
        match={table: list(columns) for table, columns in work.match.items()},
        again=work.again,
        state=state,
        told=told,
    )


def bring_in_table(work: Work, one: Found, told: Progress) -> None:
    """Stage, make and change the rows of one table; write what became of each."""
    table, batch = row_tables()[one.table], work.batches[one.table]
    staged = _stage(work, one, told)
    batch.told = {**_counts(staged, one), "faults": grouped(one.faults), "columns": one.columns + one.attributes}
    if table.before_write:
        table.before_write(written_keys(staged))
    what = _("writing %(table)s") % {"table": table.title}
    bring_in(staged, batch, work.viewer.user_id, lambda done: told(what, 40 + 40 * done // 100))
    told(_("checking what %(table)s refer to") % {"table": table.title}, 80)
    check_constraints()
    if table.after_write:
        table.after_write()
    told(_("writing the result of each row"), 95)
    write_result(staged, one, batch)


def _stage(work: Work, one: Found, told: Progress) -> Staged:
    table = row_tables()[one.table]
    staged = Staged(table, columns_filled(table, one.columns), work.match.get(one.table, table.schema.key))
    what = _("staging %(table)s") % {"table": table.title}
    total = max(one.rows, 1)
    stage(staged, one.accepted, lambda count: told(what, min(35, 35 * count // total)))
    return staged


def _counts(staged: Staged, one: Found) -> dict[str, int]:
    found = counts(staged)
    return {"rows": one.rows, **found, "refused": found["refused"] + one.refused}


def lock_table(name: str) -> None:
    """Wait until nobody else brings rows into a table, or undoes a batch of it; until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, list(TABLES).index(name)])


def already_in(batch: ImportBatch) -> ImportBatch | None:
    """The batch by which the same file is in the same table already."""
    same = ImportBatch.objects.filter(
        fingerprint=batch.fingerprint, table=batch.table, state=ImportBatch.State.DONE
    ).exclude(pk=batch.pk)
    return same.first()


def _fail(work: Work, error: Exception) -> None:
    """Say of each batch what stopped it."""
    if connection.needs_rollback:  # the transaction around it is broken, and takes everything with it
        return
    with transaction.atomic():
        for name, batch in work.batches.items():
            batch.state = ImportBatch.State.FAILED
            batch.told |= {"error": told_error(error)}
            batch.save()
            if name in work.found:
                write_faults(batch, work.found[name].faults)
        if not work.beside:
            _whole(work, Upload.State.FAILED, error=told_error(error)).batches.set(work.batches.values())


def told_error(error: Exception) -> str:
    """What stopped an import, in words."""
    match error:
        case AttainError():
            return "\n".join(str(one) for one in error.faults[:20])
        case ValidationError():
            return "\n".join(error.messages)
        case NotAllowedError():
            return str(error)
        case DatabaseError():
            return _("The database refuses it: %(told)s") % {"told": str(error).strip().splitlines()[0]}
    return _("It came to an unexpected end. Start it again; if that does not help, the server's log tells more.")
