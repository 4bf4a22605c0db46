"""What the actions of imports are called in the audit trail."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "imports.hand_in": _("Handed in files"),
    "imports.import": _("Imported files"),
    "imports.undo": _("Undid an import"),
    "imports.save_profile": _("Saved a mapping"),
}
