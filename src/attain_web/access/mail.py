"""Mail to users: invitations, links to choose a new password, and what was changed about signing in."""

from __future__ import annotations

import logging
from threading import Thread

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from attain_web.access.links import Purpose, link_for
from attain_web.access.models import User
from attain_web.access.viewer import Viewer

_log = logging.getLogger(__name__)


def send_invitation(viewer: Viewer, user: User) -> None:
    """Send the link by which somebody chooses a password for the first time; raises OSError where it cannot be sent."""
    told = {"user": user, "by": viewer.name, "link": link_for(user, Purpose.INVITATION), "site": settings.BASE_URL}
    text = render_to_string("access/mail/invitation.txt", told)
    EmailMessage(_("Your invitation to Attain"), text, to=[user.email]).send()


def send_reset(user: User) -> None:
    """Send the link to choose a new password, behind the answer's back, so that its time tells nobody who exists."""
    told = {"user": user, "link": link_for(user, Purpose.RESET), "site": settings.BASE_URL}
    _send_later(user, _("Choose a new password"), render_to_string("access/mail/reset.txt", told))


def send_change(user: User, change: str) -> None:
    """Tell somebody that how they sign in was changed, so that they notice when it was not they who did it."""
    reset = f"{settings.BASE_URL}{reverse('access:reset')}"
    told = {"user": user, "change": change, "at": timezone.now(), "site": settings.BASE_URL, "reset": reset}
    _send_later(user, _("How you sign in was changed"), render_to_string("access/mail/change.txt", told))


def _send_later(user: User, subject: str, text: str) -> None:
    message = EmailMessage(subject, text, to=[user.email])
    Thread(target=_send, args=[message], name="mail").start()


def _send(message: EmailMessage) -> None:
    try:
        message.send()
    except OSError:  # SMTP's errors are OSErrors as well
        _log.exception("The mail “%s” could not be sent.", message.subject)
