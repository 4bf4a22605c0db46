"""Addresses of the tables: lists, rows, forms, exports."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "rows"
urlpatterns: list[URLPattern] = []
