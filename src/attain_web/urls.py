"""Every address of the platform."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from attain_web.api import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("attain_web.home.urls")),
    path("", include("attain_web.access.urls")),
    path("notices/", include("attain_web.notices.urls")),
    path("people/", include("attain_web.people.urls")),
    path("data/", include("attain_web.rows.urls")),
    path("plans/", include("attain_web.plans.urls")),
    path("measures/", include("attain_web.measures.urls")),
    path("quotas/", include("attain_web.quotas.urls")),
    path("imports/", include("attain_web.imports.urls")),
    path("runs/", include("attain_web.payouts.urls")),
    path("statements/", include("attain_web.statements.urls")),
    path("styleguide/", include("attain_web.look.urls")),
    path("api/v1/", api.urls),
]
