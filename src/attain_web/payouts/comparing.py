"""Why a run pays otherwise than the one before: calculated anew with one kind of input exchanged at a time.

The earlier run's inputs are exchanged in a set order (facts, people, quotas, plan). What each exchange changes of
somebody's pay is that kind's part of the difference, so that the parts sum to it to the cent. Where other approved runs
counted on some of the days, what they paid otherwise than the earlier run's inputs would is a part as well, the first:
the whole is always the difference from what counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Sum
from django.utils.translation import gettext as _
from procrastinate.contrib.django.models import ProcrastinateJob
from pyarrow import parquet as pq

from attain.errors import AttainError, UsageError
from attain.run import run_plan
from attain_web.access.audit import recorded
from attain_web.access.rights import Area, Reach
from attain_web.access.viewer import SYSTEM, Viewer
from attain_web.payouts import jobs
from attain_web.payouts.authors import name_authors
from attain_web.payouts.changes import Counts, changed_rows
from attain_web.payouts.models import Difference, Payout, Run
from attain_web.payouts.queries import FOUND, replaced
from attain_web.plans.queries import checked_version
from attain_web.rows.snapshots import link

Reason = Difference.Reason
Pay = dict[str, Decimal]

PEOPLE = frozenset({"participants", "reporting_lines", "coverage", "territories", "assignments"})
QUOTAS = frozenset({"quotas"})


COMPARED = (*FOUND, Run.State.REJECTED)
"""States of runs that are compared with the one before."""


def compare(pk: int) -> None:
    """Split the difference between a run and the one that it is compared with by reason; the same again if asked again.

    What stops it is kept with the run.
    """
    run = Run.objects.select_related("version__plan", "previous__version__plan").get(pk=pk)
    if run.state not in COMPARED or run.previous is None:
        return
    try:
        rows, told = _compared(run, run.previous)
        _keep(run, rows, told)
    except Exception as error:
        if not connection.needs_rollback:  # else the transaction around it is broken, and takes everything with it
            why = error.faults[0].message if isinstance(error, AttainError) else str(error) or type(error).__name__
            _keep(run, [], {"failed": why.splitlines()[0][:500]})
        raise


def compare_again(viewer: Viewer, run: Run) -> None:
    """Compare a run once more with the one before, after it failed or what the earlier run read was not there."""
    viewer.must_write(Area.RUNS, reach=Reach.ALL)
    with recorded(viewer, "runs.compare_again", subject=f"runs/{run.pk}"):
        now = Run.objects.select_for_update(of=("self",)).get(pk=run.pk)
        if not {"failed", "missing"} & comparison_of(now).keys():
            raise ValidationError(_("There is nothing to compare again."))
        now.record.pop("comparison", None)
        now.save(update_fields=["record"])
        jobs.compare.defer(run=run.pk)


def comparison_of(run: Run) -> dict[str, Any]:
    """What came of comparing a run with the one before: ``reasons``, ``missing``, ``failed`` with why, or ``waits``."""
    if run.previous_id is None or run.state not in COMPARED:
        return {}
    if told := run.record.get("comparison"):
        return dict(told)
    begun = ProcrastinateJob.objects.filter(task_name="payouts.compare", status__in=("todo", "doing"), args__run=run.pk)
    return {"waits": True} if begun.exists() else {"failed": _("It was cut off.")}


def _compared(run: Run, old: Run) -> tuple[list[Difference], dict[str, object]]:
    """The parts of the difference, and what is told of them; only that where the earlier run's files are not kept."""
    if not all((one.folder / "plan.yaml").is_file() for one in (run, old)):
        return [], {"missing": True}
    reasons = differing(old, run)
    with TemporaryDirectory(prefix=".compare-", dir=run.folder, ignore_cleanup_errors=True) as folder:
        amounts, joined = _split(run, old, reasons, Path(folder))
    details, counts, own = _details(run, old, amounts, joined)
    rows = [
        Difference(run=run, participant_id=who, reason=reason, amount=amount, details=details.get((who, reason), {}))
        for reason, by_person in amounts.items()
        for who, amount in sorted(by_person.items())
    ]
    found: dict[str, object] = {"reasons": list(reasons), "joined": joined}
    return rows, found | ({"rows": counts} if counts else {}) | ({"own": own} if own else {})


def differing(old: Run, new: Run) -> list[Reason]:
    """The kinds of input in which two runs differ, in the order in which they are exchanged."""
    changed = {reason_of(name) for name in _changed(old, new)}
    if old.record["plan"]["sha256"] != new.record["plan"]["sha256"] or old.version.measures != new.version.measures:
        changed.add(Reason.PLAN)
    return [reason for reason in Reason if reason in changed]


def _changed(old: Run, new: Run) -> set[str]:
    """The tables that two runs read otherwise."""
    before, after = _inputs(old), _inputs(new)
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def _inputs(run: Run) -> dict[str, str]:
    """The fingerprint of each table's file that a run read."""
    return {name.removesuffix(".parquet"): told for name, told in run.record["inputs"].items()}


