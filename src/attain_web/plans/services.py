"""Writes of plans: drafts, publishing, retiring."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from attain.errors import raise_errors
from attain.plans.document import CheckedPlan
from attain.plans.faults import measures_read
from attain_web.access.audit import recorded
from attain_web.access.queries import users_with
from attain_web.access.rights import Area, Reach, Role
from attain_web.access.viewer import NotAllowedError, Viewer
from attain_web.measures.models import CompanyMeasure
from attain_web.notices.services import notify
from attain_web.plans import queries
from attain_web.plans.models import Assignment, Plan, PlanVersion
from attain_web.plans.texts import LONGEST, name_in, with_number
from attain_web.rows.services import save_row
from attain_web.rows.table import row_tables

_PUBLISHED = PlanVersion.State.PUBLISHED


class ChangedError(ValidationError):
    """Somebody saved the draft since it was read."""


def save_draft(viewer: Viewer, plan: Plan | None, text: str, *, seen: datetime | None = None) -> PlanVersion:
    """Keep a text as the draft of a plan, or of a new one that it names; it may have faults still.

    ``seen`` is when the draft was saved that the writing began from; None where there was none. Raises ChangedError
    where there is another one by now, and ValidationError where the text names no plan, or one that there is already.
    """
    viewer.must_write(Area.PLANS, reach=Reach.ALL)
    text = text.replace("\r\n", "\n")
    if len(text) > LONGEST:
        raise ValidationError({"text": _("A plan has at most %(most)s characters.") % {"most": f"{LONGEST:,}"}})
    with recorded(viewer, "plans.save_draft") as event:
        plan = _locked(plan) if plan else _named(text)
        draft = plan.versions.filter(state=PlanVersion.State.DRAFT).first()
        if (draft.changed_at if draft else None) != seen:
            raise ChangedError(_changed_by(draft))
        if draft is None:
            draft = PlanVersion(plan=plan, number=next_number(plan), made_by_id=viewer.user_id)
        event.subject = f"plans/{plan.pk}"
        event.is_needed = draft.text != text
        event.details = {"plan": plan.name, "version": draft.number}
        if event.is_needed:
            draft.text, draft.made_by_id = text, viewer.user_id
            draft.save()
            _follow_name(plan, text)
    return draft


def _locked(plan: Plan) -> Plan:
    """The plan, held until the transaction ends, so that of two who write the second sees what the first wrote."""
    return Plan.objects.select_for_update().get(pk=plan.pk)


def _named(text: str) -> Plan:
    """A new plan by the name that a text gives it."""
    name = name_in(text)
    if not name:
        raise ValidationError({"text": _("Say what the plan is called: “plan: …” at the beginning.")})
    plan, is_made = Plan.objects.get_or_create(name=name)
    if not is_made:
        raise ValidationError(
            {"text": _("There is a plan called “%(name)s” already: choose another name.") % {"name": name}}
        )
    return plan


def _follow_name(plan: Plan, text: str) -> None:
    """Until a version is published, a plan is called as its draft says, unless another plan is."""
    name = name_in(text)
    if not name or name == plan.name or plan.versions.filter(state=_PUBLISHED).exists():
        return
    if Plan.objects.filter(name=name).exists():
        raise ValidationError(
            {"text": _("There is a plan called “%(name)s” already: choose another name.") % {"name": name}}
        )
    plan.name = name
    plan.save()


def _changed_by(draft: PlanVersion | None) -> str:
    if draft is None:
        return _("The draft is gone: it was published or discarded meanwhile.")
    who = draft.made_by.name if draft.made_by else _("Somebody")
    return _("%(who)s saved this draft after you opened it.") % {"who": who}


def next_number(plan: Plan) -> int:
    """The number that the plan's next version has."""
    last = plan.versions.filter(state=_PUBLISHED).order_by("-number").first()
    return last.number + 1 if last else 1


