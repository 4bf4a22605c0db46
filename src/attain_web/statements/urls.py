"""Addresses of statements."""

from __future__ import annotations

from django.urls import path

from attain_web.statements import views

app_name = "statements"
urlpatterns = [
    path("", views.list_page, name="list"),
    path("<int:run>/<participant:key>/", views.statement, name="statement"),
    path("<int:run>/<participant:key>/nodes/<int:number>/", views.node, name="node"),
    path("<int:run>/<participant:key>/statement.<str:kind>", views.export, name="export"),
]
