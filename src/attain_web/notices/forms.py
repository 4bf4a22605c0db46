"""The form of notices: which kinds one wants by mail."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from attain_web.notices.kinds import KINDS


class MailForm(forms.Form):
    """Kinds that are mailed."""

    mailed = forms.MultipleChoiceField(
        label=_("Send me a mail when"),
        choices=[(name, kind.title) for name, kind in KINDS.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Notices stand in the app in any case."),
    )
