"""What stands in the navigation of each page, by the viewer's rights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from attain_web.access.rights import Area, Reach
from attain_web.access.viewer import Viewer

THEMES = ("light", "dark")


@dataclass(frozen=True)
class Place:
    """A link, shown to who reads its area (or with ``writes`` changes it), at least as far as ``reach``."""

    title: str | Promise
    icon: str
    view: str
    table: str = ""
    area: Area | None = None
    reach: Reach = Reach.SELF
    writes: bool = False


@dataclass(frozen=True)
class Link:
    """A place as one viewer finds it on one page."""

    title: str | Promise
    icon: str
    url: str
    is_current: bool = False


PLACES: dict[str | Promise, tuple[Place, ...]] = {
    "": (Place(_("Home"), "home", "home"),),
    _("Pay"): (
        Place(_("Plans"), "plan", "plans:list", area=Area.PLANS),
        Place(_("Runs"), "order", "payouts:list", area=Area.RUNS),
        Place(_("Statements"), "statement", "statements:list", area=Area.PAY),
    ),
    _("Data"): (
        Place(_("Accounts"), "account", "rows:list", "accounts", Area.RECORDS),
        Place(_("Opportunities"), "opportunity", "rows:list", "opportunities", Area.RECORDS),
        Place(_("Orders"), "order", "rows:list", "orders", Area.RECORDS),
        Place(_("Activities"), "activity", "rows:list", "activities", Area.RECORDS),
        Place(_("Products"), "product", "rows:list", "products", Area.RECORDS),
        Place(_("Quotas"), "quota", "quotas:grid", area=Area.QUOTAS),
        Place(_("Measures"), "measure", "measures:list", area=Area.MEASURES),
        Place(_("All tables"), "table", "rows:index"),
    ),
    _("People"): (
        Place(_("People"), "people", "people:list", area=Area.PEOPLE),
        Place(_("Organisation chart"), "chart", "people:chart", area=Area.PEOPLE),
        Place(_("Territories"), "territory", "rows:list", "territories", Area.PEOPLE),
    ),
    _("Imports"): (Place(_("Imports"), "import", "imports:list", area=Area.IMPORTS),),
    _("Administration"): (
        Place(_("Users"), "user", "access:users", area=Area.USERS),
        Place(_("Audit trail"), "audit", "access:audit", area=Area.AUDIT),
    ),
}
"""Groups of places."""

OWN = (
    Place(_("Your account"), "user", "access:account"),
    Place(_("Signed-in browsers"), "audit", "access:sessions"),
    Place(_("API tokens"), "table", "access:tokens"),
)
"""What everybody has of their own, in the menu behind their initials."""


def navigation(request: HttpRequest) -> dict[str, Any]:
    """The viewer, the theme that they chose, and the groups of links that they may open."""
    viewer: Viewer | None = getattr(request, "viewer", None)
    theme = request.COOKIES.get("theme", "")
    return {
        "viewer": viewer,
        "theme": theme if theme in THEMES else "",
        "navigation": links(viewer, request.path) if viewer else [],
        "account_links": open_to(viewer, OWN) if viewer else [],
        "sign_out": _url("access:sign_out"),
    }


def links(viewer: Viewer, path: str = "") -> list[tuple[str | Promise, list[Link]]]:
    """Groups with their links; the one that holds ``path`` most closely is current."""
    groups = [(title, open_to(viewer, places)) for title, places in PLACES.items()]
    fitting = [link.url for _, group in groups for link in group if _holds(link.url, path)]
    current = max(fitting, key=len, default="")
    return [
        (title, [Link(link.title, link.icon, link.url, link.url == current) for link in group])
        for title, group in groups
        if group
    ]


def open_to(viewer: Viewer, places: tuple[Place, ...]) -> list[Link]:
    """The places that a viewer may open, as links; one whose page does not exist is left out."""
    found = []
    for place in places:
        right = viewer.right(place.area) if place.area else None
        if right and (right.write if place.writes else right.read) < place.reach:
            continue
        if url := _url(place.view, *([place.table] if place.table else [])):
            found.append(Link(place.title, place.icon, url))
    return found


def _url(view: str, *args: str) -> str:
    try:
        return reverse(view, args=args)
    except NoReverseMatch:
        return ""


def _holds(url: str, path: str) -> bool:
    return path == url or (url != "/" and path.startswith(url))
