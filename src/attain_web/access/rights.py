"""The table of roles and rights: which role reads, writes or approves what, and how far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What somebody is in the organisation; a user may be several."""

    ADMINISTRATOR = "administrator", _("Administrator")
    DESIGNER = "designer", _("Plan designer")
    OPERATIONS = "operations", _("Sales operations")
    FINANCE = "finance", _("Finance")
    MANAGER = "manager", _("Manager")
    PARTICIPANT = "participant", _("Participant")
    EXECUTIVE = "executive", _("Executive")
    AUDITOR = "auditor", _("Auditor")


class Reach(IntEnum):
    """How far a right goes; each includes those below it."""

    NOTHING = 0
    SELF = 1
    """Own rows."""
    CHAIN = 2
    """Own rows, and those of the people below in the dated manager chain."""
    ALL = 3


class Area(StrEnum):
    """What rights are about."""

    USERS = "users"
    PEOPLE = "people"
    RECORDS = "records"
    """Accounts, products, opportunities, orders, activities."""
    IMPORTS = "imports"
    MEASURES = "measures"
    QUOTAS = "quotas"
    PLANS = "plans"
    RUNS = "runs"
    ATTAINMENT = "attainment"
    PAY = "pay"
    """Earnings, payouts and statements of people."""
    PAY_SUMS = "pay_sums"
    """Pay of teams of five or more, and of the whole."""
    AUDIT = "audit"
    BACKUPS = "backups"


AREAS = {
    Area.USERS: _("Users, roles, settings"),
    Area.PEOPLE: _("People"),
    Area.RECORDS: _("Accounts, opportunities, orders, activities"),
    Area.IMPORTS: _("Imports"),
    Area.MEASURES: _("Measures"),
    Area.QUOTAS: _("Quotas"),
    Area.PLANS: _("Plans"),
    Area.RUNS: _("Runs"),
    Area.ATTAINMENT: _("Attainment"),
    Area.PAY: _("Pay and statements"),
    Area.PAY_SUMS: _("Pay by team"),
    Area.AUDIT: _("Audit trail"),
    Area.BACKUPS: _("Backups"),
}
"""What areas are called."""


@dataclass(frozen=True)
class Right:
    """How far somebody reads and writes in an area, and whether they approve what others made there."""

    read: Reach = Reach.NOTHING
    write: Reach = Reach.NOTHING
    approve: bool = False

    def __or__(self, other: Right) -> Right:
        """Rights of several roles add up."""
        return Right(max(self.read, other.read), max(self.write, other.write), self.approve or other.approve)


_NO = Right()
_READS = Right(Reach.ALL)
_WRITES = Right(Reach.ALL, Reach.ALL)
_OWN = Right(Reach.SELF)
_CHAIN = Right(Reach.CHAIN)
_APPROVES = Right(Reach.ALL, approve=True)

RIGHTS: dict[Area, dict[Role, Right]] = {
    Area.USERS: {Role.ADMINISTRATOR: _WRITES, Role.AUDITOR: _READS},
    Area.PEOPLE: {
        **dict.fromkeys((Role.ADMINISTRATOR, Role.DESIGNER, Role.FINANCE, Role.EXECUTIVE, Role.AUDITOR), _READS),
        Role.OPERATIONS: _WRITES,
        Role.MANAGER: _CHAIN,
        Role.PARTICIPANT: _OWN,
    },
    Area.RECORDS: {
        **dict.fromkeys((Role.DESIGNER, Role.FINANCE, Role.EXECUTIVE, Role.AUDITOR), _READS),
        Role.OPERATIONS: _WRITES,
        Role.MANAGER: Right(Reach.CHAIN, Reach.CHAIN),
        Role.PARTICIPANT: Right(Reach.SELF, Reach.SELF),
    },
    Area.IMPORTS: {Role.OPERATIONS: _WRITES, Role.FINANCE: _WRITES, Role.AUDITOR: _READS},
    Area.MEASURES: {**dict.fromkeys(Role, _READS), Role.DESIGNER: _WRITES},
    Area.QUOTAS: {
        **dict.fromkeys((Role.DESIGNER, Role.FINANCE, Role.EXECUTIVE, Role.AUDITOR), _READS),
        Role.OPERATIONS: _WRITES,
        Role.MANAGER: _CHAIN,
        Role.PARTICIPANT: _OWN,
    },
    Area.PLANS: {
        Role.DESIGNER: _WRITES,
        Role.FINANCE: _APPROVES,
        **dict.fromkeys((Role.OPERATIONS, Role.EXECUTIVE, Role.AUDITOR), _READS),
        Role.MANAGER: _CHAIN,
        Role.PARTICIPANT: _OWN,
    },
    Area.RUNS: {
        Role.DESIGNER: _WRITES,
        Role.FINANCE: _APPROVES,
        **dict.fromkeys((Role.OPERATIONS, Role.AUDITOR), _READS),
    },
    Area.ATTAINMENT: {
        **dict.fromkeys((Role.DESIGNER, Role.OPERATIONS, Role.FINANCE, Role.EXECUTIVE, Role.AUDITOR), _READS),
        Role.MANAGER: _CHAIN,
        Role.PARTICIPANT: _OWN,
    },
    Area.PAY: {
        **dict.fromkeys((Role.DESIGNER, Role.AUDITOR), _READS),
        Role.FINANCE: Right(Reach.ALL, Reach.ALL, approve=True),
        Role.MANAGER: _CHAIN,
        Role.PARTICIPANT: _OWN,
    },
    Area.PAY_SUMS: dict.fromkeys((Role.DESIGNER, Role.FINANCE, Role.EXECUTIVE, Role.AUDITOR), _READS),
    Area.AUDIT: {Role.ADMINISTRATOR: _READS, Role.AUDITOR: _READS, Role.FINANCE: _OWN},
    Area.BACKUPS: {Role.ADMINISTRATOR: _WRITES, Role.AUDITOR: _READS},
}
"""Area by role. Finance imports orders and payments only, which the import itself asks about."""


def right_of(roles: Iterable[str], area: Area) -> Right:
    """What somebody with these roles may do in an area."""
    found = _NO
    for role in roles:
        found |= RIGHTS[area].get(Role(role), _NO)
    return found
