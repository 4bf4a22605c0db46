"""Pages of runs: started, watched, read, compared, approved or sent back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from attain_web.access.rights import Area, Reach
from attain_web.look.download import CSV, XLSX, as_file
from attain_web.look.request import PageRequest, as_page_or_fragment, wants_fragment
from attain_web.payouts import comparing, exports, queries, services, shown
from attain_web.payouts.evidence import evidence as evidence_of
from attain_web.payouts.evidence import may_take_out
from attain_web.payouts.forms import StartForm
from attain_web.payouts.lists import LISTINGS, asked_from, names_of, page_of
from attain_web.payouts.models import Difference, Run
from attain_web.payouts.schedule import current_period
from attain_web.plans.models import PlanVersion
from attain_web.plans.queries import checked_version
from attain_web.rows.queries import today

PAGE = 50


@login_required
@require_safe
def runs(request: PageRequest) -> HttpResponse:
    """Every run, newest first."""
    asked = {name: request.GET.get(name, "").strip()[:200] for name in ("plan", "state", "by")}
    page = Paginator(queries.filtered(request.viewer, **asked), PAGE).get_page(request.GET.get("page"))
    told = {
        "heading": _("Runs"),
        "table": shown.runs_grid(page.object_list, sees_pay=_sees_pay(request)),
        "page": page,
        "asked": asked,
        "plans": queries.plans_run(request.viewer),
        "states": Run.State.choices,
        "may_start": request.viewer.right(Area.RUNS).write == Reach.ALL,
        "is_filtered": any(asked.values()),
        "before": _beside(asked, page.number - 1),
        "after": _beside(asked, page.number + 1),
    }
    return as_page_or_fragment(
        render(request, "payouts/runs.html" if wants_fragment(request) else "payouts/list.html", told)
    )


def _sees_pay(request: PageRequest) -> bool:
    """Whether the viewer sees what runs pay, and not only that they ran and what was attained."""
    return request.viewer.right(Area.PAY).read == Reach.ALL


def _beside(asked: dict[str, str], number: int) -> str:
    """The address of another page of the list."""
    return "?" + urlencode({name: text for name, text in asked.items() if text} | {"page": number})


@login_required
def new(request: PageRequest) -> HttpResponse:
    """The form that starts a run."""
    request.viewer.must_write(Area.RUNS, reach=Reach.ALL)
    versions = queries.runnable()
    form = StartForm(request.POST if request.method == "POST" else None, initial=_suggested(request, versions.first()))
    if request.method == "POST" and form.is_valid():
        try:
            made = services.start_run(request.viewer, form.cleaned_data["version"], form.cleaned_data["period"])
            return redirect("payouts:run", made.pk)
        except ValidationError as error:
            form.add_error(None, error)
    told = {
        "heading": _("Start a run"),
        "crumbs": [(_("Runs"), reverse("payouts:list"))],
        "form": form,
        "has_plans": versions.exists(),
    }
    return render(request, "payouts/new.html", told, status=422 if form.errors else 200)


def _suggested(request: PageRequest, version: PlanVersion | None) -> dict[str, str]:
    """The version that was asked for, else the first, for its current period."""
    asked = request.GET.get("version", "")
    if asked.isdigit() and len(asked) < 10:
        version = queries.runnable().filter(pk=int(asked)).first() or version
    if version is None:
        return {}
    return {"version": str(version.pk), "period": current_period(checked_version(version), today())}


@login_required
@require_safe
def run(request: PageRequest, pk: int) -> HttpResponse:
    """Where a run stands: what it found, how it differs from the one before, whether it counts."""
    return _run_page(request, queries.run_seen(request.viewer, pk))


def _run_page(request: PageRequest, found: Run, error: ValidationError | None = None) -> HttpResponse:
    is_busy = found.state in queries.WORKING
    may_start = request.viewer.right(Area.RUNS).write == Reach.ALL
    decides = found.state == Run.State.CALCULATED and request.viewer.right(Area.RUNS).approve
    compared = shown.comparison(request.viewer, found) if _sees_pay(request) else shown.Comparison()
    told = _told(found, sees_pay=_sees_pay(request)) | {
        "comparison": compared,
        "doubts": shown.doubts(found, compared) if decides else [],
        "is_busy": is_busy,
        "is_cut_off": is_busy and queries.is_cut_off(found),
        "may_start": may_start,
        "may_stop": may_start and is_busy and not found.stop_asked,
        "may_again": may_start and found.state in (Run.State.FAILED, Run.State.STOPPED, Run.State.REJECTED),
        "decides": decides,
        "why_not": decides and (queries.must_be_another(request.viewer, found) or queries.out_of_date(found)),
        "may_take_out": may_take_out(request.viewer),
        "error": error,
    }
    return render(request, "payouts/run.html", told, status=422 if error else 200)


def _told(found: Run, *, sees_pay: bool) -> dict[str, object]:
    """What a run's page tells of what it found."""
    told: dict[str, object] = {
        "heading": _("Run %(run)s: %(plan)s, %(period)s")
        % {"run": found.pk, "plan": found.version.plan.name, "period": found.period},
        "lead": shown.in_short(found),
        "crumbs": [(_("Runs"), reverse("payouts:list"))],
        "run": found,
        "badge": shown.BADGES[found.state],
        "starter": shown.starter(found),
        "faults": found.record.get("faults", []),
        "last_day": found.end - timedelta(days=1) if found.end else None,
    }
    if found.state in (Run.State.CALCULATED, Run.State.APPROVED, Run.State.REJECTED):
        told |= {
            "sees_pay": sees_pay,
            "tiles": shown.tiles(found, sees_pay=sees_pay),
            "components": shown.components(found) if sees_pay else None,
            "inputs": shown.inputs(found),
            "newer": found.state == Run.State.APPROVED and queries.approved_since(found),
        }
    return told


