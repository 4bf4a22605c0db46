"""Which of the library's tables the territories fill."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from attain_web.access.rights import Area
from attain_web.rows.table import RowTable
from attain_web.territories.models import Coverage, Relationship, Territory

TABLES = (
    RowTable(
        name="territories",
        model=Territory,
        title=_("Territories"),
        one=_("territory"),
        area=Area.PEOPLE,
        listed=("territory", "name", "region"),
        order=("territory",),
        searched=(("territory", "startswith"), ("name", "icontains")),
        owner="",
    ),
    RowTable(
        name="coverage",
        model=Coverage,
        title=_("Coverage"),
        one=_("coverage assignment"),
        area=Area.PEOPLE,
        listed=("participant", "territory", "start", "end"),
        order=("participant", "start"),
        searched=(("participant", "startswith"), ("territory", "startswith")),
    ),
    RowTable(
        name="relationships",
        model=Relationship,
        title=_("Relationships"),
        one=_("relationship"),
        area=Area.PEOPLE,
        listed=("participant", "relation", "of_table", "of", "share", "start", "end"),
        order=("participant", "relation", "start"),
        searched=(("participant", "startswith"), ("relation", "icontains"), ("of", "startswith")),
    ),
)
