"""Files reach the disk only from whoever may bring them in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files import uploadedfile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from attain_web.access import uploads

FILE = b"account,name\nA-9,Nine\n" * 10_000


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of files that were begun on the disk."""
    begun: list[str] = []
    begin = uploadedfile.TemporaryUploadedFile.__init__

    def noted(self: Any, name: str, *args: Any, **more: Any) -> None:
        begun.append(name)
        begin(self, name, *args, **more)

    monkeypatch.setattr(uploadedfile.TemporaryUploadedFile, "__init__", noted)
    return begun


def _file() -> SimpleUploadedFile:
    return SimpleUploadedFile("accounts.csv", FILE)


@pytest.mark.parametrize(
    ("who", "status"), [("", 302), ("participant", 404), ("administrator", 404), ("auditor", 403), ("operations", 302)]
)
def test_a_page_takes_files_of_importers(
    client_of: Callable[[str], Client], written: list[str], settings: Any, tmp_path: Path, who: str, status: int
) -> None:
    settings.MEDIA_ROOT = tmp_path
    answer = client_of(who).post("/imports/new/", {"handed_in": [_file()]})
    assert answer.status_code == status
    assert written == (["accounts.csv"] if who == "operations" else [])


@pytest.mark.parametrize("path", ["/sign-in/", "/reset/", "/account/", "/data/orders/new/", "/nowhere/"])
def test_no_other_form_takes_files(client_of: Callable[[str], Client], written: list[str], path: str) -> None:
    for who in ("", "participant"):
        assert client_of(who).post(path, {"name": _file()}).status_code < 500
    assert written == []


@pytest.mark.parametrize(("who", "status"), [("", 401), ("participant", 404), ("auditor", 403)])
def test_a_program_that_may_not_import_hands_in_nothing(
    api_of: Callable[..., Client], written: list[str], who: str, status: int
) -> None:
    assert api_of(who).post("/api/v1/imports", {"files": _file(), "mapping": "x"}).status_code == status
    assert written == []


def test_what_is_too_large_is_not_read(
    client_of: Callable[[str], Client], written: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST", 1000)
    assert client_of("operations").post("/imports/new/", {"handed_in": [_file()]}).status_code == 400
    assert written == []
