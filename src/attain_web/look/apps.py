"""The app of what every page looks like."""

from __future__ import annotations

from django.apps import AppConfig


class LookConfig(AppConfig):
    """What every page looks like."""

    name = "attain_web.look"
    label = "look"
