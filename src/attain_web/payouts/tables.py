"""Which of the library's tables are about what is paid: what somebody entered by hand."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from attain_web.access.rights import Area, Reach
from attain_web.payouts.models import Adjustment, Hold
from attain_web.rows.table import RowTable

TABLES = (
    RowTable(
        name="adjustments",
        model=Adjustment,
        title=_("Adjustments"),
        one=_("adjustment"),
        area=Area.PAY,
        listed=("adjustment", "participant", "plan", "date", "amount", "reason", "approver"),
        order=("-date", "participant"),
        searched=(("adjustment", "startswith"), ("participant", "startswith"), ("plan", "icontains")),
        dated="date",
        writes=Reach.ALL,
    ),
    RowTable(
        name="holds",
        model=Hold,
        title=_("Holds"),
        one=_("hold"),
        area=Area.PAY,
        listed=("hold", "fact", "participant", "share", "released", "reason", "approver"),
        order=("-released", "hold"),
        searched=(("hold", "startswith"), ("fact", "startswith"), ("participant", "startswith")),
        writes=Reach.ALL,
    ),
)
