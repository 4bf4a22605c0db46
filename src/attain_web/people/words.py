"""Changes of people in words: what, whose, before and after, from when and until when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attain_web.people.queries import names_of
from attain_web.people.timeline import Change

OF_PEOPLE = ("manager", "accounts", "opportunities")
"""Fields whose values are participants."""


@dataclass(frozen=True)
class Told:
    """A change as a page shows it."""

    what: str
    who: str
    before: str
    after: str
    start: date
    end: date | None


def changes_in_words(changes: Iterable[Change], on: date) -> list[Told]:
    """Each change with names for keys."""
    changes = list(changes)
    keys = {change.participant for change in changes}
    keys |= {key for change in changes if change.field in OF_PEOPLE for key in (change.before, change.after) if key}
    names = names_of(keys, on)
    return [
        Told(
            _label(change),
            names.get(change.participant, change.participant),
            _value(change, change.before, names),
            _value(change, change.after, names),
            change.start,
            change.end,
        )
        for change in changes
    ]


def _label(change: Change) -> str:
    count = change.count
    return {
        "name": _("Name"),
        "title": _("Title"),
        "team": _("Team"),
        "territory": _("Territory"),
        "attributes": _("More"),
        "position": _("Position"),
        "manager": _("Manager"),
        "accounts": ngettext("%(count)s account", "%(count)s accounts", count) % {"count": count},
        "opportunities": ngettext("%(count)s open opportunity", "%(count)s open opportunities", count)
        % {"count": count},
        "user": _("User"),
        "access": _("Access"),
    }[change.field]


def _value(change: Change, value: Any, names: dict[str, str]) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {one}" for name, one in value.items())
    return names.get(value, value) if change.field in OF_PEOPLE and value else value or ""
