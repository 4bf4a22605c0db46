"""Addresses of runs."""

from __future__ import annotations

from django.urls import path

from attain_web.payouts import views

app_name = "payouts"
urlpatterns = [
    path("<int:pk>/", views.run, name="run"),
]
