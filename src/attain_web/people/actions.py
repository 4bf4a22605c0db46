"""What the actions of people are called in the audit trail."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "people.join": _("Entered a joiner"),
    "people.change_position": _("Changed a position"),
    "people.change_manager": _("Changed a manager"),
    "people.leave": _("Entered a leaver"),
    "people.stay": _("Changed the day on which somebody leaves"),
    "people.link_user": _("Linked a user to a participant"),
    "people.unlink_user": _("Ended the link of a user to a participant"),
}
