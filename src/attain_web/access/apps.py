"""The app of users, roles and the audit trail."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models import Field, ForeignObject

from attain_web.access.among import Among


class AccessConfig(AppConfig):
    """Access."""

    name = "attain_web.access"
    label = "access"

    def ready(self) -> None:
        """Let columns and references be looked up among many keys."""
        for kind in (Field, ForeignObject):
            kind.register_lookup(Among)
