"""Statements in words: how kinds of components pay, and how a credit came about."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from attain.parts import parts_in, sentence
from attain.plans.document import COMPONENTS

PAYS = {
    "flat_rate": gettext_lazy("Every credit is paid at one rate."),
    "graduated_tiers": gettext_lazy("Each rate pays on its own tier only."),
    "retroactive_tiers": gettext_lazy("The rate of the tier reached pays on everything."),
    "overage_tiers": gettext_lazy("Above the first tier, the rate of the tier reached pays on all of it."),
    "pay_curve": gettext_lazy("A part of the target, rising in a straight line from point to point."),
    "step_bonus": gettext_lazy("The sum of the highest step that is reached."),
    "threshold_bonus": gettext_lazy("A fixed sum, once the threshold is reached."),
}
"""How kinds of components pay, in words."""
KINDS = {
    "direct": gettext_lazy("direct"),
    "split": gettext_lazy("split"),
    "rollup": gettext_lazy("from below"),
    "overlay": gettext_lazy("overlay"),
}


def how_it_pays(pays: str) -> str | Promise:
    """How a kind of component pays; of one that has no words here, as its part says; of one that is gone, nothing."""
    part = parts_in(COMPONENTS).get(pays)
    return PAYS.get(pays) or (sentence(part) if part else "")
