"""Tokens, limits and paging of the API, and its addresses of users and the audit trail."""

from __future__ import annotations

import time
from urllib.parse import urlencode

from django.core.cache import cache
from django.http import HttpRequest
from ninja.security import HttpBearer
from ninja.throttling import BaseThrottle

from attain_web.access.services import token_viewer
from attain_web.access.viewer import Viewer


class Token(HttpBearer):
    """A token of a user, and nothing else: the API takes no cookie."""

    def authenticate(self, request: HttpRequest, token: str) -> Viewer | None:  # noqa: ARG002
        """The viewer that the token stands for; requests carry it as ``auth``."""
        return token_viewer(token)


class PerMinute(BaseThrottle):
    """So many requests of one user in a minute."""

    def __init__(self, most: int) -> None:
        self.most = most

    def allow_request(self, request: HttpRequest) -> bool:
        """Count the request, and say whether it is one too many."""
        viewer: Viewer = request.auth  # type: ignore[attr-defined]
        key = f"api-{viewer.user_id}-{int(time.time() // 60)}"
        cache.add(key, 0, timeout=120)
        return cache.incr(key) <= self.most

    def wait(self) -> float:
        """Seconds until the minute is over."""
        return 60 - time.time() % 60


def next_link(request: HttpRequest, cursor: str) -> str | None:
    """Where the next page is: the same question, going on behind the cursor."""
    asked = {name: value for name, value in request.GET.items() if name != "cursor"}
    return f"{request.path}?{urlencode({**asked, 'cursor': cursor})}" if cursor else None
