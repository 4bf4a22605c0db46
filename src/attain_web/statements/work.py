"""Explaining a run's statements from the folder of the run, and keeping them: each whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from attain.errors import AttainError, UsageError
from attain.plans.document import CheckedPlan, read_plan
from attain.plans.explain import Explainer
from attain.run import Progress, run_plan
from attain.run import Run as Calculated
from attain_web.payouts.models import Attainment, Payout, Result, Run
from attain_web.payouts.queries import replaced
from attain_web.statements.models import Statement, StatementLine
from attain_web.statements.tree import Line, Split

_COLUMNS = ("statement_id", "node", "place", "fact", "date", "amount", "formula", "kind", "split", "paid")


class NotExplainedError(Exception):
    """A statement that cannot be explained; the message says why."""


@dataclass(frozen=True)
class Explained:
    """What explains the statements of a run: its plan over the data that it read, calculated once."""

    run: Run
    participants: tuple[str, ...] | None = None
    """Whose; None: everybody's."""
    told: Progress | None = None

    @cached_property
    def plan(self) -> CheckedPlan:
        """The plan as the run read it."""
        return read_plan((self.run.folder / "plan.yaml").read_text(encoding="utf-8"), name="plan.yaml")

    @cached_property
    def calculated(self) -> Calculated:
        """The plan over the run's data; raises NotExplainedError where that is not there any more."""
        try:
            return run_plan(
                self.plan,
                self.run.folder / "data",
                period=self.run.period,
                participants=self.participants,
                progress=self.told,
            )
        except OSError as error:
            raise NotExplainedError(_("The data that the run read is not kept any more.")) from error
        except (AttainError, UsageError) as error:
            raise NotExplainedError(_("The run cannot be repeated: %(told)s") % {"told": error}) from error

    @property
    def is_calculated(self) -> bool:
        """Whether the plan could be calculated."""
        return "calculated" in vars(self)

    def keep(self, statement: Statement) -> None:
        """Explain one statement and keep it with its lines; raises NotExplainedError where it is not what was paid."""
        explainer = Explainer(
            self.calculated.engine, self.calculated.compiler, str(statement.participant_id), names_others=False
        )
        node = explainer.explain(self.run.period)
        if Decimal(node.amount or 0) != statement.amount:
            raise NotExplainedError(
                _("The statement of %(who)s comes to %(found)s, and the run pays %(paid)s.")
                % {"who": statement.participant_id, "found": node.amount, "paid": statement.amount.normalize()}
            )
        split = Split(self.plan)
        tree = split.record(node)
        with transaction.atomic():
            held = Statement.objects.select_for_update().get(pk=statement.pk)
            if held.explained_at is None:
                _copy(held.pk, split.lines)
                held.tree, held.currency, held.explained_at = tree, node.unit, timezone.now()
                held.save(update_fields=["tree", "currency", "explained_at"])
        statement.tree, statement.currency, statement.explained_at = held.tree, held.currency, held.explained_at


def _copy(statement: int, lines: Iterable[Line]) -> None:
    columns = ", ".join(f'"{name}"' for name in _COLUMNS)
    table = StatementLine._meta.db_table
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for line in lines:
            paid = None if line.paid is None else str(line.paid)
            told = (line.node, line.place, line.fact, line.date, line.amount, line.formula, line.kind, line.split, paid)
            copy.write_row((statement, *told))


def issue(run: Run, participants: Iterable[str] | None = None) -> None:
    """Make the rows of a run's statements with what it pays each; those that are there stay.

    Who was paid for its periods by a run that it replaces, and is not in it any more, has one as well: of nothing.
    """
    paid = dict(_of(Payout, run, participants).annotate(sum=Sum("amount")).values_list("participant_id", "sum"))
    measured = _of(Attainment, run, participants).distinct().values_list("participant_id", flat=True)
    left = _people(replaced(run).exclude(amount=0), participants).values_list("participant_id", flat=True)
    known = {**dict.fromkeys(left), **dict.fromkeys(measured), **paid}
    currency = Payout.objects.filter(run=run).values_list("currency", flat=True).first() or ""
    Statement.objects.bulk_create(
        (
            Statement(run=run, participant_id=key, amount=amount or Decimal(0), currency=currency)
            for key, amount in sorted(known.items())
        ),
        batch_size=1000,
        ignore_conflicts=True,
    )


def _of(model: type[Result], run: Run, participants: Iterable[str] | None) -> QuerySet[Any, Any]:
    """What a run found, of everybody or of these, by participant."""
    return _people(model._default_manager.filter(run=run), participants)


def _people(found: QuerySet[Any, Any], participants: Iterable[str] | None) -> QuerySet[Any, Any]:
    if participants is not None:
        found = found.filter(participant__in=list(participants))
    return found.order_by().values("participant_id")
