"""Address of the style guide."""

from __future__ import annotations

from django.urls import URLPattern, path

from attain_web.look.views import styleguide

app_name = "look"
urlpatterns: list[URLPattern] = [path("", styleguide, name="styleguide")]
