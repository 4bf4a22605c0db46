"""Reads of plans: their versions, who is on them, and what a text says that somebody is writing."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet

from attain.plans.document import CheckedPlan, read_plan
from attain_web.measures.queries import company_measures, read_measure
from attain_web.plans.models import Plan, PlanVersion
from attain_web.plans.texts import Checked, check_text, expected, with_faults


def checked_version(version: PlanVersion) -> CheckedPlan:
    """The plan of a version as the library works with it; raises AttainError with every fault of its form.

    A published version reads the company's measures as they were then; a draft as they are now.
    """
    if version.state == PlanVersion.State.PUBLISHED:
        measures = {name: read_measure(text) for name, text in version.measures.items()}
    else:
        measures = company_measures()
    return read_plan(version.text, name=f"{version.plan.name} v{version.number}", measures=measures)


def published_for(plan: Plan, day: date) -> PlanVersion | None:
    """The version of a plan that counts on a day: of those published for it, the one with the highest number."""
    return published(day).filter(plan=plan).order_by("-number").first()


def published(day: date) -> QuerySet[PlanVersion]:
    """The published versions whose dates hold a day, of every plan, with the plan."""
    holds = Q(start__lte=day) & (Q(end=None) | Q(end__gt=day))
    return PlanVersion.objects.filter(holds, state=PlanVersion.State.PUBLISHED).select_related("plan")


def in_force(day: date) -> list[PlanVersion]:
    """The version that counts on a day of each plan that is not retired, by the plan's name."""
    found = published(day).filter(plan__retired_at=None).order_by("plan__name", "-number")
    return list(found.distinct("plan__name"))


def check(text: str, *, name: str, number: int) -> Checked:
    """Every fault because of which a text cannot be published as that version of that plan, and its warnings."""
    checked = check_text(text, company_measures())
    if checked.plan is None:
        return checked
    return with_faults(checked, *expected(checked.plan, name=name, number=number))
