"""Pages of the audit trail."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import is_valid_path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from attain.tables import TABLES
from attain_web.access import queries
from attain_web.access.actions import in_words
from attain_web.access.forms import AuditForm
from attain_web.access.rights import Area, Reach
from attain_web.access.told import told
from attain_web.access.views.request import SignedIn


def audit(request: SignedIn) -> HttpResponse:
    """Events, newest first, by filters."""
    form = AuditForm(request.GET)
    form.full_clean()
    asked = form.cleaned_data  # without the filters that cannot be
    page = queries.audit_page(request.viewer, queries.AuditAsked(**asked))
    sees_all = request.viewer.right(Area.AUDIT).read == Reach.ALL
    shown = {
        "heading": _("Audit trail"),
        "lead": _("Who did what, and when. No event is ever changed or taken out.")
        if sees_all
        else _("What you did, and when. No event is ever changed or taken out."),
        "form": form,
        "page": page,
        "is_filtered": any(asked.values()),
        "older": _beside(request, before=page.older),
        "newer": _beside(request, after=page.newer),
        "sees_all": sees_all,
    }
    return render(request, "access/audit.html", shown)


def audit_event(request: SignedIn, number: int) -> HttpResponse:
    """One event, before and after."""
    event = queries.audit_event(request.viewer, number)
    shown = {
        "heading": in_words(event.action),
        "crumbs": [(_("Audit trail"), reverse("access:audit"))],
        "event": event,
        "subject_url": _address(event.subject),
        "told": told(event),
    }
    return render(request, "access/audit_event.html", shown)


def _address(subject: str) -> str:
    """Where what an event is about has its page; nothing where it has none. Subjects are parts of addresses."""
    what = subject.partition("/")[0]
    address = f"/{'data/' if what in TABLES else 'imports/' if what == 'uploads' else ''}{quote(subject)}/"
    return address if subject and is_valid_path(address) else ""


def _beside(request: HttpRequest, **place: int | None) -> str:
    """The address of the page beside this one, with the same filters."""
    if None in place.values():
        return ""
    kept = {name: request.GET.get(name, "") for name in ("actor", "action", "subject", "since", "until")}
    told = {name: str(value) for name, value in {**kept, **place}.items() if value != ""}
    return f"?{urlencode(told)}"
