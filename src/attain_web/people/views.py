"""Pages of people: the directory, the organisation chart, a person, and the flows that change them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from attain_web.access.rights import Area, Reach
from attain_web.access.services.users import MailError
from attain_web.access.viewer import Viewer
from attain_web.look.request import PageRequest, as_page_or_fragment
from attain_web.look.table import Cell, Grid, Header, Paging, cell
from attain_web.people import queries, services
from attain_web.people.forms import (
    JoinForm,
    LeaveForm,
    LinkForm,
    ManagerForm,
    PositionForm,
    StayForm,
    UnlinkForm,
    day_asked,
)
from attain_web.people.timeline import Change
from attain_web.people.words import changes_in_words
from attain_web.rows.queries import today
from attain_web.rows.table import row_tables

SORTED = ("name", "title", "team", "territory", "manager")


@login_required
def directory(request: PageRequest) -> HttpResponse:
    """Everybody who is here on a day, with search and filters."""
    on = day_asked(request.GET.get("on", ""), today())
    asked = queries.Asked(
        search=_asked(request, "search"),
        team=_asked(request, "team"),
        title=_asked(request, "title"),
        manager=_asked(request, "manager"),
        sort=_asked(request, "sort"),
        page=int(page[:9]) if (page := request.GET.get("page", "1")).isdecimal() else 1,
    )
    found = queries.directory(request.viewer, on, asked)
    told = {
        "heading": _("People"),
        "on": on,
        "today": today(),
        "asked": asked,
        "found": found,
        "is_filtered": any((asked.search, asked.team, asked.title, asked.manager)),
        "table": _grid(request, found, asked, on),
        "paging": Paging(
            found.number,
            found.pages,
            _address(request, page=found.number - 1) if found.number > 1 else "",
            _address(request, page=found.number + 1) if found.number < found.pages else "",
        ),
        "may_change": request.viewer.right(Area.PEOPLE).write == Reach.ALL,
    }
    return as_page_or_fragment(render(request, "people/list.html", told))


@login_required
def chart(request: PageRequest) -> HttpResponse:
    """Who reports to whom on a day, from the top, or from one person down."""
    on = day_asked(request.GET.get("on", ""), today())
    root = _asked(request, "root")
    top = [queries.colleague(request.viewer, on, root)] if root else queries.organisation(request.viewer, on)
    tree = [one for one in top if one.reports or root]
    below = queries.branches(request.viewer, on, [one.key for one in tree])
    told = {
        "heading": _("Organisation chart"),
        "on": on,
        "today": today(),
        "root": root,
        "above": queries.chain_above(request.viewer, root, on)[::-1] if root else [],
        "tree": [(one, below.get(one.key, [])) for one in tree],
        "alone": [one for one in top if not one.reports and not root],
        "count": queries.head_count(request.viewer, on),
    }
    return render(request, "people/chart.html", told)


@login_required
def branch(request: PageRequest, key: str) -> HttpResponse:
    """Who reports to somebody on a day: a part of the chart, fetched when it is opened."""
    on = day_asked(request.GET.get("on", ""), today())
    people = queries.organisation(request.viewer, on, key)
    return render(request, "people/branch.html", {"people": people, "on": on})


@login_required
def person(request: PageRequest, key: str) -> HttpResponse:
    """One participant: now, before and later, who is above and below, and what they own."""
    on = day_asked(request.GET.get("on", ""), today())
    found = queries.person(request.viewer, key, on)
    users = request.viewer.right(Area.USERS)
    may_change = request.viewer.right(Area.PEOPLE).write == Reach.ALL
    told = {
        "heading": found.name,
        "crumbs": [(_("People"), reverse("people:list"))],
        "on": on,
        "today": today(),
        "person": found,
        "may_change": may_change,
        "may_link": users.write == Reach.ALL,
        "sees_user": may_change or users.read == Reach.ALL,
        "links": _links(request.viewer, found),
        "sees_attainment": on == today() and found.now and request.viewer.right(Area.ATTAINMENT).read,
    }
    return render(request, "people/person.html", told)


@login_required
def join(request: PageRequest) -> HttpResponse:
    """Somebody becomes a participant."""
    _must_change(request)
    form = JoinForm(
        request.POST or None,
        initial={"day": today()},
        people=_people(request),
        may_invite=request.viewer.right(Area.USERS).write == Reach.ALL,
    )
    return _flow(
        request,
        form,
        lambda told: services.join(request.viewer, told.pop("key"), told.pop("day"), **told),
        heading=_("New participant"),
        lead=_("They are here from a day on. Nothing is written before you have seen what will change."),
        done=_("The participant is here from that day on."),
    )


@login_required
def change_position(request: PageRequest, key: str) -> HttpResponse:
    """A participant's name, title, team, territory or attributes change from a day on."""
    _must_change(request, key)
    found = queries.person(request.viewer, key, today())
    now = found.now or found.versions[0]
    initial = {name: getattr(now, attribute) for name, attribute in services.FIELDS.items()}
    form = PositionForm(
        request.POST or None,
        initial={**initial, "day": today()},
        known=now.attributes,
    )
    return _flow(
        request,
        form,
        lambda told: services.change_position(request.viewer, key, told["day"], _changed(form, told)),
        heading=_("Change the position of %s") % found.name,
        lead=_("What holds now ends on that day, and this holds from then on, until what was set for a later day."),
        done=_("The position is changed."),
        key=key,
    )


