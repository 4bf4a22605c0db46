"""The audit trail tells what was done to it: each row that is changed, taken out, put in or cut off."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from attain_web.access.audit import FIRST, hash_of, head_file, recorded
from attain_web.access.models import AuditEvent
from attain_web.access.verify import verify
from attain_web.access.viewer import SYSTEM

EVENTS = 400
COLUMNS = ("number", "at", "actor", "actor_name", "action", "subject", "details", "before_hash", "own_hash")


@pytest.fixture(autouse=True)
def heads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of heads of the test's own."""
    monkeypatch.setattr(settings, "VAR", tmp_path)
    return head_file()


@contextmanager
def unguarded() -> Iterator[Any]:
    """A cursor as somebody has it who owns the server: the triggers are off."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE access_auditevent DISABLE TRIGGER ALL")
        yield cursor
        cursor.execute("ALTER TABLE access_auditevent ENABLE TRIGGER ALL")


@pytest.fixture
def trail(db: None, heads: Path) -> list[AuditEvent]:  # noqa: ARG001 - the rows need it
    """A trail of events with heads, as it would have been written one by one."""
    before, made = FIRST, []
    for number in range(1, EVENTS + 1):
        event = AuditEvent(
            number=number,
            at=timezone.now() + timedelta(microseconds=number),
            actor=number % 7 or None,
            actor_name=f"Somebody {number % 7}",
            action="orders.change",
            subject=f"orders/{number}",
            details={"amount": [f"{number}.10", f"{number}.25"], "note": "é\u2028", "count": number},
            before_hash=before,
        )
        before = event.own_hash = hash_of(event)
        made.append(event)
    AuditEvent.objects.bulk_create(made)
    heads.parent.mkdir(parents=True)
    heads.write_text("".join(f"{one.number} {one.own_hash}\n" for one in made))
    return made


def _found() -> tuple[int, str]:
    finding = verify()
    assert finding
    return finding.number, finding.sentence


def _change(random: Random, value: Any) -> Any:
    """The same kind of value, a little different."""
    if isinstance(value, str) and len(value) == 64:
        place = random.randrange(64)
        return value[:place] + ("0" if value[place] != "0" else "1") + value[place + 1 :]
    if isinstance(value, str):
        return value + random.choice("x .0")
    if isinstance(value, dict):
        return json.dumps(value | {random.choice(list(value)): random.random()})
    if isinstance(value, int) or value is None:
        return (value or 0) + EVENTS + random.randrange(1, 9)
    return value + timedelta(microseconds=random.choice((-1, 1)))


def test_a_trail_as_it_was_written_is_sound(trail: list[AuditEvent]) -> None:
    assert len(trail) == EVENTS
    assert verify() is None


@pytest.mark.django_db
def test_an_empty_trail_is_sound() -> None:
    assert verify() is None


def test_each_changed_row_is_found(trail: list[AuditEvent]) -> None:
    random = Random(4)  # noqa: S311 - repeated the same each time
    with unguarded() as cursor:
        for place in range(100):
            event, column = random.choice(trail), COLUMNS[place % len(COLUMNS)]
            old = getattr(event, column)
            kept = json.dumps(old) if column == "details" else old
            update = f"UPDATE access_auditevent SET {column} = %s WHERE id = %s"
            cursor.execute(update, [_change(random, old), event.pk])
            finding = verify()
            assert finding is not None, (column, event.number)
            assert finding.number == event.number, (column, event.number, finding)
            assert str(event.number) in finding.sentence
            cursor.execute(update, [kept, event.pk])
    assert verify() is None


@pytest.mark.usefixtures("trail")
def test_the_first_of_several_changed_rows_is_named() -> None:
    with unguarded() as cursor:
        cursor.execute("UPDATE access_auditevent SET subject = 'orders/other' WHERE number IN (300, 17, 250)")
    assert _found() == (17, "Event 17 was changed: its content does not have its hash.")


@pytest.mark.usefixtures("trail")
def test_a_row_taken_out_leaves_a_gap() -> None:
    with unguarded() as cursor:
        cursor.execute("DELETE FROM access_auditevent WHERE number IN (40, 41)")
    assert _found() == (40, "Event 40 is missing: after event 39 comes event 42.")


def test_a_gap_that_was_closed_breaks_the_chain(trail: list[AuditEvent]) -> None:
    """Somebody takes out a row, numbers the others anew and works their own hashes out again."""
    later = trail[100:]
    with unguarded() as cursor:
        cursor.execute("DELETE FROM access_auditevent WHERE number = 100")
        for event in later:
            event.number -= 1
            row = [event.number, hash_of(event), event.pk]
            cursor.execute("UPDATE access_auditevent SET number = %s, own_hash = %s WHERE id = %s", row)
    assert _found() == (100, "Event 100 does not follow event 99: the chain between them is broken.")


def test_a_chain_that_was_written_anew_is_not_the_one_that_was_kept(trail: list[AuditEvent]) -> None:
    before = trail[198].own_hash
    with unguarded() as cursor:
        for event in trail[199:]:
            event.subject = "orders/1" if event.number == 200 else event.subject
            event.before_hash = before
            before = event.own_hash = hash_of(event)
            row = [event.subject, event.before_hash, event.own_hash, event.pk]
            update = "UPDATE access_auditevent SET subject = %s, before_hash = %s, own_hash = %s WHERE id = %s"
            cursor.execute(update, row)
    assert _found() == (200, "Event 200 was written anew: its hash is not the one kept outside the table.")


@pytest.mark.usefixtures("trail")
@pytest.mark.parametrize("kept", [EVENTS - 1, 0])
def test_what_is_taken_out_with_its_heads_is_found_by_a_copy_of_them(heads: Path, tmp_path: Path, kept: int) -> None:
    copy = tmp_path / "kept-elsewhere"
    copy.write_bytes(heads.read_bytes())
    heads.write_text("".join(f"{line}\n" for line in heads.read_text().splitlines()[:kept]))
    with unguarded() as cursor:
        cursor.execute("DELETE FROM access_auditevent WHERE number > %s", [kept])
    assert verify() is None
    finding = verify(copy)
    assert finding is not None
    assert finding.number == kept + 1


@pytest.mark.usefixtures("trail")
@pytest.mark.parametrize("kept", [EVENTS - 1, 1, 0])
def test_a_tail_that_was_cut_off_is_missed(kept: int) -> None:
    with unguarded() as cursor:
        cursor.execute("DELETE FROM access_auditevent WHERE number > %s", [kept])
    number, sentence = _found()
    assert number == kept + 1
    assert f"Events {kept + 1} to {EVENTS} are missing" in sentence


@pytest.mark.usefixtures("trail")
def test_heads_in_any_order_with_some_missing_and_one_torn_are_no_fault(heads: Path) -> None:
    lines = heads.read_text().splitlines(keepends=True)
    Random(1).shuffle(lines)  # noqa: S311 - repeated the same each time
    heads.write_text("".join(lines[: EVENTS // 2]) + "12 abc" + lines[-1])
    assert verify() is None


@pytest.mark.usefixtures("trail")
def test_a_line_added_to_the_heads_changes_nothing(heads: Path) -> None:
    with heads.open("a") as opened:
        opened.write(f"5 {'a' * 64}\n")
    assert verify() is None


@pytest.mark.usefixtures("trail")
def test_heads_that_are_gone_are_missed(heads: Path) -> None:
    heads.unlink()
    number, sentence = _found()
    assert number == EVENTS
    assert str(heads) in sentence


@pytest.mark.usefixtures("committed")
def test_events_of_several_at_once_form_one_chain(heads: Path) -> None:
    def act(number: int) -> None:
        with recorded(SYSTEM, "test.act", subject=f"test/{number}"):
            pass
        connection.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(act, range(40)))
    assert list(AuditEvent.objects.values_list("number", flat=True)) == list(range(1, 41))
    assert len(heads.read_text().splitlines()) == 40
    assert heads.stat().st_mode & 0o777 == 0o600
    assert verify() is None


def _act_and_fail(action: str) -> None:
    with transaction.atomic():
        with recorded(SYSTEM, action):
            pass
        raise ZeroDivisionError


@pytest.mark.usefixtures("committed")
def test_what_is_rolled_back_leaves_neither_event_nor_head(heads: Path) -> None:
    with recorded(SYSTEM, "test.kept"):
        pass
    with suppress(ZeroDivisionError):
        _act_and_fail("test.gone")
    with recorded(SYSTEM, "test.outer"), suppress(ZeroDivisionError):
        _act_and_fail("test.inner")
    assert list(AuditEvent.objects.values_list("number", "action")) == [(1, "test.kept"), (2, "test.outer")]
    assert [line.split()[0] for line in heads.read_text().splitlines()] == ["1", "2"]
    assert verify() is None


@pytest.mark.usefixtures("committed")
def test_a_head_that_cannot_be_written_does_not_undo_what_is_done(heads: Path, caplog: Any) -> None:
    heads.parent.parent.joinpath("audit").write_text("a file where the folder should be")
    with recorded(SYSTEM, "test.done"):
        pass
    assert AuditEvent.objects.count() == 1
    assert "audit" in caplog.text


@pytest.mark.django_db
@pytest.mark.parametrize("value", [1e16, -0.0, 0.1, 1e-7, 12345678901234567890, "é", None, True, {"a": [1.5, {}]}])
def test_what_the_database_would_write_otherwise_does_not_look_tampered_with(
    value: Any, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    with django_capture_on_commit_callbacks(execute=True), recorded(SYSTEM, "test.value", value=value):
        pass
    assert verify() is None


def test_the_hash_is_worked_out_as_the_guide_says(trail: list[AuditEvent]) -> None:
    """Anybody can check it with nothing but SHA-256 and JSON."""
    event = trail[1]
    text = (
        f'{{"action":"orders.change","actor":2,"actor_name":"Somebody 2","at":"{event.at.isoformat()}",'
        f'"before":"{trail[0].own_hash}","details":{{"amount":["2.10","2.25"],"count":2,"note":"\\u00e9\\u2028"}},'
        '"number":2,"subject":"orders/2"}'
    )
    assert sha256(text.encode()).hexdigest() == event.own_hash
