"""A worker killed at any stage of a run or an approval leaves nothing half done, and it is done again."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Any

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from attain_web.access.models import AuditEvent
from attain_web.notices.models import Notice
from attain_web.payouts.models import Attainment, Earning, Payout, Run
from attain_web.payouts.queries import is_cut_off, is_worked_on
from attain_web.payouts.services import approve, start_again, start_run
from attain_web.payouts.work import calculate

pytestmark = pytest.mark.usefixtures("committed")

_KILLED = """
import os, signal, sys, warnings
warnings.simplefilter("ignore")
import django
django.setup()
from attain_web.access.queries import viewer_of
from attain_web.access.models import User
from attain_web.payouts.models import Run
from attain_web.payouts.services import approve
from attain_web.payouts.work import calculate

deed, run, user, event, function, times = sys.argv[1:]
left = int(times)

def watch(frame, happened, _):
    global left
    if happened == event and frame.f_code.co_name == function and "attain" in frame.f_code.co_filename:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.setprofile(watch)
if deed == "calculate":
    calculate(int(run))
else:
    approve(viewer_of(User.objects.get(pk=int(user))), Run.objects.get(pk=int(run)))
"""


def killed(deed: str, run: Run, user: int, stage: str) -> None:
    """Do something with a run in a process of its own, which is killed when a function is called, or returns."""
    told = connection.get_connection_params()
    url = f"dbname={told['dbname']} user={told['user']} host={told['host']}"
    settings: Any = {**os.environ, "DJANGO_SETTINGS_MODULE": "attain_web.settings", "DATABASE_URL": url}
    command = [sys.executable, "-c", _KILLED, deed, str(run.pk), str(user), *stage.split()]
    ended = subprocess.run(command, env=settings, check=False, timeout=300)
    assert ended.returncode == -9, f"it never came to {stage}"
    for _ in range(600):
        if not is_worked_on(run):
            return
        time.sleep(0.1)


def rows(run: Run) -> tuple[int, ...]:
    return tuple(model.objects.filter(run=run).count() for model in (Attainment, Earning, Payout))


@pytest.mark.parametrize(
    "stage",
    [
        "return _begun 1",
        "call data_of 1",
        "return plan_text 1",
        "call run_plan 1",
        "call plan_steps 1",
        "return copy_in 1",
        "return copy_in 3",
        "call notify 1",
        "return _write 1",
        "return _finish 1",
    ],
)
def test_a_run_killed_at_any_stage_is_whole_or_not_there(everyone: Any, stage: str) -> None:
    run = start_run(everyone.viewer("designer"), everyone.versions["published"], "2026-Q1")
    killed("calculate", run, 0, stage)
    run.refresh_from_db()
    is_done = run.state == "calculated"
    assert is_done == (stage == "return _finish 1")
    assert rows(run) == ((4, 4, 4) if is_done else (0, 0, 0))
    assert AuditEvent.objects.filter(action="runs.calculate").exists() == is_done
    if not is_done:
        assert run.state == "calculating"
        calculate(run.pk)
        run.refresh_from_db()
    assert (run.state, rows(run)) == ("calculated", (4, 4, 4))
    assert run.record["payouts"] == "47.67"
    assert AuditEvent.objects.filter(action="runs.calculate").count() == 1
    assert Notice.objects.filter(kind="run_calculated").count() == 1


def test_a_run_that_a_worker_has_just_taken_is_not_cut_off(everyone: Any) -> None:
    run = start_run(everyone.viewer("designer"), everyone.versions["published"], "2026-Q1")
    Run.objects.filter(pk=run.pk).update(state="calculating")
    run.refresh_from_db()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")
        cursor.execute("INSERT INTO procrastinate_events (job_id, type) SELECT id, 'started' FROM procrastinate_jobs")
        assert not is_cut_off(run)
        cursor.execute("UPDATE procrastinate_events SET at = at - INTERVAL '1 minute'")
        cursor.execute("SET session_replication_role = origin")
    assert is_cut_off(run)


def test_a_run_that_was_cut_off_is_taken_up_from_its_page(everyone: Any) -> None:
    run = start_run(everyone.viewer("designer"), everyone.versions["published"], "2026-Q1")
    killed("calculate", run, 0, "call run_plan 1")
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed'")
        cursor.execute("SET session_replication_role = origin")
    run.refresh_from_db()
    assert is_cut_off(run)
    start_again(everyone.viewer("designer"), run)
    run.refresh_from_db()
    assert run.state == "queued"
    assert not is_cut_off(run)
    calculate(run.pk)
    run.refresh_from_db()
    assert run.state == "calculated"


@pytest.mark.parametrize(
    "stage",
    [
        "call _must_be_approvable 1",
        "call notify 1",
        "return tell 1",
        "call _write 1",
        "return _write 1",
        "return approve 1",
    ],
)
def test_an_approval_killed_at_any_stage_is_whole_or_not_there(everyone: Any, stage: str) -> None:
    run, finance = everyone.runs["calculated"], everyone.users["finance"]
    killed("approve", run, finance.pk, stage)
    run.refresh_from_db()
    is_done = stage == "return approve 1"
    assert run.state == ("approved" if is_done else "calculated")
    if not is_done:
        assert not AuditEvent.objects.filter(action="runs.approve").exists()
        assert not ProcrastinateJob.objects.filter(task_name="statements.prepare", args__run=run.pk).exists()
        assert not Notice.objects.filter(kind="run_approved").exists()
        approve(everyone.viewer("finance"), run)
        run.refresh_from_db()
    assert (run.state, run.decided_by) == ("approved", finance)
    assert AuditEvent.objects.filter(action="runs.approve").count() == 1
    assert ProcrastinateJob.objects.filter(task_name="statements.prepare", args__run=run.pk).count() == 1
    assert Notice.objects.filter(kind="run_approved").count() == 1


def test_the_worker_calculates_and_compares(everyone: Any) -> None:
    for _ in range(2):
        run = start_run(everyone.viewer("designer"), everyone.versions["published"], "2026-Q1")
        told = connection.get_connection_params()
        url = f"dbname={told['dbname']} user={told['user']} host={told['host']}"
        settings: Any = {**os.environ, "DJANGO_SETTINGS_MODULE": "attain_web.settings", "DATABASE_URL": url}
        command = [sys.executable, "-W", "ignore", "-m", "django", "procrastinate", "worker", "--one-shot"]
        subprocess.run(command, env=settings, check=True, timeout=300)
        run.refresh_from_db()
        assert run.state == "calculated"
    assert run.record["comparison"] == {"reasons": [], "joined": {}}
