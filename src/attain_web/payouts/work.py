"""One run from its data to its results: calculated by the library beside the database, then written in one transaction.

A worker that is killed on the way leaves a run without results, which it, or another, takes up again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attain.cli.outputs import run_record
from attain.errors import AttainError, UsageError
from attain.plans.document import CheckedPlan
from attain.run import Run as Calculated
from attain.run import run_plan
from attain_web.access.audit import recorded
from attain_web.access.queries import users_with, viewer_of
from attain_web.access.rights import Role
from attain_web.access.viewer import SYSTEM, Viewer
from attain_web.imports.progress import Progress
from attain_web.payouts import jobs
from attain_web.payouts.evidence import plan_text
from attain_web.payouts.models import Run
from attain_web.payouts.queries import LOCK, WORKING, before
from attain_web.payouts.results import decided, faults_kept, periods_of, totals, write_results
from attain_web.payouts.services import tell
from attain_web.plans.queries import checked_version
from attain_web.rows.queries import today
from attain_web.rows.snapshots import data_of, link, tables_of

_ASKED_EVERY = 0.5
"""Seconds between two questions whether to stop."""


class StoppedError(Exception):
    """Somebody asked the run to stop."""


def calculate(run: int) -> None:
    """Calculate a run that waits or was cut off, as a worker does; what stops it is told with the run.

    Nothing happens where another worker has it, or it has come to its end.
    """
    with _held(run) as is_held:
        if is_held and (begun := _begun(run)):
            _calculate(begun)


@contextmanager
def _held(run: int) -> Iterator[bool]:
    """Whether this worker has a run to itself, until the block ends or the worker dies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK, run])
        is_held = bool(cursor.fetchone()[0])
    try:
        yield is_held
    finally:
        if is_held:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK, run])


def _begun(pk: int) -> Run | None:
    """The run, now being calculated; None where there is nothing to do."""
    with transaction.atomic():
        run = _locked(pk)
        if run.state not in WORKING:
            return None
        run.state, run.told = Run.State.CALCULATING, {}
        run.save()
    return run


def _locked(pk: int) -> Run:
    return Run.objects.select_for_update(of=("self",)).select_related("version__plan", "started_by").get(pk=pk)


def _calculate(run: Run) -> None:
    told = Progress([run])
    try:
        checked = checked_version(run.version)
        names = _lay_out(run, checked, told.step(0, 20))
        result = run_plan(
            checked, run.folder / "data", period=run.period, progress=_or_stop(run, told.step(20, 85), _("Calculating"))
        )
        _finish(run, result, names, _or_stop(run, told.step(85, 100), _("Writing the results")))
    except StoppedError:
        Run.objects.filter(pk=run.pk).update(state=Run.State.STOPPED, ended_at=timezone.now(), told={})
    except (AttainError, UsageError) as error:
        _fail(run, error)
    except Exception as error:
        _fail(run, error)
        raise


def _or_stop(run: Run, told: Progress, words: str) -> Callable[[str, int], None]:
    """Tells how far it is, unless somebody asked to stop meanwhile."""
    asked_at = 0.0

    def tell_or_stop(_what: str, done: int) -> None:
        nonlocal asked_at
        if time.monotonic() - asked_at > _ASKED_EVERY:
            asked_at = time.monotonic()
            if Run.objects.filter(pk=run.pk, stop_asked=True).exists():
                raise StoppedError
        told(words, done)

    return tell_or_stop


def _lay_out(run: Run, checked: CheckedPlan, told: Progress) -> dict[str, str]:
    """Put what the run reads into its folder: the plan with its measures, and the data as it stands now."""
    told(_("Reading the data"), 0)
    run.read_at = timezone.now()
    run.save(update_fields=["read_at"])
    files = data_of(checked)
    rmtree(run.folder, ignore_errors=True)
    link(files, run.folder / "data")
    (run.folder / "plan.yaml").write_text(plan_text(run.version), encoding="utf-8")
    told(_("Reading the data"), 100)
    return {name: file.name for name, file in files.items()}


def _finish(run: Run, result: Calculated, names: dict[str, str], told: Callable[[str, int], None]) -> None:
    """Write what was found, and say so, in one transaction; a run that was asked to stop meanwhile leaves nothing."""
    with (
        TemporaryDirectory(prefix=".results-", dir=run.folder, ignore_cleanup_errors=True) as folder,
        recorded(by_whom(run), "runs.calculate", subject=f"runs/{run.pk}") as event,
    ):
        rows = write_results(run, result, Path(folder), told)
        now = _locked(run.pk)
        if now.stop_asked:
            raise StoppedError
        now.state, now.told, now.ended_at = Run.State.CALCULATED, {}, timezone.now()
        start, end = decided(result)
        if run.period == "all" and not result.checked.plan.effective.end:  # facts that are gone would end it earlier
            approved = Run.objects.filter(version__plan=now.version.plan_id, state=Run.State.APPROVED)
            end = max([end, *(day for day in approved.values_list("end", flat=True) if day)])
        now.start, now.end = start, end
        now.record = _record(run, result, rows) | {"snapshot": names, "reads": tables_of(result.checked)}
        now.previous = before(now, start, end)
        now.save()
        event.details = {"plan": now.version.plan.name, "period": now.period}
        event.details |= {name: now.record[name] for name in ("payouts", "currency", "fingerprint")}
        if now.started_by_id or end <= today():  # what the night makes of a period at work waits for nobody
            tell(now, "run_calculated", users_with(Role.FINANCE).exclude(pk=now.started_by_id or 0))
        if now.previous:
            jobs.compare.defer(run=now.pk)


def _record(run: Run, result: Calculated, rows: dict[str, int]) -> dict[str, object]:
    """What the run was made from and what came out, as it is kept."""
    record = run_record(result, asked=run.period, mapping=None, rows=rows, lines=False)
    record["faults"] = faults_kept(result.faults)
    told: dict[str, object] = json.loads(
        json.dumps(record | totals(result) | {"periods": periods_of(result)}, default=str)
    )
    return told


def by_whom(run: Run) -> Viewer:
    """Who has a run calculated: who started it, or the system."""
    return viewer_of(run.started_by) if run.started_by else SYSTEM


def _fail(run: Run, error: Exception) -> None:
    """Say what stopped a run, and tell who started it; of the night's runs, who writes plans."""
    if connection.needs_rollback:  # the transaction around it is broken, and takes everything with it
        return
    faults = faults_kept(error.faults) if isinstance(error, AttainError) else []
    why = faults[0]["told"] if faults else str(error) or type(error).__name__
    with recorded(by_whom(run), "runs.fail", subject=f"runs/{run.pk}", why=why):
        now = _locked(run.pk)
        now.state, now.ended_at = Run.State.FAILED, timezone.now()
        now.told, now.record = {"error": why}, {"faults": faults}
        now.save()
        to_whom = [now.started_by] if now.started_by else users_with(Role.DESIGNER)
        tell(now, "run_failed", to_whom, why=why)
