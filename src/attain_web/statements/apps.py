"""The app of statements."""

from __future__ import annotations

from django.apps import AppConfig


class StatementsConfig(AppConfig):
    """Statements: why somebody is paid what they are paid, down to the orders."""

    name = "attain_web.statements"
    label = "statements"
