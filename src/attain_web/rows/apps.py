"""The app of tables of rows: lists, pages, history, export."""

from __future__ import annotations

from django.apps import AppConfig


class RowsConfig(AppConfig):
    """Tables of rows: lists, pages, history, export."""

    name = "attain_web.rows"
    label = "rows"
