"""What actions are called where the audit trail is shown; each app says it for its own in ``actions.py``."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from attain_web.access.rights import AREAS

Words = dict[str, str | Promise]

ACTIONS: Words = {
    "access.sign_in": gettext_lazy("Signed in"),
    "access.sign_in_refused": gettext_lazy("Could not sign in"),
    "access.sign_out": gettext_lazy("Signed out"),
    "access.accept_invitation": gettext_lazy("Accepted an invitation"),
    "access.ask_reset": gettext_lazy("Asked for a new password"),
    "access.reset_password": gettext_lazy("Chose a new password by a link"),
    "access.change_password": gettext_lazy("Changed their password"),
    "access.rename": gettext_lazy("Changed their name"),
    "access.begin_two_steps": gettext_lazy("Turned on two-step sign-in"),
    "access.end_two_steps": gettext_lazy("Turned off two-step sign-in"),
    "access.renew_recovery_codes": gettext_lazy("Made new recovery codes"),
    "access.end_session": gettext_lazy("Signed out another browser"),
    "access.end_other_sessions": gettext_lazy("Signed out every other browser"),
    "access.make_token": gettext_lazy("Made an API token"),
    "access.revoke_token": gettext_lazy("Revoked an API token"),
    "users.make": gettext_lazy("Made a user"),
    "users.make_administrator": gettext_lazy("Made a user an administrator, on the server"),
    "users.invite": gettext_lazy("Invited a user"),
    "users.invite_again": gettext_lazy("Sent an invitation again"),
    "users.change": gettext_lazy("Changed a user"),
    "users.deactivate": gettext_lazy("Deactivated a user"),
    "users.activate": gettext_lazy("Activated a user"),
    "users.end_sessions": gettext_lazy("Signed a user out everywhere"),
    "users.end_two_steps": gettext_lazy("Turned off a user's two-step sign-in"),
    "users.end_waits": gettext_lazy("Let everybody try to sign in again, on the server"),
    "backups.make": gettext_lazy("Made a backup"),
    "backups.restore": gettext_lazy("Restored a backup"),
    "demo.load": gettext_lazy("Loaded the demo company"),
}


@cache
def actions() -> Words:
    """Every action that has words, by its code, in the order of the apps."""
    found: Words = {}
    for app in apps.get_app_configs():
        if app.name.startswith("attain_web.") and find_spec(f"{app.name}.actions"):
            found |= import_module(f"{app.name}.actions").ACTIONS
    return found


def in_words(action: str) -> str:
    """What an action is called; one that nobody gave words is told by its code, as readable as that is."""
    if known := actions().get(action):
        return capfirst(str(known))
    area, _dot, deed = action.rpartition(".")
    return f"{area}: {deed}".replace("_", " ").strip(": ").capitalize()


def choices(chosen: str = "") -> list[tuple[str, list[tuple[str, str]]]]:
    """Actions to choose from, by what they are about, each group with all of it first; and whatever is chosen."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for action in actions():
        area = action.partition(".")[0]
        groups.setdefault(area, [(f"{area}.", _("All: %(area)s") % {"area": _area(area)})])
        groups[area].append((action, in_words(action)))
    if chosen and not any(chosen == code for group in groups.values() for code, _ in group):
        groups[chosen] = [(chosen, in_words(chosen))]
    found = sorted((_area(area), group) for area, group in groups.items())
    return [("", [("", _("All actions"))]), *found]


def _area(area: str) -> str:
    """What a group of actions is called."""
    named = {str(known): str(words) for known, words in AREAS.items()}
    named |= {"access": _("Signing in"), "users": _("Users"), "demo": _("Demo")}
    return named.get(area) or area.replace("_", " ").strip(". ").capitalize()
