"""The form of a run: which version, for which period."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from attain_web.payouts.queries import runnable
from attain_web.plans.models import PlanVersion


class VersionChoice(forms.ModelChoiceField):  # type: ignore[type-arg] # it takes none when it runs
    """A version by plan and number."""

    def label_from_instance(self, obj: PlanVersion) -> str:
        """Plan and number."""
        return str(_("%(plan)s, version %(number)s")) % {"plan": obj.plan.name, "number": obj.number}


class StartForm(forms.Form):
    """What to calculate."""

    version = VersionChoice(label=_("Plan"), queryset=runnable(), empty_label=None)
    period = forms.CharField(
        label=_("Period"),
        max_length=40,
        help_text=_("By the plan's calendar: 2026, 2026-Q1, 2026-03, all, or days as in 2026-01-01..2026-04-01."),
    )
