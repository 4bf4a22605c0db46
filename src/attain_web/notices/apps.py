"""The app of notices."""

from __future__ import annotations

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """Notices: what waits for somebody, in the app and by mail."""

    name = "attain_web.notices"
    label = "notices"
