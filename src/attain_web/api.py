"""The API: the same services and queries as the pages, under /api/v1/."""

from __future__ import annotations

from ninja import NinjaAPI

api = NinjaAPI(title="Attain", version="1", docs_url=None)
