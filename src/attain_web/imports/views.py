"""Pages of imports: the batches, and the way of files from handing in to their result and back out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from attain.errors import AttainError
from attain.sources.mapping import read_mapping
from attain_web.access.models import ImportBatch
from attain_web.access.rights import Area, Reach
from attain_web.imports import queries, results, services, shown
from attain_web.imports.choosing import Chosen, chosen
from attain_web.imports.columns import Section, sections
from attain_web.imports.forms import HandInForm, MappingForm, read_match
from attain_web.imports.models import Upload
from attain_web.imports.profiles import fitted
from attain_web.imports.suggest import suggested
from attain_web.imports.work import told_error
from attain_web.look.download import CSV, XLSX, as_file
from attain_web.look.request import PageRequest


@login_required
@require_safe
def batches(request: PageRequest) -> HttpResponse:
    """Every batch that came to its end, newest first, and uploads that are not in yet."""
    page = Paginator(queries.ended_batches(request.viewer), 50).get_page(request.GET.get("page"))
    waiting = [one for one in queries.uploads(request.viewer).exclude(state=Upload.State.DONE)[:10] if one.is_kept]
    told = {
        "heading": _("Imports"),
        "table": shown.batches(page.object_list),
        "page": page,
        "waiting": waiting,
        "may_import": queries.importable(request.viewer),
    }
    return render(request, "imports/list.html", told)


@login_required
def hand_in(request: PageRequest) -> HttpResponse:
    """The form that takes files."""
    request.viewer.must_write(Area.IMPORTS, reach=Reach.ALL)
    form = HandInForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.hand_in(request.viewer, form.cleaned_data["handed_in"])
            return redirect("imports:upload", made.pk)
        except AttainError as error:
            form.add_error("handed_in", [str(one) for one in error.faults])
        except ValidationError as error:
            form.add_error("handed_in", error)
    told = {"heading": _("Bring in files"), "form": form, "profiles": queries.profiles(request.viewer)}
    return render(request, "imports/new.html", told, status=422 if form.errors else 200)


@login_required
@require_safe
def upload(request: PageRequest, pk: int) -> HttpResponse:
    """Where an upload stands: its mapping, its check, its result."""
    found = queries.upload_of(request.viewer, pk)
    return _upload_page(request, found, _mapping_form(request, found))


def _mapping_form(request: PageRequest, found: Upload) -> MappingForm:
    """The mapping that an upload has, or the profile that is asked for, or that fits, or what is suggested."""
    files, names = found.folder / "files", [file["name"] for file in found.files]
    asked = request.GET.get("profile")
    chosen = next((one for one in queries.profiles(request.viewer) if str(one.pk) == asked), None)
    if chosen:
        mapping = fitted(chosen.mapping, files, names) or chosen.mapping
    elif asked != "suggested" and found.mapping:
        mapping = found.mapping
    elif asked != "suggested" and (fitting := queries.fitting_profile(request.viewer, found)):
        chosen, mapping = fitting
    else:
        mapping = suggested(files, names)
    match = chosen.match if chosen else found.match
    told = {"mapping": mapping, "match": _match_words(match), "again": found.again}
    return MappingForm(initial=told | {"profile": chosen.name if chosen else ""})


def _upload_page(request: PageRequest, found: Upload, form: MappingForm) -> HttpResponse:
    held = list(found.batches.order_by("pk"))
    is_stopped = any(one.told.get("stopped") for one in held)
    has_rows = any(shown.has_rows(one) for one in held)
    is_busy = found.state in (Upload.State.CHECKING, Upload.State.IMPORTING)
    allowed = queries.importable(request.viewer)
    may_map = bool(allowed) and not is_busy and found.is_kept and found.state != Upload.State.DONE
    told = {
        "heading": str(found),
        "crumbs": [(_("Imports"), reverse("imports:list"))],
        "upload": found,
        "form": form,
        "profiles": queries.profiles(request.viewer),
        "parts": [shown.part(one, found) for one in held],
        "is_busy": is_busy,
        "is_cut_off": is_busy and queries.is_cut_off(found),
        "may_import": allowed,
        "may_map": may_map,
        "may_start": found.state == Upload.State.CHECKED and not is_stopped and has_rows,
        "is_refused": found.state == Upload.State.CHECKED and not is_stopped and not has_rows,
        "has_any": any(one.told.get("rows") for one in held),
        "may_undo": any(one.state == ImportBatch.State.DONE and not shown.is_earlier(one, found) for one in held),
        "sections": _sections(found, form, allowed) if may_map else [],
    }
    return render(request, "imports/upload.html", told, status=422 if form.errors else 200)


def _sections(found: Upload, form: MappingForm, allowed: Collection[str]) -> list[Section]:
    """The mapping of a form, by file and column; nothing where it cannot be read."""
    match = form.cleaned_data.get("match") or {} if form.is_bound else read_match(form["match"].value())
    try:
        document = read_mapping(form["mapping"].value() or "")
    except AttainError:
        return []
    return sections(document, found.folder / "files", [file["name"] for file in found.files], match, allowed)


@login_required
@require_POST
def choose_mapping(request: PageRequest, pk: int) -> HttpResponse:
    """Take the mapping, save it as a profile where a name is given, and have the files checked."""
    found = queries.upload_of(request.viewer, pk)
    request.viewer.must_write(Area.IMPORTS, reach=Reach.ALL)
    form, is_ready = _by_columns(request, found) if "sections" in request.POST else (MappingForm(request.POST), True)
    if form.is_valid() and is_ready:
        told = form.cleaned_data
        mapping = told["mapping"].replace("\r\n", "\n")
        try:
            services.start_check(request.viewer, found, mapping, again=told["again"], match=told["match"])
            if told["save_as"]:
                services.save_profile(request.viewer, told["save_as"], mapping, told["match"])
            return redirect("imports:upload", pk)
        except AttainError as error:
            form.add_error("mapping", [str(one) for one in error.faults])
        except ValidationError as error:
            form.add_error(None, error)
    return _upload_page(request, found, form)


def _by_columns(request: PageRequest, found: Upload) -> tuple[MappingForm, bool]:
    """The form of the mapping that was chosen column by column, and whether it is to be checked, not only shown."""
    faults: list[str] = []
    try:
        told = chosen(request.POST, found.folder / "files")
        faults = told.faults
    except AttainError as error:
        told = Chosen(request.POST.get("mapping", ""))
        faults = [str(one) for one in error.faults]
    match = _match_words(told.match)
    form = MappingForm({**request.POST.dict(), "mapping": told.mapping, "match": match})
    if form.is_valid() and faults:
        form.add_error(None, faults)
    return form, not (told.is_other or "draw" in request.POST)


def _match_words(match: Mapping[str, Sequence[str]]) -> str:
    return "; ".join(f"{table}: {', '.join(columns)}" for table, columns in match.items())


@login_required
@require_POST
def start(request: PageRequest, pk: int) -> HttpResponse:
    """Have an upload brought in."""
    found = queries.upload_of(request.viewer, pk)
    request.viewer.must_write(Area.IMPORTS, reach=Reach.ALL)
    try:
        services.start_import(request.viewer, found)
    except (ValidationError, AttainError) as error:
        messages.error(request, told_error(error))
    return redirect("imports:upload", pk)


@login_required
@require_GET
def progress(request: PageRequest, pk: int) -> HttpResponse:
    """How far an upload is; once it has come to an end the page is asked for anew."""
    found = queries.upload_of(request.viewer, pk)
    if found.state not in (Upload.State.CHECKING, Upload.State.IMPORTING):
        response = HttpResponse()
        response["HX-Redirect"] = reverse("imports:upload", args=[pk])
        return response
    return render(request, "imports/progress.html", {"upload": found})


@login_required
@require_safe
def batch(request: PageRequest, pk: int) -> HttpResponse:
    """One batch: what it did, its faults, and the way back."""
    found = queries.batch_of(request.viewer, pk)
    told = {
        "heading": found.file_name,
        "crumbs": [(_("Imports"), reverse("imports:list"))],
        "part": shown.part(found),
        "may_undo": found.state == ImportBatch.State.DONE and found.table in queries.importable(request.viewer),
    }
    return render(request, "imports/batch.html", told)


@login_required
@require_POST
def undo(request: PageRequest, pk: int) -> HttpResponse:
    """Undo a batch."""
    found = queries.batch_of(request.viewer, pk)
    _undo(request, [found])
    return redirect("imports:batch", pk)


@login_required
@require_POST
def undo_upload(request: PageRequest, pk: int) -> HttpResponse:
    """Undo every batch of an upload."""
    found = queries.upload_of(request.viewer, pk)
    request.viewer.must_write(Area.IMPORTS, reach=Reach.ALL)
    _undo(request, list(found.batches.filter(state=ImportBatch.State.DONE)))
    return redirect("imports:upload", pk)


def _undo(request: PageRequest, chosen: list[ImportBatch]) -> None:
    try:
        if chosen:
            services.undo_batches(request.viewer, chosen)
            messages.success(request, _("Undone."))
    except ValidationError as error:
        messages.error(request, told_error(error))


@login_required
@require_safe
def result(request: PageRequest, pk: int, kind: str) -> HttpResponseBase:
    """What became of each row, as CSV or as a workbook."""
    found = queries.batch_of(request.viewer, pk)
    name = f"import-{found.pk}-result.{kind}"
    if kind == "csv":
        return as_file(StreamingHttpResponse(results.as_csv(results.result_rows(found))), name, CSV)
    if kind == "xlsx":
        return as_file(HttpResponse(results.as_xlsx(results.result_rows(found))), name, XLSX)
    raise Http404


@login_required
@require_safe
def faults(request: PageRequest, pk: int) -> HttpResponseBase:
    """Every fault of a batch, as CSV."""
    found = queries.batch_of(request.viewer, pk)
    lines = results.as_csv(results.fault_rows(found))
    return as_file(StreamingHttpResponse(lines), f"import-{found.pk}-faults.csv", CSV)
