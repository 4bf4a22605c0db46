"""Who may start, stop and approve a run, and that it is approved once, by somebody else."""

from __future__ import annotations

from datetime import date
from threading import Thread
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.http import Http404
from procrastinate.contrib.django.models import ProcrastinateJob

from attain_web.access.models import AuditEvent, RoleGrant, User
from attain_web.access.queries import viewer_of
from attain_web.access.rights import Area
from attain_web.access.viewer import SYSTEM, NotAllowedError, Viewer
from attain_web.crm.models import Order
from attain_web.notices.models import Notice
from attain_web.payouts.models import Payout, Run
from attain_web.payouts.queries import approved_since, counting, must_be_another, newest_by_plan, out_of_date
from attain_web.payouts.services import approve, reject, start_again, start_run, stop
from attain_web.payouts.work import calculate
from attain_web.plans.models import PlanVersion
from tests.attain_web.compensation import PLAN


def may_approve(viewer: Viewer, run: Run) -> bool:
    is_theirs = run.state == Run.State.CALCULATED and viewer.right(Area.RUNS).approve
    return is_theirs and not (must_be_another(viewer, run) or out_of_date(run))


def started(everyone: Any, period: str = "2026-Q1") -> Run:
    return start_run(everyone.viewer("designer"), everyone.versions["published"], period)


