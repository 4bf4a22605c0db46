"""A preview as a file: one line for each person."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

from attain.errors import UsageError, raise_errors
from attain_web.access.audit import recorded
from attain_web.access.viewer import Viewer
from attain_web.plans.models import PlanVersion
from attain_web.plans.preview import preview
from attain_web.rows.exports import safe


def csv_of(viewer: Viewer, draft: PlanVersion, period: str) -> str:
    """A preview as CSV; the audit trail has the export.

    Raises AttainError or UsageError where the draft cannot be calculated.
    """
    result = preview(draft, period)
    raise_errors(result.faults)
    if result.refusal:
        raise UsageError(result.refusal)
    told = {"plan": draft.plan.name, "version": draft.number, "period": period, "count": len(result.lines)}
    with recorded(viewer, "plans.export_preview", subject=f"plans/{draft.plan_id}", **told):
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(["participant", "name", "before", "after", "difference", "currency"])
        for one in result.sorted("name"):
            amounts = [_text(one.before), _text(one.after), _text(one.difference)]
            writer.writerow([safe(one.participant), safe(one.name), *amounts, result.currency])
    return file.getvalue()


def _text(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:f}"
