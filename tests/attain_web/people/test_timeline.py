"""Any order of dated changes leaves a timeline without overlap, and on each day what was last said about it."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Q
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from attain_web.access.viewer import SYSTEM
from attain_web.people.models import Participant, ParticipantVersion
from attain_web.people.timeline import end_from, rows_of, write_from

JANUARY = date(2026, 1, 1)
DAYS = 30
CHANGES = st.lists(
    st.tuples(st.sampled_from(["write", "end"]), st.integers(1, DAYS - 1), st.sampled_from("abc")), max_size=6
)


class TimelineOfRandomChanges(TestCase):
    @settings(max_examples=30)
    @given(CHANGES)
    def test_holds_what_was_last_said_of_each_day(self, changes: list[tuple[str, int, str]]) -> None:
        Participant.objects.create(participant="ann")
        ParticipantVersion.objects.create(participant_id="ann", title="first", start=JANUARY)
        expected: list[str | None] = ["first"] * DAYS
        starts = {0}
        for kind, offset, title in changes:
            day, rows = JANUARY + timedelta(offset), rows_of(ParticipantVersion, "ann")
            if kind == "end":
                end_from(rows, day, SYSTEM)
                starts = {one for one in starts if one < offset}
                expected[offset:] = [None] * (DAYS - offset)
                continue
            fresh = ParticipantVersion(participant_id="ann")
            write_from(rows, day, {"title": title}, viewer=SYSTEM, fresh=fresh)
            until = min([one for one in starts if one > offset], default=DAYS)
            if expected[offset] is not None and None in expected[offset:until]:
                until = expected.index(None, offset)  # what ended stays ended
            starts.add(offset)
            expected[offset:until] = [title] * (until - offset)
        kept = ParticipantVersion.objects.filter(Q(participant="ann"))
        for offset, right in enumerate(expected):
            day = JANUARY + timedelta(offset)
            held = [row.title for row in kept if (row.start or day) <= day and (row.end is None or day < row.end)]
            assert held == ([right] if right else [])
