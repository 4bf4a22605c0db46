"""Statements are issued when a run is approved, and explained by a worker, or for one person on demand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from attain_web.access.audit import recorded
from attain_web.access.models import AuditEvent
from attain_web.access.queries import users_with
from attain_web.access.rights import RIGHTS, Area
from attain_web.access.viewer import SYSTEM, Viewer
from attain_web.imports.progress import tell
from attain_web.look.table import number
from attain_web.notices.queries import was_told
from attain_web.notices.services import notify
from attain_web.payouts.models import Payout, Run
from attain_web.payouts.queries import replaced
from attain_web.people.queries import users_of
from attain_web.statements.changes import in_short
from attain_web.statements.models import Statement
from attain_web.statements.work import Explained, NotExplainedError, issue

PREPARING = 4_183_2026
"""The first half of the key of the advisory lock of who prepares a run's statements; the run's number is the other."""
AT_ONCE = 100
"""So many people are calculated together: each is explained from the facts of these alone, and not of everybody."""
_TOLD = 20
"""So many faults are told."""


def prepare_run(pk: int) -> None:
    """Issue and explain the statements of an approved run, as a worker does; what is there already stays.

    Each statement is whole or not there, so a worker that was killed leaves nothing half done, and the next goes on.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [PREPARING, pk])
        if not cursor.fetchone()[0]:
            return  # another worker has it
        try:
            run = Run.objects.select_related("version__plan").get(pk=pk)
            if run.state == Run.State.APPROVED:
                _issue(run)
                _explain(run)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [PREPARING, pk])


def _issue(run: Run) -> None:
    """Make the rows of all statements; the audit trail has it once."""
    with recorded(SYSTEM, "statements.issue", subject=f"runs/{run.pk}") as event:
        before = Statement.objects.filter(run=run).count()
        issue(run)
        event.details["count"] = Statement.objects.filter(run=run).count()
        event.is_needed = event.details["count"] > before or not _is_known("statements.issue", run)
        _tell(run)


def _is_known(action: str, run: Run) -> bool:
    """Whether the audit trail has that this was done for a run."""
    return AuditEvent.objects.filter(action=action, subject=f"runs/{run.pk}").exists()


def _tell(run: Run) -> None:
    """Tell each participant who signs in, once, that their statement is ready, or how it differs from the last."""
    about = {"plan": run.version.plan.name, "period": run.period}
    told = Statement.objects.filter(run=run)
    readers = set(users_with(*RIGHTS[Area.PAY]).values_list("pk", flat=True))
    users = {key: user for key, user in users_of(told.values("participant")).items() if user.pk in readers}
    before = replaced(run).order_by().values("participant_id").annotate(sum=Sum("amount"))
    was: dict[Any, Decimal] = dict(before.values_list("participant_id", "sum"))
    for statement in told.filter(participant__among=users):
        key = str(statement.participant_id)
        url = reverse("statements:statement", args=[run.pk, key])
        if was_told(users[key], ("statement_ready", "statement_replaced"), url):
            continue
        if key in was:
            notify([users[key]], "statement_replaced", url, **about, change=_change(statement, was[key]))
        else:
            notify([users[key]], "statement_ready", url, **about)


def _change(statement: Statement, before: Decimal) -> str:
    """How much more or less a statement comes to than what it replaces, and what changed, in words."""
    more = statement.amount - before
    amount = f"{number(abs(more), is_money=True)} {statement.currency}"
    if not more:
        return _("the same amount")
    told = (_("%(amount)s more") if more > 0 else _("%(amount)s less")) % {"amount": amount}
    why = in_short(statement)
    return f"{told} ({why})" if why else told


def _explain(run: Run) -> None:
    """Explain every statement that is not yet; faults are told with the run."""
    waiting = list(Statement.objects.filter(run=run, explained_at=None).order_by("participant_id"))
    if not waiting and _is_known("statements.prepare", run):
        return
    known, faults = Statement.objects.filter(run=run).count(), list[str]()
    try:
        for begin in range(0, len(waiting), AT_ONCE):
            tell([run], statements={"done": known - len(waiting) + begin, "of": known, "faults": faults[:_TOLD]})
            some = waiting[begin : begin + AT_ONCE]
            if not _explain_some(Explained(run, tuple(str(one.participant_id) for one in some)), some, faults):
                break  # it will not be for anybody else
    except Exception:
        faults.append(_("It came to an unexpected end; the server's log tells more."))
        raise
    finally:
        done = Statement.objects.filter(run=run, explained_at__isnull=False).count()
        tell([run], statements={"done": done, "of": known, "faults": faults[:_TOLD]})
    _conclude(run, done, known, faults)


def _explain_some(explained: Explained, statements: list[Statement], faults: list[str]) -> bool:
    """Explain some statements by one calculation; whether that was possible."""
    for statement in statements:
        try:
            explained.keep(statement)
        except NotExplainedError as error:
            faults.append(str(error))
            if not explained.is_calculated:
                return False
    return True


def _conclude(run: Run, done: int, known: int, faults: list[str]) -> None:
    """Write down that the statements are there, and that they sum to what the run pays; or what is amiss."""
    total = Statement.objects.filter(run=run).aggregate(sum=Sum("amount"))["sum"] or 0
    paid = Payout.objects.filter(run=run).aggregate(sum=Sum("amount"))["sum"] or 0
    if total != paid:
        faults.append(
            _("The statements come to %(found)s, and the run pays %(paid)s.") % {"found": total, "paid": paid}
        )
    told = {"count": done, "of": known, "amount": str(total), "paid": str(paid)}
    with recorded(SYSTEM, "statements.prepare", subject=f"runs/{run.pk}", faults=faults[:_TOLD], **told):
        pass


def explain_one(statement: Statement) -> Statement:
    """A statement with its tree, explained now where no worker has done so yet; raises NotExplainedError."""
    if statement.pk is None:
        key = str(statement.participant_id)
        issue(statement.run, [key])
        statement = Statement.objects.select_related("run__version__plan", "run__decided_by").get(
            run=statement.run, participant=key
        )
    if statement.explained_at is None:
        Explained(statement.run, (str(statement.participant_id),)).keep(statement)
    return statement


def note_export(viewer: Viewer, statement: Statement, kind: str) -> None:
    """Write down in the audit trail who took a statement out of the platform."""
    subject = f"statements/{statement.run_id}/{statement.participant_id}"
    with recorded(viewer, "statements.export", subject=subject, format=kind):
        pass