@pytest.mark.parametrize(
    ("period", "told"), [("2026-Q9", "no period"), ("2024", "not in force"), ("x..y", "Cannot read the days")]
)
def test_a_period_must_be_the_plans(everyone: Any, period: str, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        started(everyone, period)


def test_a_draft_and_a_retired_plan_are_not_run(everyone: Any) -> None:
    designer = everyone.viewer("designer")
    with pytest.raises(ValidationError, match="draft"):
        start_run(designer, everyone.versions["draft"], "2026-Q1")
    version = everyone.versions["published"]
    version.plan.retired_at = version.published_at
    with pytest.raises(ValidationError, match="retired"):
        start_run(designer, version, "2026-Q1")


def test_who_may_not_start_is_refused(everyone: Any) -> None:
    for name in ("operations", "finance", "auditor"):
        with pytest.raises(NotAllowedError):
            start_run(everyone.viewer(name), everyone.versions["published"], "2026-Q1")
    with pytest.raises(Http404):
        start_run(everyone.viewer("manager"), everyone.versions["published"], "2026-Q1")


def test_nobody_approves_what_they_started(everyone: Any) -> None:
    RoleGrant.objects.create(user=everyone.users["designer"], role="finance")
    both = everyone.viewer("designer")
    with pytest.raises(NotAllowedError, match="You started this run"):
        approve(both, everyone.runs["calculated"])
    assert reject(both, everyone.runs["calculated"], "Mine, and wrong").state == "rejected"


def test_nobody_approves_a_run_of_the_plan_that_they_published(everyone: Any) -> None:
    RoleGrant.objects.create(user=everyone.users["designer"], role="finance")
    run = start_run(SYSTEM, everyone.versions["published"], "2026-Q4")
    calculate(run.pk)
    run.refresh_from_db()
    with pytest.raises(NotAllowedError, match="You wrote or published"):
        approve(everyone.viewer("designer"), run)
    assert may_approve(everyone.viewer("finance"), run)


def test_nobody_approves_what_they_took_up_again(everyone: Any) -> None:
    run = start_run(SYSTEM, everyone.versions["published"], "2026-Q4")
    ProcrastinateJob.objects.filter(task_name="payouts.calculate").delete()  # the worker died with it
    other = User.objects.create(email="both@example.com", name="Both")
    RoleGrant.objects.bulk_create(RoleGrant(user=other, role=role) for role in ("finance", "designer"))
    start_again(viewer_of(other), run)
    calculate(run.pk)
    with pytest.raises(NotAllowedError, match="You started this run"):
        approve(viewer_of(other), Run.objects.get(pk=run.pk))


def test_nobody_approves_their_own_pay(everyone: Any) -> None:
    RoleGrant.objects.create(user=everyone.users["charlie"], role="finance")
    with pytest.raises(NotAllowedError, match="You are paid in this run"):
        approve(everyone.viewer("charlie"), everyone.runs["calculated"])


def test_the_system_approves_nothing(everyone: Any) -> None:
    with pytest.raises(NotAllowedError):
        approve(SYSTEM, everyone.runs["calculated"])


def test_an_approved_run_stays_so_and_is_told(everyone: Any) -> None:
    finance, run = everyone.viewer("finance"), everyone.runs["calculated"]
    approve(finance, run, "Fine")
    with pytest.raises(ValidationError, match="Approved"):
        approve(finance, run)
    with pytest.raises(ValidationError, match="Approved"):
        reject(finance, run, "No")
    notice = Notice.objects.get(kind="run_approved")
    assert (notice.user, notice.url) == (everyone.users["designer"], f"/runs/{run.pk}/")
    assert ProcrastinateJob.objects.get(task_name="statements.prepare", args__run=run.pk).status == "todo"


def test_who_started_it_is_told_why_it_came_back(everyone: Any) -> None:
    with pytest.raises(ValidationError, match="Say why"):
        reject(everyone.viewer("finance"), everyone.runs["calculated"], "  ")
    reject(everyone.viewer("finance"), everyone.runs["calculated"], "Orders of March are missing")
    assert "March" in Notice.objects.get(kind="run_rejected").about["why"]


def test_a_calculated_run_waits_for_who_approves(everyone: Any) -> None:
    run = started(everyone)
    calculate(run.pk)
    notice = Notice.objects.get(kind="run_calculated")
    assert (notice.user, notice.about["amount"]) == (everyone.users["finance"], "47.67")


def test_a_run_is_stopped_before_it_begins_and_on_its_way(everyone: Any) -> None:
    designer, run = everyone.viewer("designer"), started(everyone)
    stop(designer, run)
    calculate(run.pk)
    run.refresh_from_db()
    assert run.state == "stopped"
    other = start_again(designer, run)
    Run.objects.filter(pk=other.pk).update(stop_asked=True)
    calculate(other.pk)
    other.refresh_from_db()
    assert (other.state, other.record) == ("stopped", {})
    with pytest.raises(ValidationError, match="come to its end"):
        stop(designer, other)


def runs_paying(key: str) -> list[int]:
    return sorted(row.run_id for row in counting(Payout.objects.filter(participant__participant=key)))


def test_the_newest_approved_run_counts_also_for_who_is_missing_from_it(everyone: Any) -> None:
    old, new = everyone.runs["approved"], everyone.runs["calculated"]
    assert newest_by_plan(old.start) == [new]
    assert runs_paying("alice") == runs_paying("adam") == [old.pk]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE payouts_payout DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM payouts_payout WHERE run_id = %s AND participant = 'adam'", [new.pk])
    approve(everyone.viewer("finance"), new)
    assert runs_paying("alice") == [new.pk]
    assert runs_paying("adam") == []
    assert list(counting(Payout.objects.filter(run=old), before=new)) == list(Payout.objects.filter(run=old))
    assert approved_since(old) == new


def test_a_run_of_other_days_takes_nothing_away(everyone: Any) -> None:
    run, finance = everyone.runs["calculated"], everyone.viewer("finance")
    Run.objects.filter(pk=run.pk).update(start="2026-04-01", end="2026-07-01")
    approve(finance, Run.objects.get(pk=run.pk))
    assert runs_paying("alice") == [everyone.runs["approved"].pk, run.pk]


def test_a_run_decides_only_on_days_on_which_its_version_is_in_force(everyone: Any) -> None:
    version = everyone.versions["published"]
    for period, text, days in (
        ("all", "2026-01-01 .. 2027-01-01", ("2026-01-01", "2027-01-01")),
        ("2026", "2026-04-01 .. 2026-07-01", ("2026-04-01", "2026-07-01")),
        ("2026", "2026-05-10 .. 2026-08-15", ("2026-04-01", "2026-10-01")),
        ("2026-01-01..2026-07-01", "2026-02-01", ("2026-01-01", "2026-07-01")),
    ):
        run = calculated(everyone, newer_version(version, {"2026-01-01 .. 2027-01-01": text}), period)
        assert (run.state, str(run.start), str(run.end)) == ("calculated", *days), run.told


def newer_version(version: PlanVersion, changes: dict[str, str]) -> PlanVersion:
    """The next published version, whose text differs in some words."""
    number = version.plan.versions.count() + 1
    text = PLAN.format(version=number)
    for words, others in changes.items():
        text = text.replace(words, others)
    start, _, end = text.partition("effective: ")[2].partition("\n")[0].partition(" .. ")
    days = {"start": date.fromisoformat(start), "end": date.fromisoformat(end) if end else None}
    published = {"state": PlanVersion.State.PUBLISHED, "published_at": version.published_at}
    return PlanVersion.objects.create(plan=version.plan, number=number, text=text, **days, **published)


def calculated(everyone: Any, version: PlanVersion, period: str) -> Run:
    run = start_run(everyone.viewer("designer"), version, period)
    calculate(run.pk)
    run.refresh_from_db()
    return run


def test_what_was_paid_in_one_sum_is_replaced_as_a_whole(everyone: Any) -> None:
    finance, old = everyone.viewer("finance"), everyone.runs["approved"]
    monthly = newer_version(old.version, {"    pays:": "    every: month\n    pays:"})
    assert "Version 3 of the plan is in force" in out_of_date(everyone.runs["calculated"])
    month = calculated(everyone, monthly, "2026-03")
    with pytest.raises(ValidationError, match=rf"Run {old.pk} paid 2026-01-01 – 2026-03-31 in one sum"):
        approve(finance, month)
    quarter = calculated(everyone, monthly, "2026-Q1")
    approve(finance, quarter)
    assert set(runs_paying("alice")) == {quarter.pk}
    with pytest.raises(ValidationError, match="Version 3 is in force from 2026-01-01"):
        start_run(everyone.viewer("designer"), old.version, "2026-Q1")


def test_all_undoes_pay_for_facts_that_are_gone(everyone: Any) -> None:
    finance = everyone.viewer("finance")
    version = newer_version(everyone.versions["published"], {" .. 2027-01-01": ""})
    order = Order.objects.get(order="O-alice")
    later = Order.objects.create(
        order="O-late", participant_id="alice", date=date(2026, 8, 3), amount=50, currency="EUR"
    )
    first = calculated(everyone, version, "all")
    approve(finance, first)
    assert (str(first.start), str(first.end)) == ("2026-01-01", "2026-10-01")
    later.delete()
    second = calculated(everyone, version, "all")
    assert second.end == first.end
    approve(finance, second)
    (row,) = counting(Payout.objects.filter(participant__participant="alice")).exclude(amount=0)
    assert (row.run_id, row.period_start) == (second.pk, order.date.replace(month=1, day=1))


def test_what_read_its_data_later_counts(everyone: Any) -> None:
    finance, version = everyone.viewer("finance"), everyone.versions["published"]
    cut_off = start_run(everyone.viewer("designer"), version, "2026-Q1")
    other = calculated(everyone, version, "2026")
    calculate(cut_off.pk)  # taken up again
    approve(finance, Run.objects.get(pk=cut_off.pk))
    with pytest.raises(ValidationError, match=f"Run {cut_off.pk} is newer"):
        approve(finance, other)


def test_a_run_that_a_newer_one_replaced_is_not_approved(everyone: Any) -> None:
    finance, old = everyone.viewer("finance"), everyone.runs["calculated"]
    told = {"period": old.period, "start": old.start, "end": old.end, "started_by": old.started_by}
    new = Run.objects.create(version=old.version, state=Run.State.CALCULATED, **told)
    assert may_approve(finance, old)
    approve(finance, new)
    assert not may_approve(finance, old)
    with pytest.raises(ValidationError, match=f"Run {new.pk} is newer"):
        approve(finance, old)
    assert reject(finance, old, "Replaced").state == "rejected"


def test_a_run_some_of_whose_days_a_newer_one_counts_for_is_not_approved(everyone: Any) -> None:
    finance, old = everyone.viewer("finance"), everyone.runs["calculated"]
    whole = {"period": "2026", "start": "2026-01-01", "end": "2027-01-01", "started_by": old.started_by}
    part = {"period": "2026-Q3", "start": "2026-07-01", "end": "2026-10-01", "started_by": old.started_by}
    year, quarter = (
        Run.objects.create(version=old.version, state=Run.State.CALCULATED, **told) for told in (whole, part)
    )
    approve(finance, quarter)
    with pytest.raises(ValidationError, match=f"Run {quarter.pk} is newer"):
        approve(finance, Run.objects.get(pk=year.pk))
    assert may_approve(finance, old)


@pytest.mark.usefixtures("committed")
def test_thirty_two_approve_at_once_and_one_does(everyone: Any) -> None:
    run = everyone.runs["calculated"]
    users = User.objects.bulk_create(User(email=f"f{n}@example.com", name=f"Finance {n}") for n in range(32))
    RoleGrant.objects.bulk_create(RoleGrant(user=user, role="finance") for user in users)
    done: list[str] = []

    def decide(user: User) -> None:
        try:
            approve(viewer_of(user), Run.objects.get(pk=run.pk))
            done.append(user.name)
        except ValidationError:
            done.append("")
        finally:
            connection.close()

    threads = [Thread(target=decide, args=[user]) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 32
    (who,) = filter(None, done)
    run.refresh_from_db()
    assert run.decided_by
    assert run.decided_by.name == who
    assert AuditEvent.objects.filter(action="runs.approve").count() == 1
    assert ProcrastinateJob.objects.filter(task_name="statements.prepare", args__run=run.pk).count() == 1
    assert Notice.objects.filter(kind="run_approved").count() == 1
