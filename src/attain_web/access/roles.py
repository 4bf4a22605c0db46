"""What each role is for, in a sentence, for who gives roles."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from attain_web.access.rights import Role

MEANINGS: dict[str, Promise] = {
    Role.ADMINISTRATOR: _("Users, roles and settings; reads people, and in the audit trail all that was ever changed."),
    Role.DESIGNER: _("Writes plans and measures; reads all data they are about."),
    Role.OPERATIONS: _("Brings in data and keeps it right: people, accounts, orders, quotas."),
    Role.FINANCE: _("Reads all data, brings in orders and payments, approves."),
    Role.MANAGER: _("Sees their own and that of the people below them; keeps their records."),
    Role.PARTICIPANT: _("Sees their own; keeps their own opportunities, orders and activities."),
    Role.EXECUTIVE: _("Reads people, records and quotas; changes nothing."),
    Role.AUDITOR: _("Reads everything, users and the audit trail too; changes nothing."),
}


def meaning(role: str) -> str:
    """What a role is for; nothing for what is none."""
    return str(MEANINGS.get(role, ""))
