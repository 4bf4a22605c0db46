"""A request as pages of signed-in users receive it: with the viewer, and what htmx told about it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails

from attain_web.access.viewer import Viewer


class PageRequest(HttpRequest):
    """A request of somebody who is signed in."""

    viewer: Viewer
    htmx: HtmxDetails


def wants_fragment(request: PageRequest) -> bool:
    """Whether only the part of the page that changes is asked for."""
    return bool(request.htmx) and not request.htmx.history_restore_request


def as_page_or_fragment(response: HttpResponse) -> HttpResponse:
    """Tell the browser that this address answers with a page or with its fragment."""
    patch_vary_headers(response, ["HX-Request"])
    return response
