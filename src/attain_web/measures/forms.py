"""The forms of measures: the document's fields, how values are laid out, which calendar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from attain.measures.measure import DEFAULT_DATE, Measure
from attain.tables import TABLES
from attain_web.measures.documents import fields_of, with_fields
from attain_web.measures.words import KINDS, SPLITS, UNITS, table_title


class MeasureForm(forms.Form):
    """A measure as fields or as text: both show and change the same document, which is the text."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        help_text=_("By which plans and quotas speak of it: small letters, digits and _. It never changes."),
    )
    title = forms.CharField(label=_("Title"), required=False, help_text=_("As people read it on screens."))
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", "–"), *KINDS.items()])
    table = forms.ChoiceField(label=_("Table"), required=False, help_text=_("Whose rows count."))
    formula = forms.CharField(
        label=_("Formula"),
        required=False,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
        help_text=_(
            "Over the table's columns, as in amount - coalesce(cost, 0); a formula over measures for the kind Formula."
        ),
    )
    where = forms.CharField(
        label=_("Condition"),
        required=False,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
        help_text=_("Rows that count, as in stage = 'won' and amount > 1000. Empty: all."),
    )
    first = forms.ChoiceField(
        label=_("Measure"), required=False, help_text=_("Which is divided, taken from, or summed up for managers.")
    )
    second = forms.ChoiceField(label=_("By which"), required=False, help_text=_("Of a ratio or difference."))
    date = forms.CharField(label=_("Date"), required=False, help_text=_("The column of the day on which a row counts."))
    credited = forms.CharField(
        label=_("Credited"), required=False, help_text=_("The column of who is credited. Empty: participant.")
    )
    splits = forms.ChoiceField(label=_("Splits"), required=False, choices=[("", "–"), *SPLITS.items()])
    unit = forms.ChoiceField(
        label=_("Unit"), required=False, choices=[("", _("As it follows from the kind")), *UNITS.items()]
    )

    def __init__(self, *args: Any, measures: Mapping[str, Measure], is_new: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        facts = [name for name, table in TABLES.items() if table.is_fact]
        named = sorted((one.title or name, name) for name, one in measures.items())
        operands = [("", "–"), *((name, title) for title, name in named)]
        self._choose("table", [("", "–"), *((name, table_title(name).capitalize()) for name in facts)])
        self._choose("first", operands)
        self._choose("second", operands)
        self.fields["date"].widget.attrs["placeholder"] = DEFAULT_DATE["orders"]
        if not is_new:
            del self.fields["name"]

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        """Choices of a field, with whatever the text says though nothing of that name is there."""
        now = str(self.data.get(name) or self.initial.get(name) or "")
        known = {key for key, _title in choices}
        more = [(now, _t("%(name)s (not known)") % {"name": now})] if now not in known else []
        self.fields[name].choices = [*choices, *more]  # type: ignore[attr-defined]

    def text(self, before: str) -> str:
        """The document: the text before with what the form says in it."""
        return with_fields(before, {name: str(self.data.get(name) or "").strip() for name in self.fields})


def initial_of(text: str) -> dict[str, Any]:
    """What the form shows of a text."""
    return dict(fields_of(text))
