"""What stands in the navigation of each page, by the viewer's rights."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def navigation(request: HttpRequest) -> dict[str, Any]:
    """The viewer and the groups of links that they may open."""
    return {"viewer": getattr(request, "viewer", None)}
