"""Runs of plans and what they found, row by row: rows and constraints. What a run found never changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attain_web.access.models import User
from attain_web.plans.models import PlanVersion
from attain_web.rows.base import Row, decimal_value, participant_key, reference, text_value, versioned


class Run(models.Model):
    """A calculation of one plan version for a span of periods, over the data as it stood when it began."""

    class State(models.TextChoices):
        """How far it has come."""

        QUEUED = "queued", _("Waiting")
        CALCULATING = "calculating", _("Calculating")
        CALCULATED = "calculated", _("Calculated")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Sent back")
        STOPPED = "stopped", _("Stopped")
        FAILED = "failed", _("Failed")

    version = models.ForeignKey(PlanVersion, models.PROTECT, related_name="runs")
    period = models.TextField()  # as asked for: 2026-Q1, 2026-03, 2026, all, or 2026-01-01..2026-04-01
    start = models.DateField(null=True)  # what it decides on: every period of payment within [start, end)
    end = models.DateField(null=True)
    state = models.TextField(choices=State.choices, default=State.QUEUED)
    key = models.UUIDField(default=uuid4, unique=True)  # the name of its folder
    started_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")  # empty: by the schedule
    resumed_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+"
    )  # who took it up when it was cut off
    started_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(default=timezone.now)  # when it read its data: what was read later is newer
    ended_at = models.DateTimeField(null=True)
    stop_asked = models.BooleanField(default=False)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision = models.TextField(blank=True, default="")  # what was said with the approval, or why it was sent back
    previous = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")  # what it is compared with
    told = models.JSONField(default=dict)  # while it works: what is being done, how far it is; what stopped it
    record = models.JSONField(default=dict)  # fingerprints, software, rows read, faults, totals

    class Meta:
        """Newest first; nobody approves what they started, and a run that was approved stays so."""

        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(state="approved")
                | Q(decided_by__isnull=False)
                & (Q(started_by__isnull=True) | ~Q(decided_by=F("started_by")))
                & (Q(resumed_by__isnull=True) | ~Q(decided_by=F("resumed_by"))),
                name="run_approved_by_another",
            )
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="approved_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="approval_kept",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state="approved") & ~pgtrigger.Q(new__state="approved"),
            ),
        ]

    def __str__(self) -> str:
        """Number and period."""
        return f"{self.pk} {self.period}"

    @property
    def folder(self) -> Path:
        """Where the plan and the data that it read lie, as ``attain run`` reads them."""
        return Path(settings.MEDIA_ROOT) / "runs" / str(self.key)


class Result(models.Model):
    """A row that a run found about a participant and a period ``[period_start, period_end)``; it never changes."""

    run = models.ForeignKey(Run, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    # Without a check by the database: a run writes many rows at once, of participants that it just read there.
    participant: Any = reference("people.Participant", column="participant", null=False)
    period_start = models.DateField()
    period_end = models.DateField()

    class Meta:
        """Only its children are tables."""

        abstract: ClassVar = True


def _kept() -> list[pgtrigger.Trigger]:
    return [pgtrigger.Protect(name="results_kept", operation=pgtrigger.Update | pgtrigger.Delete)]


def _digits(places: int, *, null: bool = False) -> models.DecimalField[Any, Any]:
    return models.DecimalField(max_digits=places + 32, decimal_places=places, null=null)


def _exact() -> models.DecimalField[Any, Any]:
    """With room for every digit that the library calculates with; what COPY writes would else be rounded in silence."""
    return _digits(28, null=True)


class Attainment(Result):
    """A measure's value in a period and, where there is one, its quota and how much of it was attained."""

    measure = models.TextField()
    value = _exact()
    quota = _digits(9, null=True)
    attainment = _exact()  # value ÷ quota; empty without a quota, and where it is 0

    class Meta:
        """One row per run, participant, measure and period."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["run", "participant", "measure", "period_start", "period_end"], name="attainment_key"
            )
        ]
        triggers: ClassVar = _kept()

    def __str__(self) -> str:
        """What of whom."""
        return f"{self.participant_id}: {self.measure}"


class Earning(Result):
    """What one component of the plan pays a participant for a period."""

    component = models.TextField()
    measure_value = _exact()
    quota = _digits(9, null=True)
    rate = _exact()  # the last rate that was reached; empty where there were several
    amount = _digits(6)
    currency = models.TextField()

    class Meta:
        """One row per run, participant, component and period."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["run", "participant", "component", "period_start", "period_end"], name="earning_key"
            )
        ]
        triggers: ClassVar = _kept()

    def __str__(self) -> str:
        """What of whom."""
        return f"{self.participant_id}: {self.component}"


class Payout(Result):
    """All that a plan pays a participant in a period of payment: the sum of earnings that fall due in it."""

    amount = _digits(6)
    currency = models.TextField()

    class Meta:
        """One row per run, participant and period."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "participant", "period_start", "period_end"], name="payout_key")
        ]
        indexes: ClassVar = [models.Index(fields=["participant", "run"], name="payout_by_participant")]
        triggers: ClassVar = _kept()

    def __str__(self) -> str:
        """Whose."""
        return str(self.participant_id)


class Difference(models.Model):
    """Why a participant's pay is another than in the run before: one row per reason; they sum to the difference."""

    class Reason(models.TextChoices):
        """What changed, in the order in which the changes are taken."""

        EARLIER = "earlier", _("Other runs that counted")
        FACTS = "facts", _("Orders and other facts")
        PEOPLE = "people", _("People and reporting lines")
        QUOTAS = "quotas", _("Quotas")
        PLAN = "plan", _("Plan")

    run = models.ForeignKey(Run, models.PROTECT, related_name="differences", db_constraint=False)
    participant: Any = reference("people.Participant", column="participant", null=False)
    reason = models.TextField(choices=Reason.choices)
    amount = _digits(6)
    details = models.JSONField(default=dict)  # facts that came, went or changed; quotas before and after; at most 20

    class Meta:
        """One row per run, participant and reason."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "participant", "reason"], name="difference_key")
        ]

    def __str__(self) -> str:
        """Whose, and why."""
        return f"{self.participant_id}: {self.reason}"


@versioned
class Adjustment(Row):
    """An amount that somebody added to a participant's pay, or took from it, by hand."""

    adjustment = models.TextField(unique=True)
    participant = participant_key(null=False)
    plan = models.TextField()
    date = models.DateField()
    amount = decimal_value(null=False)
    reason = models.TextField()
    approver = models.TextField()
    fact = text_value()

    def __str__(self) -> str:
        """The key."""
        return self.adjustment


@versioned
class Hold(Row):
    """What is not paid of a fact before somebody releases it."""

    hold = models.TextField(unique=True)
    fact_table = models.TextField()
    fact = models.TextField()
    participant = participant_key()
    share = decimal_value()
    released = models.DateField(null=True, blank=True)
    reason = models.TextField()
    approver = models.TextField()

    def __str__(self) -> str:
        """The key."""
        return self.hold
