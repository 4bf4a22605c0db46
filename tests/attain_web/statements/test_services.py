"""Statements say node by node what ``attain explain`` says, come to what the run pays, and are made once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Q, Sum

from attain.cli import main
from attain_web.access.models import AuditEvent, RoleGrant
from attain_web.notices.models import Notice
from attain_web.payouts.models import Payout, Run
from attain_web.statements.models import Statement, StatementLine
from attain_web.statements.services import explain_one, prepare_run
from attain_web.statements.tree import fact_record
from attain_web.statements.work import NotExplainedError

JIANG, SELLER = "274", "277"


def record(node: dict[str, Any], lines: dict[int, list[StatementLine]]) -> dict[str, Any]:
    """A kept node as ``attain explain --json`` tells it, with everything below it."""
    own = {name: node[name] for name in ("label", "kind", "amount", "unit", "formula", "source")}
    facts = [fact_record(node, line) for line in lines.get(node["n"], [])]
    assert len(facts) == node["facts"]
    return own | {"children": facts + [record(child, lines) for child in node["children"]]}


def kept(statement: Statement) -> dict[str, Any]:
    lines: dict[int, list[StatementLine]] = {}
    for line in StatementLine.objects.filter(statement=statement):
        lines.setdefault(line.node, []).append(line)
    return record(statement.tree, lines)


def explained(run: Run, key: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(run.folder)
    capsys.readouterr()
    asked = ["explain", "plan.yaml", "--data", "data", "--participant", key, "--period", run.period, "--json"]
    assert main(asked) == 0
    return json.loads(capsys.readouterr().out)


def walked(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node["children"]:
        yield from walked(child)


@pytest.mark.django_db
def test_a_seller_and_the_manager_jiang_have_the_trees_of_attain_explain(
    adventure: Callable[[], Run], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = adventure()
    prepare_run(run.pk)
    for key, facts in ((SELLER, 500), (JIANG, 3000)):
        told = explained(run, key, capsys, monkeypatch)
        found = kept(Statement.objects.get(Q(run=run) & Q(participant=key)))
        assert sum("fact" in node["source"] for node in walked(told)) > facts
        assert found == told
    statements = Statement.objects.filter(run=run)
    assert statements.count() == 17
    assert not statements.filter(explained_at=None).exists()
    total = statements.aggregate(sum=Sum("amount"))["sum"]
    assert total == Payout.objects.filter(run=run).aggregate(sum=Sum("amount"))["sum"] == Decimal("511232.16")
    assert total == sum(Decimal(one.tree["amount"]) for one in statements)
    event = AuditEvent.objects.get(action="statements.prepare")
    assert (event.details["amount"], event.details["paid"], event.details["faults"]) == (
        "511232.160000",
        "511232.160000",
        [],
    )


@pytest.mark.django_db
def test_what_is_prepared_again_stays_as_it_is(with_folders: Any) -> None:
    run = with_folders.runs["approved"]
    prepare_run(run.pk)
    before = list(Statement.objects.values("pk", "tree", "explained_at"))
    lines = StatementLine.objects.count()
    prepare_run(run.pk)
    assert list(Statement.objects.values("pk", "tree", "explained_at")) == before
    assert StatementLine.objects.count() == lines == 8
    assert AuditEvent.objects.filter(action="statements.prepare").count() == 1


@pytest.mark.django_db
def test_a_worker_that_was_killed_leaves_whole_statements_and_the_next_goes_on(with_folders: Any) -> None:
    run = with_folders.runs["approved"]
    prepare_run(run.pk)
    whole = {one.participant_id: kept(one) for one in Statement.objects.all()}
    for place, statement in enumerate(Statement.objects.order_by("participant_id")):
        if place:  # the worker came as far as the first one
            StatementLine.objects.filter(statement=statement).delete()
            Statement.objects.filter(pk=statement.pk).update(tree={}, explained_at=None)
    prepare_run(run.pk)
    assert {one.participant_id: kept(one) for one in Statement.objects.all()} == whole


@pytest.mark.django_db
def test_a_statement_that_is_not_what_was_paid_is_refused(with_folders: Any) -> None:
    run = with_folders.runs["approved"]
    prepare_run(run.pk)
    Statement.objects.filter(Q(participant="alice")).update(amount=Decimal("10.04"), explained_at=None, tree={})
    StatementLine.objects.filter(Q(statement__participant="alice")).delete()
    prepare_run(run.pk)
    alice = Statement.objects.get(Q(participant="alice"))
    assert (alice.explained_at, alice.tree) == (None, {})
    faults = AuditEvent.objects.filter(action="statements.prepare").latest("number").details["faults"]
    assert faults[0] == "The statement of alice comes to 10.03, and the run pays 10.04."
    assert "come to 40.13" in faults[1]
    with pytest.raises(NotExplainedError, match=r"comes to 10\.03"):
        explain_one(alice)


@pytest.mark.django_db
def test_a_run_that_is_not_approved_is_not_prepared_but_explained_on_demand(with_folders: Any) -> None:
    run = with_folders.runs["calculated"]
    prepare_run(run.pk)
    assert not Statement.objects.exists()
    one = explain_one(Statement(run=run, participant_id="alice"))
    assert (one.amount, one.tree["amount"], one.tree["facts"]) == (Decimal("10.03"), "10.03", 0)
    again = explain_one(Statement.objects.get())
    assert again.explained_at == one.explained_at
    assert [one.fact for one in StatementLine.objects.all()] == ["O-alice", "O-alice"]


@pytest.mark.django_db
def test_a_run_without_its_data_says_so(everyone: Any) -> None:
    Statement.objects.all().delete()
    with pytest.raises(NotExplainedError, match="not kept any more"):
        explain_one(Statement(run=everyone.runs["approved"], participant_id="alice"))


@pytest.mark.django_db
def test_who_signs_in_is_told_once_that_their_statement_is_ready(with_folders: Any) -> None:
    run = with_folders.runs["approved"]
    prepare_run(run.pk)
    prepare_run(run.pk)
    told = Notice.objects.filter(kind="statement_ready").values_list("user__email", "url")
    people = {"manager": "ann", "participant": "alice", "charlie": "charlie"}
    assert sorted(told) == sorted(
        (f"{user}@example.com", f"/statements/{run.pk}/{key}/") for user, key in people.items()
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("amount", "change"), [("12", "1.97 EUR more"), ("9.03", "1.00 EUR less"), ("10.03", "the same amount")]
)
def test_who_had_a_statement_for_those_days_is_told_how_the_new_one_differs(
    with_folders: Any, amount: str, change: str
) -> None:
    before = with_folders.runs["approved"]
    held = {"period_start": before.start, "period_end": before.end, "currency": "EUR"}
    told = {"period": "2026-Q1", "start": before.start, "end": before.end, "decided_by": before.decided_by}
    run = Run.objects.create(version=before.version, state=Run.State.APPROVED, record={"currency": "EUR"}, **told)
    Payout.objects.create(run=run, participant_id="alice", amount=Decimal(amount), **held)
    for _again in range(2):
        prepare_run(run.pk)
    notice = Notice.objects.get(kind="statement_replaced", user__email="participant@example.com")
    assert notice.about["change"] == change
    assert notice.url == f"/statements/{run.pk}/alice/"
    assert not Notice.objects.filter(kind="statement_ready", url=notice.url).exists()


@pytest.mark.django_db
def test_who_may_read_no_statement_is_told_of_none(with_folders: Any) -> None:
    RoleGrant.objects.filter(user=with_folders.users["participant"]).update(role="executive")
    prepare_run(with_folders.runs["approved"].pk)
    assert not Notice.objects.filter(user=with_folders.users["participant"], kind="statement_ready").exists()
