"""What is asked for when a plan is written, and when somebody is put on one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from attain_web.people.forms import DayField, FlowForm, PersonField
from attain_web.plans.texts import LONGEST


class TextForm(forms.Form):
    """The text of a plan, and when the draft was saved that it began from."""

    text = forms.CharField(label=_("Plan"), strip=False, max_length=LONGEST, required=False)
    seen = forms.DateTimeField(required=False)


class PublishForm(forms.Form):
    """When the draft was saved that was looked at."""

    seen = forms.DateTimeField(required=False)


class AssignForm(FlowForm):
    """Who is on a plan, and from when until when."""

    participant = PersonField(label=_("Who"), help_text=_("Name or key."))
    day = DayField(label=_("From"), help_text=_("The first day on the plan."))
    end = DayField(label=_("Until"), required=False, help_text=_("The first day no longer on it; empty: no end."))
    field_order = ("participant", "day", "end")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["participant"].required = True


class EndForm(forms.Form):
    """From which day somebody is no longer on a plan."""

    end = DayField(label=_("Until"))
