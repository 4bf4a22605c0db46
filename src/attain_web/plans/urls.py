"""Addresses of plans."""

from __future__ import annotations

from django.urls import path

from attain_web.plans import views, writing

app_name = "plans"
urlpatterns = [
    path("", views.list_page, name="list"),
    path("new/", writing.new, name="new"),
    path("check/", writing.check, name="check"),
    path("words/", writing.words_page, name="words"),
    path("<int:pk>/", views.plan_page, name="plan"),
    path("<int:pk>/compare/", views.compare, name="compare"),
    path("<int:pk>/people/", views.people, name="people"),
    path("<int:pk>/assign/", views.assign, name="assign"),
    path("<int:pk>/retire/", views.retire, name="retire"),
    path("<int:pk>/edit/", writing.edit, name="edit"),
    path("<int:pk>/discard/", writing.discard, name="discard"),
    path("<int:pk>/publish/", writing.publish, name="publish"),
    path("<int:pk>/preview/", writing.preview_page, name="preview"),
    path("<int:pk>/preview.csv", writing.export_preview, name="export_preview"),
    path("versions/<int:pk>/", views.version_page, name="version"),
    path("versions/<int:pk>/sql/", views.sql, name="sql"),
    path("assignments/<int:pk>/end/", views.end_assignment, name="end_assignment"),
]
