"""Pages of users and their roles."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from attain_web.access import queries
from attain_web.access.forms import InvitationForm, UserForm, tell
from attain_web.access.models import User
from attain_web.access.rights import Area, Reach, Role
from attain_web.access.services import users as services
from attain_web.access.viewer import Viewer
from attain_web.access.views.request import SignedIn

ACTIONS: dict[str, tuple[Callable[[Viewer, int], User], Promise]] = {
    "deactivate": (services.deactivate, gettext_lazy("%(name)s is deactivated, and signed out everywhere.")),
    "activate": (services.activate, gettext_lazy("%(name)s can sign in again.")),
    "invite-again": (services.invite_again, gettext_lazy("The invitation was sent to %(name)s again.")),
    "end-two-steps": (services.end_two_steps, gettext_lazy("%(name)s signs in by password alone now.")),
    "end-sessions": (services.end_all_sessions, gettext_lazy("%(name)s is signed out everywhere.")),
}
"""What can be done to a user by one button, and what is said then."""


def users(request: SignedIn) -> HttpResponse:
    """Everybody who signs in."""
    search = request.GET.get("search", "").replace("\0", "")
    number = request.GET.get("page", "")
    page = queries.users_found(request.viewer, search=search, page=int(number[:6]) if number.isdecimal() else 1)
    told = {
        "heading": _("Users"),
        "page": page,
        "rows": [(one, queries.roles_of(one)) for one in page.users],
        "search": search,
        "paging": _paging(page, search),
        "may_write": _may_write(request.viewer),
    }
    return render(request, "access/users.html", told)


def invite(request: SignedIn) -> HttpResponse:
    """Invite somebody."""
    request.viewer.must_write(Area.USERS, reach=Reach.ALL)
    form = InvitationForm(request.POST or None)
    if form.is_valid():
        try:
            made = services.invite(request.viewer, **form.cleaned_data)
        except ValidationError as error:
            tell(form, error)
        except services.MailError as error:
            messages.warning(request, str(error))
            return redirect("access:user", error.user.pk)
        else:
            messages.success(request, _("An invitation was sent to %(email)s.") % {"email": made.email})
            return redirect("access:user", made.pk)
    told = {"form": form, "heading": _("Invite a user"), "crumbs": [(_("Users"), reverse("access:users"))]}
    return render(request, "access/invite.html", told, status=422 if form.errors else 200)


def user(request: SignedIn, pk: int) -> HttpResponse:
    """One user: name and roles, sessions, tokens, what can be done."""
    shown = queries.user_seen(request.viewer, pk)
    roles = queries.roles_of(shown)
    form = UserForm(request.POST or None, initial={"name": shown.name, "roles": roles})
    if request.method == "POST":
        request.viewer.must_write(Area.USERS, reach=Reach.ALL)
    if form.is_valid():
        try:
            services.change_user(request.viewer, pk, **form.cleaned_data)
        except ValidationError as error:
            tell(form, error)
        else:
            messages.success(request, _("%(name)s is changed.") % {"name": form.cleaned_data["name"]})
            return redirect("access:user", pk)
    told = {
        "heading": shown.name,
        "crumbs": [(_("Users"), reverse("access:users"))],
        "shown": shown,
        "form": form,
        "roles": roles,
        "is_unlinked": bool({Role.MANAGER, Role.PARTICIPANT} & set(roles)) and not hasattr(shown, "participant"),
        "is_invited": queries.is_invited(shown),
        "sessions": queries.sessions_of(shown),
        "tokens": queries.tokens_of(shown),
        "may_write": _may_write(request.viewer),
    }
    return render(request, "access/user.html", told, status=422 if form.errors else 200)


@require_POST
def act_on_user(request: SignedIn, pk: int, action: str) -> HttpResponse:
    """Deactivate, activate, and the like."""
    service, told = ACTIONS[action]
    try:
        changed = service(request.viewer, pk)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except services.MailError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, str(told) % {"name": changed.name})
    return redirect("access:user", pk)


def _may_write(viewer: Viewer) -> bool:
    return viewer.right(Area.USERS).write == Reach.ALL


def _paging(page: queries.UserPage, search: str) -> dict[str, object]:
    def address(number: int) -> str:
        fits = 1 <= number <= page.pages
        return f"?{urlencode({'search': search, 'page': str(number)})}" if fits else ""

    beside = {"before": address(page.number - 1), "after": address(page.number + 1)}
    return {"number": page.number, "pages": page.pages, **beside}
