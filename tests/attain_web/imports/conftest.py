"""What tests of imports share: a database that other connections see, and that is empty again afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection


@pytest.fixture
def committed(transactional_db: None) -> Iterator[None]:  # noqa: ARG001 - it is emptied by that one
    """A database in which transactions end; afterwards it is emptied, which the trail's triggers would refuse."""
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # until the connection is closed


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What is handed in lies in a folder of the test's own, for its workers too."""
    folder: Path = tmp_path_factory.mktemp("var")
    settings.MEDIA_ROOT = folder / "files"
    monkeypatch.setenv("ATTAIN_VAR", str(folder))
