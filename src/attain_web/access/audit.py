"""The audit trail: one event for each action or batch, in the same transaction, each chained to the one before.

Numbers are given under an advisory lock that is held to the end of the transaction, so that two transactions never
read the same last event; it is taken last, when the rows are written, so that it is held briefly. An action inside
another holds it until the outer one ends. What is rolled back, a savepoint too, leaves neither event nor head.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
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
        details=_as_kept(event.details),
        before_hash=last.own_hash if last else FIRST,
    )
    row.own_hash = hash_of(row)
    row.save(force_insert=True)
    # After the commit nothing can be refused any more, so a full disk is logged and the action stands.
    transaction.on_commit(lambda: _keep_head(row.number, row.own_hash), robust=True)


def _as_kept(details: dict[str, Any]) -> dict[str, Any]:
    """Details as the database gives them back: fractions as text, for it writes 1e16 and -0.0 in other digits."""
    kept: dict[str, Any] = json.loads(json.dumps(details, cls=DjangoJSONEncoder, allow_nan=False), parse_float=str)
    return kept


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
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def head_file() -> Path:
    """The file outside the database that holds the number and hash of every event's head, one line each."""
    return Path(settings.VAR) / "audit" / "heads"


def _keep_head(number: int, own_hash: str) -> None:
    """Remember an event outside its table, so that a tail that was cut off is missed.

    One write to a file opened for appending: lines of several processes stand in any order, but none is torn.
    """
    file = head_file()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    opened = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(opened, f"{number} {own_hash}\n".encode())
    finally:
        os.close(opened)
