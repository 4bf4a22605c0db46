"""Which of the library's tables the quotas fill."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from attain_web.access.rights import Area, Reach
from attain_web.quotas.models import Objective, Quota, QuotaAdjustment
from attain_web.rows.table import RowTable

TABLES = (
    RowTable(
        name="quotas",
        model=Quota,
        title=_("Quotas"),
        one=_("quota"),
        area=Area.QUOTAS,
        listed=("participant", "measure", "start", "end", "quota", "currency"),
        order=("-start", "participant", "measure"),
        searched=(("participant", "startswith"), ("measure", "startswith")),
        dated="start",
    ),
    RowTable(
        name="quota_adjustments",
        model=QuotaAdjustment,
        title=_("Quota adjustments"),
        one=_("quota adjustment"),
        area=Area.QUOTAS,
        listed=("adjustment", "participant", "measure", "start", "end", "amount", "reason", "approver"),
        order=("-start", "participant"),
        searched=(("adjustment", "startswith"), ("participant", "startswith")),
        dated="start",
        writes=Reach.ALL,
    ),
    RowTable(
        name="objectives",
        model=Objective,
        title=_("Objectives"),
        one=_("objective"),
        area=Area.QUOTAS,
        listed=("objective", "participant", "name", "date", "weight", "score", "approver"),
        order=("-date", "participant", "objective"),
        searched=(("objective", "startswith"), ("participant", "startswith"), ("name", "icontains")),
        dated="date",
        writes=Reach.ALL,
    ),
)
