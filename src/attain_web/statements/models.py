"""Statements as they are kept with a run, so that they open at once and stay as they were: rows."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from attain_web.payouts.models import Run
from attain_web.rows.base import reference


class Statement(models.Model):
    """One participant's pay of a run; once explained, with the tree of ``attain explain`` without its facts."""

    run = models.ForeignKey(Run, models.PROTECT, related_name="statements")
    participant: Any = reference("people.Participant", column="participant", null=False)
    amount = models.DecimalField(max_digits=38, decimal_places=6)
    currency = models.TextField()
    tree = models.JSONField(default=dict)  # nodes in each other, each with its number in order of reading
    made_at = models.DateTimeField(auto_now_add=True)
    explained_at = models.DateTimeField(null=True)  # empty: the tree and its lines are not there yet

    class Meta:
        """One for each participant of a run."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["run", "participant"], name="statement_key")]
        indexes: ClassVar = [models.Index(fields=["participant", "-run"], name="statement_by_participant")]

    def __str__(self) -> str:
        """Whose."""
        return str(self.participant_id)


class StatementLine(models.Model):
    """A fact under a node of a statement's tree: an order with its credit, or with the part of pay that it earned."""

    # Without a check by the database: a statement's lines are written at once, together with it.
    statement = models.ForeignKey(Statement, models.CASCADE, related_name="lines", db_index=False, db_constraint=False)
    node = models.IntegerField()  # number of the node that it stands under
    place = models.IntegerField()  # its place there, from 0
    fact = models.TextField()  # key of the fact, in the table that the node names
    date = models.DateField()
    amount = models.DecimalField(max_digits=60, decimal_places=28)  # with room for every digit of any measure
    formula = models.TextField(blank=True, default="")  # how the amount came about, or why it is credited
    kind = models.TextField(blank=True, default="")  # of a credit: direct, rollup …
    split = models.DecimalField(max_digits=9, decimal_places=6, null=True)  # per cent of the fact's credit
    paid = models.DecimalField(max_digits=38, decimal_places=6, null=True)  # what its component pays for the fact

    class Meta:
        """In the order of the tree."""

        ordering: ClassVar = ["node", "place"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["statement", "node", "place"], name="statement_line_key")
        ]

    def __str__(self) -> str:
        """Its fact."""
        return self.fact
