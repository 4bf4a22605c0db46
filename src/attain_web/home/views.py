"""The first page: what somebody can do, the tables they see, what was imported and done last."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from attain_web.home.queries import deeds, first_steps, is_unlinked, last_events, last_imports, tiles
from attain_web.look.request import PageRequest


@require_GET
def home(request: PageRequest) -> HttpResponse:
    """The first page after signing in."""
    viewer = request.viewer
    sizes = tiles(viewer)
    steps = first_steps(viewer, sizes, is_protected=bool(getattr(request.user, "totp_secret", "")))
    context = {
        "heading": _("Hello, %(name)s") % {"name": viewer.name},
        "deeds": deeds(viewer),
        "steps": steps,
        "is_unlinked": is_unlinked(viewer),
        "sizes": sizes if not steps or any(size.count for size in sizes) else [],
        "imports": last_imports(viewer),
        "events": last_events(viewer),
    }
    return render(request, "home/home.html", context)
