"""The app of measures."""

from __future__ import annotations

from django.apps import AppConfig


class MeasuresConfig(AppConfig):
    """Measures: the catalogue, and those that the company defines."""

    name = "attain_web.measures"
    label = "measures"
