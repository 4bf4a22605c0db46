"""The first page: what somebody can do, the tables they see, what was imported and done last."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from attain_web.home.queries import deeds, last_events, last_imports, tiles
from attain_web.look.request import PageRequest


@require_GET
def home(request: PageRequest) -> HttpResponse:
    """The first page after signing in."""
    viewer = request.viewer
    context = {
        "heading": _("Hello, %(name)s") % {"name": viewer.name},
        "deeds": deeds(viewer),
        "sizes": tiles(viewer),
        "imports": last_imports(viewer),
        "events": last_events(viewer),
    }
    return render(request, "home/home.html", context)
