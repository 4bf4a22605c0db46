"""Addresses of look."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "look"
urlpatterns: list[URLPattern] = []
