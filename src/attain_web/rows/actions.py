"""What the actions on rows of tables are called in the audit trail."""

from __future__ import annotations

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from attain_web.rows.table import row_tables

ACTIONS = {
    f"{table.name}.{deed}": format_lazy(told, what=what)
    for table in row_tables().values()
    for deed, told, what in (
        ("make", _("Entered: {what}"), table.one),
        ("change", _("Changed: {what}"), table.one),
        ("export", _("Exported: {what}"), table.title),
    )
}
