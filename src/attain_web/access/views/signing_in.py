"""Pages before signing in: password, code, and the links that come by mail."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from attain_web.access.forms import CodeForm, NewPasswordForm, ResetForm, SignInForm, tell
from attain_web.access.links import Purpose, user_of_link
from attain_web.access.services import account, signing_in
from attain_web.access.throttle import ThrottledError, address_of


@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """E-mail and password."""
    if request.user.is_authenticated:
        return redirect(_next(request))
    form = SignInForm(request.POST or None)
    if form.is_valid():
        try:
            user = signing_in.sign_in(request, **form.cleaned_data)
        except ThrottledError as error:
            return _wait(request, "access/sign_in.html", form, error, heading=_("Sign in"))
        if user and signing_in.half_signed_in(request):
            return redirect(f"{reverse('access:code')}?{urlencode({'next': _next(request)})}")
        if user:
            return redirect(_next(request))
        form.add_error(None, _("E-mail and password do not belong together."))
    return _page(request, "access/sign_in.html", form, heading=_("Sign in"))


@sensitive_post_parameters("code")
def code(request: HttpRequest) -> HttpResponse:
    """The second step."""
    user = signing_in.half_signed_in(request)
    if user is None:
        return redirect("access:sign_in")
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            if signing_in.give_code(request, user, form.cleaned_data["code"]):
                return redirect(_next(request))
        except ThrottledError as error:
            return _wait(request, "access/code.html", form, error, heading=_("Second step"))
        form.add_error("code", _("This code does not fit, or was used already."))
    return _page(request, "access/code.html", form, heading=_("Second step"))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Leave."""
    signing_in.sign_out(request)
    messages.success(request, _("You are signed out."))
    return redirect("access:sign_in")


def reset(request: HttpRequest) -> HttpResponse:
    """Ask for a link to choose a new password."""
    form = ResetForm(request.POST or None)
    if form.is_valid():
        try:
            account.ask_reset(form.cleaned_data["email"], address_of(request))
        except ThrottledError as error:
            return _wait(request, "access/reset.html", form, error, heading=_("Forgotten your password?"))
        return redirect("access:reset_sent")
    return _page(request, "access/reset.html", form, heading=_("Forgotten your password?"))


def reset_sent(request: HttpRequest) -> HttpResponse:
    """What to do next, the same for everybody."""
    return render(request, "access/reset_sent.html", {"heading": _("Look into your mail")})


@sensitive_post_parameters("new")
def choose_password(request: HttpRequest, link: str, purpose: Purpose) -> HttpResponse:
    """Choose a password by a link from an invitation or a reset."""
    user = user_of_link(link, purpose)
    if user is None:
        return render(request, "access/link_dead.html", {"heading": _("This link no longer works")}, status=410)
    form = NewPasswordForm(request.POST or None)
    if form.is_valid():
        try:
            if account.choose_password(link, purpose, form.cleaned_data["new"]):
                messages.success(request, _("Your password is chosen. Sign in with it."))
            return redirect("access:sign_in")
        except ValidationError as error:
            tell(form, error)
    is_new = purpose is Purpose.INVITATION
    heading = _("Welcome, %(name)s") % {"name": user.name} if is_new else _("Choose a new password")
    told = {"form": form, "heading": heading, "user": user, "is_new": is_new}
    return render(request, "access/new_password.html", told, status=422 if form.errors else 200)


def _page(request: HttpRequest, template: str, form: forms.Form, *, heading: str, status: int = 0) -> HttpResponse:
    told = {"form": form, "heading": heading, "next": _next(request)}
    return render(request, template, told, status=status or (422 if form.errors else 200))


def _wait(
    request: HttpRequest, template: str, form: forms.Form, error: ThrottledError, *, heading: str
) -> HttpResponse:
    told = ngettext(
        "Too many tries. Wait a minute, then try again.",
        "Too many tries. Wait %(minutes)d minutes, then try again.",
        error.minutes,
    )
    form.add_error(None, told % {"minutes": error.minutes} if "%" in told else told)
    response = _page(request, template, form, status=429, heading=heading)
    response["Retry-After"] = str(error.seconds)
    return response


def _next(request: HttpRequest) -> str:
    """Where to go after signing in: where somebody wanted to go, if it is here."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return wanted
    return resolve_url(settings.LOGIN_REDIRECT_URL)
