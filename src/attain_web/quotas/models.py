"""Quotas: rows and constraints."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models

from attain_web.rows.base import Row, currency_value, decimal_value, participant_key, versioned


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