@login_required
@require_GET
def progress(request: PageRequest, pk: int) -> HttpResponse:
    """How far a run is; once it has come to an end the page is asked for anew."""
    found = queries.run_seen(request.viewer, pk)
    if found.state not in queries.WORKING:
        response = HttpResponse()
        response["HX-Redirect"] = reverse("payouts:run", args=[pk])
        return response
    return render(request, "payouts/progress.html", {"run": found})


@login_required
@require_POST
def stop(request: PageRequest, pk: int) -> HttpResponse:
    """Have a run stop."""
    found = queries.run_seen(request.viewer, pk)
    return _done(request, found, lambda: services.stop(request.viewer, found), _("It stops."))


def _done(request: PageRequest, found: Run, act: Callable[[], object], said: str) -> HttpResponse:
    """Do something with a run, and show its page, which says that it was done, or why it was not."""
    try:
        act()
    except ValidationError as error:
        return _run_page(request, queries.run_seen(request.viewer, found.pk), error)
    messages.success(request, said)
    return redirect("payouts:run", found.pk)


@login_required
@require_POST
def again(request: PageRequest, pk: int) -> HttpResponse:
    """Start a run again."""
    found = queries.run_seen(request.viewer, pk)
    request.viewer.must_write(Area.RUNS, reach=Reach.ALL)
    try:
        return redirect("payouts:run", services.start_again(request.viewer, found).pk)
    except ValidationError as error:
        return _run_page(request, found, error)


@login_required
@require_POST
def approve(request: PageRequest, pk: int) -> HttpResponse:
    """Let a run count."""
    found, note = queries.run_seen(request.viewer, pk), request.POST.get("note", "")
    said = _("Approved. Statements are being prepared.")
    return _done(request, found, lambda: services.approve(request.viewer, found, note), said)


@login_required
@require_POST
def reject(request: PageRequest, pk: int) -> HttpResponse:
    """Send a run back."""
    found, why = queries.run_seen(request.viewer, pk), request.POST.get("why", "")
    return _done(request, found, lambda: services.reject(request.viewer, found, why), _("Sent back."))


