"""The pages of tables: their index, a list, a row with what belongs to it, its form, its export."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from attain_web.access.viewer import NotAllowedError, Viewer
from attain_web.look.download import CSV, XLSX, as_file
from attain_web.look.request import PageRequest, as_page_or_fragment, wants_fragment
from attain_web.look.table import Cell, cell
from attain_web.navigation import links
from attain_web.rows import exports
from attain_web.rows.base import Row
from attain_web.rows.forms import RowForm
from attain_web.rows.lists import MONEY, address, asked_from, chips, filters_of, grid, paging, shown
from attain_web.rows.overview import may_make, sizes
from attain_web.rows.queries import attributes_of, history, may_write, page_of, row_of, value_of
from attain_web.rows.references import Children, children, key_of, named, suggestions
from attain_web.rows.search import rows_beginning
from attain_web.rows.services import save_row
from attain_web.rows.table import RowTable, row_tables
from attain_web.rows.words import title_of


@require_GET
def index(request: PageRequest) -> HttpResponse:
    """Every table that the viewer sees, with how many rows."""
    return render(request, "rows/index.html", {"heading": _("Data"), "sizes": sizes(request.viewer)})


@require_GET
def search(request: PageRequest) -> HttpResponse:
    """Pages and rows that begin with what is typed."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    pages = [
        link
        for _title, group in links(request.viewer)
        for link in group
        if text.casefold() in str(link.title).casefold()
    ]
    found = rows_beginning(request.viewer, text)
    return render(request, "rows/found.html", {"pages": pages[:8], "found": found, "text": text})


@require_GET
def list_page(request: PageRequest, name: str) -> HttpResponse:
    """The rows of a table that search and filters find."""
    table = _table(request.viewer, name)
    asked = asked_from(table, request.GET)
    page = page_of(table, request.viewer, asked)
    context = {
        "heading": table.title,
        "lead": capfirst(table.schema.grain) + ".",
        "crumbs": [(_("Data"), reverse("rows:index"))],
        "table": table,
        "asked": asked,
        "page": page,
        "grid": grid(table, request.viewer, page.rows, asked),
        "paging": paging(page, asked),
        "chips": list(chips(asked)),
        "query": address(asked),
        "filters": filters_of(table, asked),
        "may_make": may_make(table, request.viewer),
    }
    template = "rows/results.html" if wants_fragment(request) else "rows/list.html"
    return as_page_or_fragment(render(request, template, context))


