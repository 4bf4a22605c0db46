"""The audit trail: one event for each action or batch, in the same transaction, each chained to the one before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils import timezone

from attain_web.access.models import AuditEvent
from attain_web.access.viewer import Viewer

_LOCK = 4_182_2026
"""The key of the advisory lock under which numbers are given."""

FIRST = "0" * 64


@dataclass
class Event:
    """What an action will be remembered as; services fill in subject and details while they work."""

    action: str
    subject: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    is_needed: bool = True
    """Off where nothing turned out to be changed."""


@contextmanager
def recorded(viewer: Viewer, action: str, *, subject: str = "", **details: Any) -> Iterator[Event]:
    """One transaction with its event: the block does the writing, the event is written last, both or neither stand."""
    with transaction.atomic():
        event = Event(action, subject, dict(details))
        yield event
        if event.is_needed:
            _write(viewer, event)


def _write(viewer: Viewer, event: Event) -> None:
    """Add the event to the chain; the lock is taken last and held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    last = AuditEvent.objects.order_by("-number").first()
    row = AuditEvent(
        number=last.number + 1 if last else 1,
        at=timezone.now(),
        actor=viewer.user_id,
        actor_name=viewer.name,
        action=event.action,
        subject=event.subject,
        details=json.loads(json.dumps(event.details, cls=DjangoJSONEncoder)),
        before_hash=last.own_hash if last else FIRST,
    )
    row.own_hash = hash_of(row)
    row.save(force_insert=True)
    transaction.on_commit(lambda: _keep_head(row.number, row.own_hash))


def hash_of(event: AuditEvent) -> str:
    """SHA-256 over an event and the hash of the one before it."""
    told = {
        "number": event.number,
        "at": _in_utc(event.at),
        "actor": event.actor,
        "actor_name": event.actor_name,
        "action": event.action,
        "subject": event.subject,
        "details": event.details,
        "before": event.before_hash,
    }
    return sha256(json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()).hexdigest()


def _in_utc(at: datetime) -> str:
    return at.astimezone(timezone.get_fixed_timezone(0)).isoformat(timespec="microseconds")


def head_file() -> Path:
    """The file outside the database that holds the number and hash of every event's head, one line each."""
    return Path(settings.VAR) / "audit" / "heads"


def _keep_head(number: int, own_hash: str) -> None:
    """Remember the newest event outside its table, so that a tail that was cut off is missed."""
    file = head_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="ascii") as opened:
        opened.write(f"{number} {own_hash}\n")
