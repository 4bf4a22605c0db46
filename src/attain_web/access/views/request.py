"""A request as the pages of signed-in users receive it."""

from __future__ import annotations

from django.http import HttpRequest

from attain_web.access.models import User
from attain_web.access.viewer import Viewer


class SignedIn(HttpRequest):
    """A request of somebody who is signed in, which the middleware has seen to."""

    user: User
    viewer: Viewer