def _changed(form: PositionForm, told: dict[str, Any]) -> dict[str, Any]:
    """Only what was changed in the form: what it shows is today's, and another day may have known something else."""
    return {name: told[name] for name in form.changed_data if name != "day"}


@login_required
def change_manager(request: PageRequest, key: str) -> HttpResponse:
    """A participant reports to somebody else from a day on."""
    _must_change(request, key)
    found = queries.person(request.viewer, key, today())
    manager = found.above[0].key if found.above else ""
    form = ManagerForm(
        request.POST or None,
        initial={"day": today(), "manager": manager},
        people=_people(request),
    )
    return _flow(
        request,
        form,
        lambda told: services.change_manager(request.viewer, key, **told),
        heading=_("Change the manager of %s") % found.name,
        lead=_("Credit rolls up to the new manager, and the new manager sees them, for what happens from that day on."),
        done=_("The manager is changed."),
        key=key,
    )


@login_required
def leave(request: PageRequest, key: str) -> HttpResponse:
    """A participant leaves: who takes over what, on one page."""
    _must_change(request, key)
    found = queries.person(request.viewer, key, today())
    form = LeaveForm(request.POST or None, initial={"day": today()}, people=_people(request))
    return _flow(
        request,
        form,
        partial(_leave, request, key),
        heading=_("%s leaves") % found.name,
        lead=_("Go through the list. What you leave empty stays without somebody, and the person's page tells so."),
        done=_("They leave on that day; what you gave to others is theirs."),
        key=key,
        template="people/leave.html",
        person=found,
    )


def _leave(request: PageRequest, key: str, told: dict[str, Any]) -> list[Change]:
    return services.leave(request.viewer, key, **told)


@login_required
def stay(request: PageRequest, key: str) -> HttpResponse:
    """A participant who was to leave leaves later, or stays."""
    _must_change(request, key)
    found = queries.person(request.viewer, key, today())
    return _flow(
        request,
        StayForm(request.POST or None),
        lambda told: services.stay(request.viewer, key, **told),
        heading=_("%s stays") % found.name,
        lead=_("Their position and manager go on. What others took over stays with them; access that ended is over."),
        done=_("They stay."),
        key=key,
    )


@login_required
def link_user(request: PageRequest, key: str) -> HttpResponse:
    """A user is this participant."""
    _must_link(request)
    found = queries.person(request.viewer, key, today())
    users = [(user.pk, f"{user.name} ({user.email})") for user in queries.users_to_link(request.viewer)]
    return _flow(
        request,
        LinkForm(request.POST or None, users=users),
        lambda told: services.link_user(request.viewer, key, **told),
        heading=_("Which user is %s?") % found.name,
        lead=_("The user sees what this participant may see. What they may do stays a matter of their roles."),
        done=_("The user is linked."),
        key=key,
    )


@login_required
def unlink_user(request: PageRequest, key: str) -> HttpResponse:
    """A user is this participant no more."""
    _must_link(request)
    found = queries.person(request.viewer, key, today())
    return _flow(
        request,
        UnlinkForm(request.POST or None),
        lambda _told: services.unlink_user(request.viewer, key),
        heading=_("End the link of %s to a user") % found.name,
        lead=_("The user stays, and sees nothing of this participant any more."),
        done=_("The link is ended."),
        key=key,
    )