def reason_of(table: str) -> Reason:
    """The kind of input that a table is."""
    return Reason.PEOPLE if table in PEOPLE else Reason.QUOTAS if table in QUOTAS else Reason.FACTS


def _split(run: Run, old: Run, reasons: list[Reason], folder: Path) -> tuple[dict[Reason, Pay], dict[str, str]]:
    """What each kind of input changes of each person's pay; kinds that cannot be told apart count with the next.

    That is so where the new facts cannot be calculated with the old plan, say as they are in a currency new to it.
    """
    amounts: dict[Reason, Pay] = {}
    joined: dict[str, str] = {}
    pay = _base(run, old, folder)
    if old.state == Run.State.APPROVED:
        amounts[Reason.EARLIER] = _changes(_counted(run), pay)
    for number, reason in enumerate(reasons):
        is_last = number == len(reasons) - 1
        exchanged = set(reasons[: number + 1])
        after = pay_of(run) if is_last else _mixed(run, old, exchanged, folder / str(number))
        if after is None:
            joined[reason] = reasons[number + 1]
            continue
        amounts[reason] = _changes(pay, after)
        pay = after
    return amounts, joined


def _changes(before: Pay, after: Pay) -> Pay:
    """How much more each is paid after than before; nobody who is paid the same."""
    changed = {who: after.get(who, Decimal(0)) - before.get(who, Decimal(0)) for who in after.keys() | before.keys()}
    return {who: amount for who, amount in changed.items() if amount}


def _counted(run: Run) -> Pay:
    """What counted for each participant on the days of a run before it, in its currency."""
    paid = replaced(run).filter(currency=run.record["currency"]).order_by().values_list("participant__participant")
    return dict(paid.annotate(Sum("amount")))


def pay_of(run: Run) -> Pay:
    """What a run pays each participant."""
    sums = Payout.objects.filter(run=run).order_by().values_list("participant__participant")
    return dict(sums.annotate(Sum("amount")))


def _base(run: Run, old: Run, folder: Path) -> Pay:
    """What the earlier run's inputs pay over the days of this one; nothing where its plan was not in force then."""
    if (old.start, old.end) == (run.start, run.end):
        return pay_of(old)
    return _mixed(run, old, set(), folder / "base") or {}


def _mixed(run: Run, old: Run, exchanged: set[Reason], folder: Path) -> Pay | None:
    """What is paid with some kinds of input of this run and the others of the earlier one; None: it cannot be told."""
    own, earlier = _inputs(run), _inputs(old)
    files: dict[str, Path] = {}
    for name in own.keys() | earlier.keys():
        source = run if reason_of(name) in exchanged else old
        file = source.folder / "data" / f"{name}.parquet"
        if not file.exists() and name not in source.record["reads"]:  # the old plan still does
            file = old.folder / "data" / f"{name}.parquet"
        if file.exists():
            files[name] = file
    link(files, folder)
    version = run.version if Reason.PLAN in exchanged else old.version
    checked = checked_version(version)
    if checked.plan.currency != run.record["currency"]:
        return None
    # Asked for everybody by name: orders of somebody whom the earlier people do not know are no fault here.
    everybody = pq.read_table(folder / "participants.parquet", columns=["participant"])["participant"].to_pylist()
    try:
        return run_plan(checked, folder, period=f"{run.start}..{run.end}", participants=everybody).paid()
    except (AttainError, UsageError):
        return None


def _details(
    run: Run, old: Run, amounts: Mapping[Reason, Pay], joined: Mapping[str, str]
) -> tuple[dict[tuple[str, Reason], dict[str, object]], Counts, int]:
    """What changed for each person whose pay did, by reason; how many rows of each table did, and by who is paid."""
    found: dict[tuple[str, Reason], dict[str, object]] = {}
    counts: Counts = {}
    own = 0
    for reason in amounts:
        names = {name for name in _changed(old, run) if _counted_as(reason_of(name), joined) == reason}
        told, differ = changed_rows(old, run, names, amounts[reason])
        counts |= differ
        own += name_authors(run, told)
        versions: dict[str, object] = (
            {"before": old.version.number, "after": run.version.number} if reason == Reason.PLAN else {}
        )
        found |= {(who, reason): versions | told.get(who, {}) for who in amounts[reason]}
    return found, counts, own


def _counted_as(reason: str, joined: Mapping[str, str]) -> str:
    """The kind of input with which one is counted."""
    return _counted_as(joined[reason], joined) if reason in joined else reason


def _keep(run: Run, rows: list[Difference], told: dict[str, object]) -> None:
    """Keep what was found, in place of what an earlier attempt found."""
    with recorded(SYSTEM, "runs.compare", subject=f"runs/{run.pk}", differences=len(rows)):
        now = Run.objects.select_for_update(of=("self",)).get(pk=run.pk)
        Difference.objects.filter(run=run).delete()
        Difference.objects.bulk_create(rows, batch_size=2000)
        now.record["comparison"] = told
        now.save(update_fields=["record"])
