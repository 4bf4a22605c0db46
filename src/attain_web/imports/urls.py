"""Addresses of imports."""

from __future__ import annotations

from django.urls import path

from attain_web.imports import views

app_name = "imports"
urlpatterns = [
    path("", views.batches, name="list"),
    path("new/", views.hand_in, name="new"),
    path("uploads/<int:pk>/", views.upload, name="upload"),
    path("uploads/<int:pk>/mapping/", views.choose_mapping, name="mapping"),
    path("uploads/<int:pk>/start/", views.start, name="start"),
    path("uploads/<int:pk>/progress/", views.progress, name="progress"),
    path("uploads/<int:pk>/undo/", views.undo_upload, name="undo_upload"),
    path("<int:pk>/", views.batch, name="batch"),
    path("<int:pk>/undo/", views.undo, name="undo"),
    path("<int:pk>/result.<str:kind>", views.result, name="result"),
    path("<int:pk>/faults.csv", views.faults, name="faults"),
]
