"""Notices: told with what happened or not at all, mailed once, read by whom they are for."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail as outbox
from django.db import transaction
from django.http import Http404
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from attain_web.access.models import AuditEvent
from attain_web.access.queries import users_with
from attain_web.access.rights import Role
from attain_web.notices.kinds import KINDS, words
from attain_web.notices.models import Notice
from attain_web.notices.services import mail, mute, notify, read
from attain_web.payouts.services import reject

pytestmark = pytest.mark.django_db
ABOUT = {"by": "Dora Design", "version": 2, "plan": "Sellers"}


def told(everyone: Any, *names: str) -> list[Notice]:
    """The notices of a published plan that some people get."""
    before = set(Notice.objects.values_list("pk", flat=True))
    notify([everyone.users[name] for name in names], "plan_published", "/plans/1/", **ABOUT)
    return list(Notice.objects.exclude(pk__in=before).order_by("pk"))


def mailed() -> list[int]:
    """The notices that jobs are to mail."""
    jobs = ProcrastinateJob.objects.filter(task_name="notices.mail").values_list("args", flat=True)
    return [pk for args in jobs for pk in args["notices"]]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_sentence_and_says_what_it_lacks(kind: str) -> None:
    about = dict.fromkeys(("run", "plan", "period", "amount", "change", "currency", "by", "why", "version"), "x")
    assert "%" not in words(kind, about)
    with pytest.raises(KeyError):
        words(kind, {})


def test_everybody_told_has_a_notice_and_a_mail(everyone: Any) -> None:
    found = told(everyone, "finance", "designer")
    assert [one.user for one in found] == [everyone.users["finance"], everyone.users["designer"]]
    mail(mailed())
    assert [message.to for message in outbox.outbox] == [["finance@example.com"], ["designer@example.com"]]
    assert "Dora Design published version 2 of “Sellers”." in outbox.outbox[0].body
    assert "/plans/1/" in outbox.outbox[0].body


def test_a_mail_goes_out_once_and_not_of_what_was_read(everyone: Any) -> None:
    first, second = told(everyone, "finance", "designer")
    read(everyone.viewer("designer"), second.pk)
    mail([first.pk, second.pk])
    mail([first.pk, second.pk])
    assert [message.to for message in outbox.outbox] == [["finance@example.com"]]


def test_nobody_hears_of_what_did_not_happen(everyone: Any) -> None:
    before = Notice.objects.count()
    with transaction.atomic():
        told(everyone, "finance")
        transaction.set_rollback(True)
    assert Notice.objects.count() == before
    assert mailed() == []


def test_a_muted_kind_is_not_mailed_but_stands_in_the_app(everyone: Any) -> None:
    mute(everyone.viewer("finance"), ["plan_published", "no such kind"])
    assert len(told(everyone, "finance")) == 1
    assert mailed() == []
    assert AuditEvent.objects.filter(action="notices.mute").count() == 1
    mute(everyone.viewer("finance"), ["plan_published"])
    assert AuditEvent.objects.filter(action="notices.mute").count() == 1, "nothing changed, so nothing is recorded"


def test_users_who_left_are_told_nothing(everyone: Any) -> None:
    everyone.users["finance"].is_active = False
    everyone.users["finance"].save()
    assert told(everyone, "finance") == []
    assert not users_with(Role.FINANCE).exists()


def test_a_notice_is_opened_by_its_own_user_alone(everyone: Any, client_of: Callable[[str], Client]) -> None:
    (found,) = told(everyone, "finance")
    with pytest.raises(Http404):
        read(everyone.viewer("designer"), found.pk)
    response = client_of("finance").post(f"/notices/{found.pk}/open/")
    assert response["Location"] == "/plans/1/"
    found.refresh_from_db()
    assert found.read_at is not None


def test_a_run_that_was_decided_waits_for_nobody(everyone: Any) -> None:
    run = everyone.runs["calculated"]
    about = {"run": run.pk, "plan": "Sellers", "period": "2026-Q1", "amount": "40.12", "currency": "EUR"}
    notify([everyone.users["finance"]], "run_calculated", f"/runs/{run.pk}/", **about)
    reject(everyone.viewer("finance"), run, "Not so")
    assert not Notice.objects.filter(kind="run_calculated", read_at=None).exists()


def test_the_bell_counts_what_is_unread(everyone: Any, client_of: Callable[[str], Client]) -> None:
    client = client_of("finance")
    told(everyone, "finance")
    assert "Notices, 2 unread" in client.get("/notices/count/").content.decode()
    client.post("/notices/read/")
    assert "none unread" in client.get("/notices/count/").content.decode()
    assert "You have read everything" in client.get("/notices/?show=unread").content.decode()


def test_the_bell_counts_no_further_than_anybody_reads(everyone: Any, client_of: Callable[[str], Client]) -> None:
    Notice.objects.bulk_create(
        Notice(user=everyone.users["finance"], kind="plan_published", url="/", about=ABOUT) for _ in range(150)
    )
    assert "99+" in client_of("finance").get("/notices/count/").content.decode()


def test_the_list_needs_the_same_queries_however_many(
    everyone: Any, client_of: Callable[[str], Client], django_assert_num_queries: Any
) -> None:
    client = client_of("finance")
    client.get("/notices/")
    for _ in range(2):
        with django_assert_num_queries(6):
            client.get("/notices/")
        told(everyone, *["finance"] * 5)


def test_kinds_are_muted_on_the_page(everyone: Any, client_of: Callable[[str], Client]) -> None:
    client = client_of("finance")
    client.post("/notices/mail/", {"mailed": ["run_failed"]})
    page = client.get("/notices/mail/").content.decode()
    assert page.count("checked") == 1
    told(everyone, "finance")
    assert mailed() == []
