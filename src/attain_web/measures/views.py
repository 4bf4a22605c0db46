"""Pages of measures: the catalogue, a measure, its values and the facts behind them; and calendars."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from attain.calendar import kinds
from attain.errors import AttainError
from attain.measures.breakdown import Dimension
from attain.measures.measure import Measure, MeasurePart, unit_of
from attain.measures.measure import title_of as measure_title
from attain_web.access.rights import Area, Reach
from attain_web.look.request import PageRequest, as_page_or_fragment, wants_fragment
from attain_web.look.table import Cell, Grid, Header, Paging, cell, number
from attain_web.measures import files, words
from attain_web.measures.calendars import EVERY, USUAL, calendar_of, choices, year_of
from attain_web.measures.laid_out import DIGITS, chart_of, grid_of, layout_of, paging_of
from attain_web.measures.queries import Known, found_measures, history, known_measures, made_of, one_measure, quotas_of
from attain_web.measures.values import Facts, facts_behind, years_with_facts
from attain_web.measures.values import values as found_values
from attain_web.people.queries import names_of
from attain_web.rows.queries import today
from attain_web.rows.words import title_of


@require_GET
def catalogue(request: PageRequest) -> HttpResponse:
    """Every measure that plans and quotas may speak of."""
    asked = {name: request.GET.get(name, "").replace("\0", "")[:200] for name in ("q", "kind", "origin", "sort")}
    found = found_measures(
        request.viewer, search=asked["q"], kind=asked["kind"], origin=asked["origin"], sort=asked["sort"]
    )
    told = {
        "heading": _("Measures"),
        "lead": _("One number per person, team, territory and period; plans and quotas speak of it by its name."),
        "asked": asked,
        "query": f"?{urlencode(asked)}",
        "found": found,
        "table": _catalogue_grid(found, asked),
        "kinds": words.KINDS.items(),
        "may_change": request.viewer.right(Area.MEASURES).write == Reach.ALL,
    }
    return as_page_or_fragment(render(request, "measures/list.html", told))


@require_GET
def export(request: PageRequest, kind: str) -> HttpResponse:
    """The catalogue as a file."""
    if kind not in files.KINDS:
        raise Http404
    known = known_measures()
    found = found_measures(
        request.viewer,
        search=request.GET.get("q", ""),
        kind=request.GET.get("kind", ""),
        origin=request.GET.get("origin", ""),
        sort=request.GET.get("sort", ""),
    )
    rows = [
        [one.name, one.title, one.measure.kind, one.unit, one.measure.table, words.what(one.measure, known)]
        for one in found
    ]
    return files.rows_as_file("measures", kind, [["measure", "title", "kind", "unit", "table", "meaning"], *rows])


@require_GET
def measure(request: PageRequest, measure: str) -> HttpResponse:
    """A measure: what it says, worked examples, who speaks of it, its versions; its values come by themselves."""
    found, known = one_measure(request.viewer, measure), known_measures()
    one = found.measure
    told = {
        "heading": found.title,
        "lead": capfirst(found.told) or words.what(one, known),
        "crumbs": [(_("Measures"), reverse("measures:list"))],
        "found": found,
        "kind": words.KINDS[one.kind],
        "unit": words.UNITS[found.unit],
        "what": words.what(one, known),
        "who": words.who(one),
        "when": words.when(one),
        "operands": [(name, known[name].title or name) for name in one.operands],
        "made_of": [(name, known[name].title or name) for name in made_of(measure)],
        "examples": _examples(found.part) if found.part else [],
        "history": history(request.viewer, measure) if found.company else [],
        "quotas": quotas_of(measure, request.viewer) if request.viewer.right(Area.QUOTAS).read else None,
        "sees_values": request.viewer.right(Area.ATTAINMENT).read > Reach.NOTHING,
        "may_change": bool(found.company) and request.viewer.right(Area.MEASURES).write == Reach.ALL,
    }
    return render(request, "measures/measure.html", told)


@require_GET
def values(request: PageRequest, measure: str) -> HttpResponse:
    """A measure's values, laid out as the address asks."""
    request.viewer.must_read(Area.ATTAINMENT)
    found = one_measure(request.viewer, measure)
    days = years_with_facts(measure) if not request.GET.get("year") else None
    layout = layout_of(request.GET, last=min(days[1], today()) if days else None)
    laid_out = found_values(request.viewer, measure, layout.asked)
    told = {
        "heading": found.title,
        "crumbs": [
            (_("Measures"), reverse("measures:list")),
            (found.title, reverse("measures:measure", args=[measure])),
        ],
        "found": found,
        "layout": layout,
        "values": laid_out,
        "dimensions": [(one, words.DIMENSIONS[one]) for one in laid_out.dimensions],
        "grid": grid_of(found, laid_out, layout),
        "chart": chart_of(found, laid_out),
        "paging": paging_of(laid_out, layout),
        "before": layout.address(year=layout.year.before) if layout.year and layout.year.before else "",
        "after": layout.address(year=layout.year.after) if layout.year and layout.year.after else "",
    }
    template = "measures/values_part.html" if wants_fragment(request) else "measures/values.html"
    return as_page_or_fragment(render(request, template, told))


