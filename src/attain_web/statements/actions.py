"""What the actions of statements are called in the audit trail."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "statements.issue": _("Issued the statements of a run"),
    "statements.prepare": _("Prepared the statements of a run"),
    "statements.export": _("Exported a statement"),
}
