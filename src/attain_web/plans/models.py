"""Plans with their versions, and who is assigned to them: rows and constraints."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attain_web.access.models import User
from attain_web.people.models import ends_after_start, no_overlap
from attain_web.rows.base import Row, participant_key, versioned

_ASSIGNED = r"(?n)^participants:\s*['\"]?assigned\M"
"""How PostgreSQL finds the texts whose plan is for those who are assigned to it."""
_FEW = 5


class Plan(models.Model):
    """A plan by the name that its texts give it; what it says stands in its versions."""

    name = models.TextField(_("name"), unique=True)
    made_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True)  # no longer offered for runs

    class Meta:
        """By name."""

        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        """The name."""
        return self.name


class PlanVersion(models.Model):
    """A text of a plan. A draft may be changed; what is published never is: a change of it is the next version."""

    class State(models.TextChoices):
        """How far it has come."""

        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="versions")
    number = models.IntegerField()  # the 'version' of its text, once published
    text = models.TextField()
    measures = models.JSONField(default=dict)  # the company's own measures that it read when published: name to text
    state = models.TextField(choices=State.choices, default=State.DRAFT)
    start = models.DateField(null=True)  # 'effective' of its text, once published
    end = models.DateField(null=True)
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)

    class Meta:
        """Newest first; one draft at a time."""

        ordering: ClassVar = ["plan", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "number"], name="plan_version_key"),
            models.UniqueConstraint(fields=["plan"], condition=Q(state="draft"), name="plan_one_draft"),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(published_at__isnull=False, start__isnull=False),
                name="plan_version_published",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="published_kept",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__state="published"),
            )
        ]

    def __str__(self) -> str:
        """Plan and number."""
        return f"{self.plan_id} v{self.number}"


@versioned
class Assignment(Row):
    """A participant is on a plan in ``[start, end)``, for plans that say ``participants: assigned``."""

    participant = participant_key(null=False, related_name="assignments")
    plan = models.TextField(_("plan"))  # the plan's name
    start = models.DateField(null=True, blank=True)
    end = models.DateField(null=True, blank=True)

    class Meta:
        """Once on a plan on each day."""

        indexes: ClassVar = [models.Index(fields=["plan", "participant"], name="assignment_by_plan")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["participant", "plan", "start"], nulls_distinct=False, name="assignment_key"
            ),
            no_overlap(
                "assignment_overlap",
                "participant",
                "plan",
                told=_("They are on this plan already on some of these days: end one assignment before the other."),
            ),
            ends_after_start("assignment_dates"),
        ]

    def __str__(self) -> str:
        """Who is on which plan."""
        return f"{self.participant_id}: {self.plan}"

    def clean(self) -> None:
        """Refuse a plan that there is none of; what was written before may still be ended."""
        was = None if self._state.adding else Assignment.objects.values_list("plan", flat=True).get(pk=self.pk)
        if self.plan == was or Plan.objects.filter(name=self.plan).exists():
            return
        told = _("There is no plan called “%(plan)s”.") % {"plan": self.plan}
        offered = Plan.objects.filter(versions__text__regex=_ASSIGNED, retired_at=None).distinct()
        if 0 < len(names := [plan.name for plan in offered[: _FEW + 1]]) <= _FEW:
            told += " " + _("Plans to which people are assigned: %(plans)s.") % {"plans": ", ".join(names)}
        raise ValidationError({"plan": told})
