"""Pages on which a plan is written: the editor, what is checked while one types, the preview, and publishing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from attain.errors import AttainError, Fault, UsageError
from attain_web.access.rights import Area, Reach
from attain_web.look.download import CSV, as_file
from attain_web.look.request import PageRequest, as_page_or_fragment, wants_fragment
from attain_web.look.table import Cell, Grid, Header, cell
from attain_web.plans import queries, services
from attain_web.plans.compare import Line as Changed
from attain_web.plans.compare import difference
from attain_web.plans.exports import csv_of
from attain_web.plans.forms import PublishForm, TextForm
from attain_web.plans.models import Plan, PlanVersion
from attain_web.plans.preview import SORTS, Preview, periods_of, preview, usual_period
from attain_web.plans.texts import name_in, template, with_name, with_number
from attain_web.plans.words import days, words
from attain_web.rows.queries import today

READ_WRITE = ["GET", "HEAD", "POST"]


@dataclass
class Sheet:
    """What the editor shows: a text of a plan (of none yet: a new one), and what became of saving it."""

    plan: Plan | None
    number: int
    text: str
    seen: datetime | None = None
    is_saved: bool = True
    told: list[str] = field(default_factory=list)
    theirs: list[Changed] = field(default_factory=list)
    """What somebody else saved meanwhile, as it differs from the text."""

    @property
    def name(self) -> str:
        """The name that the text must keep: that of a plan of which a version is published."""
        return self.plan.name if self.plan and self.number > 1 else ""


@require_http_methods(READ_WRITE)
def new(request: PageRequest) -> HttpResponse:
    """A new plan, from a short one with notes or as a copy of another."""
    request.viewer.must_write(Area.PLANS, reach=Reach.ALL)
    copied = request.GET.get("from", "")
    if copied.isdecimal() and len(copied) < 10:
        version = queries.version_seen(request.viewer, int(copied))
        name = _("Copy of %(plan)s") % {"plan": name_in(version.text) or version.plan.name}
        text = with_number(with_name(version.text, name), 1)
    else:
        text = template(today().year)
    sheet = Sheet(None, 1, text, is_saved=False)
    more = {"others": queries.listed(request.viewer), "copied": copied} if request.method != "POST" else {}
    return _editor(request, sheet, heading=_("New plan"), **more)


@require_http_methods(READ_WRITE)
def edit(request: PageRequest, pk: int) -> HttpResponse:
    """The draft of a plan, or what its next version begins from."""
    plan, versions, draft = _to_write(request, pk)
    if draft:
        sheet = Sheet(plan, draft.number, draft.text, draft.changed_at)
    else:
        number = services.next_number(plan)
        sheet = Sheet(plan, number, with_number(versions[0].text, number), is_saved=False)
    heading = _("%(plan)s, draft of version %(number)s") % {"plan": plan.name, "number": sheet.number}
    return _editor(request, sheet, heading=heading)


def _to_write(request: PageRequest, pk: int) -> tuple[Plan, list[PlanVersion], PlanVersion | None]:
    """A plan that the viewer may write, its versions, and its draft."""
    plan, versions = queries.plan_seen(request.viewer, pk)
    request.viewer.must_write(Area.PLANS, reach=Reach.ALL)
    return plan, versions, next((one for one in versions if one.state == queries.DRAFT), None)


def _editor(request: PageRequest, sheet: Sheet, *, heading: str, **more: Any) -> HttpResponse:
    """The page of the editor; what was typed stays whatever becomes of it."""
    status = 200
    if request.method == "POST":
        form = TextForm(request.POST)
        done = form.is_valid() and _done(request, form, sheet)
        if isinstance(done, HttpResponse):
            return done
        if not form.is_valid():
            sheet.text = request.POST.get("text", "")
            sheet.told += [str(one) for errors in form.errors.values() for one in errors]
        status = 409 if sheet.theirs else 422 if sheet.told else 200
    crumbs = [(_("Plans"), reverse("plans:list"))]
    if sheet.plan:
        crumbs.append((sheet.plan.name, reverse("plans:plan", args=[sheet.plan.pk])))
    checked = queries.check(sheet.text, name=sheet.name, number=sheet.number)
    told = {"heading": heading, "crumbs": crumbs, "sheet": sheet, "checked": checked, **more}
    return render(request, "plans/edit.html", told, status=status)


def _done(request: PageRequest, form: TextForm, sheet: Sheet) -> HttpResponse | None:
    """Do what a button of the editor says; None where the editor is shown again, with the text as it was typed."""
    before, sheet.text, sheet.is_saved = sheet.text, form.cleaned_data["text"].replace("\r\n", "\n"), False
    do, seen = request.POST.get("do", "save"), form.cleaned_data["seen"]
    if do == "check":
        sheet.seen = seen
        return None
    try:
        draft = services.save_draft(request.viewer, sheet.plan, sheet.text, seen=seen)
    except services.ChangedError as error:
        sheet.told = error.messages
        sheet.theirs = difference(before, sheet.text)
        return None
    except ValidationError as error:
        sheet.told, sheet.seen = error.messages, seen
        return None
    if do in ("preview", "publish"):
        return redirect(f"plans:{do}", draft.plan_id)
    messages.success(request, _("Saved as the draft of version %(number)s.") % {"number": draft.number})
    return redirect("plans:edit", draft.plan_id)


@require_POST
def check(request: PageRequest) -> HttpResponse:
    """What is wrong with a text that somebody is typing."""
    request.viewer.must_write(Area.PLANS, reach=Reach.ALL)
    told = request.POST
    number = told.get("number", "")
    checked = queries.check(
        told.get("text", "").replace("\r\n", "\n"),
        name=told.get("name", "")[:500],
        number=int(number) if number.isdecimal() and len(number) < 6 else 1,
    )
    return render(request, "plans/faults.html", {"checked": checked})


@require_GET
def words_page(request: PageRequest) -> HttpResponse:
    """The words that the editor completes."""
    request.viewer.must_write(Area.PLANS, reach=Reach.ALL)
    return JsonResponse(words())


@require_POST
def discard(request: PageRequest, pk: int) -> HttpResponse:
    """The draft is taken away."""
    plan, versions, draft = _to_write(request, pk)
    if draft is None:
        messages.info(request, _("There is no draft any more."))
        return redirect("plans:plan", pk)
    try:
        services.discard_draft(request.viewer, draft)
    except services.ChangedError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("plans:plan", pk)
    messages.success(request, _("The draft of %(plan)s is gone.") % {"plan": plan.name})
    return redirect("plans:plan", pk) if len(versions) > 1 else redirect("plans:list")


@require_http_methods(READ_WRITE)
def publish(request: PageRequest, pk: int) -> HttpResponse:
    """What is about to be published, and how it differs from what is; then it is."""
    plan, versions, draft = _to_write(request, pk)
    if draft is None:
        messages.info(request, _("There is no draft to publish."))
        return redirect("plans:plan", pk)
    status, faults = 200, list[Fault]()
    if request.method == "POST":
        form = PublishForm(request.POST)
        seen = form.cleaned_data["seen"] if form.is_valid() else None
        try:
            done = services.publish(request.viewer, draft, seen=seen, sets_number=request.POST.get("do") == "set")
        except services.ChangedError as error:
            messages.error(request, " ".join(error.messages))
            return redirect("plans:plan", pk)
        except AttainError as error:
            status, faults = 422, list(error.faults)
        else:
            told = _("Version %(number)s of %(plan)s is published.")
            messages.success(request, told % {"number": done.number, "plan": plan.name})
            return redirect("plans:plan", pk)
    return render(request, "plans/publish.html", _publishing(plan, versions, draft) | {"told": faults}, status=status)


def _publishing(plan: Plan, versions: list[PlanVersion], draft: PlanVersion) -> dict[str, Any]:
    checked = queries.check(draft.text, name=plan.name, number=draft.number)
    last = next((one for one in versions if one.state == queries.PUBLISHED), None)
    effective = checked.plan.plan.effective if checked.plan else None
    return {
        "heading": _("Publish version %(number)s") % {"number": draft.number},
        "crumbs": [(_("Plans"), reverse("plans:list")), (plan.name, reverse("plans:plan", args=[plan.pk]))],
        "plan": plan,
        "draft": draft,
        "last": last,
        "checked": checked,
        "days": days(effective.start, effective.end) if effective else "",
        "sets_number": [fault.check for fault in checked.errors] == ["next-version"],
        "difference": difference(last.text, draft.text) if last else [],
        "replaced": queries.replaced_by(draft, effective.start, effective.end) if effective else [],
        "people": len({one.participant for one in queries.members(draft)}),
    }


@require_GET
def preview_page(request: PageRequest, pk: int) -> HttpResponse:
    """What the draft pays each person in a period, against the version that pays now."""
    plan, _versions, draft = _to_preview(request, pk)
    period, found = _period(request, draft)
    sort = request.GET.get("sort", "-difference")
    told = {
        "heading": _("Preview of %(plan)s") % {"plan": plan.name},
        "crumbs": [(_("Plans"), reverse("plans:list")), (plan.name, reverse("plans:plan", args=[plan.pk]))],
        "plan": plan,
        "draft": draft,
        "period": period,
        "periods": found,
        "sort": sort,
        "may_write": request.viewer.right(Area.PLANS).write == Reach.ALL,
    }
    if draft and (wants_fragment(request) or "show" in request.GET):
        result = preview(draft, period)
        told |= {"result": result, "table": _preview_grid(result, sort)}
    page = "plans/preview_part.html" if wants_fragment(request) else "plans/preview.html"
    return as_page_or_fragment(render(request, page, told))


def _to_preview(request: PageRequest, pk: int) -> tuple[Plan, list[PlanVersion], PlanVersion | None]:
    plan, versions = queries.plan_seen(request.viewer, pk)
    queries.must_preview(request.viewer, plan)
    return plan, versions, next((one for one in versions if one.state == queries.DRAFT), None)


def _period(request: PageRequest, draft: PlanVersion | None) -> tuple[str, list[str]]:
    """The period that is asked for, or the usual one, and those that may be."""
    asked = request.GET.get("period", "").strip()[:40]
    try:
        checked = queries.checked_version(draft) if draft else None
    except AttainError:
        checked = None
    found = periods_of(checked) if checked else []
    period = asked or (usual_period(found, checked) if checked else "")
    names = [one.name for one in found]
    return period, names if not period or period in names else [period, *names]


def _preview_grid(result: Preview, sort: str) -> Grid:
    titles = {"name": _("Participant"), "before": _("Now"), "after": _("Draft"), "difference": _("Difference")}
    headers = [
        Header(
            titles[name],
            is_number=name != "name",
            url=f"?{urlencode({'period': result.period, 'show': '1', 'sort': _turned(sort, name)})}",
            direction={name: "ascending", f"-{name}": "descending"}.get(sort, ""),
        )
        for name in SORTS
    ]
    rows = [
        [
            cell(one.name, behind=one.participant, url=reverse("people:person", args=[one.participant])),
            *(cell(value, is_money=True) for value in (one.before, one.after)),
            _difference(one.difference),
        ]
        for one in result.sorted(sort)
    ]
    return Grid(headers, rows, _("Pay by person"))


def _turned(sort: str, name: str) -> str:
    """The other direction of a column that is sorted by; numbers begin with the largest."""
    first = name if name == "name" else f"-{name}"
    return first if sort.removeprefix("-") != name else name if sort.startswith("-") else f"-{name}"


def _difference(value: Any) -> Cell:
    shown = cell(value, is_money=True)
    return Cell(f"+{shown.text}", is_number=True) if value > 0 else shown


@require_GET
def export_preview(request: PageRequest, pk: int) -> HttpResponse:
    """The preview as CSV."""
    plan, _versions, draft = _to_preview(request, pk)
    period = _period(request, draft)[0]
    try:
        text = csv_of(request.viewer, draft, period) if draft else ""
    except (AttainError, UsageError):  # the page tells why
        return redirect(f"{reverse('plans:preview', args=[plan.pk])}?{urlencode({'period': period, 'show': '1'})}")
    return as_file(HttpResponse(text), f"preview-{plan.pk}-{period}.csv", CSV)
