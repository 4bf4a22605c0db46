"""What an event of the audit trail tells, in rows that people can read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from attain_web.access.models import AuditEvent


@dataclass(frozen=True)
class Told:
    """A value by name: before and after, or where nothing was before only ``after``."""

    name: str
    before: str
    after: str
    is_change: bool


def told(event: AuditEvent) -> list[Told]:
    """What an event tells, row by row."""
    return [row for name, value in event.details.items() for row in _rows(name, value)]


def _rows(name: str, value: Any) -> list[Told]:
    if isinstance(value, list) and value and all(isinstance(one, dict) and "after" in one for one in value):
        return [_change(one) for one in value]
    is_change = isinstance(value, list) and len(value) == 2
    before, after = value if is_change else (None, value)
    return [Told(_title(name), _text(before), _text(after), is_change)]


def _change(one: dict[str, Any]) -> Told:
    """A change of a participant's position or manager: what, whose, from which day until which."""
    field, whose, start, end = (one.get(name) for name in ("field", "participant", "start", "end"))
    days = _("%(start)s until %(end)s") if end else _("from %(start)s")
    about = ", ".join(filter(None, [whose, days % {"start": start, "end": end} if start else ""]))
    title = " ".join(filter(None, [_title(str(field or "")), f"({about})" if about else ""]))
    return Told(title, _text(one.get("before")), _text(one["after"]), is_change=True)


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize() if name.islower() else name


def _text(value: Any) -> str:
    """A value as people write it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_text(one)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return str(value)
