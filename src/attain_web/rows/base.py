"""What every table of rows has: where a row came from, who changed it, and attributes beyond the declared columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import pghistory
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from attain.tables import CURRENCY_CODE
from attain_web.access.models import ImportBatch, User

M = TypeVar("M", bound=models.Model)


class Row(models.Model):
    """One row of one of the library's tables. Every version of it is kept beside it, by triggers of the database."""

    batch = models.ForeignKey(ImportBatch, models.PROTECT, null=True, related_name="+")
    changed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    changed_at = models.DateTimeField(db_default=Now())
    attributes = models.JSONField(default=dict, db_default={}, blank=True)

    class Meta:
        """Only its children are tables."""

        abstract: ClassVar = True


def versioned(model: type[M]) -> type[M]:
    """Keep every version of a model's rows in an append-only table of events: made, changed, taken out."""
    tracked: Callable[[type[M]], type[M]] = pghistory.track(
        pghistory.InsertEvent("made"),
        pghistory.UpdateEvent("changed"),
        pghistory.DeleteEvent("removed"),
        context_field=None,  # type: ignore[arg-type] # as its documentation says
        append_only=True,
    )
    return tracked(model)


def reference(to: str, *, column: str, checked: bool = False, **more: Any) -> models.ForeignKey[Any, Any]:
    """A reference by the other table's own key.

    Only references to participants are ``checked`` by the database: the library warns about an account or product that
    its own table does not have, and loses no row for it.
    """
    return models.ForeignKey(
        to,
        models.PROTECT if checked else models.DO_NOTHING,
        to_field=column,
        db_column=more.pop("db_column", column),
        db_constraint=checked,
        db_index=False,  # Meta.indexes has what lists need; two more for each reference would slow imports down
        related_name=more.pop("related_name", "+"),
        null=more.pop("null", True),
        blank=more.get("null", True),
        **more,
    )


def indexes(table: str, *columns: str) -> list[models.Index]:
    """One index for each column by which a large table is filtered and sorted; the id makes an order of equals."""
    return [models.Index(fields=[column, "id"], name=f"{table}_{column}") for column in columns]


def participant_key(**more: Any) -> models.ForeignKey[Any, Any]:
    """A reference to a participant."""
    return reference("people.Participant", column="participant", checked=True, **more)


def text_value(**more: Any) -> models.TextField[Any, Any]:
    """A text that may be missing, as the library's tables have it."""
    return models.TextField(null=True, blank=True, **more)


CURRENCY = RegexValidator(f"^{CURRENCY_CODE}\\Z", _("Write the three capital letters of the currency, such as USD."))
"""Refuses what is no currency."""


def currency_value() -> models.TextField[Any, Any]:
    """The currency of a row's amounts, which may be missing."""
    return text_value(validators=[CURRENCY])


def decimal_value(**more: Any) -> models.DecimalField[Any, Any]:
    """An exact decimal with room for the digits of every source."""
    may_be_empty = more.pop("null", True)
    return models.DecimalField(max_digits=24, decimal_places=6, null=may_be_empty, blank=may_be_empty, **more)
