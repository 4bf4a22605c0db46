"""The app of plans."""

from __future__ import annotations

from django.apps import AppConfig


class PlansConfig(AppConfig):
    """Plans: versioned texts, and who is on them."""

    name = "attain_web.plans"
    label = "plans"
