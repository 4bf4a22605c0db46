"""Address of the first page."""

from __future__ import annotations

from django.urls import URLPattern, path

from attain_web.home.views import home

urlpatterns: list[URLPattern] = [path("", home, name="home")]
