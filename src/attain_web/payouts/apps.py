"""The app of payouts."""

from __future__ import annotations

from django.apps import AppConfig


class PayoutsConfig(AppConfig):
    """Runs of plans, what they found, and their approval."""

    name = "attain_web.payouts"
    label = "payouts"