@require_GET
def facts(request: PageRequest, measure: str) -> HttpResponse:
    """The facts behind a value."""
    request.viewer.must_read(Area.ATTAINMENT)
    found = one_measure(request.viewer, measure)
    by, of = request.GET.get("by", ""), request.GET.get("of", "").replace("\0", "")
    page = request.GET.get("page", "")
    span = _span(request, measure)
    if by not in {*words.DIMENSIONS, ""} or span[0] >= span[1] or (span[1] - span[0]).days > 40_000:
        raise Http404
    known = known_measures()
    behind = facts_behind(
        request.viewer,
        measure,
        by=cast("Dimension", by) if by else None,
        value=of or None,
        span=span,
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
    )
    told = {
        "heading": _("Behind %(measure)s") % {"measure": found.title},
        "lead": _("%(whose)s, %(start)s – %(end)s")
        % {"whose": _whose(by, of), "start": span[0], "end": span[1] - timedelta(days=1)},
        "crumbs": [
            (_("Measures"), reverse("measures:list")),
            (found.title, reverse("measures:measure", args=[measure])),
        ],
        "behind": behind,
        "sums": [(measure_title(name, known), _added(name, added, known)) for name, added in behind.sums.items()],
        "grid": _facts_grid(behind, known),
        "paging": _facts_paging(request, behind),
    }
    return as_page_or_fragment(render(request, "measures/facts.html", told))


@require_GET
def calendar(request: PageRequest) -> HttpResponse:
    """The periods of a year as a calendar has them; the calendar is chosen, or written."""
    request.viewer.must_read(Area.MEASURES)
    written = request.GET.get("written", "").replace("\0", "")[:5000].strip() or request.GET.get("calendar", "")
    written = written.replace("\0", "")[:5000] or USUAL
    faults, year = [], None
    try:
        found = calendar_of(written)
    except AttainError as error:
        faults = list(error.faults)
    else:
        year = year_of(found, request.GET.get("year", ""))
    told: dict[str, Any] = {
        "heading": _("Calendars"),
        "lead": _("Which days a month, a quarter or a year of a plan has. Every end is the first day no longer in it."),
        "crumbs": [(_("Measures"), reverse("measures:list"))],
        "choices": choices(),
        "written": written,
        "example": "{years: [2024-05-29], ends: 2025-05-30}",
        "faults": faults,
        "year": year,
        "grids": [(EVERY[kind], _periods_grid(year.periods[kind])) for kind in reversed(kinds(found))] if year else [],
        "before": f"?{urlencode({'calendar': written, 'year': year.before})}" if year and year.before else "",
        "after": f"?{urlencode({'calendar': written, 'year': year.after})}" if year and year.after else "",
    }
    return as_page_or_fragment(render(request, "measures/calendar.html", told))


