"""The kinds of notices: what each says, and which icon stands beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


@dataclass(frozen=True)
class Kind:
    """A kind of notice. ``sentence`` is filled in with what the notice is about; ``waits``: something is to be done."""

    title: str | Promise
    sentence: str | Promise
    icon: str
    waits: bool = False


KINDS: dict[str, Kind] = {
    "run_calculated": Kind(
        gettext_lazy("A run waits for approval"),
        gettext_lazy("Run %(run)s of “%(plan)s” for %(period)s waits for your approval: %(amount)s %(currency)s."),
        "success",
        waits=True,
    ),
    "run_approved": Kind(
        gettext_lazy("Your run was approved"),
        gettext_lazy("%(by)s approved run %(run)s of “%(plan)s” for %(period)s."),
        "success",
    ),
    "run_rejected": Kind(
        gettext_lazy("Your run was sent back"),
        gettext_lazy("%(by)s sent back run %(run)s of “%(plan)s” for %(period)s: %(why)s"),
        "warning",
        waits=True,
    ),
    "run_failed": Kind(
        gettext_lazy("Your run came to no end"),
        gettext_lazy("Run %(run)s of “%(plan)s” for %(period)s came to no end: %(why)s"),
        "error",
        waits=True,
    ),
    "statement_ready": Kind(
        gettext_lazy("A statement is ready"),
        gettext_lazy("Your statement of “%(plan)s” for %(period)s is ready."),
        "order",
    ),
    "statement_replaced": Kind(
        gettext_lazy("A statement was calculated anew"),
        gettext_lazy("Your statement of “%(plan)s” for %(period)s replaces the one before: %(change)s."),
        "order",
    ),
    "plan_published": Kind(
        gettext_lazy("A plan was published"),
        gettext_lazy("%(by)s published version %(version)s of “%(plan)s”."),
        "table",
    ),
}
"""By the name that is kept with each notice."""


def words(kind: str, about: Mapping[str, Any]) -> str:
    """The sentence of a notice in the reader's language; of a kind that is no more, what is known."""
    if kind not in KINDS:
        return _("Something happened: %(kind)s") % {"kind": kind}
    return str(KINDS[kind].sentence) % about
