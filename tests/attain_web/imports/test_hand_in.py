"""Files that are handed in: told apart by their names, no larger than may be, and changed by nobody while they wait."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook
from pyarrow import parquet as pq

from attain.errors import AttainError
from attain_web.access.models import ImportBatch
from attain_web.access.viewer import Viewer
from attain_web.crm.models import Account
from attain_web.imports.limits import MIB, Limits
from attain_web.imports.models import Upload
from attain_web.imports.reading import Job, read_all
from attain_web.imports.services import hand_in, start_check, start_import, work_on
from attain_web.imports.suggest import suggested

Viewers = Callable[[str], Viewer]
CSV = b"account,name\nA1,One\n"


def handed_in(viewer: Viewer, limits: Limits | None = None, **files: bytes) -> Upload:
    given = [SimpleUploadedFile(name.replace("_", "."), held) for name, held in files.items()]
    return hand_in(viewer, given, limits) if limits else hand_in(viewer, given)


def nothing_is_kept(settings: Any) -> bool:
    return not Upload.objects.exists() and not [*Path(settings.MEDIA_ROOT).glob("imports/*")]


@pytest.mark.parametrize("names", [(".a.csv", "a.csv"), ("A.csv", "a.csv"), ("x/a.csv", "a.csv")])
def test_files_of_the_same_name_are_refused(viewer_of: Viewers, settings: Any, names: tuple[str, str]) -> None:
    given: list[Any] = [SimpleUploadedFile("any", CSV) for _ in names]
    for one, name in zip(given, names, strict=True):
        one._name = name  # noqa: SLF001 - as some programs send it
    with pytest.raises(ValidationError, match="would have the same name here"):
        hand_in(viewer_of("operations"), given)
    assert nothing_is_kept(settings)


def test_a_name_that_no_disk_takes_is_refused(client_of: Callable[[str], Client]) -> None:
    given = [SimpleUploadedFile("ä" * 120 + ".csv", CSV)]
    page = client_of("operations").post("/imports/new/", {"handed_in": given})
    assert page.status_code == 422
    assert "too long a name" in page.content.decode()


def test_sheets_of_the_same_name_are_refused(viewer_of: Viewers, settings: Any) -> None:
    book, plain, written = Workbook(), io.BytesIO(), io.BytesIO()
    for title in ("a-b", "a+b"):
        book.create_sheet(title).append(["account"])
    book.save(plain)
    with zipfile.ZipFile(plain) as read, zipfile.ZipFile(written, "w") as opened:
        for name in read.namelist():
            opened.writestr(name, read.read(name).replace(b'"a+b"', b'"a/b"'))  # as programs other than Excel write
    with pytest.raises(AttainError, match="its sheets “a-b” and “a/b” would have the same name") as told:
        handed_in(viewer_of("operations"), two_xlsx=written.getvalue())
    assert told.value.faults[0].advice == "Give one of the sheets another name."
    assert nothing_is_kept(settings)


def packed(size: int) -> bytes:
    return gzip.compress(b"account,name\n" + b"A1,x\n" * (size // 5))


def test_a_packed_file_that_holds_too_much_is_refused(viewer_of: Viewers, settings: Any) -> None:
    bomb = packed(40 * MIB)
    assert len(bomb) < MIB
    with pytest.raises(AttainError, match="holds more than 32 MiB once it is unpacked"):
        handed_in(viewer_of("operations"), Limits(unpacked=32 * MIB), accounts_csv_gz=bomb)
    assert nothing_is_kept(settings)
    with pytest.raises(AttainError, match="32 MiB together"):
        handed_in(
            viewer_of("operations"), Limits(unpacked=32 * MIB), a_csv_gz=packed(20 * MIB), b_csv_gz=packed(20 * MIB)
        )
    with pytest.raises(AttainError, match="cannot be unpacked"):
        handed_in(viewer_of("operations"), accounts_csv_gz=bomb[:-1000])


def test_it_is_counted_again_before_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv.gz").write_bytes(packed(40 * MIB))
    mapping = "mapping: x\ntables: {accounts: {file: accounts.csv.gz, columns: {account: account}}}"
    found = read_all(Job(tmp_path, tmp_path, mapping, {}, {}), Limits(unpacked=32 * MIB))["accounts"]
    assert (found.is_stopped, found.rows) == (True, None)
    assert found.faults[0].message == "it holds more than 32 MiB once it is unpacked"


def test_a_parquet_file_says_how_many_rows_it_has_before_it_is_read(viewer_of: Viewers) -> None:
    written = io.BytesIO()
    pq.write_table(pa.table({"account": pa.nulls(3_000_000, pa.string())}), written)
    with pytest.raises(AttainError, match="3,000,000 rows; at most 2,000,000"):
        handed_in(viewer_of("operations"), accounts_parquet=written.getvalue())


def test_what_waits_for_a_worker_is_not_changed(viewer_of: Viewers) -> None:
    viewer = viewer_of("operations")
    upload = handed_in(viewer, accounts_csv=CSV)
    mapping = suggested(upload.folder / "files", ["accounts.csv"])
    start_check(viewer, upload, mapping)
    with pytest.raises(ValidationError, match="waits for a worker already"):
        start_check(viewer, upload, mapping)
    with pytest.raises(ValidationError, match="waits for a worker already"):
        start_import(viewer, upload)
    Upload.objects.update(state="importing")
    work_on(upload.pk, viewer.user_id or 0, dry=True)  # the job of a check that is out of date
    upload.refresh_from_db()
    assert (upload.state, upload.batches.count()) == ("importing", 0)
    work_on(upload.pk, viewer.user_id or 0, dry=False)
    assert Account.objects.filter(account="A1").exists()
    with pytest.raises(ValidationError, match="in already"):
        start_check(viewer, upload, mapping)


def test_a_check_that_was_cut_off_is_checked_again(client_of: Callable[[str], Client], viewer_of: Viewers) -> None:
    viewer = viewer_of("operations")
    upload = handed_in(viewer, accounts_csv=CSV)
    mapping = suggested(upload.folder / "files", ["accounts.csv"])
    Upload.objects.update(state="checking", mapping=mapping, told={"at": "2026-01-01", "done": 30})
    browser = client_of("operations")
    assert "Start again" in browser.get(f"/imports/uploads/{upload.pk}/").content.decode()
    browser.post(f"/imports/uploads/{upload.pk}/start/")
    upload.refresh_from_db()
    assert upload.state == "checking"
    assert "Start again" not in browser.get(f"/imports/uploads/{upload.pk}/").content.decode()
    work_on(upload.pk, viewer.user_id or 0, dry=True)
    assert not Account.objects.filter(account="A1").exists()


def test_nothing_is_brought_in_where_every_row_is_refused(
    client_of: Callable[[str], Client], viewer_of: Viewers
) -> None:
    viewer, browser = viewer_of("operations"), client_of("operations")
    upload = handed_in(viewer, accounts_csv=b"account,participant\nA1,zoe\nA2,zoe\n")
    start_check(viewer, upload, suggested(upload.folder / "files", ["accounts.csv"]))
    work_on(upload.pk, viewer.user_id or 0, dry=True)
    page = browser.get(f"/imports/uploads/{upload.pk}/").content.decode()
    assert "Every row is refused" in page
    assert "as they will be" not in page
    assert ">Bring in<" not in page


def test_an_encoding_that_is_none_of_text_is_told(viewer_of: Viewers) -> None:
    viewer = viewer_of("operations")
    upload = handed_in(viewer, accounts_csv="account,name\nA1,Möbel\n".encode("cp1252"))
    mapping = suggested(upload.folder / "files", ["accounts.csv"]).replace("cp1252", "undefined")
    start_check(viewer, upload, mapping)
    work_on(upload.pk, viewer.user_id or 0, dry=True)
    (batch,) = ImportBatch.objects.filter(file_name="accounts.csv", state="checked")
    assert "cannot be read" in batch.told["faults"][0]["message"]
