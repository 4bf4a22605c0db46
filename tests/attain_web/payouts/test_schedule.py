"""Each night what has changed is calculated anew, as the system, for the current period."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from attain_web.access.models import AuditEvent
from attain_web.crm.models import Order
from attain_web.payouts.models import Run
from attain_web.payouts.schedule import due
from attain_web.payouts.services import approve, let_go, start_due, start_run
from attain_web.payouts.work import calculate

DAY = date(2026, 5, 15)


def periods(day: date = DAY) -> list[str]:
    return [period for _, period in due(day)]


def test_a_plan_is_due_for_its_current_period_until_nothing_changes(everyone: Any) -> None:
    version = everyone.versions["published"]
    assert list(due(DAY)) == [(version, "2026-Q2")]
    run = start_run(everyone.viewer("designer"), version, "2026-Q2")
    assert periods() == []  # it is on its way
    calculate(run.pk)
    assert periods() == []
    Order.objects.create(order="O-new", participant_id="alice", date=DAY, amount=Decimal(10))
    assert periods() == ["2026-Q2"]
    assert periods(date(2026, 7, 1)) == ["2026-Q3"]
    assert periods(date(2027, 1, 1)) == []  # the plan has ended


def test_a_retired_plan_is_left(everyone: Any) -> None:
    plan = everyone.versions["published"].plan
    plan.retired_at = everyone.versions["published"].published_at
    plan.save()
    assert periods() == []


@pytest.mark.usefixtures("everyone")
def test_the_system_starts_what_is_due() -> None:
    made = start_due()
    assert [run.started_by for run in made] == [None] * len(made)
    assert all(run.state == Run.State.QUEUED for run in made)


def test_files_of_old_runs_are_let_go_but_never_those_of_approved_ones(everyone: Any) -> None:
    runs = []
    for _ in range(3):
        run = start_run(everyone.viewer("designer"), everyone.versions["published"], "2026-Q1")
        calculate(run.pk)
        runs.append(Run.objects.get(pk=run.pk))
    approve(everyone.viewer("finance"), runs[0])
    assert let_go() == []
    assert let_go(days=0) == [runs[1]]  # the last is the newest, the first was approved
    assert [run.folder.is_dir() for run in runs] == [True, False, True]
    assert AuditEvent.objects.get(action="runs.let_go").subject == f"runs/{runs[1].pk}"


def test_a_run_without_its_files_is_not_approved(everyone: Any) -> None:
    run = everyone.runs["calculated"]
    newer = start_run(everyone.viewer("designer"), everyone.versions["published"], "2026-Q1")
    calculate(newer.pk)
    run.folder.mkdir(parents=True)
    assert let_go(days=0) == [run]
    with pytest.raises(ValidationError, match="not kept any more"):
        approve(everyone.viewer("finance"), run)
