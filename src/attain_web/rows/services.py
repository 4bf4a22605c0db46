"""Writes of rows: one transaction with its event in the audit trail, by who may write so far."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.utils import timezone
from django.utils.translation import gettext as _

from attain_web.access.audit import recorded
from attain_web.access.viewer import NotAllowedError, Viewer
from attain_web.rows.attributes import fitted
from attain_web.rows.base import Row
from attain_web.rows.queries import may_write, value_of, visible
from attain_web.rows.table import RowTable


def save_row(
    table: RowTable, viewer: Viewer, values: dict[str, Any], *, row: Row | None = None, seen: datetime | None = None
) -> Row:
    """Make a row, or change one; returns it as it stands then.

    ``values`` holds declared columns, references by key, and may hold ``attributes``: those that it names change, the
    others stay. ``seen`` is when the version was made that the change began from (empty: the one in ``row``), so that
    nobody writes over what they have not seen. Raises NotAllowedError where the row, before or after, is not the
    viewer's to write, and ValidationError (by column) for what the row cannot be.
    """
    viewer.must_write(table.area, reach=table.writes)
    if row is not None and not may_write(table, viewer, row):
        raise NotAllowedError(_("Your roles let you see this row, but not change it."))
    action = f"{table.name}.{'change' if row else 'make'}"
    with recorded(viewer, action) as event:
        if row:
            _must_be_unchanged(table, row, seen or row.changed_at)
        before = told(table, row) if row else {}
        saved = row or table.model()
        if (given := values.get("attributes")) is not None:
            others = table.model._default_manager.exclude(pk=saved.pk)
            values = values | {"attributes": saved.attributes | fitted(given, saved.attributes, others)}
        for name, value in values.items():
            setattr(saved, _attribute(table, name), value)
        saved.changed_by_id, saved.changed_at, saved.batch = viewer.user_id, timezone.now(), None
        if table.before_write:
            table.before_write([value_of(saved, table.schema.key[0])])
        _save(table, saved)
        if table.after_write:
            table.after_write()
        if not visible(table, viewer, to_write=True).filter(pk=saved.pk).exists():
            raise NotAllowedError(_("A row that you write must be yours, or of the people below you."))
        after = told(table, saved)
        event.subject = f"{table.name}/{saved.pk}"
        event.details = {name: [before.get(name), value] for name, value in after.items() if before.get(name) != value}
        event.is_needed = bool(event.details)
    return saved


def _must_be_unchanged(table: RowTable, row: Row, seen: datetime) -> None:
    """Lock the row until the transaction ends; raise ValidationError where it is another version than was seen."""
    now = table.model._default_manager.select_for_update().values_list("changed_at", flat=True).get(pk=row.pk)
    if now != seen:
        raise ValidationError(
            _("Somebody changed this row while you did. Open it again, and make your change to what it is now.")
        )


def told(table: RowTable, row: Row) -> dict[str, Any]:
    """A row's values by column, as the audit trail keeps them."""
    return {name: value_of(row, name) for name in table.columns} | dict(row.attributes)


def _attribute(table: RowTable, name: str) -> str:
    return name if name == "attributes" else str(table.model._meta.get_field(name).attname)  # type: ignore[union-attr]


def _save(table: RowTable, row: Row) -> None:
    """Check a row as a whole and save it; what the database refuses is told as what a person can mend."""
    references = [name for name, column in table.columns.items() if column.refers_to]
    row.full_clean(exclude=[*references, "batch", "changed_by", "changed_at"])
    for name in table.schema.key:
        if isinstance(key := value_of(row, name), str) and not key.strip():
            raise ValidationError({name: _("Write more than blanks: other rows refer to it by this key.")})
    for name in references:
        column = table.columns[name]
        key = value_of(row, name)
        if column.refers_to == "participants" and key and not _is_participant(row, name, key):
            raise ValidationError({name: _("There is no participant with the key “%(key)s”.") % {"key": key}})
    try:
        row.save()
        check_constraints()
    except IntegrityError as error:
        raise ValidationError(in_words(row, error)) from error


def in_words(row: Row, error: IntegrityError) -> str:
    """What the database refused about a row: the words its model gives that constraint, else the database's own."""
    broken = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    for constraint in row._meta.constraints:
        if constraint.name == broken:
            return str(constraint.get_violation_error_message())
    return _("This contradicts another row: %(told)s") % {"told": str(error).splitlines()[0]}


def check_constraints() -> None:
    """Check now what the database would check when the transaction ends, so that it can still be told in words."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _is_participant(row: Row, name: str, key: str) -> bool:
    model: Any = row._meta.get_field(name).related_model
    return bool(model._default_manager.filter(participant=key).exists())
