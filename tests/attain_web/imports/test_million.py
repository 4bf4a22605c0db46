"""A million orders come in by the worker, come in again as they are, leave as files, and go out: NIGHTLY=1 runs it."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import connection
from openpyxl import load_workbook

from attain_web.access.models import RoleGrant, User
from attain_web.access.queries import viewer_of
from attain_web.access.viewer import Viewer
from attain_web.crm.models import Order
from attain_web.imports.models import Upload
from attain_web.imports.services import hand_in, start_check, start_import, undo_batches
from attain_web.imports.staging import OUTCOMES
from attain_web.imports.suggest import suggested
from attain_web.people.models import Participant, ParticipantVersion
from attain_web.rows.exports import csv_of, xlsx_of
from attain_web.rows.queries import Asked
from attain_web.rows.table import row_tables

pytestmark = [
    pytest.mark.skipif(os.environ.get("NIGHTLY") != "1", reason="NIGHTLY=1 runs the large sizes"),
    pytest.mark.usefixtures("committed"),
]

ROWS = 1_000_000
PEOPLE = 2_000
WORKER, READER = 512 * 1024, 1536 * 1024
"""KiB that the worker, and the process that reads, may take at most."""


@pytest.fixture
def viewer(committed: None) -> Viewer:  # noqa: ARG001
    """Olga of sales operations."""
    user = User.objects.create(email="olga@example.com", name="Olga")
    RoleGrant.objects.create(user=user, role="operations")
    return viewer_of(user)


def test_a_million_orders(viewer: Viewer, tmp_path: Path) -> None:
    people = [Participant(participant=f"p{number:04}") for number in range(PEOPLE)]
    Participant.objects.bulk_create(people)
    ParticipantVersion.objects.bulk_create(ParticipantVersion(participant=one) for one in people)
    file = written(tmp_path / "orders.csv")
    first = brought_in(viewer, file, made=ROWS)
    assert Order.objects.count() == ROWS
    brought_in(viewer, file, left=ROWS)
    lines = sum(1 for _ in csv_of(row_tables()["orders"], viewer, Asked()))
    assert lines == ROWS + 1
    with xlsx_of(row_tables()["orders"], viewer, Asked()) as book:
        sheet = load_workbook(book, read_only=True).worksheets[0]
        assert sheet.max_row == ROWS + 1
    undo_batches(viewer, list(first.batches.all()))
    assert not Order.objects.exists()


def test_a_million_rows_that_are_refused(viewer: Viewer, tmp_path: Path) -> None:
    upload = checked(viewer, written(tmp_path / "orders.csv"))  # nobody is there whom they name
    told = upload.batches.get().told
    assert (told["refused"], told["rows"]) == (ROWS, ROWS)


def written(file: Path) -> Path:
    chance = random.Random(1)  # noqa: S311 - nothing secret
    with file.open("w") as opened:
        opened.write("order,participant,date,amount,currency,channel\n")
        for number in range(ROWS):
            person, cents = chance.randrange(PEOPLE), chance.randrange(100, 9_000_000)
            day = f"202{number % 3 + 3}-{number % 12 + 1:02}-{number % 28 + 1:02}"
            opened.write(f"O{number:07},p{person:04},{day},{cents / 100:.2f},EUR,{number % 7}\n")
    return file


def brought_in(viewer: Viewer, file: Path, **expected: int) -> Upload:
    """A file as the worker checks it and brings it in, its progress going one way only, its memory bounded."""
    upload = checked(viewer, file)
    start_import(viewer, upload)
    assert worked(upload) == "done"
    told = upload.batches.get().told
    assert {name: told[name] for name in OUTCOMES} == dict.fromkeys(OUTCOMES, 0) | expected
    return upload


def checked(viewer: Viewer, file: Path) -> Upload:
    """A file that was handed in, once the worker has checked it."""
    with TemporaryUploadedFile(file.name, "text/csv", file.stat().st_size, None) as given:
        given.write(file.read_bytes())
        given.seek(0)
        upload = hand_in(viewer, [given])
    start_check(viewer, upload, suggested(upload.folder / "files", [file.name]), again=True)
    assert worked(upload) == "checked"
    return upload


def worked(upload: Upload) -> str:
    """The state in which a worker leaves an upload."""
    told = connection.get_connection_params()
    url = f"dbname={told['dbname']} user={told['user']} host={told['host']}"
    env: Any = {**os.environ, "DJANGO_SETTINGS_MODULE": "attain_web.settings", "DATABASE_URL": url}
    command = [sys.executable, "-W", "ignore", "-m", "django", "procrastinate", "worker", "--one-shot"]
    seen: list[int] = []
    started = time.monotonic()
    with subprocess.Popen(command, env=env) as process, memory_of(process) as peaks:
        while process.poll() is None:
            upload.refresh_from_db()
            seen.append(upload.told.get("done", seen[-1] if seen else 0))
            time.sleep(0.2)
    upload.refresh_from_db()
    print(f"{upload.state}: {time.monotonic() - started:.0f} s, KiB at most {peaks}", flush=True)  # noqa: T201 - read by people
    assert seen == sorted(seen)
    assert len(set(seen)) > 3
    assert peaks["worker"] < WORKER
    assert peaks["reader"] < READER
    return upload.state


@contextmanager
def memory_of(process: subprocess.Popen[bytes]) -> Iterator[dict[str, int]]:
    """The most memory (VmHWM) of a process and of those it starts, in KiB, once it has ended."""
    peaks = {"worker": 0, "reader": 0}
    ended = Event()

    def watch() -> None:
        while not ended.wait(0.1):
            with suppress(OSError):
                children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
                threads = [*Path(f"/proc/{process.pid}/task").glob("*/children")]
                children += [one for thread in threads for one in thread.read_text().split()]
                for name, pids in (("worker", [str(process.pid)]), ("reader", children)):
                    peaks[name] = max([peaks[name], *map(_peak, pids)])

    watching = Thread(target=watch)
    watching.start()
    try:
        yield peaks
    finally:
        ended.set()
        watching.join()


def _peak(pid: str) -> int:
    try:
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) if found else 0
