"""Addresses of runs."""

from __future__ import annotations

from django.urls import path

from attain_web.payouts import views
from attain_web.payouts.lists import LISTINGS

app_name = "payouts"
urlpatterns = [
    path("", views.runs, name="list"),
    path("new/", views.new, name="new"),
    path("<int:pk>/", views.run, name="run"),
    path("<int:pk>/progress/", views.progress, name="progress"),
    path("<int:pk>/stop/", views.stop, name="stop"),
    path("<int:pk>/again/", views.again, name="again"),
    path("<int:pk>/approve/", views.approve, name="approve"),
    path("<int:pk>/reject/", views.reject, name="reject"),
    path("<int:pk>/compare/", views.compare, name="compare"),
    path("<int:pk>/evidence/", views.evidence, name="evidence"),
    path("<int:pk>/comparison/<str:key>/", views.difference, name="difference"),
    *(path(f"<int:pk>/{name}/", views.listing, {"table": name}, name=name) for name in LISTINGS),
    *(path(f"<int:pk>/{name}.<str:kind>", views.export, {"table": name}, name=f"export_{name}") for name in LISTINGS),
]
