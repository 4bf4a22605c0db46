"""The app of territories and who covers them."""

from __future__ import annotations

from django.apps import AppConfig


class TerritoriesConfig(AppConfig):
    """Territories and who covers them."""

    name = "attain_web.territories"
    label = "territories"
