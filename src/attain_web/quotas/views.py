"""Pages of quotas: the grid, a cell's history, the grid as a file and from one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from attain_web.access.rights import Area, Reach
from attain_web.look.request import PageRequest, as_page_or_fragment, wants_fragment
from attain_web.look.table import Paging
from attain_web.measures.files import KINDS, rows_as_file
from attain_web.measures.laid_out import Layout, layout_of
from attain_web.people.queries import names_of
from attain_web.quotas.files import number_of, read_grid, rows_of
from attain_web.quotas.grid import Asked, Grid, filters_of, grid_of, measures_with_quotas, usual_measure
from attain_web.quotas.services import Change, ChangedMeanwhileError, must_be_known, note_export, write_cells
from attain_web.quotas.shown import Shown, short, shown_lines
from attain_web.quotas.versions import versions_of
from attain_web.rows.queries import today

FILTERS = ("search", "team", "title", "manager", "who")


@require_http_methods(["GET", "HEAD", "POST"])
def grid(request: PageRequest) -> HttpResponse:
    """The grid; sent back, its changed cells are written."""
    layout, asked = _asked(request)
    if request.method == "POST":
        return _write(request, layout, asked)
    return _page(request, layout, asked)


@require_GET
def export(request: PageRequest, kind: str) -> HttpResponse:
    """Every line that was found, as a file in the shape of the grid."""
    if kind not in KINDS:
        raise Http404
    _layout, asked = _asked(request)
    found = grid_of(request.viewer, asked)
    note_export(request.viewer, found, kind)
    return rows_as_file(f"quotas-{asked.measure}-{asked.year.name}", kind, rows_of(found))


@require_POST
def bring_in(request: PageRequest) -> HttpResponse:
    """A file in the shape of the grid: what it would change is shown first, and written from there."""
    request.viewer.must_write(Area.QUOTAS, reach=Reach.ALL)
    layout, asked = _asked(request)
    back = reverse("quotas:grid") + _address(layout, asked)
    file = request.FILES.get("file")
    if file is None:
        messages.error(request, _("Choose a file first."))
        return redirect(back)
    try:
        told = read_grid(file, [period.name for period in asked.periods])
        must_be_known(told)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(back)
    everybody = Asked(asked.measure, asked.year, asked.periods)
    changes = list(_differences(grid_of(request.viewer, everybody), told))
    names = names_of({one["key"] for one in changes}, today())
    for one in changes:
        one |= {"name": names.get(one["key"], one["key"]), "before_text": short(one["before"])}
        one["after_text"] = short(one["after"])
    context = {
        "heading": _("What the file would change"),
        "crumbs": [(_("Quotas"), back)],
        "asked": asked,
        "address": _address(layout, asked),
        "back": back,
        "changes": changes[:500],
        "count": len(changes),
        "file": file.name,
        "sent": json.dumps([[one["key"], one["place"], one["after"], one["seen"]] for one in changes], default=str),
    }
    return render(request, "quotas/import.html", context)


@require_GET
def history(request: PageRequest, key: str) -> HttpResponse:
    """Every version of a cell; of the year's first period where the address names none."""
    _layout, asked = _asked(request)
    measure, period = asked.measure, asked.periods[0]
    try:
        start = date.fromisoformat(request.GET.get("start", str(period.start)))
        end = date.fromisoformat(request.GET.get("end", str(period.end)))
    except ValueError:
        raise Http404 from None
    versions = versions_of(request.viewer, key, measure, start, end)
    context = {
        "heading": _("Quota of %s") % names_of([key], today()).get(key, key),
        "lead": _("%(measure)s, %(start)s to before %(end)s") % {"measure": measure, "start": start, "end": end},
        "crumbs": [(_("Quotas"), reverse("quotas:grid"))],
        "versions": [one | {"before": short(one["before"]), "now": short(one["now"])} for one in versions],
    }
    template = "quotas/versions.html" if wants_fragment(request) else "quotas/history.html"
    return as_page_or_fragment(render(request, template, context))


def _asked(request: PageRequest) -> tuple[Layout, Asked]:
    """What the address asks for."""
    request.viewer.must_read(Area.QUOTAS)
    given = {name: str(text).replace("\0", "").strip()[:300] for name, text in request.GET.items()}
    layout = layout_of(request.GET)
    if layout.year is None:
        raise Http404
    measure = given.get("measure") or usual_measure(request.viewer)
    told = {name: given.get(name, "") for name in FILTERS}
    periods = layout.year.periods[layout.asked.every or "quarter"]
    return layout, Asked(measure, layout.year, periods, page=layout.asked.page, **told)


def _address(layout: Layout, asked: Asked, **other: Any) -> str:
    """The same grid with something else."""
    told = {name: getattr(asked, name) for name in ("measure", *FILTERS)}
    return layout.address(**{"by": "", **told, **other})


