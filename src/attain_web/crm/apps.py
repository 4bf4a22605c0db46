"""The app of accounts, opportunities, orders and activities."""

from __future__ import annotations

from django.apps import AppConfig


class CrmConfig(AppConfig):
    """Accounts, opportunities, orders and activities."""

    name = "attain_web.crm"
    label = "crm"
