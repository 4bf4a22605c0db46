"""Addresses of the grid of quotas; the list of them is a table's."""

from __future__ import annotations

from django.urls import path

from attain_web.quotas import views

app_name = "quotas"
urlpatterns = [
    path("", views.grid, name="grid"),
    path("grid.<str:kind>", views.export, name="export"),
    path("import/", views.bring_in, name="import"),
    path("history/<participant:key>/", views.history, name="history"),
]
