"""Secrets are made once, whoever comes first."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from threading import Barrier

import pytest

from attain_web.secrets import read_secret

VARIABLE = "ATTAIN_TEST_SECRET"


def test_the_environment_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "given")
    assert read_secret(VARIABLE, tmp_path / "key") == "given"
    assert not (tmp_path / "key").exists()


def test_a_file_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "key"
    secret = read_secret(VARIABLE, file)
    assert len(secret) == 64
    assert read_secret(VARIABLE, file) == secret
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert list(file.parent.iterdir()) == [file]


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    with get_context("fork").Pool(4) as pool:
        for number in range(20):
            file = tmp_path / f"{number}"
            assert len(set(pool.starmap(read_secret, [(VARIABLE, file)] * 8))) == 1


def test_threads_that_start_at_once_agree(tmp_path: Path) -> None:
    start = Barrier(16)

    def read(_number: int) -> str:
        start.wait()
        return read_secret(VARIABLE, tmp_path / "key")

    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(read, range(16)))) == 1
