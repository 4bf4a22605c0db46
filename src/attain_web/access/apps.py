"""The app of users, roles and the audit trail."""

from __future__ import annotations

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Access."""

    name = "attain_web.access"
    label = "access"

    def ready(self) -> None:
        """Register the lookup of this app's queries."""
        from attain_web.access import among  # noqa: F401, PLC0415 - models are there only now
