"""Addresses of the tables: lists, rows, forms, exports."""

from __future__ import annotations

from django.urls import URLPattern, path

from attain_web.rows import views

app_name = "rows"
urlpatterns: list[URLPattern] = [
    path("", views.index, name="index"),
    path("search/", views.search, name="search"),
    path("<slug:name>/", views.list_page, name="list"),
    path("<slug:name>/new/", views.new, name="new"),
    path("<slug:name>/export.csv", views.export_csv, name="export_csv"),
    path("<slug:name>/export.xlsx", views.export_xlsx, name="export_xlsx"),
    path("<slug:name>/suggest/<slug:column>/", views.suggest, name="suggest"),
    path("<slug:name>/<int:pk>/", views.row_page, name="row"),
    path("<slug:name>/<int:pk>/edit/", views.edit, name="edit"),
]
