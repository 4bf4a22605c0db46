"""Who changed the rows behind a difference: whoever approves is told where it was the very person whom they pay."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from attain_web.access.models import User
from attain_web.payouts.changes import Details
from attain_web.payouts.models import Run
from attain_web.people.models import Participant
from attain_web.rows.table import row_tables

Key = tuple[str, ...]


def name_authors(run: Run, details: Details) -> int:
    """Say of each row that came or changed who wrote it (``by``) and whether that is who is paid (``own``).

    Rows that were changed again since the run read them are left open. Returns how many are of who is paid.
    """
    wanted: dict[str, set[Key]] = defaultdict(set)
    for one in details.values():
        for row in one["rows"]:
            wanted[row["table"]].add((*row["key"].values(),))
    written = {table: _writers(table, keys, run.read_at) for table, keys in wanted.items()}
    users = {user for found in written.values() for user in found.values()}
    names = dict(User.objects.filter(pk__in=users).values_list("pk", "name"))
    own = dict(Participant.objects.filter(user__in=users).values_list("user", "participant"))
    count = 0
    for who, one in details.items():
        for row in one["rows"]:
            user = written[row["table"]].get((*row["key"].values(),))
            if user in names:
                row |= {"by": names[user], "own": own.get(user) == who}
                count += row["own"]
    return count


def _writers(table: str, keys: set[Key], until: datetime | None) -> dict[Key, int]:
    """The user who wrote each row last, by its key, where that was before a moment."""
    model: Any = row_tables()[table].model
    columns = row_tables()[table].schema.key
    rows = model._default_manager.filter(**{f"{columns[0]}__in": {key[0] for key in keys}}).exclude(changed_by=None)
    if until:
        rows = rows.filter(changed_at__lte=until)
    found = {_text(key): user for *key, user in rows.values_list(*columns, "changed_by").iterator()}
    return {key: user for key, user in found.items() if key in keys}


def _text(key: list[Any]) -> Key:
    return tuple(str(part) for part in key if part is not None)
