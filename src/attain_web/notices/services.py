"""Writes of notices: they are made in the transaction of what they tell, and mailed once that stands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.http import Http404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from attain_web.access.audit import recorded
from attain_web.access.models import User
from attain_web.access.viewer import Viewer
from attain_web.notices.kinds import KINDS, words
from attain_web.notices.models import Muted, Notice


def notify(users: Iterable[User], kind: str, url: str, **about: Any) -> None:
    """Tell users something, by a notice each, and by mail unless they want none of this kind.

    Called inside the transaction of what it tells, so that nobody hears of what did not happen. ``about`` fills in the
    kind's sentence; amounts come as text. Raises KeyError where the kind is unknown or its sentence needs more.
    """
    words(kind, about)
    active = [user for user in users if user.is_active]
    made = Notice.objects.bulk_create(Notice(user=user, kind=kind, url=url, about=about) for user in active)
    muted = set(Muted.objects.filter(kind=kind, user__in=active).values_list("user", flat=True))
    from attain_web.notices.jobs import mail_notices  # noqa: PLC0415 - the job calls back into this module

    if mailed := [notice.pk for notice in made if notice.user_id not in muted]:
        mail_notices.defer(notices=mailed)


def mail(pks: Iterable[int]) -> None:
    """Send those of some notices that were neither mailed nor read yet; a mail that fails is tried again by the job.

    A worker that is killed between sending and noting it sends that one mail twice, which is better than never.
    """
    waiting = Notice.objects.filter(pk__in=list(pks), mailed_at=None, read_at=None)
    for notice in waiting.select_related("user").order_by("pk"):
        told = {
            "user": notice.user,
            "text": words(notice.kind, notice.about),
            "link": f"{settings.BASE_URL}{notice.url}",
            "mute": f"{settings.BASE_URL}{reverse('notices:settings')}",
        }
        subject = str(KINDS[notice.kind].title) if notice.kind in KINDS else _("News from Attain")
        EmailMessage(subject, render_to_string("notices/mail/notice.txt", told), to=[notice.user.email]).send()
        Notice.objects.filter(pk=notice.pk).update(mailed_at=timezone.now())


def read(viewer: Viewer, pk: int) -> Notice:
    """Note that one's notice was read, and return it; 404 where it is not one's own."""
    notice = Notice.objects.filter(pk=pk, user=viewer.user_id).first()
    if notice is None:
        raise Http404
    Notice.objects.filter(pk=pk, read_at=None).update(read_at=timezone.now())
    return notice


def settle(kind: str, url: str) -> None:
    """What notices of a kind asked for at an address is done: they wait for nobody any more."""
    Notice.objects.filter(kind=kind, url=url, read_at=None).update(read_at=timezone.now())


def read_all(viewer: Viewer) -> int:
    """Note that all of one's notices were read; how many were not."""
    return Notice.objects.filter(user=viewer.user_id, read_at=None).update(read_at=timezone.now())


def mute(viewer: Viewer, muted: Iterable[str]) -> None:
    """Choose the kinds of notices of which one wants no mail."""
    with recorded(viewer, "notices.mute", subject=f"users/{viewer.user_id}") as event:
        before = set(Muted.objects.filter(user=viewer.user_id).values_list("kind", flat=True))
        after = set(muted) & set(KINDS)
        event.details, event.is_needed = {"muted": [sorted(before), sorted(after)]}, before != after
        Muted.objects.filter(user=viewer.user_id, kind__in=before - after).delete()
        Muted.objects.bulk_create(Muted(user_id=viewer.user_id or 0, kind=kind) for kind in sorted(after - before))
