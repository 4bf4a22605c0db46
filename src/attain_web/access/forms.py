"""What people type in when they sign in, look after their account, or look after users."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from attain_web.access.actions import choices
from attain_web.access.rights import Role

PASSWORD_HELP = _("At least 12 characters. A few unusual words are easy to remember and hard to guess.")
_LONGEST = 1024
DAYS = ((30, _("30 days")), (90, _("90 days")), (365, _("One year")))


def _password(*, new: bool = False, **more: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password" if new else "current-password"})
    return forms.CharField(widget=widget, strip=False, max_length=_LONGEST, **more)


def _code() -> forms.CharField:
    attributes = {"autocomplete": "one-time-code", "autocapitalize": "off", "spellcheck": "false", "autofocus": True}
    return forms.CharField(label=_("Code"), max_length=32, widget=forms.TextInput(attrs=attributes))


class SignInForm(forms.Form):
    """E-mail and password."""

    email = forms.CharField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = _password(label=_("Password"))


class CodeForm(forms.Form):
    """The second step."""

    code = _code()


class ResetForm(forms.Form):
    """Who has forgotten their password."""

    email = forms.EmailField(
        label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )


class NewPasswordForm(forms.Form):
    """A password chosen by a link."""

    new = _password(new=True, label=_("New password"), help_text=PASSWORD_HELP)


class ChangePasswordForm(NewPasswordForm):
    """Another password of one's own."""

    current = _password(label=_("Your password now"))
    field_order = ("current", "new")


class ConfirmForm(forms.Form):
    """One's own password, asked for again."""

    current = _password(label=_("Your password"))


class BeginTwoStepsForm(CodeForm, ConfirmForm):
    """The first code of an app, and one's own password."""

    field_order = ("code", "current")


class NameForm(forms.Form):
    """One's own name."""

    name = forms.CharField(label=_("Name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}))


class TokenForm(forms.Form):
    """A new token: its name, how long it lives, and what it may do among what its maker may do."""

    name = forms.CharField(
        label=_("Name"), max_length=200, help_text=_("What uses it, so that you know it again: “nightly export”.")
    )
    days = forms.TypedChoiceField(label=_("Lives for"), choices=DAYS, coerce=int, initial=90)
    scopes = forms.MultipleChoiceField(label=_("May"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["scopes"].choices = choices  # type: ignore[attr-defined]


class UserForm(forms.Form):
    """A user's name and roles."""

    name = forms.CharField(label=_("Name"), max_length=200)
    roles = forms.MultipleChoiceField(
        label=_("Roles"), choices=Role.choices, widget=forms.CheckboxSelectMultiple, required=False
    )


class InvitationForm(UserForm):
    """A new user."""

    email = forms.EmailField(label=_("E-mail"), help_text=_("Where the invitation goes, and what they sign in with."))
    field_order = ("name", "email", "roles")


class AuditForm(forms.Form):
    """Filters of the audit trail."""

    actor = forms.CharField(label=_("Who"), required=False, max_length=200)
    action = forms.CharField(label=_("Action"), required=False, max_length=100, widget=forms.Select)
    subject = forms.CharField(
        label=_("Subject begins with"),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"placeholder": "orders/, users/3"}),
    )
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    before = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=0, max_value=2**62)
    after = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=0, max_value=2**62)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["action"].widget.choices = choices(str(self["action"].value() or ""))


def tell(form: forms.Form, error: ValidationError) -> None:
    """Show what a service refused beside the field that it is about, or above all fields."""
    for field, told in (error.message_dict if hasattr(error, "error_dict") else {"": error.messages}).items():
        form.add_error(field if field in form.fields else None, told)
