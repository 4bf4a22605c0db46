"""The worker brings uploads in; killed at any stage it leaves nothing half done, and the import is started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from attain_web.access.models import ImportBatch, RoleGrant, User
from attain_web.access.queries import viewer_of
from attain_web.access.viewer import SYSTEM, Viewer
from attain_web.crm.models import Order
from attain_web.imports.folders import by_names
from attain_web.imports.models import Upload
from attain_web.imports.queries import is_worked_on
from attain_web.imports.services import hand_in, load_files, load_folder, start_check, start_import
from attain_web.imports.suggest import suggested

pytestmark = pytest.mark.usefixtures("committed")

ROWS = 30_000


@pytest.fixture
def viewer(committed: None) -> Viewer:  # noqa: ARG001
    user = User.objects.create(email="olga@example.com", name="Olga")
    RoleGrant.objects.create(user=user, role="operations")
    return viewer_of(user)


def handed_in(viewer: Viewer, rows: int) -> Upload:
    text = "order,date,amount\n" + "".join(f"{number},2026-01-01,10.5\n" for number in range(rows))
    return hand_in(viewer, [SimpleUploadedFile("orders.csv", text.encode())])


def mapping_of(upload: Upload) -> str:
    return suggested(upload.folder / "files", ["orders.csv"])


def work() -> None:
    """A worker takes every job that waits, as the server's does."""
    settings: Any = {**os.environ, "DJANGO_SETTINGS_MODULE": "attain_web.settings", "DATABASE_URL": _url()}
    command = [sys.executable, "-W", "ignore", "-m", "django", "procrastinate", "worker", "--one-shot"]
    subprocess.run(command, env=settings, check=True, timeout=120)


def test_an_upload_is_checked_and_brought_in_by_the_worker(viewer: Viewer) -> None:
    upload = handed_in(viewer, 10)
    start_check(viewer, upload, mapping_of(upload))
    work()
    upload.refresh_from_db()
    assert (upload.state, upload.told) == ("checked", {})
    assert upload.batches.get().told["made"] == 10
    assert not Order.objects.exists()
    start_import(viewer, upload)
    work()
    upload.refresh_from_db()
    assert upload.state == "done"
    assert Order.objects.count() == 10


_WORK = """
import sys, django, warnings
warnings.simplefilter("ignore")
django.setup()
from attain_web.imports.services import work_on
work_on(int(sys.argv[1]), int(sys.argv[2]), dry=False)
"""


def killed_at(upload: Upload, viewer: Viewer, least: int) -> None:
    """Work on an upload in a process of its own, and kill that once so many per cent are done."""
    settings: Any = {**os.environ, "DJANGO_SETTINGS_MODULE": "attain_web.settings", "DATABASE_URL": _url()}
    process = subprocess.Popen([sys.executable, "-c", _WORK, str(upload.pk), str(viewer.user_id)], env=settings)
    while process.poll() is None:
        upload.refresh_from_db()
        if upload.told.get("done", -1) >= least:
            process.send_signal(signal.SIGKILL)
            break
        time.sleep(0.01)
    process.wait()


def _url() -> str:
    told = connection.get_connection_params()
    return f"dbname={told['dbname']} user={told['user']} host={told['host']}"


@pytest.mark.parametrize("least", [0, 20, 42, 60, 72, 85])
def test_killed_at_any_stage_nothing_is_half_done(viewer: Viewer, least: int) -> None:
    upload = handed_in(viewer, ROWS)
    start_check(viewer, upload, mapping_of(upload))
    Upload.objects.update(state="importing")
    upload.refresh_from_db()
    killed_at(upload, viewer, least)
    for _ in range(600):
        if not is_worked_on(upload):
            break
        time.sleep(0.1)
    assert Order.objects.count() in (0, ROWS)
    if not Order.objects.exists():
        upload.refresh_from_db()
        start_import(viewer, upload)
        Upload.objects.filter(pk=upload.pk).update(told={})
        killed_at(upload, viewer, 1000)
    upload.refresh_from_db()
    assert (upload.state, upload.told, Order.objects.count()) == ("done", {}, ROWS)
    assert ImportBatch.objects.get().state == "done"


def test_thirty_two_at_once_bring_a_file_in_once(tmp_path: Path) -> None:
    lines = "".join(f"{number},2026-01-01,10\n" for number in range(200))
    (tmp_path / "orders.csv").write_text("order,date,amount\n" + lines)
    found: list[int] = []

    def bring_in() -> None:
        try:
            found.extend(one.pk for one in load_files(SYSTEM, tmp_path, by_names(tmp_path)))
        finally:
            connection.close()

    threads = [Thread(target=bring_in) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 32
    assert set(found) == {ImportBatch.objects.get().pk}
    assert Order.objects.count() == 200


_LOAD = """
import sys, django, warnings
warnings.simplefilter("ignore")
django.setup()
from pathlib import Path
from attain_web.access.viewer import SYSTEM
from attain_web.imports.services import load_folder
load_folder(SYSTEM, Path(sys.argv[1]))
"""


def test_a_folder_whose_import_is_killed_leaves_nothing(tmp_path: Path) -> None:
    lines = "".join(f"{number},2026-01-01,10.5\n" for number in range(ROWS))
    (tmp_path / "orders.csv").write_text("order,date,amount\n" + lines)
    settings: Any = {**os.environ, "DJANGO_SETTINGS_MODULE": "attain_web.settings", "DATABASE_URL": _url()}
    process = subprocess.Popen([sys.executable, "-c", _LOAD, str(tmp_path)], env=settings)
    writing = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'INSERT INTO crm_order %'"
    with connection.cursor() as cursor:
        while process.poll() is None:
            cursor.execute(writing)
            if cursor.fetchone()[0]:
                process.send_signal(signal.SIGKILL)
                break
            time.sleep(0.01)
    assert process.wait() == -signal.SIGKILL
    assert (ImportBatch.objects.count(), Upload.objects.count(), Order.objects.count()) == (0, 0, 0)
    load_folder(SYSTEM, tmp_path)
    assert (ImportBatch.objects.get().state, Upload.objects.get().state) == ("done", "done")
