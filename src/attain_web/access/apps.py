"""The app of users, roles and the audit trail."""

from __future__ import annotations

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Access."""

    name = "attain_web.access"
    label = "access"
