"""Addresses of the first page."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
