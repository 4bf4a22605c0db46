"""Quotas: rows and constraints."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models

from attain_web.rows.base import Row, currency_value, decimal_value, participant_key, text_value, versioned


@versioned
class Quota(Row):
    """The quota of a participant (for a team: of its manager) for a measure and a period."""

    participant = participant_key(null=False)
    measure = models.TextField()
    start = models.DateField()
    end = models.DateField(null=True, blank=True)  # empty: the plan's period that begins on start
    quota = decimal_value(null=False, validators=[MinValueValidator(0)])
    currency = currency_value()

    class Meta:
        """Each period once."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["participant", "measure", "start", "end"], nulls_distinct=False, name="quota_key"
            )
        ]

    def __str__(self) -> str:
        """Whose quota for what."""
        return f"{self.participant_id}: {self.measure}"


@versioned
class QuotaAdjustment(Row):
    """An amount that was added to somebody's quota, or taken from it: relief, an amendment."""

    adjustment = models.TextField(unique=True)
    participant = participant_key(null=False)
    measure = models.TextField()
    start = models.DateField()
    end = models.DateField()
    amount = decimal_value(null=False)
    reason = models.TextField()
    approver = models.TextField()

    def __str__(self) -> str:
        """The key."""
        return self.adjustment


@versioned
class Objective(Row):
    """An objective that somebody was given, with the score it was given in the end."""

    objective = models.TextField(unique=True)
    participant = participant_key()
    name = text_value()
    date = models.DateField()
    weight = decimal_value(null=False)
    score = decimal_value()
    approver = text_value()

    def __str__(self) -> str:
        """Its name, else the key."""
        return self.name or self.objective
