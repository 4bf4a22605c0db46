"""Pages of imports: who sees them, and the way of a file through them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from attain_web.access.models import ImportBatch
from attain_web.access.viewer import Viewer
from attain_web.crm.models import Account
from attain_web.imports.models import Profile, Upload
from attain_web.imports.services import save_profile, work_on

Browser = Callable[[str], Client]


@pytest.mark.parametrize("name", ["operations", "finance", "auditor"])
def test_who_reads_imports(client_of: Browser, name: str) -> None:
    batch = ImportBatch.objects.get()
    for address in (
        "/imports/",
        f"/imports/{batch.pk}/",
        f"/imports/{batch.pk}/result.csv",
        f"/imports/{batch.pk}/faults.csv",
    ):
        assert client_of(name).get(address).status_code == 200
    assert client_of(name).get(f"/imports/{batch.pk}/result.xlsx").status_code == 200


@pytest.mark.parametrize("name", ["manager", "participant", "administrator", "executive"])
def test_who_does_not(client_of: Browser, name: str) -> None:
    batch = ImportBatch.objects.get()
    for address in ("/imports/", "/imports/new/", f"/imports/{batch.pk}/"):
        assert client_of(name).get(address).status_code == 404
    assert client_of(name).post(f"/imports/{batch.pk}/undo/").status_code == 404


def test_who_reads_only(client_of: Browser) -> None:
    batch = ImportBatch.objects.get()
    assert client_of("auditor").get("/imports/new/").status_code == 403
    assert client_of("auditor").post(f"/imports/{batch.pk}/undo/").status_code == 403
    assert client_of("finance").post(f"/imports/{batch.pk}/undo/").status_code == 403
    assert Account.objects.filter(account="A-imported").exists()


def test_a_batch_is_undone_by_its_button(client_of: Browser) -> None:
    batch = ImportBatch.objects.get()
    assert client_of("operations").post(f"/imports/{batch.pk}/undo/", follow=True).status_code == 200
    assert not Account.objects.filter(account="A-imported").exists()


def test_the_way_of_a_file(client_of: Browser) -> None:
    browser = client_of("operations")
    file = SimpleUploadedFile("accounts.csv", b"Account ID,Account Name,Sector\n1,=Evil,Tools\n2,,\n2,,\n")
    page = browser.post("/imports/new/", {"handed_in": [file]}, follow=True)
    upload = Upload.objects.get()
    mapping = page.context["form"].initial["mapping"]
    assert "account: Account ID" in mapping
    told = {"mapping": mapping, "match": "", "save_as": "Accounts"}
    page = browser.post(f"/imports/uploads/{upload.pk}/mapping/", told, follow=True)
    assert "hx-get" in page.content.decode()
    assert Profile.objects.get().name == "Accounts"
    work_on(upload.pk, upload.made_by_id or 0, dry=True)
    page = browser.get(f"/imports/uploads/{upload.pk}/")
    assert "stands more than once" in page.content.decode()
    browser.post(f"/imports/uploads/{upload.pk}/start/")
    work_on(upload.pk, upload.made_by_id or 0, dry=False)
    assert browser.get(f"/imports/uploads/{upload.pk}/progress/")["HX-Redirect"] == f"/imports/uploads/{upload.pk}/"
    batch = upload.batches.get()
    assert (batch.told["made"], batch.told["refused"]) == (1, 2)
    page = browser.get(f"/imports/uploads/{upload.pk}/")
    assert "Undo all" in page.content.decode()
    browser.post(f"/imports/uploads/{upload.pk}/undo/")
    assert not Account.objects.filter(account="1").exists()


def test_a_mapping_with_faults_is_told_with_its_line(client_of: Browser) -> None:
    browser = client_of("operations")
    browser.post("/imports/new/", {"handed_in": [SimpleUploadedFile("accounts.csv", b"account\n1\n")]})
    upload = Upload.objects.get()
    page = browser.post(f"/imports/uploads/{upload.pk}/mapping/", {"mapping": "mapping: x\ntables:\n  nothing: 1\n"})
    assert page.status_code == 422
    assert ":3:" in page.content.decode()


MAPPING = """# what our system calls them
mapping: Ours
tables:
  orders:
    file: orders-07.csv
    columns:
      order: No
      participant: {column: Rep, lookup: {file: reps-07.csv, match: Name, take: Key}}
      date: Day
      amount: Value
