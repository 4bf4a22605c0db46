"""Pages of one's own account: name, password, second step, sessions, tokens."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from attain_web.access import queries
from attain_web.access.forms import BeginTwoStepsForm, ChangePasswordForm, ConfirmForm, NameForm, TokenForm, tell
from attain_web.access.services import account as services
from attain_web.access.services import make_token, revoke_token, signing_in
from attain_web.access.throttle import ThrottledError
from attain_web.access.two_steps import address_of, new_secret, picture_of, seal, unseal
from attain_web.access.views.request import SignedIn

_SECRET = "two_steps_secret"  # noqa: S105 - where a new secret waits, sealed, for its first code


def account(request: SignedIn) -> HttpResponse:
    """Who one is here, and how one signs in."""
    form = NameForm(request.POST or None, initial={"name": request.user.name})
    if form.is_valid():
        services.rename(request.user, form.cleaned_data["name"])
        messages.success(request, _("Your name is changed."))
        return redirect("access:account")
    told = {
        "form": form,
        "heading": _("Your account"),
        "roles": queries.roles_of(request.user),
        "codes_left": queries.codes_left(request.user) if request.user.totp_secret else 0,
    }
    return render(request, "access/account.html", told, status=422 if form.errors else 200)


@sensitive_post_parameters("current", "new")
def password(request: SignedIn) -> HttpResponse:
    """Another password."""
    form = ChangePasswordForm(request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        if _done(form, services.change_password, request, request.user, current=given["current"], new=given["new"]):
            told = _("Your password is changed, and every other browser is signed out.")
            if queries.tokens_of(request.user).exists():
                told += " " + _("Your API tokens go on working.")
            messages.success(request, told)
            return redirect("access:account")
    return _form(
        request, "access/account_form.html", form, heading=_("Change your password"), submit=_("Change password")
    )


@sensitive_post_parameters("code", "current")
def two_steps(request: SignedIn) -> HttpResponse:
    """Begin to sign in by two steps."""
    if request.user.totp_secret:
        return redirect("access:account")
    secret = unseal(request.session.get(_SECRET, "")) or new_secret()
    request.session[_SECRET] = seal(secret)
    form = BeginTwoStepsForm(request.POST or None)
    if form.is_valid():
        codes = _done(form, services.begin_two_steps, request, request.user, secret=secret, **form.cleaned_data)
        if codes:
            del request.session[_SECRET]
            return _codes(request, codes)
    picture = picture_of(address_of(secret, request.user.email))
    spaced = " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))
    return _form(request, "access/two_steps.html", form, heading=_("Two-step sign-in"), picture=picture, secret=spaced)


@sensitive_post_parameters("current")
def two_steps_off(request: SignedIn) -> HttpResponse:
    """Sign in by password alone again."""
    form = ConfirmForm(request.POST or None)
    if form.is_valid() and _done(
        form, services.end_own_two_steps, request, request.user, current=form.cleaned_data["current"]
    ):
        messages.success(request, _("Two-step sign-in is off."))
        return redirect("access:account")
    return _form(
        request,
        "access/account_form.html",
        form,
        heading=_("Turn off two-step sign-in"),
        lead=_("Whoever knows your password can sign in then."),
        submit=_("Turn off"),
    )


@sensitive_post_parameters("current")
def recovery_codes(request: SignedIn) -> HttpResponse:
    """New recovery codes."""
    form = ConfirmForm(request.POST or None)
    if form.is_valid():
        codes = _done(form, services.renew_recovery_codes, request, request.user, current=form.cleaned_data["current"])
        if codes:
            return _codes(request, codes)
    return _form(
        request,
        "access/account_form.html",
        form,
        heading=_("New recovery codes"),
        lead=_("The codes that you have now will count no more."),
        submit=_("Make new codes"),
    )


def sessions(request: SignedIn) -> HttpResponse:
    """Browsers in which one is signed in."""
    told = {
        "heading": _("Signed-in browsers"),
        "crumbs": _above(),
        "sessions": queries.sessions_of(request.user),
        "current": request.session.session_key,
    }
    return render(request, "access/sessions.html", told)


@require_POST
def end_session(request: SignedIn, pk: int) -> HttpResponse:
    """Sign out one browser."""
    if not signing_in.end_session(request.user, pk):
        raise Http404
    messages.success(request, _("The browser is signed out."))
    return redirect("access:sessions")


@require_POST
def end_other_sessions(request: SignedIn) -> HttpResponse:
    """Sign out every other browser."""
    ended = signing_in.end_other_sessions(request, request.user)
    told = ngettext("One browser is signed out.", "%(ended)d browsers are signed out.", ended)
    messages.success(request, told % {"ended": ended} if "%" in told else told)
    return redirect("access:sessions")


def tokens(request: SignedIn) -> HttpResponse:
    """One's keys to the API."""
    told = {"heading": _("API tokens"), "crumbs": _above(), "tokens": queries.tokens_of(request.user)}
    return render(request, "access/tokens.html", told)


def new_token(request: SignedIn) -> HttpResponse:
    """Make a key, and show it once."""
    form = TokenForm(request.POST or None, choices=queries.scope_choices(request.viewer))
    if form.is_valid():
        try:
            token, text = make_token(request.viewer, **form.cleaned_data)
        except ValidationError as error:
            tell(form, error)
        else:
            return render(request, "access/token.html", {"heading": token.name, "token": token, "secret": text})
    return _form(request, "access/new_token.html", form, heading=_("New token"))


@require_POST
def end_token(request: SignedIn, pk: int) -> HttpResponse:
    """Revoke a key: one's own, or another's from their page."""
    token = revoke_token(request.viewer, pk)
    messages.success(request, _("The token “%(name)s” is revoked.") % {"name": token.name})
    return redirect("access:tokens") if token.user_id == request.user.pk else redirect("access:user", token.user_id)


def _form(request: SignedIn, template: str, form: forms.Form, *, heading: str, **more: Any) -> HttpResponse:
    told = {"form": form, "heading": heading, "crumbs": _above(), **more}
    return render(request, template, told, status=422 if form.errors else 200)


def _above() -> list[tuple[str, str]]:
    return [(_("Your account"), reverse("access:account"))]


def _codes(request: SignedIn, codes: list[str]) -> HttpResponse:
    return render(request, "access/recovery_codes.html", {"heading": _("Your recovery codes"), "codes": codes})


def _done(form: forms.Form, service: Any, *args: Any, **more: Any) -> Any:
    """What a service gives, or True; what it refused is told by the form."""
    try:
        return service(*args, **more) or True
    except ValidationError as error:
        tell(form, error)
    except ThrottledError as error:
        form.add_error(
            None, _("Too many tries. Wait %(seconds)d seconds, then try again.") % {"seconds": error.seconds}
        )
    return None
