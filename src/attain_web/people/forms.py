"""What is asked for when somebody joins, changes, leaves, or is given a user."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from attain_web.people.timeline import FIRST_DAY, LAST_DAY


def _suggested(name: str) -> forms.TextInput:
    """A field that suggests what stands in a list of the page."""
    return forms.TextInput(attrs={"list": name, "autocomplete": "off"})


class DayField(forms.DateField):
    """A day from which something holds."""

    def __init__(self, **more: Any) -> None:
        span = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), validators=span, **more)


class PersonField(forms.CharField):
    """A participant by key, or by a name that only one has; ``people`` are keys and names."""

    people: Iterable[tuple[str, str]] = ()

    def __init__(self, **more: Any) -> None:
        super().__init__(required=False, empty_value=None, widget=_suggested("people"), **more)

    def clean(self, value: Any) -> str | None:
        """The key."""
        typed: str | None = super().clean(value)
        if not typed or any(key == typed for key, _name in self.people):
            return typed
        found = [key for key, name in self.people if name.casefold() == typed.casefold()]
        if len(found) != 1:
            told = _t("Several people are called “%s”: type the key.") if found else _t("Nobody here is called “%s”.")
            raise forms.ValidationError(told % typed)
        return found[0]


class LinesField(forms.CharField):
    """Text of several lines, whose ends browsers write in another way."""

    def __init__(self, **more: Any) -> None:
        super().__init__(required=False, widget=forms.Textarea(attrs={"rows": 3}), **more)

    def to_python(self, value: Any) -> str:
        """The text with one character between lines."""
        return (super().to_python(value) or "").replace("\r\n", "\n")


class FlowForm(forms.Form):
    """A form of a change: its person fields know who there is."""

    day = DayField(label=_("From"), help_text=_("The first day on which it holds; it may be past."))

    def __init__(self, *args: Any, people: Iterable[tuple[str, str]] = (), **more: Any) -> None:
        super().__init__(*args, **more)
        for field in self.fields.values():
            if isinstance(field, PersonField):
                field.people = list(people)


class PositionForm(FlowForm):
    """What is known about a participant from a day on."""

    name = forms.CharField(label=_("Name"), empty_value=None)
    title = forms.CharField(
        label=_("Title"),
        required=False,
        empty_value=None,
        widget=_suggested("titles"),
        help_text=_("Plans are given by title."),
    )
    team = forms.CharField(label=_("Team"), required=False, empty_value=None, widget=_suggested("teams"))
    territory = forms.CharField(
        label=_("Territory"), required=False, empty_value=None, widget=_suggested("territories")
    )
    attributes = LinesField(label=_("More"), help_text=_("One a line, as in “grade: 7”."))

    def __init__(self, *args: Any, known: dict[str, Any] | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        shown = {name: value for name, value in (known or {}).items() if _is_line(name, value)}
        self.kept = {name: value for name, value in (known or {}).items() if name not in shown}
        self.initial["attributes"] = lines_of(shown)

    def clean_attributes(self) -> dict[str, Any]:
        """Values by name, with those that no line can tell."""
        found = dict(self.kept)
        for name, colon, value in _parts(self.cleaned_data["attributes"]):
            if not (name and colon):
                told = _t("“%s” has no name and value with a colon between them.")
                raise forms.ValidationError(told % f"{name}{colon}{value}")
            found[name] = value
        return found


def lines_of(attributes: dict[str, Any]) -> str:
    """Attributes as the form shows them."""
    return "\n".join(f"{name}: {value}" for name, value in attributes.items()).strip()


def _parts(text: str) -> list[tuple[str, str, str]]:
    """Each line's name, colon and value."""
    parts = (line.partition(":") for line in text.splitlines() if line.strip())
    return [(name.strip(), colon, value.strip()) for name, colon, value in parts]


def _is_line(name: str, value: Any) -> bool:
    """Whether a line tells an attribute so that it is read as what it is."""
    is_plain = bool(name) and isinstance(value, str | int | float)
    return is_plain and _parts(f"{name}: {value}") == [(name, ":", str(value))]


class JoinForm(PositionForm):
    """Who joins, as what, and under whom."""

    key = forms.CharField(
        label=_("Key"), max_length=200, help_text=_("By which every table names them; it never changes.")
    )
    manager = PersonField(label=_("Manager"), help_text=_("Name or key; empty: they report to nobody."))
    email = forms.EmailField(
        label=_("Invite as a user"),
        required=False,
        empty_value=None,
        help_text=_("Their e-mail: they are sent a link to sign in as a participant."),
    )
    field_order = ("day", "key", "name", "title", "team", "territory", "manager", "email", "attributes")

    def __init__(self, *args: Any, may_invite: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        if not may_invite:
            del self.fields["email"]


class ManagerForm(FlowForm):
    """Whom a participant reports to from a day on."""

    manager = PersonField(label=_("Manager"), help_text=_("Name or key; empty: they report to nobody."))


class LeaveForm(FlowForm):
    """From when somebody is gone, and who takes over."""

    day = DayField(label=_("Leaves on"), help_text=_("The first day on which they are no longer here."))
    reports_to = PersonField(label=_("Who takes over their reports"))
    accounts_to = PersonField(label=_("Who takes over their accounts"))
    opportunities_to = PersonField(label=_("Who takes over their open opportunities"))
    ends_access = forms.BooleanField(label=_("End their access on that day"), required=False, initial=True)


class StayForm(forms.Form):
    """Until when somebody stays who was to leave."""

    day = DayField(
        label=_("Leaves on"), required=False, help_text=_("A later day than before; empty: they do not leave.")
    )


class LinkForm(forms.Form):
    """Which user a participant is."""

    user = forms.TypedChoiceField(label=_("User"), coerce=int)

    def __init__(self, *args: Any, users: Iterable[tuple[int, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["user"].choices = [("", _t("Choose a user")), *users]  # type: ignore[attr-defined]


class UnlinkForm(forms.Form):
    """Nothing is asked; the preview tells what ends."""


def day_asked(text: str, otherwise: date) -> date:
    """The day that an address names."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return otherwise
