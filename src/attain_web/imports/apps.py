"""The app of files that are brought in."""

from __future__ import annotations

from django.apps import AppConfig


class ImportsConfig(AppConfig):
    """Files that are brought in."""

    name = "attain_web.imports"
    label = "imports"