def publish(
    viewer: Viewer, version: PlanVersion, *, seen: datetime | None = None, sets_number: bool = False
) -> PlanVersion:
    """Publish a draft: it holds from then on as it is written, with the company's measures as they are now.

    ``seen`` is when the draft was saved that is meant (empty: the one in ``version``); with ``sets_number`` the text's
    version becomes the next number. Raises AttainError with every fault that it has, and ChangedError where it is not
    the text that was seen.
    """
    viewer.must_write(Area.PLANS, reach=Reach.ALL)
    with recorded(viewer, "plans.publish") as event:
        plan = _locked(version.plan)
        draft = plan.versions.filter(pk=version.pk, state=PlanVersion.State.DRAFT).first()
        if draft is None or draft.changed_at != (seen or version.changed_at):
            raise ChangedError(_changed_by(draft))
        if sets_number:
            draft.text = with_number(draft.text, draft.number)
        checked = queries.check(draft.text, name=plan.name, number=draft.number)
        raise_errors(checked.faults)
        if checked.plan is None:  # as its errors were raised, it is there
            raise NotAllowedError
        draft.measures = _measures_of(checked.plan)
        draft.start, draft.end = checked.plan.plan.effective.start, checked.plan.plan.effective.end
        draft.state, draft.published_by_id, draft.published_at = _PUBLISHED, viewer.user_id, timezone.now()
        draft.save()
        if plan.retired_at:
            plan.retired_at = None
            plan.save()
        event.subject = f"plans/{plan.pk}"
        event.details = {"plan": plan.name, "version": draft.number, "start": draft.start, "end": draft.end}
        event.details["measures"] = sorted(draft.measures)
        told = users_with(Role.FINANCE, Role.OPERATIONS).exclude(pk=viewer.user_id or 0)
        about = {"by": viewer.name, "plan": plan.name, "version": draft.number}
        notify(told, "plan_published", reverse("plans:version", args=[draft.pk]), **about)
    return draft


def _measures_of(checked: CheckedPlan) -> dict[str, str]:
    """The texts of the company's own measures that a plan reads, and does not define itself."""
    names = set(measures_read(checked)) - set(checked.plan.measures)
    return dict(CompanyMeasure.objects.filter(name__in=names).order_by("name").values_list("name", "text"))


def discard_draft(viewer: Viewer, version: PlanVersion) -> None:
    """Take a draft away; a plan of which nothing was ever published goes with it."""
    viewer.must_write(Area.PLANS, reach=Reach.ALL)
    with recorded(viewer, "plans.discard_draft") as event:
        plan = _locked(version.plan)
        draft = plan.versions.filter(pk=version.pk, state=PlanVersion.State.DRAFT).first()
        if draft is None or draft.changed_at != version.changed_at:
            raise ChangedError(_changed_by(draft))
        event.subject = f"plans/{plan.pk}"
        event.details = {"plan": plan.name, "version": draft.number, "text": draft.text}
        draft.delete()
        if not plan.versions.exists():
            plan.delete()


def retire(viewer: Viewer, plan: Plan, *, ends: bool = True) -> None:
    """Offer a plan for runs no more, or with ``ends`` off again; what it paid stays as it is."""
    viewer.must_write(Area.PLANS, reach=Reach.ALL)
    with recorded(viewer, "plans.retire" if ends else "plans.restore", subject=f"plans/{plan.pk}") as event:
        held = _locked(plan)
        event.details = {"plan": held.name}
        event.is_needed = bool(held.retired_at) != ends
        if event.is_needed:
            held.retired_at = timezone.now() if ends else None
            held.save()


def assign(viewer: Viewer, plan: Plan, participant: str, *, start: date, end: date | None) -> Assignment:
    """Put a participant on a plan in ``[start, end)``; raises ValidationError where they are on it then already."""
    values = {"participant": participant, "plan": plan.name, "start": start, "end": end}
    row: Any = save_row(row_tables()["assignments"], viewer, values)
    found: Assignment = row
    return found


def end_assignment(viewer: Viewer, assignment: Assignment, end: date) -> None:
    """Take a participant off a plan from a day on; raises ValidationError where it had not begun by then."""
    save_row(row_tables()["assignments"], viewer, {"end": end}, row=assignment)
