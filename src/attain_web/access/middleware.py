"""What every request goes through: who asks, what opens without signing in, what 403 and 405 look like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from attain_web.access.queries import viewer_of
from attain_web.access.services.sessions import note_seen
from attain_web.access.viewer import NotAllowedError

PUBLIC = {
    f"access:{name}" for name in ("sign_in", "code", "sign_out", "invitation", "reset", "reset_sent", "new_password")
}
"""The pages that open without signing in; every other one asks for it, so that no view can forget to."""
_API = "/api/"
"""What answers for itself."""


class ViewerMiddleware:
    """Gives each request of a signed-in user its ``viewer``; sends everybody else to the page for signing in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The response; what a signed-in user saw is kept by no cache, the browser's neither."""
        is_known = request.user.is_authenticated
        request.viewer = viewer_of(request.user) if is_known else None  # type: ignore[attr-defined, arg-type]
        if is_known:
            note_seen(request)
        response = self.get_response(request)
        if response.status_code == 405 and not request.path.startswith(_API):
            allowed = response["Allow"]
            response = render(request, "405.html", status=405)
            response["Allow"] = allowed
        if is_known and not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        return response

    def process_view(self, request: HttpRequest, _view: Any, _args: Any, _more: Any) -> HttpResponse | None:
        """To the page for signing in, and back to where somebody wanted to go."""
        match = request.resolver_match
        if request.user.is_authenticated or request.path.startswith(_API):
            return None
        if match is not None and match.view_name in PUBLIC:
            return None
        wanted = _page_of(request)
        asked = redirect_to_login(wanted) if wanted else redirect(settings.LOGIN_URL)
        return HttpResponseClientRedirect(asked["Location"]) if HtmxDetails(request) else asked

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page for what is seen but not allowed."""
        if isinstance(exception, NotAllowedError):
            return render(request, "403.html", {"told": str(exception)}, status=403)
        return None


def _page_of(request: HttpRequest) -> str:
    """The page that somebody looked at: the address asked for, or where a form or a part of a page was sent from.

    What is sent itself cannot be opened after signing in. Nothing where that page is unknown or elsewhere.
    """
    if htmx := HtmxDetails(request):
        before = htmx.current_url or ""
    elif request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    else:
        before = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(before, allowed_hosts={request.get_host()}):
        return ""
    return urlsplit(before)._replace(scheme="", netloc="", fragment="").geturl()
