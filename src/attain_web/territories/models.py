"""Territories, and who covers them when: rows and constraints."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from attain.columns import RELATED_TO
from attain_web.rows.base import Row, decimal_value, participant_key, reference, text_value, versioned


@versioned
class Territory(Row):
    """A territory."""

    territory = models.TextField(unique=True)
    name = text_value()
    region = text_value()

    class Meta:
        """By key."""

        ordering: ClassVar = ["territory"]

    def __str__(self) -> str:
        """Name, else key."""
        return self.name or self.territory


@versioned
class Coverage(Row):
    """A participant covers a territory in ``[start, end)``."""

    participant = participant_key(null=False)
    territory = reference("territories.Territory", column="territory", null=False)
    start = models.DateField(null=True, blank=True)
    end = models.DateField(null=True, blank=True)

    class Meta:
        """Each beginning once; that two do not overlap is checked with the data."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["participant", "start"], nulls_distinct=False, name="coverage_key")
        ]

    def __str__(self) -> str:
        """Who covers what."""
        return f"{self.participant_id} covers {self.territory_id}"


@versioned
class Relationship(Row):
    """A participant stands in a named relation to another, an account, a territory or a product in ``[start, end)``."""

    participant = participant_key(null=False)
    relation = models.TextField()
    of_table = models.TextField(choices=[(name, name) for name in RELATED_TO])
    of = models.TextField()
    share = decimal_value()
    start = models.DateField(null=True, blank=True)
    end = models.DateField(null=True, blank=True)

    class Meta:
        """Each beginning once; that two do not overlap is checked with the data."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["participant", "relation", "of_table", "of", "start"],
                nulls_distinct=False,
                name="relationship_key",
            )
        ]

    def __str__(self) -> str:
        """Who is what of what."""
        return f"{self.participant_id}: {self.relation} of {self.of}"