@require_GET
def row_page(request: PageRequest, name: str, pk: int) -> HttpResponse:
    """A row: its values, what refers to it, and every version of it."""
    table = _table(request.viewer, name)
    row = row_of(table, request.viewer, pk)
    known = named(table, request.viewer, [row], table.columns)
    context = {
        "heading": str(row),
        "crumbs": [(_("Data"), reverse("rows:index")), (table.title, reverse("rows:list", args=[name]))],
        "table": table,
        "row": row,
        "values": [(title_of(column), shown(table, row, column, known)) for column in table.columns],
        "attributes": sorted(attributes_of(table, request.viewer, [row])[row.pk].items()),
        "children": [
            _child(one, request.viewer, value_of(row, key_of(table))) for one in children(table, request.viewer, row)
        ],
        "history": [_version(one) for one in history(table, row, request.viewer)],
        "may_write": may_write(table, request.viewer, row),
    }
    return render(request, "rows/row.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: PageRequest, name: str) -> HttpResponse:
    """The form of a new row; what its address names is filled in."""
    table = _table(request.viewer, name)
    if not may_make(table, request.viewer):
        raise NotAllowedError(_("Your roles let you see this table, but not add to it."))
    return _form(request, table, None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: PageRequest, name: str, pk: int) -> HttpResponse:
    """The form of a row."""
    table = _table(request.viewer, name)
    row = row_of(table, request.viewer, pk)
    if not may_write(table, request.viewer, row):
        raise NotAllowedError(_("Your roles let you see this row, but not change it."))
    return _form(request, table, row)


@require_GET
def suggest(request: PageRequest, name: str, column: str) -> HttpResponse:
    """Keys that a column may hold, as options for what is typed."""
    table = _table(request.viewer, name)
    target = row_tables().get(table.columns[column].refers_to or "") if column in table.columns else None
    if target is None:
        raise Http404
    text = request.GET.get(column, "").replace("\x00", "").strip()[:100]
    return render(request, "rows/options.html", {"options": suggestions(target, request.viewer, text)})


@require_GET
def export_csv(request: PageRequest, name: str) -> HttpResponseBase:
    """The found rows as CSV."""
    table = _table(request.viewer, name)
    lines = exports.csv_of(table, request.viewer, asked_from(table, request.GET))
    return as_file(StreamingHttpResponse(lines), f"{name}.csv", CSV)


@require_GET
def export_xlsx(request: PageRequest, name: str) -> HttpResponseBase:
    """The found rows as a workbook."""
    table = _table(request.viewer, name)
    asked = asked_from(table, request.GET)
    try:
        file = exports.xlsx_of(table, request.viewer, asked)
    except exports.TooManyRowsError as error:
        messages.error(request, str(error))
        return redirect(reverse("rows:list", args=[name]) + address(asked))
    return as_file(FileResponse(file), f"{name}.xlsx", XLSX)


def _table(viewer: Viewer, name: str) -> RowTable:
    """A table that the viewer sees."""
    table = row_tables().get(name)
    if table is None:
        raise Http404
    viewer.must_read(table.area)
    return table


def _child(one: Children, viewer: Viewer, key: str) -> dict[str, Any]:
    """The rows of one table under the row that they refer to, with where to see all of them, or add one."""
    query = f"?{urlencode({one.column: key})}"
    by_key = one.column == key_of(row_tables()[one.table.columns[one.column].refers_to or ""])
    return {
        "title": one.table.title if by_key else f"{one.table.title} · {title_of(one.column)}",
        "grid": grid(one.table, viewer, one.rows, None, without=one.column),
        "all": reverse("rows:list", args=[one.table.name]) + query,
        "new": reverse("rows:new", args=[one.table.name]) + query if may_make(one.table, viewer) else "",
        "is_more": one.is_more,
        "one": one.table.one,
    }


def _version(told: dict[str, Any]) -> dict[str, Any]:
    """A version of a row in words: what was made is told whole by the row itself, what was changed value by value."""
    event, changed = told["event"], told["changed"] if told["label"] == "changed" else {}
    return {
        "label": _("Made") if told["label"] == "made" else _("Changed"),
        "at": told["at"],
        "who": event.changed_by.name if event.changed_by else "Attain",
        "batch": event.batch,
        "changed": [_change(name, *values) for name, values in changed.items()],
    }


def _change(name: str, before: Any, after: Any) -> tuple[str, Cell, Cell]:
    is_money = name in MONEY
    return title_of(name), cell(before, is_money=is_money), cell(after, is_money=is_money)


def _form(request: PageRequest, table: RowTable, row: Row | None) -> HttpResponse:
    if request.method == "POST":
        form = RowForm(table, row=row, data=request.POST)
        if form.is_valid():
            try:
                saved = save_row(table, request.viewer, form.values(), row=row, seen=form.cleaned_data.get("seen"))
            except ValidationError as error:
                form.tell(error)
            else:
                messages.success(request, _("Saved: %(row)s") % {"row": saved})
                return redirect("rows:row", table.name, saved.pk)
    else:
        form = RowForm(table, row=row, initial={k: str(v) for k, v in request.GET.items() if k in table.columns})
    title = _("Change %(what)s") if row else _("New %(what)s")
    back = reverse("rows:row", args=[table.name, row.pk]) if row else reverse("rows:list", args=[table.name])
    context = {
        "heading": title % {"what": table.one},
        "crumbs": [(table.title, reverse("rows:list", args=[table.name])), *([(str(row), back)] if row else [])],
        "form": form,
        "back": back,
    }
    return render(request, "rows/form.html", context, status=422 if form.errors else 200)
