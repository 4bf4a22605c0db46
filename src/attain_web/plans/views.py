"""Pages of plans: the list, a plan with its versions, a version, what two of them differ in, and who is on it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from attain.errors import AttainError
from attain.measures.measure import title_of
from attain.parts import parts_in, sentence
from attain.plans.compare import pool_words
from attain.plans.document import ASSIGNED, COMPONENTS, CheckedPlan
from attain_web.access.rights import Area, Reach
from attain_web.look.request import PageRequest, as_page_or_fragment, wants_fragment
from attain_web.look.table import Cell, Grid, Header, cell
from attain_web.people.forms import day_asked
from attain_web.people.queries import names_on
from attain_web.plans import queries, services
from attain_web.plans.compare import difference
from attain_web.plans.data import sql_of
from attain_web.plans.forms import AssignForm, EndForm
from attain_web.plans.models import Plan, PlanVersion
from attain_web.plans.texts import check_text
from attain_web.plans.words import days, state_word
from attain_web.rows.queries import today

_SORTS = ("name", "state", "start", "people")


@require_GET
def list_page(request: PageRequest) -> HttpResponse:
    """Every plan that the viewer sees."""
    sort, search = request.GET.get("sort", ""), request.GET.get("search", "").strip()[:200]
    plans = queries.listed(request.viewer)
    found = [one for one in plans if search.casefold() in one.plan.name.casefold()]
    told = {
        "heading": _("Plans"),
        "lead": _("What is paid, to whom, for what: each plan is a text that is checked, published and kept."),
        "search": search,
        "sort": sort,
        "is_any": bool(plans),
        "found": found,
        "table": _grid(request, found, sort, search),
        "may_write": may_write(request),
        "sees_all": request.viewer.right(Area.PLANS).read == Reach.ALL,
    }
    return render(request, "plans/list.html", told)


def _grid(request: PageRequest, found: list[queries.Listed], sort: str, search: str) -> Grid:
    name = sort.removeprefix("-")
    keys: dict[str, Any] = {
        "name": lambda one: one.plan.name.casefold(),
        "state": lambda one: one.state,
        "start": lambda one: one.shown.start or date.max,
        "people": lambda one: one.people,
    }
    if name in keys:
        found.sort(key=keys[name], reverse=sort.startswith("-"))
    titles = {"name": _("Plan"), "state": _("State"), "version": _("Version"), "start": _("Effective")}
    titles |= {"people": _("On it today")}
    sees_runs = request.viewer.right(Area.RUNS).read == Reach.ALL
    headers = [
        Header(
            title,
            is_number=column == "people",
            url=f"?sort={'-' if sort == column else ''}{column}&search={search}" if column in _SORTS else "",
            direction={column: "ascending", f"-{column}": "descending"}.get(sort, ""),
        )
        for column, title in titles.items()
    ] + ([Header(_("Last run"))] if sees_runs else [])
    return Grid(headers, [_row(one, sees_runs=sees_runs) for one in found], _("Plans"))


def _row(one: queries.Listed, *, sees_runs: bool) -> list[Cell]:
    word, badge = state_word(one.state)
    number = "" if one.shown.state == queries.DRAFT else str(one.shown.number)
    draft = _("draft %(number)s") % {"number": one.draft.number} if one.draft else ""
    row = [
        cell(one.plan.name, url=reverse("plans:plan", args=[one.plan.pk])),
        Cell(word, badge=badge),
        Cell(number or draft, behind=draft if number else ""),
        cell(days(one.shown.start, one.shown.end)),
        cell(one.people),
    ]
    ran = Cell() if one.ran is None else cell(one.ran[1], behind=one.ran[0])
    return [*row, ran] if sees_runs else row


def may_write(request: PageRequest) -> bool:
    """Whether the viewer writes plans."""
    return request.viewer.right(Area.PLANS).write == Reach.ALL


@require_GET
def plan_page(request: PageRequest, pk: int) -> HttpResponse:
    """A plan: what it pays now, its versions, and who is on it today."""
    plan, versions = queries.plan_seen(request.viewer, pk)
    shown = queries.shown_of(versions) if versions else None
    people = queries.people_on(request.viewer, shown, today()) if shown else []
    told = {
        "heading": plan.name,
        "crumbs": [(_("Plans"), reverse("plans:list"))],
        "plan": plan,
        "shown": shown,
        "state": state_word("retired" if plan.retired_at else queries.state_of(shown, versions) if shown else "draft"),
        "draft": next((one for one in versions if one.state == queries.DRAFT), None),
        "versions": [(one, state_word(queries.state_of(one, versions)), days(one.start, one.end)) for one in versions],
        "days": days(shown.start, shown.end) if shown else "",
        "people": people[:12],
        "count": len(people),
        "pays": _pays(shown) if shown else [],
        "sees_all": request.viewer.right(Area.PLANS).read == Reach.ALL,
        "may_write": may_write(request),
        "may_preview": _may_preview(request),
        **_said(shown),
    }
    return render(request, "plans/plan.html", told)


def _may_preview(request: PageRequest) -> bool:
    rights = (request.viewer.right(area).read for area in (Area.PLANS, Area.PAY))
    return all(right == Reach.ALL for right in rights)


def _said(version: PlanVersion | None) -> dict[str, Any]:
    """What a version says of itself, where it can be read."""
    checked = _read(version) if version else None
    if checked is None:
        return {"currency": "", "condition": "", "is_assigned": False}
    written = checked.plan.participants
    return {
        "currency": checked.plan.currency,
        "condition": written if isinstance(written, str) else _("by name"),
        "is_assigned": written == ASSIGNED,
    }


def _read(version: PlanVersion) -> CheckedPlan | None:
    try:
        return queries.checked_version(version)
    except AttainError:
        return None


def _pays(version: PlanVersion) -> list[dict[str, Any]]:
    """The components of a version in words."""
    checked = _read(version)
    if checked is None:
        return []
    parts, measures = parts_in(COMPONENTS), checked.measures
    return [
        {
            "name": one.spec.name,
            "measure": measures[one.spec.measure].title or one.spec.measure.replace("_", " "),
            "every": one.spec.every,
            "quota": one.spec.quota,
            "how": sentence(parts[one.spec.pays]).rstrip("."),
            "rules": [
                *map(": ".join, one.part.words(one.params, has_quota=one.spec.quota is not None).items()),
                *(factor.rule(title_of(factor.measure, measures)) for factor in one.deciding.values()),
                *([pool_words(checked, one.spec.pool)] if one.spec.pool else []),
            ],
            "cap": one.spec.cap,
            "cap_per_deal": one.spec.cap_per_deal,
        }
        for one in checked.components
        if one.spec.measure in measures
    ]


@require_GET
def version_page(request: PageRequest, pk: int) -> HttpResponse:
    """A version: its text, its worked examples, and the measures that it keeps."""
    version = queries.version_seen(request.viewer, pk)
    plan, versions = queries.plan_seen(request.viewer, version.plan_id)
    checked = _read(version)
    faults = check_text(version.text, checked.measures).faults if checked else ()
    wrong = {fault.line: fault.message for fault in faults if fault.check == "example"}
    told = {
        "heading": _("%(plan)s, version %(number)s") % {"plan": plan.name, "number": version.number},
        "crumbs": [(_("Plans"), reverse("plans:list")), (plan.name, reverse("plans:plan", args=[plan.pk]))],
        "plan": plan,
        "version": version,
        "state": state_word(queries.state_of(version, versions)),
        "days": days(version.start, version.end),
        "others": [one for one in versions if one.pk != version.pk],
        "examples": _examples(checked, wrong) if checked else [],
        "may_write": may_write(request),
        "sees_sql": request.viewer.right(Area.PLANS).read == Reach.ALL,
    }
    return render(request, "plans/version.html", told)


def _examples(checked: CheckedPlan, wrong: dict[int | None, str]) -> list[dict[str, Any]]:
    """Each worked example: what is given, what each component pays, and whether it does."""
    return [
        {
            "given": one.given,
            "pays": [
                {"name": name, "amount": amount, "fault": wrong.get(_line(checked, number, name), "")}
                for name, amount in one.expect.items()
            ],
        }
        for number, one in enumerate(checked.plan.examples)
    ]


def _line(checked: CheckedPlan, number: int, name: str) -> int:
    return checked.document.position(("examples", number, "expect", name))[0]


@require_GET
def sql(request: PageRequest, pk: int) -> HttpResponse:
    """The SQL that a version becomes over the columns that the data has."""
    version = queries.version_seen(request.viewer, pk)
    if request.viewer.right(Area.PLANS).read < Reach.ALL:
        raise Http404
    told: dict[str, Any] = {"version": version, "heading": _("SQL of version %(number)s") % {"number": version.number}}
    try:
        told["sql"] = sql_of(queries.checked_version(version))
    except AttainError as error:
        told["faults"] = error.faults
    template = "plans/sql_part.html" if wants_fragment(request) else "plans/sql.html"
    crumb = (str(version.plan.name), reverse("plans:plan", args=[version.plan_id]))
    return as_page_or_fragment(render(request, template, {"crumbs": [crumb], **told}))


@require_GET
def compare(request: PageRequest, pk: int) -> HttpResponse:
    """What is different between two versions of a plan."""
    plan, versions = queries.plan_seen(request.viewer, pk)
    by_number = {str(one.number): one for one in versions}
    newest = versions[0] if versions else None
    after = by_number.get(request.GET.get("to", ""), newest)
    older = [one for one in versions if after and one.number < after.number]
    before = by_number.get(request.GET.get("from", ""), older[0] if older else after)
    told = {
        "heading": _("What changed"),
        "crumbs": [(_("Plans"), reverse("plans:list")), (plan.name, reverse("plans:plan", args=[plan.pk]))],
        "plan": plan,
        "versions": versions,
        "before": before,
        "after": after,
        "difference": difference(before.text, after.text) if before and after else [],
    }
    return render(request, "plans/compare.html", told)


@require_GET
def people(request: PageRequest, pk: int) -> HttpResponse:
    """Who is on a plan on a day."""
    return _people(request, pk, None)


def _people(request: PageRequest, pk: int, form: AssignForm | None) -> HttpResponse:
    plan, versions = queries.plan_seen(request.viewer, pk)
    on = day_asked(request.GET.get("on", ""), today())
    holding = [one for one in versions if queries.holds(one, on)]
    shown = holding[0] if holding else queries.shown_of(versions) if versions else None
    writes = may_write(request)
    said = _said(shown)
    told = {
        "heading": _("People on %(plan)s") % {"plan": plan.name},
        "crumbs": [(_("Plans"), reverse("plans:list")), (plan.name, reverse("plans:plan", args=[plan.pk]))],
        "plan": plan,
        "shown": shown,
        "on": on,
        "people": queries.people_on(request.viewer, shown, on) if shown else [],
        "form": (form or AssignForm(initial={"day": today()})) if writes and said["is_assigned"] else None,
        "suggestions": {"people": names_on(request.viewer, on)} if writes and said["is_assigned"] else {},
        "may_write": writes,
        **said,
    }
    return render(request, "plans/people.html", told, status=422 if form else 200)


@require_POST
def assign(request: PageRequest, pk: int) -> HttpResponse:
    """Somebody is on the plan from a day on."""
    plan, _versions = queries.plan_seen(request.viewer, pk)
    request.viewer.must_write(Area.PLANS, reach=Reach.ALL)
    form = AssignForm(request.POST, people=names_on(request.viewer, today()))
    if form.is_valid():
        told = form.cleaned_data
        try:
            services.assign(request.viewer, plan, told["participant"], start=told["day"], end=told["end"])
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, _("They are on the plan from %(day)s.") % {"day": told["day"]})
            return redirect("plans:people", plan.pk)
    return _people(request, pk, form)


@require_POST
def end_assignment(request: PageRequest, pk: int) -> HttpResponse:
    """Somebody is on the plan no more from a day on."""
    row = queries.assignment_seen(request.viewer, pk)
    request.viewer.must_write(Area.PLANS, reach=Reach.ALL)
    plan = queries.plan_named(row.plan)
    form = EndForm(request.POST)
    if form.is_valid():
        try:
            services.end_assignment(request.viewer, row, form.cleaned_data["end"])
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, _("They are on the plan until %(day)s.") % {"day": form.cleaned_data["end"]})
    else:
        messages.error(request, _("Choose the first day on which they are no longer on the plan."))
    return redirect("plans:people", plan.pk) if plan else redirect("rows:row", "assignments", row.pk)


@require_POST
def retire(request: PageRequest, pk: int) -> HttpResponse:
    """A plan is offered for runs no more, or again."""
    plan: Plan = queries.plan_seen(request.viewer, pk)[0]
    ends = request.POST.get("do") != "restore"
    services.retire(request.viewer, plan, ends=ends)
    told = _("%(plan)s is retired.") if ends else _("%(plan)s is offered for runs again.")
    messages.success(request, told % {"plan": plan.name})
    return redirect("plans:plan", plan.pk)
