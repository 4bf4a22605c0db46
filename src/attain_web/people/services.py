"""Writes of people: who is above whom, and that every participant named has an identity."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import connection, transaction

from attain.credits.rollup import Line, manager_chains
from attain.tables import EVER, NEVER
from attain_web.access.models import ChainLink
from attain_web.people.models import Participant, ReportingLine


def ensure_participants(keys: Iterable[str]) -> None:
    """Give every key the identity that rows refer to, where it has none yet."""
    made = [Participant(participant=key) for key in sorted({key for key in keys if key})]
    Participant.objects.bulk_create(made, batch_size=5000, ignore_conflicts=True)


@transaction.atomic
def rebuild_chain() -> int:
    """Work out anew who is above whom on which days, from all reporting lines; returns the number of links.

    One rebuild at a time: the next one waits and then sees this one's lines. Raises ValidationError, naming who, where
    people would report to one another in a ring.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {ChainLink._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
    lines = ReportingLine.objects.exclude(manager=None).values_list("participant_id", "manager_id", "start", "end")
    links, rings = manager_chains(Line(who, str(to), start or EVER, end or NEVER) for who, to, start, end in lines)
    if rings:
        raise ValidationError([f"{ring.message}. {ring.advice}" for ring in rings])
    ChainLink.objects.all().delete()
    made = (ChainLink(participant=one.participant, above=one.above, start=one.start, end=one.end) for one in links)
    return len(ChainLink.objects.bulk_create(made, batch_size=5000))
