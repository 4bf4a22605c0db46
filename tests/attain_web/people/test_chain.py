"""Who is above whom is what the library says, whenever reporting lines change."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from attain.credits.rollup import Line, manager_chains
from attain.tables import EVER, NEVER
from attain_web.access.models import ChainLink
from attain_web.access.viewer import SYSTEM
from attain_web.people.models import Participant, ParticipantVersion, ReportingLine
from attain_web.people.services import ensure_participants, rebuild_chain
from attain_web.rows.services import save_row
from attain_web.rows.table import row_tables

JANUARY, MARCH = date(2026, 1, 1), date(2026, 3, 1)
PEOPLE = [f"p{number}" for number in range(8)]


def links() -> set[tuple[str, str, date, date]]:
    return set(ChainLink.objects.values_list("participant", "above", "start", "end"))


@pytest.mark.django_db
def test_a_reporting_line_saved_by_its_form_changes_the_chain() -> None:
    ensure_participants(["ann", "bob", "cleo", "ann"])
    lines = row_tables()["reporting_lines"]
    first = save_row(lines, SYSTEM, {"participant": "ann", "manager": "bob", "start": JANUARY})
    save_row(lines, SYSTEM, {"participant": "bob", "manager": "cleo", "start": MARCH})
    assert links() == {
        ("ann", "bob", JANUARY, NEVER),
        ("bob", "cleo", MARCH, NEVER),
        ("ann", "cleo", MARCH, NEVER),
    }
    save_row(lines, SYSTEM, {"end": MARCH}, row=first)
    assert links() == {("ann", "bob", JANUARY, MARCH), ("bob", "cleo", MARCH, NEVER)}


@pytest.mark.django_db
def test_a_participant_made_by_the_form_has_an_identity() -> None:
    save_row(row_tables()["participants"], SYSTEM, {"participant": "ann", "name": "Ann"})
    assert Participant.objects.get().participant == "ann"
    assert ParticipantVersion.objects.get().name == "Ann"


@pytest.mark.django_db
def test_a_ring_is_refused_and_leaves_everything_as_it_was() -> None:
    ensure_participants(["ann", "bob"])
    lines = row_tables()["reporting_lines"]
    save_row(lines, SYSTEM, {"participant": "ann", "manager": "bob", "start": JANUARY})
    before = links()
    with pytest.raises(ValidationError, match="report to one another from 2026-03-01"):
        save_row(lines, SYSTEM, {"participant": "bob", "manager": "ann", "start": MARCH})
    assert links() == before
    assert ReportingLine.objects.count() == 1


@pytest.mark.django_db
def test_a_line_that_overlaps_another_is_refused_in_words() -> None:
    ensure_participants(["ann", "bob", "cleo"])
    lines = row_tables()["reporting_lines"]
    save_row(lines, SYSTEM, {"participant": "ann", "manager": "bob", "start": JANUARY})
    with pytest.raises(ValidationError, match="end one line before the other begins"):
        save_row(lines, SYSTEM, {"participant": "ann", "manager": "cleo", "start": MARCH})


@st.composite
def hierarchies(draw: st.DrawFn) -> list[Line]:
    """People who report, one at a time and each to somebody before them, so that there is no ring."""
    made = []
    for index, who in enumerate(PEOPLE[1:], 1):
        days = sorted(draw(st.sets(st.integers(0, 60), max_size=4)))
        ends = [*days[1:], draw(st.sampled_from([70, None]))]
        for start, end in zip(days, ends, strict=False):
            to = draw(st.sampled_from(PEOPLE[:index]))
            made.append(Line(who, to, JANUARY + timedelta(start), JANUARY + timedelta(end) if end else NEVER))
    return made


class ChainOfRandomHierarchies(TestCase):
    @given(hierarchies())
    def test_is_the_librarys_on_every_day(self, lines: list[Line]) -> None:
        ensure_participants(PEOPLE)
        ReportingLine.objects.bulk_create(
            ReportingLine(participant_id=one.participant, manager_id=one.manager, start=one.start, end=one.end)
            for one in lines
        )
        rebuild_chain()
        expected, rings = manager_chains(lines)
        assert not rings
        for offset in range(-1, 75):
            day = JANUARY + timedelta(offset)
            told = ChainLink.objects.filter(start__lte=day, end__gt=day).values_list("participant", "above")
            assert sorted(told) == sorted(
                (one.participant, one.above) for one in expected if one.start <= day < one.end
            )

    def test_an_empty_start_is_since_ever(self) -> None:
        ensure_participants(PEOPLE)
        ReportingLine.objects.create(participant_id="p1", manager_id="p0")
        assert rebuild_chain() == 1
        assert links() == {("p1", "p0", EVER, NEVER)}
