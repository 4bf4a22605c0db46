"""Which of the library's tables the plans fill."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from attain_web.access.rights import Area, Reach
from attain_web.plans.models import Assignment
from attain_web.rows.table import RowTable

TABLES = (
    RowTable(
        name="assignments",
        model=Assignment,
        title=_("Plan assignments"),
        one=_("plan assignment"),
        area=Area.PLANS,
        listed=("participant", "plan", "start", "end"),
        order=("plan", "participant", "start"),
        searched=(("participant", "startswith"), ("plan", "icontains")),
        writes=Reach.ALL,
    ),
)
