"""Writes of measures: the company's own are defined, changed and removed by plan designers."""

from __future__ import annotations

import re
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from attain.errors import raise_errors
from attain.measures.measure import Measure, with_operands
from attain.plans.document import catalogue
from attain_web.access.audit import recorded
from attain_web.access.rights import Area, Reach
from attain_web.access.viewer import Viewer
from attain_web.measures.documents import checked
from attain_web.measures.models import CompanyMeasure
from attain_web.measures.queries import known_measures, made_of, quotas_of


def save_measure(viewer: Viewer, name: str, text: str, *, seen: datetime | None = None) -> CompanyMeasure:
    """Define a measure of the company, or with ``seen`` (when the version was made that was read) change it.

    Raises AttainError with every fault of the text, ValidationError for what else cannot be.
    """
    viewer.must_write(Area.MEASURES, reach=Reach.ALL)
    with recorded(viewer, f"measures.{'change' if seen else 'make'}", subject=f"measures/{name}") as event:
        _lock()
        _must_be_word(name)
        row = CompanyMeasure.objects.filter(name=name).first()
        _must_fit(name, row, seen)
        others = known_measures()
        others.pop(name, None)
        measure, faults = checked(name, text, others)
        raise_errors(faults)
        assert measure is not None, "without faults there is a measure"
        _must_end({**others, name: measure})
        before = row.text if row else ""
        row = row or CompanyMeasure(name=name)
        row.text, row.changed_by_id, row.changed_at = text, viewer.user_id, timezone.now()
        row.full_clean(exclude=["changed_by", "changed_at"])
        event.details, event.is_needed = {"text": [before, text]}, before != text
        if event.is_needed:
            row.save()
    return row


def remove_measure(viewer: Viewer, name: str) -> None:
    """Take out a measure of the company; refused while a quota or another measure names it."""
    viewer.must_write(Area.MEASURES, reach=Reach.ALL)
    with recorded(viewer, "measures.remove", subject=f"measures/{name}") as event:
        _lock()
        row = CompanyMeasure.objects.get(name=name)
        if quotas_of(name):
            raise ValidationError(_("There are quotas for this measure: take them out, or give them another measure."))
        if others := made_of(name):
            told = _("%(others)s is made of this measure: change that first.")
            raise ValidationError(told % {"others": ", ".join(others)})
        event.details = {"text": [row.text, ""]}
        row.delete()


def _lock() -> None:
    """One definition at a time, so that no two together make a measure of itself."""
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {CompanyMeasure._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")


def _must_be_word(name: str) -> None:
    """Raise ValidationError for what is no name of a measure."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,99}", name):
        told = _("A measure's name has small letters, digits and _, and begins with a letter.")
        raise ValidationError({"name": told})


def _must_fit(name: str, row: CompanyMeasure | None, seen: datetime | None) -> None:
    """Raise ValidationError for a name that is taken, or a version that is not the one that was read."""
    if name in catalogue():
        raise ValidationError({"name": _("The catalogue has a measure of this name: choose another.")})
    if seen is None and row:
        raise ValidationError({"name": _("There is a measure of this name: choose another, or change that one.")})
    if seen and (row is None or row.changed_at != seen):
        raise ValidationError(
            _("Somebody changed this measure while you did. Open it again, and change what it is now.")
        )


def _must_end(known: dict[str, Measure]) -> None:
    """Raise ValidationError where a measure would be made of itself."""
    try:
        with_operands(tuple(known), known)
    except ValueError as error:
        raise ValidationError(str(error)) from None
