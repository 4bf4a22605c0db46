"""The form of a row, made from its table's columns."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from attain.columns import Column
from attain_web.rows.attributes import shown
from attain_web.rows.base import Row
from attain_web.rows.queries import value_of
from attain_web.rows.table import RowTable
from attain_web.rows.words import title_of

ATTRIBUTE = "attribute."


class RowForm(forms.Form):
    """One field for each column, and one for each attribute that the row has beyond them."""

    def __init__(self, table: RowTable, *, row: Row | None = None, **more: Any) -> None:
        held = row.attributes if row else {}
        attributes = {name: value for name, value in held.items() if not isinstance(value, list | dict)}
        initial = {name: _typed(value_of(row, name)) for name in table.columns} if row else {}
        initial |= {f"{ATTRIBUTE}{name}": value for name, value in attributes.items()}
        super().__init__(initial=initial | (more.pop("initial", None) or {}), **more)
        self.attributes = attributes
        if row:
            seen = forms.DateTimeField(widget=forms.HiddenInput(), initial=row.changed_at.isoformat(), required=False)
            self.fields["seen"] = seen
        for name, column in table.columns.items():
            self.fields[name] = _field(table, column)
        for name, value in attributes.items():
            widget = forms.Textarea(attrs={"rows": 3}) if len(_lines(value)) > 1 else forms.TextInput()
            self.fields[f"{ATTRIBUTE}{name}"] = forms.CharField(label=name, required=False, strip=False, widget=widget)

    def values(self) -> dict[str, Any]:
        """What a service takes: columns, and those attributes together that were changed."""
        given = {name: None if value == "" else value for name, value in self.cleaned_data.items() if name != "seen"}
        sent = {name: given.pop(f"{ATTRIBUTE}{name}") or "" for name in self.attributes}
        changed = {
            name: "\n".join(_lines(text))
            for name, text in sent.items()
            if f"{ATTRIBUTE}{name}" in self.data and _lines(text) != _lines(self.attributes[name])
        }
        return given | ({"attributes": changed} if changed else {})

    def tell(self, error: ValidationError) -> None:
        """Put what a service refused beside the fields it is about."""
        by_field = error.error_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.error_list}
        for name, faults in by_field.items():
            self.add_error(name if name in self.fields else None, faults)


def _lines(value: Any) -> list[str]:
    """The lines of an attribute; browsers send other ends of lines than they were given."""
    return re.split("\r\n|\r|\n", shown(value))


def _field(table: RowTable, column: Column) -> forms.Field:
    told: Any = {"label": title_of(column.name), "help_text": capfirst(column.meaning), "required": column.required}
    if column.type == "date":
        day = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "min": "0001-01-01", "max": "9999-12-31"})
        return forms.DateField(widget=day, **told)
    if column.type in {"decimal", "integer"}:
        number = forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"})
        places = 6 if column.type == "decimal" else 0
        return forms.DecimalField(max_digits=24, decimal_places=places, widget=number, **told)
    if column.choices:
        choices = [(one, one) for one in column.choices]
        return forms.ChoiceField(choices=choices if column.required else [("", ""), *choices], **told)
    widget = forms.TextInput(attrs=_suggesting(table, column) if column.refers_to else {})
    return forms.CharField(max_length=500, widget=widget, **told)


def _suggesting(table: RowTable, column: Column) -> dict[str, str]:
    """What makes a field ask for suggestions while somebody types."""
    return {
        "list": f"options-{column.name}",
        "autocomplete": "off",
        "placeholder": _("Type a key or a name"),
        "hx-get": reverse("rows:suggest", args=[table.name, column.name]),
        "hx-trigger": "focus once, input changed delay:150ms",
        "hx-target": f"#options-{column.name}",
        "hx-sync": "this:replace",
    }


def _typed(value: Any) -> Any:
    """A value as somebody would type it: 100.25, not 100.250000."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date) else value
