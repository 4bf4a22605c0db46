"""The app of participants, reporting lines and teams."""

from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Participants, reporting lines and teams."""

    name = "attain_web.people"
    label = "people"
