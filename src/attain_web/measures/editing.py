"""Pages on which a plan designer defines a measure: as fields or as text, checked as one types, tried before saving."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from attain.errors import AttainError
from attain.measures.measure import Measure, unit_of
from attain_web.access.rights import Area, Reach
from attain_web.look.request import PageRequest
from attain_web.measures.calendars import calendar_of, year_of
from attain_web.measures.documents import checked
from attain_web.measures.forms import MeasureForm, initial_of
from attain_web.measures.laid_out import Layout, grid_of
from attain_web.measures.models import CompanyMeasure
from attain_web.measures.queries import Known, company_measure, known_measures
from attain_web.measures.services import remove_measure, save_measure
from attain_web.measures.values import Asked, values, years_with_facts
from attain_web.rows.queries import today

TRIED = "tried"
"""What a measure is called that has no name yet."""


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: PageRequest) -> HttpResponse:
    """A new measure of the company's own."""
    request.viewer.must_write(Area.MEASURES, reach=Reach.ALL)
    return _page(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: PageRequest, measure: str) -> HttpResponse:
    """Change a measure of the company's own."""
    row = company_measure(request.viewer, measure)
    request.viewer.must_write(Area.MEASURES, reach=Reach.ALL)
    return _page(request, row)


@require_POST
def remove(request: PageRequest, measure: str) -> HttpResponse:
    """Take out a measure of the company's own."""
    company_measure(request.viewer, measure)
    try:
        remove_measure(request.viewer, measure)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("measures:measure", measure)
    messages.success(request, _("The measure is removed."))
    return redirect("measures:list")


@require_POST
def check(request: PageRequest) -> HttpResponse:
    """What is wrong in a measure that is being written and, where it is tried, its values now."""
    request.viewer.must_write(Area.MEASURES, reach=Reach.ALL)
    name, text = _sent(request, None)
    return render(request, "measures/checked.html", _told(request, name, text))


def _page(request: PageRequest, row: CompanyMeasure | None) -> HttpResponse:
    name = row.name if row else ""
    text, view, step = row.text if row else "", request.GET.get("view", "form"), ""
    told: dict[str, Any] = {}
    faults: list[str] = []
    status = 200
    if request.method == "POST":
        name, text = _sent(request, row)
        view, step = request.POST.get("view", "form"), request.POST.get("step", "save")
        if step == "save":
            try:
                save_measure(request.viewer, name, text, seen=_seen(request) if row else None)
            except AttainError:
                status = 422
            except ValidationError as error:
                status, faults = 422, error.messages
            else:
                messages.success(request, _("The measure is saved."))
                return redirect("measures:measure", name)
        if step in {"form", "text"}:
            view = step
        told = _told(request, name, text)
    initial = {**initial_of(text), "name": name}
    if row:
        initial["seen"] = request.POST.get("seen") or row.changed_at.isoformat()
    form = MeasureForm(initial=initial, measures=known_measures(), is_new=row is None)
    context = {
        "heading": _("Change %s") % row.name if row else _("New measure"),
        "crumbs": [(_("Measures"), reverse("measures:list"))],
        "form": form,
        "row": row,
        "name": name,
        "text": text,
        "view": view,
        "refused": faults,
        "back": reverse("measures:measure", args=[row.name]) if row else reverse("measures:list"),
        **told,
    }
    return render(request, "measures/form.html", context, status=status)


def _seen(request: PageRequest) -> datetime:
    """When the version was made that the change began from; what no version was made at is none."""
    return parse_datetime(request.POST.get("seen", "")) or datetime.min.replace(tzinfo=UTC)


def _sent(request: PageRequest, row: CompanyMeasure | None) -> tuple[str, str]:
    """The name and the text that were sent: what stands in the fields is put into the text."""
    text = request.POST.get("text", "").replace("\r\n", "\n").replace("\0", "")
    if request.POST.get("view", "form") == "form":
        text = MeasureForm(request.POST, measures={}, is_new=True).text(text)
    return row.name if row else request.POST.get("name", "").strip(), text


def _told(request: PageRequest, name: str, text: str) -> dict[str, Any]:
    """What is to be told of a text: its faults and, where it is tried and has none, its values."""
    others = known_measures()
    others.pop(name, None)
    called = name if name.isidentifier() else TRIED
    measure, faults = checked(called, text, others)
    told: dict[str, Any] = {"is_checked": True, "faults": faults, "checked_text": text}
    if request.POST.get("step") == "try" and measure and not faults:
        told |= _tried(request, called, measure, others)
    return told


def _tried(request: PageRequest, name: str, measure: Measure, others: dict[str, Measure]) -> dict[str, Any]:
    """A measure's values in the last year that has facts, before it is saved."""
    known = {**others, name: measure}
    try:
        days = years_with_facts(name, known)
        calendar = calendar_of("")
        year = year_of(calendar, day=min(days[1], today()) if days else None)
        asked = Asked(calendar, "participant", "quarter", (year.start, year.end) if year else None)
        found = values(request.viewer, name, asked, measures=known)
    except AttainError as error:
        return {"faults": list(error.faults)}
    one = Known(name, measure, unit_of(name, known))
    return {
        "tried": grid_of(one, found, Layout(calendar, "", year, asked), links=False),
        "year": year,
        "count": found.count,
    }
