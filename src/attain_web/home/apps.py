"""The app of the first page."""

from __future__ import annotations

from django.apps import AppConfig


class HomeConfig(AppConfig):
    """Home."""

    name = "attain_web.home"
    label = "home"
