"""Addresses of measures and calendars; pages have a hyphen or a point in their name, which no measure has."""

from __future__ import annotations

from django.urls import path

from attain_web.measures import editing, views

app_name = "measures"
urlpatterns = [
    path("", views.catalogue, name="list"),
    path("all.<str:kind>", views.export, name="export"),
    path("new-measure/", editing.new, name="new"),
    path("check-measure/", editing.check, name="check"),
    path("calendar-year/", views.calendar, name="calendar"),
    path("<slug:measure>/", views.measure, name="measure"),
    path("<slug:measure>/values/", views.values, name="values"),
    path("<slug:measure>/facts/", views.facts, name="facts"),
    path("<slug:measure>/edit/", editing.edit, name="edit"),
    path("<slug:measure>/remove/", editing.remove, name="remove"),
]