def _flow(
    request: PageRequest,
    form: forms.Form,
    act: Callable[[dict[str, Any]], list[Change]],
    *,
    heading: str,
    lead: str,
    done: str,
    key: str = "",
    template: str = "people/flow.html",
    **more: Any,
) -> HttpResponse:
    """A form, then what would change, then the deed: the same service makes the preview and does it."""
    back = reverse("people:person", args=[key]) if key else reverse("people:list")
    told = {"heading": heading, "lead": lead, "form": form, "back": back, "key": key, **more}
    told["crumbs"] = [(_("People"), reverse("people:list"))]
    step = request.POST.get("step", "")
    if request.method != "POST" or step == "edit" or not form.is_valid():
        return render(request, template, told | _suggestions(request, form))
    try:
        deed = partial(act, dict(form.cleaned_data))
        changes = deed() if step == "do" else services.previewed(deed)
    except ValidationError as error:
        form.add_error(None, error)
        return render(request, template, told | _suggestions(request, form), status=422)
    except MailError as error:  # what was done stands
        messages.warning(request, str(error))
        return redirect("people:person", key or form.cleaned_data["key"])
    if step == "do":
        messages.success(request, done)
        return redirect("people:person", key or form.cleaned_data["key"])
    told["changes"] = changes_in_words(changes, today())
    return render(request, "people/preview.html", told)


def _suggestions(request: PageRequest, form: forms.Form) -> dict[str, Any]:
    """What the form's fields suggest while somebody types."""
    lists = {field.widget.attrs.get("list") for field in form.fields.values()}
    return {"suggestions": queries.suggestions(request.viewer, today(), lists)}


def _people(request: PageRequest) -> list[tuple[str, str]]:
    """Whom a form may name: everybody who is here today, or on the day that it is about."""
    days = {today(), day_asked(request.POST.get("day", ""), today())}
    return list(dict.fromkeys(one for day in sorted(days) for one in queries.names_on(request.viewer, day)))


def _asked(request: HttpRequest, name: str) -> str:
    """What an address asks for, without the character that no text in the database has."""
    return request.GET.get(name, "").replace("\0", "")


def _links(viewer: Viewer, found: queries.Person) -> list[dict[str, Any]]:
    """Lists of what is somebody's: what they sell and do, and what they are paid."""
    if found.records["accounts"] is None:
        return []
    icons = {"accounts": "account", "opportunities": "opportunity", "orders": "order", "activities": "activity"}
    links: list[dict[str, Any]] = [
        {
            "icon": icon,
            "title": row_tables()[name].title,
            "note": _("open") if name == "opportunities" else "",
            "url": f"{reverse('rows:list', args=[name])}?{urlencode({'participant': found.key})}",
            "count": found.records.get(name),
        }
        for name, icon in icons.items()
    ]
    pay = viewer.right(Area.PAY).read
    is_below = pay == Reach.CHAIN and found.key in viewer.below
    if pay == Reach.ALL or is_below or (pay and found.key == viewer.participant):
        url = f"{reverse('statements:list')}?{urlencode({'person': found.key})}"
        links.append({"icon": "statement", "title": _("Statements"), "url": url, "count": None})
    return links


def _must_change(request: PageRequest, key: str = "") -> None:
    if key:
        queries.must_see(request.viewer, key)
    request.viewer.must_write(Area.PEOPLE, reach=Reach.ALL)


def _must_link(request: PageRequest) -> None:
    request.viewer.must_write(Area.USERS, reach=Reach.ALL)


def _grid(request: PageRequest, found: queries.Directory, asked: queries.Asked, on: date) -> Grid:
    """The directory as a table; what the viewer may not read is empty."""
    titles = {
        "name": _("Name"),
        "title": _("Title"),
        "team": _("Team"),
        "territory": _("Territory"),
        "manager": _("Manager"),
    }
    sortable = SORTED if request.viewer.right(Area.PEOPLE).read == Reach.ALL else ("name", "manager")
    sort = asked.sort or "name"
    headers = []
    for name, title in titles.items():
        is_sorted = sort.removeprefix("-") == name
        direction = ("descending" if sort.startswith("-") else "ascending") if is_sorted and name in sortable else ""
        other = f"-{name}" if direction == "ascending" else name
        headers.append(
            Header(title, url=_address(request, sort=other) if name in sortable else "", direction=direction)
        )
    rows = [
        [
            cell(one.name, url=_person_url(request, one.key, on) if one.is_readable else "", behind=one.key),
            cell(one.title),
            cell(one.team),
            cell(one.territory),
            Cell(one.manager_name or ""),
        ]
        for one in found.people
    ]
    return Grid(headers, rows, _("People"))


def _person_url(request: HttpRequest, key: str, on: date) -> str:
    return reverse("people:person", args=[key]) + (f"?on={on}" if "on" in request.GET else "")


def _address(request: HttpRequest, **changed: Any) -> str:
    """The page's own address with other values; from the first page unless another one is asked for."""
    values = request.GET.copy()
    values.pop("page", None)
    for name, value in changed.items():
        values[name] = str(value)
    return f"?{values.urlencode()}"
