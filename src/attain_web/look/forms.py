"""The form that the style guide shows."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class SampleForm(forms.Form):
    """A field of each kind."""

    name = forms.CharField(label=_("Name"), help_text=_("As people write it."))
    amount = forms.DecimalField(label=_("Amount"), min_value=0, help_text=_("Without tax and freight."))
    date = forms.DateField(label=_("Date"), widget=forms.DateInput(attrs={"type": "date"}), required=False)
    stage = forms.ChoiceField(label=_("Stage"), choices=[("open", _("open")), ("won", _("won")), ("lost", _("lost"))])
    note = forms.CharField(label=_("Note"), widget=forms.Textarea, required=False)
