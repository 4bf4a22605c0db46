"""What tests of runs share: a folder for what runs keep."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What runs keep lies in a folder of the test's own, for its workers too."""
    folder: Path = tmp_path_factory.mktemp("var")
    settings.MEDIA_ROOT = folder / "files"
    monkeypatch.setenv("ATTAIN_VAR", str(folder))
