"""Measures in words: what is added up, who is credited, on which day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from attain.credits.rules import Covers, CreditRule, Related
from attain.measures.measure import Measure, title_of
from attain.tables import columns_for_measures
from attain_web.rows.table import row_tables

KINDS = {
    "sum": gettext_lazy("Sum"),
    "count": gettext_lazy("Count"),
    "average": gettext_lazy("Average"),
    "count_distinct": gettext_lazy("Different values"),
    "ratio": gettext_lazy("Ratio"),
    "difference": gettext_lazy("Difference"),
    "formula": gettext_lazy("Formula"),
    "rollup": gettext_lazy("Of everybody below"),
}
UNITS = {
    "money": gettext_lazy("Money"),
    "count": gettext_lazy("Count"),
    "ratio": gettext_lazy("Ratio"),
    "days": gettext_lazy("Days"),
}
DIMENSIONS = {
    "participant": gettext_lazy("Person"),
    "team": gettext_lazy("Team of"),
    "territory": gettext_lazy("Territory"),
    "product": gettext_lazy("Product"),
    "account": gettext_lazy("Account"),
}
SPLITS = {
    "follow": gettext_lazy("Splits share the credit"),
    "ignore": gettext_lazy("Splits are ignored"),
    "overlay": gettext_lazy("Overlay splits alone are credited"),
}


def table_title(name: str) -> str:
    """What a fact table is called, in the middle of a sentence."""
    table = row_tables().get(name)
    return str(table.title).lower() if table else name.replace("_", " ")


def what(measure: Measure, known: Mapping[str, Measure]) -> str:
    """What the measure adds up, in a sentence."""
    table = table_title(measure.table or "")
    first, second = ([title_of(one, known) for one in measure.operands] + ["", ""])[:2]
    told = {
        "sum": _("Adds up %(formula)s over %(table)s."),
        "count": _("Counts %(table)s."),
        "average": _("Takes the mean of %(formula)s over %(table)s; rows without a value do not count."),
        "count_distinct": _("Counts the different values of %(formula)s in %(table)s."),
        "ratio": _("Divides %(first)s by %(second)s."),
        "difference": _("Takes %(second)s from %(first)s."),
        "formula": _("Calculates %(formula)s."),
        "rollup": _("%(first)s of everybody below a manager, by the reporting lines on the day."),
    }[measure.kind]
    told %= {"formula": measure.formula or measure.row_formula or "", "table": table, "first": first, "second": second}
    only = _("Only where %(condition)s.") % {"condition": measure.where} if measure.where else ""
    return f"{told} {only}".strip()


def who(measure: Measure) -> str:
    """Who is credited."""
    if measure.kind == "rollup":
        return _("Everybody above whoever is credited with the fact, on the day of the fact.")
    if measure.operands:
        return _("As the measures that it is made of say.")
    if measure.credits:
        return _by_rules(measure.credits)
    if measure.splits == "overlay":
        return _("Those who have an overlay split of the fact, and nobody else.")
    owner = _("The participant in the column “%(column)s” of %(table)s") % {
        "column": measure.credited,
        "table": table_title(measure.table or ""),
    }
    shared = _("where a fact is split, those who share in it") if measure.splits == "follow" else _("whole, unsplit")
    return f"{owner}; {shared}."


def _by_rules(rules: Sequence[CreditRule]) -> str:
    """Who is credited by rules, in order of rank, and who beside them."""
    ranked = "; ".join(_rule(rule) for rule in rules if not rule.overlay)
    overlay = "; ".join(_rule(rule) for rule in rules if rule.overlay)
    first = _("By the first rule that finds somebody: %(rules)s.") % {"rules": ranked} if ranked else ""
    beside = _("Credited beside: %(rules)s.") % {"rules": overlay} if overlay else ""
    return f"{first} {beside}".strip()


def _rule(rule: CreditRule) -> str:
    """A crediting rule in words."""
    if isinstance(rule.to, Covers):
        whom = _("who covers %(what)s") % {"what": rule.path}
    elif isinstance(rule.to, Related):
        whom = _("%(relation)s of %(what)s") % {"relation": rule.to.relation, "what": rule.path}
    else:
        whom = rule.path
    share = "" if rule.share == 100 else f", {rule.share.normalize():f} %"
    only = _(" where %(condition)s") % {"condition": rule.where} if rule.where else ""
    dates = f", {rule.effective.start} .. {rule.effective.end or ''}" if rule.effective else ""
    return f"{rule.name} ({whom}{share}{only}{dates})"


def when(measure: Measure) -> str:
    """On which day a fact counts."""
    if measure.operands:
        return _("As the measures that it is made of say.")
    column = columns_for_measures(measure.table or "").get(measure.date_column)
    return f"{measure.date_column}: {column.meaning}." if column else f"{measure.date_column}."
