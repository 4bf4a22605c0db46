"""Pages of notices: the list, the number in the bar, which of them are mailed."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from attain_web.look.request import PageRequest
from attain_web.notices import queries, services
from attain_web.notices.forms import MailForm
from attain_web.notices.kinds import KINDS


@login_required
@require_safe
def notices(request: PageRequest) -> HttpResponse:
    """One's notices, newest first."""
    unread_only = request.GET.get("show") == "unread"
    page = Paginator(queries.notices(request.viewer, unread_only=unread_only), 50).get_page(request.GET.get("page"))
    told = {
        "heading": _("Notices"),
        "page": page,
        "notices": queries.shown(list(page.object_list)),
        "unread": queries.unread(request.viewer),
        "unread_only": unread_only,
    }
    return render(request, "notices/list.html", told)


@login_required
@require_GET
def count(request: PageRequest) -> HttpResponse:
    """How many are unread, for the bell in the bar."""
    unread = queries.unread(request.viewer)
    shown = f"{queries.MOST}+" if unread > queries.MOST else str(unread)
    return render(request, "notices/count.html", {"unread": unread, "shown": shown})


@login_required
@require_POST
def open_notice(request: PageRequest, pk: int) -> HttpResponse:
    """Note that a notice was read, and go where it points."""
    return redirect(services.read(request.viewer, pk).url)


@login_required
@require_POST
def read_all(request: PageRequest) -> HttpResponse:
    """Note that all were read."""
    services.read_all(request.viewer)
    return redirect("notices:list")


@login_required
def settings(request: PageRequest) -> HttpResponse:
    """Which kinds are mailed."""
    chosen = [kind for kind in KINDS if kind not in queries.muted(request.viewer)]
    form = MailForm(request.POST or None, initial={"mailed": chosen})
    if request.method == "POST":
        form = MailForm(request.POST)
        if form.is_valid():
            services.mute(request.viewer, set(KINDS) - set(form.cleaned_data["mailed"]))
            messages.success(request, _("Your choice is kept."))
            return redirect("notices:settings")
    told = {"heading": _("Mail"), "crumbs": [(_("Notices"), "../")], "form": form}
    return render(request, "notices/settings.html", told, status=422 if form.errors else 200)
