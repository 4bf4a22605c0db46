"""Addresses of notices."""

from __future__ import annotations

from django.urls import URLPattern, path

from attain_web.notices import views

app_name = "notices"
urlpatterns: list[URLPattern] = [
    path("", views.notices, name="list"),
    path("count/", views.count, name="count"),
    path("read/", views.read_all, name="read_all"),
    path("mail/", views.settings, name="settings"),
    path("<int:pk>/open/", views.open_notice, name="open"),
]