def _span(request: PageRequest, measure: str) -> tuple[date, date]:
    """The days that the address asks for; those of all facts where it names none."""
    if "from" not in request.GET:
        days = years_with_facts(measure) or (today(), today())
        return days[0], days[1] + timedelta(days=1)
    try:
        return date.fromisoformat(request.GET["from"]), date.fromisoformat(request.GET.get("until", ""))
    except ValueError:
        raise Http404 from None


def _periods_grid(periods: Any) -> Grid:
    headers = [Header(_("Period")), Header(_("From")), Header(_("Until")), Header(_("Days"), is_number=True)]
    rows = [[Cell(one.name), cell(one.start), cell(one.end), cell((one.end - one.start).days)] for one in periods]
    return Grid(headers, rows)


def _catalogue_grid(found: list[Known], asked: dict[str, str]) -> Grid:
    known = known_measures()
    titles = {
        "title": _("Measure"),
        "name": _("Name"),
        "kind": _("Kind"),
        "unit": _("Unit"),
        "table": _("Table"),
        "origin": _("Defined by"),
    }
    headers = []
    for name, title in titles.items():
        direction = {name: "ascending", f"-{name}": "descending"}.get(asked["sort"] or "title", "")
        other = f"-{name}" if direction == "ascending" else name
        headers.append(Header(title, url=f"?{urlencode({**asked, 'sort': other})}", direction=direction))
    headers.insert(4, Header(_("What it adds up")))
    rows = [
        [
            cell(one.title, url=reverse("measures:measure", args=[one.name])),
            Cell(one.name),
            Cell(str(words.KINDS[one.measure.kind])),
            Cell(str(words.UNITS[one.unit])),
            Cell(words.what(one.measure, known)),
            Cell(words.table_title(one.measure.table).capitalize() if one.measure.table else ""),
            Cell(_("the company"), badge="accent") if one.company else Cell(_("the catalogue")),
        ]
        for one in found
    ]
    return Grid(headers, rows, _("Measures"))


def _examples(part: MeasurePart) -> list[dict[str, Any]]:
    """The worked examples: the rows of each table, and what everybody gets from them."""
    return [
        {
            "tables": [
                (
                    words.table_title(name).capitalize(),
                    Grid(
                        [Header(title_of(column)) for column in rows[0]],
                        [[cell(row.get(column)) for column in rows[0]] for row in rows],
                    ),
                )
                for name, rows in example.rows.items()
                if rows
            ],
            "expect": Grid(
                [Header(_("Participant")), Header(_("Value"), is_number=True)],
                [[cell(key), cell(value)] for key, value in example.expect.items()],
            ),
        }
        for example in part.examples
    ]


def _whose(by: str, of: str) -> str:
    """Whose records are shown, by name."""
    if not by:
        return _("Together")
    return (names_of({of}, today()).get(of) or of or _("none")) if by in ("participant", "team") else of or _("none")


def _added(name: str, added: Decimal, known: Mapping[str, Measure]) -> str:
    """What records add to a measure, with the digits that its unit is read with."""
    unit = unit_of(name, known)
    return number(round(added, DIGITS[unit]), is_money=unit == "money")


def _facts_grid(behind: Facts, known: Mapping[str, Measure]) -> Grid:
    headers = [
        Header(_("Record")),
        Header(_("Date")),
        Header(_("Credited")),
        Header(_("Counts for")),
        Header(_("Adds"), is_number=True),
        Header(_("Why")),
    ]
    rows = [
        [
            cell(one.fact, url=reverse("rows:row", args=[one.table, one.pk]) if one.pk else ""),
            cell(one.date),
            Cell(one.name),
            Cell(measure_title(one.measure, known)),
            cell(one.amount, is_money=unit_of(one.measure, known) == "money"),
            Cell(one.reason),
        ]
        for one in behind.facts
    ]
    return Grid(headers, rows, _("Records"))


def _facts_paging(request: PageRequest, behind: Facts) -> Paging:
    def address(page: int) -> str:
        query = request.GET.copy()
        query["page"] = str(page)
        return f"?{query.urlencode()}"

    before = address(behind.number - 1) if behind.number > 1 else ""
    after = address(behind.number + 1) if behind.number < behind.pages else ""
    return Paging(behind.number, behind.pages, before, after)
