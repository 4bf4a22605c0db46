"""What the actions on measures are called in the audit trail."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "measures.make": _("Defined a measure"),
    "measures.change": _("Changed a measure"),
    "measures.remove": _("Removed a measure"),
}
