"""How far an import has come, told while it works: beside its transaction, so that others see it at once."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from django.db import OperationalError, connection, models
from django.utils import timezone

_EVERY = 0.5
"""Seconds between two tellings."""


@dataclass
class Progress:
    """Tells how far work on some rows of bookkeeping (batches, an upload) has come; rarely enough to cost nothing."""

    rows: Sequence[models.Model]
    share: tuple[int, int] = (0, 100)
    """The part of the whole that the present step is, in per cent."""
    _last: float = field(default=0.0, init=False)

    def step(self, start: int, end: int) -> Progress:
        """The same for a part of the whole."""
        return Progress(self.rows, (start, end))

    def __call__(self, what: str, done: int) -> None:
        """What is being done, and how many per cent of this step are done."""
        now = time.monotonic()
        if now - self._last < _EVERY and done not in (0, 100):
            return
        self._last = now
        if not self.rows:
            return
        start, end = self.share
        tell(self.rows, doing=what, done=start + (end - start) * done // 100)


def tell(rows: Iterable[models.Model], **told: Any) -> None:
    """Add to what rows of bookkeeping tell, on a connection of its own that waits for no transaction."""
    written = json.dumps({**told, "at": timezone.now().isoformat()})
    beside = connection.copy()
    try:
        with beside.cursor() as cursor:
            cursor.execute("SET lock_timeout = 500")  # rather not told than waited for
            for row in rows:
                table = row._meta.db_table
                with suppress(OperationalError):
                    cursor.execute(f"UPDATE {table} SET told = told || %s::jsonb WHERE id = %s", [written, row.pk])
    finally:
        beside.close()
