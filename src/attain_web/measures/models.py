"""Measures that the company defines beside the catalogue: rows and constraints."""

from __future__ import annotations

from typing import ClassVar

import pghistory
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from attain_web.access.models import User


@pghistory.track(
    pghistory.InsertEvent("made"),
    pghistory.UpdateEvent("changed"),
    pghistory.DeleteEvent("removed"),
    context_field=None,  # type: ignore[arg-type] # as its documentation says
    append_only=True,
)
class CompanyMeasure(models.Model):
    """A measure of the company's own, as a text that the library reads; every version of it is kept."""

    name = models.TextField(_("name"), unique=True)  # as plans and quotas speak of it
    text = models.TextField(_("definition"))  # YAML: the keys of attain.measures.measure.Measure
    changed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        """By name; a name is a word as formulas know it."""

        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(name__regex=r"^[a-z][a-z0-9_]*$"),
                name="measure_name",
                violation_error_message=_(
                    "A measure's name has small letters, digits and _, and begins with a letter."
                ),
            )
        ]

    def __str__(self) -> str:
        """Its name."""
        return self.name
