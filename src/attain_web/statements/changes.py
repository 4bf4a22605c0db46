"""Why a statement differs from what counted before: its participant's part of the comparison of runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from attain_web.access.rights import Area, Reach
from attain_web.access.viewer import Viewer
from attain_web.payouts.comparing import comparison_of
from attain_web.payouts.models import Difference, Run
from attain_web.payouts.shown import signed, value_cell
from attain_web.rows.table import row_tables
from attain_web.statements.models import Statement

FEW = 5
"""Rows that are named of each reason."""


@dataclass(frozen=True)
class Reason:
    """What one kind of change adds to a statement or takes from it, and the first rows that changed."""

    title: str
    amount: str
    rows: tuple[str, ...]
    more: int


def reasons(statement: Statement) -> list[Difference]:
    """The parts of the difference to what counted before, in their order; none where the runs were not compared.

    They sum to the difference where the run was compared with one that counted.
    """
    run = statement.run
    if run.previous is None or run.previous.state != Run.State.APPROVED or "reasons" not in comparison_of(run):
        return []
    order = list(Difference.Reason)
    found = Difference.objects.filter(Q(participant=statement.participant_id), run=run)
    return sorted(found, key=lambda one: order.index(Difference.Reason(one.reason)))


def reasons_shown(viewer: Viewer, statement: Statement) -> list[Reason]:
    """The same for the statement's page; rows are named of the participant, and of whom the viewer sees."""
    return [
        Reason(
            str(Difference.Reason(one.reason).label),
            f"{signed(one.amount)} {statement.currency}",
            tuple(_in_words(row) for row in rows[:FEW]),
            max(int(one.details.get("count", 0)) - FEW, 0) if len(rows) > FEW else 0,
        )
        for one in reasons(statement)
        for rows in [list(_seen(viewer, statement, one.details))]
    ]


def in_short(statement: Statement) -> str:
    """What changed, in a few words for a notice; nothing where that is not known."""
    return ", ".join(str(Difference.Reason(one.reason).label) for one in reasons(statement))


def _seen(viewer: Viewer, statement: Statement, details: dict[str, Any]) -> Iterator[dict[str, Any]]:
    whose = {str(statement.participant_id), *viewer.below}
    for row in details.get("rows", []):
        if viewer.right(Area.PAY).read == Reach.ALL or row["of"] in whose:
            yield row


def _in_words(row: dict[str, Any]) -> str:
    """A row that came, went or changed: which one, and what it was and is."""
    table, key = row_tables()[row["table"]], " · ".join(row["key"].values())
    before, after = (value_cell(table.name, row[side]).text or "–" for side in ("before", "after"))
    told = {"what": table.one, "key": key, "before": before, "after": after}
    if row["kind"] == "came":
        return _("New %(what)s %(key)s: %(after)s") % told
    if row["kind"] == "went":
        return _("%(what)s %(key)s is gone: it was %(before)s") % told
    if row["before"] == row["after"]:
        return _("%(what)s %(key)s was changed") % told
    return _("%(what)s %(key)s: %(before)s became %(after)s") % told