@login_required
@require_safe
def listing(request: PageRequest, pk: int, table: str) -> HttpResponse:
    """A table of what a run found: attainment, earnings, pay, or differences."""
    found, one = queries.run_seen(request.viewer, pk), LISTINGS[table]
    asked = asked_from(request.GET)
    page = page_of(one, request.viewer, found, asked)
    told = {
        "heading": one.title,
        "lead": f"{found.version.plan.name}, {found.period}",
        "crumbs": [(_("Runs"), reverse("payouts:list")), (_("Run %(run)s") % {"run": pk}, _address(found))],
        "run": found,
        "listing": one,
        "asked": asked,
        "page": page,
        "bounded": next(column.title for column in one.columns if column.name == one.amount),
        "here": reverse(f"payouts:{table}", args=[pk]),
        "csv": reverse(f"payouts:export_{table}", args=[pk, "csv"]) + asked.address(),
        "xlsx": reverse(f"payouts:export_{table}", args=[pk, "xlsx"]) + asked.address(),
        "reasons": Difference.Reason.choices if table == "comparison" else [],
        "comparison": shown.comparison(request.viewer, found) if table == "comparison" else None,
        "periods": sorted(set(found.record.get("periods", {}).values())) if table != "comparison" else [],
    }
    template = "payouts/results.html" if wants_fragment(request) else "payouts/listing.html"
    return as_page_or_fragment(render(request, template, told))


def _address(found: Run) -> str:
    return reverse("payouts:run", args=[found.pk])


@login_required
@require_http_methods(["GET", "POST"])
def compare(request: PageRequest, pk: int) -> HttpResponse:
    """How comparing a run with the one before stands; when sent, it is done once more."""
    found = queries.run_seen(request.viewer, pk)
    if request.method == "POST":
        said = _("It is being compared once more.")
        return _done(request, found, lambda: comparing.compare_again(request.viewer, found), said)
    request.viewer.must_read(Area.PAY)
    if not wants_fragment(request):
        return _run_page(request, found)
    return render(request, "payouts/parts.html", {"run": found, "comparison": shown.comparison(request.viewer, found)})


@login_required
@require_safe
def export(request: PageRequest, pk: int, table: str, kind: str) -> HttpResponseBase:
    """A table of what a run found, as CSV or as a workbook."""
    found, one = queries.run_seen(request.viewer, pk), LISTINGS[table]
    asked, name = asked_from(request.GET), f"run-{pk}-{table}.{kind}"
    if kind == "xlsx":
        file = exports.xlsx_of(one, request.viewer, found, asked)
        return as_file(FileResponse(file), name, XLSX)
    if kind != "csv":
        raise Http404
    lines = exports.csv_of(one, request.viewer, found, asked)
    return as_file(StreamingHttpResponse(lines), name, CSV)


@login_required
@require_safe
def difference(request: PageRequest, pk: int, key: str) -> HttpResponse:
    """Why one person's pay differs from the run before: by reason, down to the rows."""
    found = queries.run_seen(request.viewer, pk)
    rows, before, after = queries.differences_of(request.viewer, found, key)
    name = names_of({key}).get(key, key)
    told = {
        "heading": name,
        "lead": _("What changed since run %(run)s") % {"run": found.previous_id} if found.previous_id else "",
        "crumbs": [
            (_("Runs"), reverse("payouts:list")),
            (_("Run %(run)s") % {"run": pk}, _address(found)),
            (_("Differences"), reverse("payouts:comparison", args=[pk])),
        ],
        "run": found,
        "comparison": shown.comparison(request.viewer, found),
        "before": shown.money(found, before),
        "after": shown.money(found, after),
        "whole": shown.signed(after - before),
        "reasons": [
            {
                "one": row,
                "amount": shown.signed(row.amount),
                "grid": shown.changed_grid(request.viewer, row.details),
                "more": row.details.get("count", 0) - len(row.details.get("rows", [])),
            }
            for row in rows
        ],
    }
    return render(request, "payouts/difference.html", told)


@login_required
@require_safe
def evidence(request: PageRequest, pk: int) -> HttpResponseBase:
    """What a run was calculated from, as a zip."""
    found = queries.run_seen(request.viewer, pk)
    try:
        file = evidence_of(request.viewer, found)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("payouts:run", pk)
    return as_file(FileResponse(file), f"run-{pk}.zip", "application/zip")
