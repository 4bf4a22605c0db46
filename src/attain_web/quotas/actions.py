"""What the actions on the grid of quotas are called in the audit trail; those on single rows are every table's."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "quotas.write": _("Wrote quotas in the grid"),
    "quotas.export_grid": _("Exported the grid of quotas"),
}
