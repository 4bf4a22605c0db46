"""Addresses of people."""

from __future__ import annotations

from urllib.parse import unquote

from django.urls import path, register_converter

from attain_web.people import views


class KeyInAddress:
    """A participant's key as part of an address, whatever characters it has and even where a page has that name."""

    regex = "[^/]+"
    taken = ("chart", "join", ".", "..")

    def to_python(self, value: str) -> str:
        """The key; no key has a NUL, which the database does not take either."""
        key = unquote(value)
        if "\0" in key:
            raise ValueError(key)
        return key

    def to_url(self, value: str) -> str:
        """The key, with what would be misread in an address written as numbers."""
        quoted = value.replace("%", "%25").replace("/", "%2F")
        return f"%{ord(quoted[0]):02X}{quoted[1:]}" if quoted in self.taken else quoted


register_converter(KeyInAddress, "participant")

app_name = "people"
urlpatterns = [
    path("", views.directory, name="list"),
    path("chart/", views.chart, name="chart"),
    path("chart/<participant:key>/", views.branch, name="branch"),
    path("join/", views.join, name="join"),
    path("<participant:key>/", views.person, name="person"),
    path("<participant:key>/position/", views.change_position, name="position"),
    path("<participant:key>/manager/", views.change_manager, name="manager"),
    path("<participant:key>/leave/", views.leave, name="leave"),
    path("<participant:key>/stay/", views.stay, name="stay"),
    path("<participant:key>/link/", views.link_user, name="link"),
    path("<participant:key>/unlink/", views.unlink_user, name="unlink"),
]
