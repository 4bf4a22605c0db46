"""Which of the library's tables the quotas fill."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from attain_web.access.rights import Area
from attain_web.quotas.models import Quota
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
)
