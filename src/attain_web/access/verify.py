"""Whether the audit trail is as it was written: the first event that was changed, taken out, put in or cut off."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from django.utils.translation import gettext as _

from attain_web.access.audit import FIRST, hash_of, head_file
from attain_web.access.models import AuditEvent

_HEAD = re.compile(r"(\d{1,18}) ([0-9a-f]{64})")


@dataclass(frozen=True)
class Finding:
    """The first event that was tampered with, and what was done to it."""

    number: int
    sentence: str


def verify(copy: Path | None = None) -> Finding | None:
    """The first event that is not as it was written; None where all are.

    Reads the trail once, in order, and holds one event at a time and the heads that were kept outside the table. A head
    may be missing (the server stopped between the commit and the line); the chain still guards its event. A ``copy`` of
    the heads that was kept elsewhere counts before the installation's own: who could write there could not write here.
    """
    heads = _heads([copy, head_file()] if copy else [head_file()])
    before, expected = FIRST, 1
    for event in AuditEvent.objects.order_by("number").iterator(chunk_size=2000):
        if finding := _fault(event, expected=expected, before=before, head=heads.get(event.number)):
            return finding
        before, expected = event.own_hash, expected + 1
    last = max(heads, default=0)
    if last >= expected:
        told = _("Events %(first)d to %(last)d are missing: they were written, and cut off the end of the trail.")
        return Finding(expected, told % {"first": expected, "last": last})
    if expected > 1 and not heads:
        told = _("The file %(file)s that keeps the heads outside the table is missing or empty.")
        return Finding(expected - 1, told % {"file": head_file()})
    return None


def _fault(event: AuditEvent, *, expected: int, before: str, head: str | None) -> Finding | None:
    """What is wrong with an event that should have the expected number and follow the event with the hash before."""
    number = event.number
    if number != expected:
        told = _("Event %(expected)d is missing: after event %(last)d comes event %(number)d.")
        return Finding(expected, told % {"expected": expected, "last": expected - 1, "number": number})
    if hash_of(event) != event.own_hash:
        return Finding(
            number, _("Event %(number)d was changed: its content does not have its hash.") % {"number": number}
        )
    if event.before_hash != before:
        told = _("Event %(number)d does not follow event %(last)d: the chain between them is broken.")
        return Finding(number, told % {"number": number, "last": number - 1})
    if head is not None and head != event.own_hash:
        told = _("Event %(number)d was written anew: its hash is not the one kept outside the table.")
        return Finding(number, told % {"number": number})
    return None


def _heads(files: Iterable[Path]) -> dict[int, str]:
    """The hash of each event that was kept outside the table; the first one counts, whatever was added later."""
    heads: dict[int, str] = {}
    for number, own_hash in chain.from_iterable(_lines(file) for file in files):
        heads.setdefault(number, own_hash)
    return heads


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file of heads that are whole; a stopped server may leave half of one."""
    if not file.exists():
        return
    with file.open(encoding="ascii", errors="replace") as lines:
        for line in lines:
            if found := _HEAD.fullmatch(line.rstrip("\n")):
                yield int(found[1]), found[2]
