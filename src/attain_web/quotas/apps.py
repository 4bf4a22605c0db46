"""The app of quotas."""

from __future__ import annotations

from django.apps import AppConfig


class QuotasConfig(AppConfig):
    """Quotas."""

    name = "attain_web.quotas"
    label = "quotas"