def _page(
    request: PageRequest,
    layout: Layout,
    asked: Asked,
    *,
    typed: dict[tuple[str, date], str] | None = None,
    told: dict[tuple[str, date], str] | None = None,
) -> HttpResponse:
    """The grid as a page; ``typed`` stands in its cells, with what is ``told`` of them, until it is written."""
    found = grid_of(request.viewer, asked)
    may_write = request.viewer.right(Area.QUOTAS).write == Reach.ALL
    teams, titles, managers = filters_of(request.viewer, asked.year)
    lines = shown_lines(found, may_write=may_write, typed=typed or {}, told=told or {})
    context = {
        "heading": _("Quotas"),
        "asked": asked,
        "layout": layout,
        "address": _address(layout, asked, page=found.number if found.number > 1 else ""),
        "query": _address(layout, asked),
        "measures": measures_with_quotas(request.viewer),
        "teams": teams,
        "titles": titles,
        "managers": managers,
        "grid": found,
        "shown": Shown(found),
        "lines": lines,
        "seen": json.dumps([[line.key, [cell.seen for cell in line.cells]] for line in lines]),
        "may_write": may_write,
        "has_below": any(line.below for line in lines),
        "paging": Paging(
            found.number,
            found.pages,
            _address(layout, asked, page=found.number - 1) if found.number > 1 else "",
            _address(layout, asked, page=found.number + 1) if found.number < found.pages else "",
        ),
        "before": _address(layout, asked, year=asked.year.before) if asked.year.before else "",
        "after": _address(layout, asked, year=asked.year.after) if asked.year.after else "",
    }
    return as_page_or_fragment(render(request, "quotas/grid.html", context, status=422 if told else 200))


def _write(request: PageRequest, layout: Layout, asked: Asked) -> HttpResponse:
    """Write what was changed on the page, or in the file whose changes it showed."""
    request.viewer.must_write(Area.QUOTAS, reach=Reach.ALL)
    faults: dict[tuple[str, date], str] = {}
    typed: dict[tuple[str, date], str] = {}
    changes = []
    for key, place, text, seen in _sent(request.POST, len(asked.periods)):
        period = asked.periods[place]
        typed[key, period.start] = text
        try:
            value = number_of(text)
        except ValueError:
            faults[key, period.start] = _("“%s” is no number of 0 or more.") % text[:40]
        else:
            changes.append(Change(key, period.start, period.end, value, seen))
    if not faults:
        try:
            count = write_cells(request.viewer, asked.measure, changes, file=request.POST.get("file", "")[:200])
        except ChangedMeanwhileError as error:
            sentence = _(
                "Somebody changed this meanwhile: look at what it is now, and save again to write yours over it."
            )
            faults = dict.fromkeys(error.cells, sentence)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect(reverse("quotas:grid") + _address(layout, asked))
        else:
            told = ngettext("%(count)s quota is written.", "%(count)s quotas are written.", count) % {"count": count}
            messages.success(request, told if count else _("Nothing was changed."))
            page = request.GET.get("page", "")
            return redirect(reverse("quotas:grid") + _address(layout, asked, page=page if page.isdigit() else ""))
    return _page(request, layout, asked, typed=typed, told=faults)


def _sent(form: QueryDict, periods: int) -> Iterator[tuple[str, int, str, datetime | None]]:
    """The cells that were changed: whose, of which period, what was typed, and when its version was made.

    Raises Http404 for what no page of the grid sends.
    """
    try:
        if "changes" in form:
            for key, place, after, seen in json.loads(str(form["changes"])):
                if not 0 <= place < periods:
                    raise Http404
                yield str(key), place, str(after or ""), _moment(seen)
            return
        for number, (key, cells) in enumerate(json.loads(str(form["seen"]))):
            for place, cell in enumerate(cells[:periods]):
                text = form.get(f"c{number}-{place}")
                if cell is not None and text is not None and text.strip() != cell[0]:
                    yield str(key), place, text.strip(), _moment(cell[1])
    except (LookupError, ValueError, TypeError):
        raise Http404 from None


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _differences(grid: Grid, told: dict[str, dict[str, Decimal | None]]) -> Iterable[dict[str, Any]]:
    """What a file would change: each cell that has another value there; one of several rows is left alone."""
    for key, values in told.items():
        for place, cell in enumerate(grid.cells_of(key)):
            if cell.period.name not in values or not cell.is_one:
                continue
            row, after = cell.exact[0] if cell.exact else None, values[cell.period.name]
            before = row.quota if row else None
            if after != before and not (row is None and after == cell.inside):
                yield {
                    "key": key,
                    "place": place,
                    "period": cell.period.name,
                    "before": before,
                    "after": after,
                    "seen": row.changed_at.isoformat() if row else "",
                }
