"""Participants with everything dated about them, reporting lines, and who is above whom: rows and constraints."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Deferrable, F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from attain_web.access.models import User
from attain_web.rows.base import Row, participant_key, reference, text_value, versioned


def no_overlap(name: str, *owners: str, told: Any) -> ExclusionConstraint:
    """No two rows of the same owners hold on the same day; an empty date stands for ever."""
    same = [(Func(F(owner), F(owner), Value("[]"), function="attain_key"), RangeOperators.EQUAL) for owner in owners]
    days = Func(F("start"), F("end"), Value("[)"), function="daterange")
    return ExclusionConstraint(
        name=name,
        expressions=[*same, (days, RangeOperators.OVERLAPS)],
        deferrable=Deferrable.DEFERRED,
        violation_error_message=told,
    )


def ends_after_start(name: str) -> models.CheckConstraint:
    """A version ends after it begins."""
    return models.CheckConstraint(
        condition=Q(end__gt=F("start")) | Q(start=None) | Q(end=None),
        name=name,
        violation_error_message=_("The end must be later than the start; it is the first day that no longer counts."),
    )


class Participant(models.Model):
    """Somebody, or a seat, that can be paid; what is known about them stands in versions."""

    participant = models.TextField(unique=True)
    user = models.OneToOneField(User, models.SET_NULL, null=True, related_name="participant")
    access_ends = models.DateField(null=True)  # they leave: the first day on which their user signs in no more

    class Meta:
        """By key."""

        ordering: ClassVar = ["participant"]

    def __str__(self) -> str:
        """The key."""
        return self.participant


@versioned
class ParticipantVersion(Row):
    """What is known about a participant in ``[start, end)``: name, title (their position), team, territory."""

    participant = participant_key(null=False, related_name="versions")
    name = text_value()
    title = text_value()
    team = text_value()
    territory = reference("territories.Territory", column="territory")
    start = models.DateField(null=True, blank=True)
    end = models.DateField(null=True, blank=True)

    class Meta:
        """One version for each day."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["participant", "start"], nulls_distinct=False, name="participant_version_key"
            ),
            no_overlap(
                "participant_version_overlap",
                "participant",
                told=_("Another version of this participant holds on some of these days: end one before the other."),
            ),
            ends_after_start("participant_version_dates"),
        ]

    def __str__(self) -> str:
        """Name, else key."""
        return self.name or str(self.participant_id)


@versioned
class ReportingLine(Row):
    """A participant reports to a manager in ``[start, end)``."""

    participant = participant_key(null=False, related_name="lines")
    manager = participant_key(db_column="manager", related_name="reports")
    start = models.DateField(null=True, blank=True)
    end = models.DateField(null=True, blank=True)

    class Meta:
        """One manager for each day; reports are found by their manager."""

        indexes: ClassVar = [models.Index(fields=["manager", "participant"], name="reporting_line_by_manager")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["participant", "start"], nulls_distinct=False, name="reporting_line_key"),
            no_overlap(
                "reporting_line_overlap",
                "participant",
                told=_("They report to somebody else on some of these days: end one line before the other begins."),
            ),
            ends_after_start("reporting_line_dates"),
            models.CheckConstraint(
                condition=~Q(participant=F("manager")) | Q(manager=None),
                name="reporting_line_not_to_oneself",
                violation_error_message=_("Nobody reports to themselves: choose another manager, or none."),
            ),
        ]

    def __str__(self) -> str:
        """Who to whom."""
        return f"{self.participant_id} → {self.manager_id}"
