"""What the database itself refuses."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from attain_web.access.audit import recorded
from attain_web.access.models import AuditEvent
from attain_web.access.viewer import SYSTEM
from attain_web.people.models import Participant, ParticipantVersion

pytestmark = pytest.mark.django_db


def test_two_versions_of_a_participant_never_hold_on_the_same_day() -> None:
    ann = Participant.objects.create(participant="ann")
    ParticipantVersion.objects.create(participant=ann, start=None, end=date(2026, 2, 1))
    ParticipantVersion.objects.create(participant=ann, start=date(2026, 2, 1), end=None)
    ParticipantVersion.objects.create(participant=ann, start=date(2026, 1, 1), end=date(2026, 1, 2))
    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE access_auditevent SET actor_name = 'somebody else'",
        "DELETE FROM access_auditevent",
        "TRUNCATE access_auditevent",
    ],
)
def test_the_audit_trail_is_never_changed(sql: str) -> None:
    with recorded(SYSTEM, "test.done"):
        pass
    assert AuditEvent.objects.count() == 1
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert AuditEvent.objects.count() == 1


def test_models_and_migrations_agree() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
