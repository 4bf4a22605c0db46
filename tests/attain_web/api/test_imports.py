"""Imports in the API: files come in by the worker's job, are asked after, and undone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from attain_web.access.models import AuditEvent
from attain_web.access.viewer import SYSTEM
from attain_web.crm.models import Account
from attain_web.imports.models import Upload
from attain_web.imports.services import load_folder, save_profile, work_on
from tests.attain_web.permissions.asked import MAPPING

pytestmark = pytest.mark.django_db
Programs = Callable[..., Client]
IMPORTS = "/api/v1/imports"


def _send(client: Client, *, rows: str = "A-8,Eight\nA-9,Nine\n", name: str = "accounts.csv", **told: str) -> Any:
    file = SimpleUploadedFile(name, f"account,name\n{rows}".encode())
    return client.post(IMPORTS, {"files": [file], **told})


def _work(everyone: Any, *, dry: bool = False) -> None:
    """What the worker does with the job that waits."""
    work_on(Upload.objects.latest("pk").pk, everyone.users["operations"].pk, dry=dry)


def test_files_come_in_and_are_undone(everyone: Any, api_of: Programs) -> None:
    client = api_of("operations")
    sent = _send(client, mapping=MAPPING)
    assert sent.status_code == 202, sent.content
    assert sent.json()["state"] == "importing"
    _work(everyone)
    told = client.get(sent["Location"]).json()
    assert (told["state"], told["done"], told["error"]) == ("done", 100, "")
    (batch,) = told["batches"]
    assert [batch[name] for name in ("table", "state", "made", "changed", "left", "refused")] == [
        *("accounts", "done", 2, 0, 0, 0)
    ]
    assert Account.objects.filter(account__in=["A-8", "A-9"]).count() == 2
    undone = client.post(f"{sent['Location']}/undo")
    assert undone.status_code == 200, undone.content
    assert undone.json()["batches"][0]["state"] == "undone"
    assert not Account.objects.filter(account__in=["A-8", "A-9"]).exists()
    again = client.post(f"{sent['Location']}/undo")
    assert again.status_code == 409
    assert {"imports.hand_in", "imports.undo"} <= set(AuditEvent.objects.values_list("action", flat=True))


def test_a_saved_profile_reads_them_as_well(everyone: Any, api_of: Programs) -> None:
    save_profile(everyone.viewer("operations"), "Our accounts", MAPPING)
    assert _send(api_of("operations"), profile="Our accounts").status_code == 202
    _work(everyone)
    assert Account.objects.filter(account="A-9").exists()


def test_faults_are_told_with_the_import(everyone: Any, api_of: Programs) -> None:
    client = api_of("operations")
    sent = _send(client, rows="A-8,Eight\nA-8,Again\n", mapping=MAPPING)
    _work(everyone)
    told = client.get(sent["Location"]).json()
    faults = [fault for batch in told["batches"] for fault in batch["faults"]]
    assert told["error"] or faults
    assert all(fault["message"] and fault["advice"] for fault in faults)


def test_files_are_only_checked_and_come_in_when_started(everyone: Any, api_of: Programs) -> None:
    client = api_of("operations")
    sent = _send(client, mapping=MAPPING, check="true")
    assert (sent.status_code, sent.json()["state"]) == (202, "checking")
    assert client.post(f"{sent['Location']}/start").status_code == 409
    _work(everyone, dry=True)
    told = client.get(sent["Location"]).json()
    assert (told["state"], told["batches"][0]["made"]) == ("checked", 2)
    assert not Account.objects.filter(account="A-9").exists()
    started = client.post(f"{sent['Location']}/start")
    assert (started.status_code, started.json()["state"]) == (202, "importing")
    _work(everyone)
    assert Account.objects.filter(account="A-9").exists()
    assert client.post(f"{sent['Location']}/start").status_code == 409


def test_rows_are_found_again_by_another_key(everyone: Any, api_of: Programs) -> None:
    Account.objects.create(account="A-known", name="Known & Co")
    mapping = MAPPING.replace("      account: account\n", "      industry: account\n")
    sent = _send(api_of("operations"), rows="Tools,Known & Co\n", mapping=mapping, match="accounts: name")
    assert sent.status_code == 202, sent.content
    _work(everyone)
    assert Account.objects.get(account="A-known").industry == "Tools"


@pytest.mark.parametrize("match", ["accounts", "accounts: nonsense", "orders: order"])
def test_what_rows_cannot_be_found_by_is_refused(api_of: Programs, match: str) -> None:
    response = _send(api_of("operations"), mapping=MAPPING, match=match)
    assert response.status_code == 422
    assert [one["pointer"] for one in response.json()["errors"]] == ["#/match"]
    assert not Upload.objects.exists()


def test_what_a_folder_brought_in_is_listed_and_undone(api_of: Programs, tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("account,name\nA-8,Eight\n")
    load_folder(SYSTEM, tmp_path)
    client = api_of("operations")
    (told,) = client.get(IMPORTS).json()["items"]
    assert (told["state"], told["made_by"], told["files"][0]["name"]) == ("done", None, "accounts.csv")
    assert told["batches"][0]["made"] == 1
    assert client.post(f"{IMPORTS}/{told['id']}/undo").status_code == 200
    assert not Account.objects.filter(account="A-8").exists()


def test_imports_are_listed_newest_first(api_of: Programs) -> None:
    client = api_of("operations")
    made = [_send(client, rows=f"A-{number},N\n", mapping=MAPPING).json()["id"] for number in range(3)]
    page = client.get(f"{IMPORTS}?limit=2").json()
    assert [one["id"] for one in page["items"]] == made[:0:-1]
    assert [one["id"] for one in client.get(page["next"]).json()["items"]] == made[:1]
    assert api_of("auditor").get(IMPORTS).status_code == 200
    assert api_of("participant").get(IMPORTS).status_code == 404


@pytest.mark.parametrize(
    ("told", "pointer"),
    [
        ({}, "#/mapping"),
        ({"mapping": MAPPING, "profile": "both"}, "#/mapping"),
        ({"profile": "no such profile"}, "#/profile"),
        ({"mapping": MAPPING, "name": "accounts.exe"}, "#/files"),
    ],
)
def test_what_cannot_be_read_is_refused(api_of: Programs, told: dict[str, str], pointer: str) -> None:
    response = _send(api_of("operations"), **told)
    assert response.status_code == 422
    assert [one["pointer"] for one in response.json()["errors"]] == [pointer]
    assert not Upload.objects.exists()


def test_a_mapping_with_faults_tells_each(api_of: Programs) -> None:
    response = _send(api_of("operations"), mapping="mapping: x\ntables: {nonsense: {}}\n")
    assert response.status_code == 422
    assert all("columns" in one["detail"] or "file" in one["detail"] for one in response.json()["errors"])


def test_who_may_not_is_refused(api_of: Programs) -> None:
    assert _send(api_of("auditor"), mapping=MAPPING).status_code == 403
    assert _send(api_of("operations", "imports:read"), mapping=MAPPING).status_code == 403
    assert _send(api_of("finance"), mapping=MAPPING).status_code == 403  # but orders they may
    assert not Upload.objects.exists()
