"""What every request goes through: who asks, and what 403 and faults look like."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from attain_web.access.queries import viewer_of
from attain_web.access.viewer import NotAllowedError


class ViewerMiddleware:
    """Gives each request of a signed-in user its ``viewer``; what may not be done is answered by 403."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The response."""
        request.viewer = viewer_of(request.user) if request.user.is_authenticated else None  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page for what is seen but not allowed."""
        if isinstance(exception, NotAllowedError):
            return render(request, "403.html", {"told": str(exception)}, status=403)
        return None
