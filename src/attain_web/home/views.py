"""The first page: for each role what it looks after as far as it is known now, what one can do, what was done last."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from attain_web.access.rights import Area, Reach
from attain_web.access.viewer import Viewer
from attain_web.home.company import company, cost, team_pay, to_approve
from attain_web.home.current import Current, address, currents
from attain_web.home.duties import data_faults, evidence, last_runs, plans, trail
from attain_web.home.own import next_deals, own_pay, own_standings
from attain_web.home.queries import deeds, first_steps, is_unlinked, last_events, last_imports, tiles
from attain_web.home.team import SHOWN, member, team
from attain_web.look.request import PageRequest, as_page_or_fragment, wants_fragment
from attain_web.rows.queries import today

OWN = ("accounts", "opportunities", "orders", "activities")
"""Tables of which one's own rows count."""


@require_GET
def home(request: PageRequest) -> HttpResponse:
    """The first page after signing in; or only what a deal would bring, or how somebody stands, asked for behind it."""
    viewer, day, deal = request.viewer, today(), request.GET.get("deal")
    found = currents(day) if viewer.right(Area.ATTAINMENT).read else []
    deals: dict[str, Any] = {"next_deals": next_deals(viewer, found, deal), "is_calculated": deal is not None}
    if deal is not None and wants_fragment(request):
        return as_page_or_fragment(render(request, "home/deals.html", deals))
    if (person := request.GET.get("person")) is not None and wants_fragment(request):
        told = {"one": member(viewer, found, person, day)}
        return as_page_or_fragment(render(request, "home/member.html", told))
    everybody = "everybody" in request.GET
    known = deals | _known(viewer, found, day) | {"team": team(viewer, found, day, everybody=everybody)}
    own = OWN if known["standings"] or known["team"] else ()
    sizes = tiles(viewer, own)
    steps = first_steps(viewer, sizes, is_protected=bool(getattr(request.user, "totp_secret", "")))
    context: dict[str, Any] = {
        "heading": _("Hello, %(name)s") % {"name": viewer.name},
        "deeds": deeds(viewer),
        "steps": steps,
        "is_unlinked": is_unlinked(viewer),
        "sizes": sizes if not steps or any(size.count for size in sizes) else [],
        "imports": last_imports(viewer),
        "events": last_events(viewer),
        "counted": [one for one in known["standings"] if not one.quota],
        **known,
        **_beside(viewer),
    }
    if context["team"]:
        shown = None if everybody else SHOWN
        context |= {"shown": shown, "members": context["team"].members[:shown]}
    return as_page_or_fragment(render(request, "home/home.html", context))


def _known(viewer: Viewer, found: list[Current], day: date) -> dict[str, Any]:
    """What runs have found, as far as it is the viewer's to see; each part once, whatever their roles."""
    return {
        "is_measured": viewer.right(Area.ATTAINMENT).read > Reach.NOTHING,
        "currents": found,
        "standings": own_standings(viewer, found),
        "pay": own_pay(viewer, found, day),
        "company": company(viewer, found, day),
        "team_pay": team_pay(viewer, day),
        "waiting": to_approve(viewer, day),
        "cost": cost(viewer, day),
        "faults": data_faults(viewer),
        "runs": last_runs(viewer),
        "plans": plans(viewer, day),
        "evidence": evidence(viewer),
        "trail": trail(viewer),
    }


def _beside(viewer: Viewer) -> dict[str, Any]:
    """Which parts somebody has, and where the whole of each is."""
    runs, audit = viewer.right(Area.RUNS), viewer.right(Area.AUDIT)
    checks = runs.read == audit.read == Reach.ALL
    shows_runs = runs.read == Reach.ALL and not checks and not runs.approve
    return {
        "may_approve": runs.approve,
        "checks": checks,
        "shows_runs": shows_runs,
        "looks_after": shows_runs or viewer.right(Area.PLANS).write or viewer.right(Area.IMPORTS).write,
        "statements_url": address("statements:list"),
        "runs_url": address("payouts:list"),
        "plans_url": address("plans:list"),
    }