"""


def test_a_profile_reads_files_of_other_names_that_have_its_columns(
    client_of: Browser, viewer_of: Callable[[str], Viewer]
) -> None:
    save_profile(viewer_of("operations"), "Ours", MAPPING)
    browser = client_of("operations")
    files = [
        SimpleUploadedFile("orders-08.csv", b"No,Day,Rep,More,Value\nO-1,2026-01-01,Adam,1,5\n"),
        SimpleUploadedFile("people.csv", b"Key,Name\nadam,Adam\n"),
    ]
    page = browser.post("/imports/new/", {"handed_in": files}, follow=True)
    mapping = page.context["form"].initial["mapping"]
    assert mapping == MAPPING.replace("orders-07", "orders-08").replace("reps-07", "people")
    assert "saved profile “Ours”" in page.content.decode()
    upload = Upload.objects.get()
    browser.post(f"/imports/uploads/{upload.pk}/mapping/", {"mapping": mapping, "match": ""})
    work_on(upload.pk, upload.made_by_id or 0, dry=True)
    assert upload.batches.get().told["made"] == 1


def test_a_profile_keeps_by_which_columns_rows_are_found_again(client_of: Browser) -> None:
    browser = client_of("operations")
    for name, told in (("one.csv", {"match": "accounts: name", "save_as": "Ours"}), ("two.csv", {})):
        file = SimpleUploadedFile(name, b"Account ID,Account Name\n1,Acme\n")
        page = browser.post("/imports/new/", {"handed_in": [file]}, follow=True)
        form = page.context["form"].initial
        browser.post(f"/imports/uploads/{Upload.objects.latest('pk').pk}/mapping/", form | told)
    assert form["match"] == "accounts: name"
    assert Upload.objects.latest("pk").match == {"accounts": ["name"]}


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (b"Report of May\n\nOrder,Date,Amount\n1,2026-01-01,5\n", "its first row holds only 'Report of May'"),
        (b"Report of May,,\n,,\nOrder,Date,Amount\n1,2026-01-01,5\n", "its first row holds only 'Report of May'"),
        (b"Order,Date,Amount\n1,2026\0-01-01,5\n", "it holds a NUL character"),
        (b"Order,Amount,Amount\n1,5,5\n", "more than one column is named 'Amount'"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_at_once(client_of: Browser, written: bytes, told: str) -> None:
    browser = client_of("operations")
    page = browser.post("/imports/new/", {"handed_in": [SimpleUploadedFile("orders.csv", written)]}, follow=True)
    (section,) = page.context["sections"]
    assert told in section.error
    upload = Upload.objects.get()
    page = browser.post(f"/imports/uploads/{upload.pk}/mapping/", {"mapping": page.context["form"].initial["mapping"]})
    assert (page.status_code, upload.batches.count()) == (422, 0)
    assert "No file fills a table yet" in page.content.decode()


def test_text_of_two_bytes_a_letter_is_read_without_its_mark(client_of: Browser) -> None:
    file = SimpleUploadedFile("orders.csv", "Order,Date,Amount\n1,2026-01-01,5\n".encode("utf-16-le"))
    page = client_of("operations").post("/imports/new/", {"handed_in": [file]}, follow=True)
    (section,) = page.context["sections"]
    assert (section.table, section.error) == ("orders", "")


def test_the_same_file_again_shows_that_it_is_in_already(client_of: Browser) -> None:
    browser = client_of("operations")
    for _ in range(2):
        file = SimpleUploadedFile("accounts.csv", b"Account ID,Account Name\n1,Acme\n")
        page = browser.post("/imports/new/", {"handed_in": [file]}, follow=True)
        upload = Upload.objects.latest("pk")
        browser.post(f"/imports/uploads/{upload.pk}/mapping/", page.context["form"].initial)
        work_on(upload.pk, upload.made_by_id or 0, dry=True)
        browser.post(f"/imports/uploads/{upload.pk}/start/")
        work_on(upload.pk, upload.made_by_id or 0, dry=False)
        page = browser.get(f"/imports/uploads/{upload.pk}/")
    assert "This file is in already" in page.content.decode()
    assert "Undo all" not in page.content.decode()


@pytest.mark.parametrize(
    "files",
    [
        {"orders-08.csv": b"No,Day\n1,2026-01-01\n", "people.csv": b"Key,Name\n"},
        {"a.csv": b"No,Day,Rep,Value\n", "b.csv": b"No,Day,Rep,Value\n", "people.csv": b"Key,Name\n"},
    ],
)
def test_a_profile_whose_files_are_not_there_is_not_taken(
    client_of: Browser, viewer_of: Callable[[str], Viewer], files: dict[str, bytes]
) -> None:
    save_profile(viewer_of("operations"), "Ours", MAPPING)
    handed_in = [SimpleUploadedFile(name, content) for name, content in files.items()]
    page = client_of("operations").post("/imports/new/", {"handed_in": handed_in}, follow=True)
    assert "mapping: Ours" not in page.context["form"].initial["mapping"]
