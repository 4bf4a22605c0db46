"""What the actions of plans are called in the audit trail."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "plans.save_draft": _("Saved a draft of a plan"),
    "plans.discard_draft": _("Discarded a draft of a plan"),
    "plans.publish": _("Published a version of a plan"),
    "plans.retire": _("Retired a plan"),
    "plans.export_preview": _("Exported a preview of a plan"),
    "plans.restore": _("Took a retired plan up again"),
}
