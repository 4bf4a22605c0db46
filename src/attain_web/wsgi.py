"""What the production server calls."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "attain_web.settings")
_platform = get_wsgi_application()
_IS_BEHIND_PROXY = os.environ.get("ATTAIN_BEHIND_PROXY") == "1"


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer a request; behind a proxy, from the address that the proxy, the last to add one, saw."""
    if _IS_BEHIND_PROXY and (seen := environ.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()):
        environ["REMOTE_ADDR"] = seen
    return _platform(environ, start_response)
