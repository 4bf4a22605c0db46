"""The pages of statements: the list, one statement with its numbers' parts, and its files."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from attain_web.access.rights import Area, Reach
from attain_web.access.viewer import Viewer
from attain_web.look.download import as_file
from attain_web.look.request import PageRequest, as_page_or_fragment, wants_fragment
from attain_web.payouts.models import Run
from attain_web.rows.queries import PAGE
from attain_web.statements import files, lines, queries, services, shown
from attain_web.statements.branch import branch, facts, way_to
from attain_web.statements.changes import reasons_shown
from attain_web.statements.models import Statement
from attain_web.statements.tree import find
from attain_web.statements.work import NotExplainedError


@require_GET
def list_page(request: PageRequest) -> HttpResponse:
    """The statements that the viewer may see, newest first."""
    request.viewer.must_read(Area.PAY)
    asked = shown.list_asked(request.GET)
    page = queries.page_of(request.viewer, asked)
    reach = request.viewer.right(Area.PAY).read
    context = {
        "heading": _("Statements"),
        "lead": _("Why somebody is paid what they are paid, down to the orders."),
        "asked": asked,
        "page": page,
        "grid": shown.list_grid(page, is_own=reach == Reach.SELF),
        "paging": shown.paging(request.GET, page),
        "plans": queries.plans_of(request.viewer),
        "is_own": reach == Reach.SELF,
        "is_filtered": bool(asked.person or asked.plan or asked.since or asked.until),
    }
    template = "statements/results.html" if wants_fragment(request) else "statements/list.html"
    return as_page_or_fragment(render(request, template, context))


@require_GET
def statement(request: PageRequest, run: int, key: str) -> HttpResponse:
    """One statement: amount, attainment, components, every fact behind them; or only the lines that are asked for."""
    found = queries.statement_seen(request.viewer, run, key)
    try:
        found = services.explain_one(found)
    except NotExplainedError as error:
        context = _head(request, found) | {"told": str(error)}
        return render(request, "statements/unexplained.html", context)
    context = _head(request, found) | _lines(request, found)
    if wants_fragment(request):
        return as_page_or_fragment(render(request, "statements/lines.html", context))
    number, place = shown.number_of(request.GET.get("node", "")), request.GET.get("place", "")
    context |= {
        "cards": shown.cards(found.tree),
        "attained": shown.attained(queries.attained(found), found.tree),
        "before": shown.brought_forward(queries.paid_before(found)),
        "reasons": reasons_shown(request.viewer, found),
        "wants": bool(number),
        "warnings": queries.concerning(found, {line.fact for line in context["page"].rows}),
        "branch": branch(
            request.viewer, found, way_to(found, number), int(place) if place.isdigit() and len(place) < 9 else None
        ),
        "listed": queries.listed([found])[0] if found.run.state == Run.State.APPROVED else None,
    }
    return as_page_or_fragment(render(request, "statements/statement.html", context))


@require_GET
def node(request: PageRequest, run: int, key: str, number: int) -> HttpResponse:
    """What a number of a statement is made of: a part of the drill-down, fetched when it is opened."""
    found = _explained(request.viewer, run, key)
    way = find(found.tree, number)
    if way is None:
        raise Http404
    page = shown.number_of(request.GET.get("page", ""), 1)
    if page > 1:
        last = way[-1]
        more = page + 1 if page * PAGE < last["facts"] else 0
        told = {"facts": facts(request.viewer, found, last, page), "node": last, "more": more}
        return render(request, "statements/facts.html", told | {"statement": found})
    return render(
        request, "statements/parts.html", {"branch": branch(request.viewer, found, way[-1:]), "statement": found}
    )


@require_GET
def export(request: PageRequest, run: int, key: str, kind: str) -> HttpResponseBase:
    """A statement as a workbook or PDF, or its found lines as CSV."""
    found = _explained(request.viewer, run, key)
    asked = shown.lines_asked(request.GET)
    file, content_type = files.made(found, kind, asked, request.viewer)
    services.note_export(request.viewer, found, kind)
    name = f"statement-{run}-{key}.{kind}"
    return as_file(FileResponse(file), name, content_type)


def _explained(viewer: Viewer, run: int, key: str) -> Statement:
    """A statement with its tree; 404 where it cannot be explained, as its page says why."""
    found = queries.statement_seen(viewer, run, key)
    try:
        return services.explain_one(found)
    except NotExplainedError as error:
        raise Http404 from error


def _head(request: PageRequest, found: Statement) -> dict[str, Any]:
    key = str(found.participant_id)
    version = found.run.version
    name = queries.names_of([key]).get(key) or key
    return {
        "heading": _("Statement of %(name)s") % {"name": name},
        "lead": f"{version.plan.name} v{version.number} · {found.run.period}",
        "crumbs": [(_("Statements"), reverse("statements:list"))],
        "statement": found,
        "last_day": found.run.end - timedelta(days=1) if found.run.end else None,
        "name": name,
        "amount": shown.shown_money(found.amount or Decimal(0)),
        "run_url": reverse("payouts:run", args=[found.run_id]) if request.viewer.right(Area.RUNS).read else "",
    }


def _lines(request: PageRequest, found: Statement) -> dict[str, Any]:
    asked = shown.lines_asked(request.GET)
    page = lines.page_of(found, asked)
    return {
        "asked": asked,
        "page": page,
        "grid": shown.Lines(request.viewer, found, asked, request.GET).grid(page.rows),
        "paging": shown.paging(request.GET, page),
        "query": shown.address(request.GET),
        "parts": list(lines.parts(found.tree)),
        "is_filtered": bool(asked.part or asked.search or asked.since or asked.until),
    }
