"""Which of the library's tables the people fill."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from attain_web.access.rights import Area
from attain_web.people.models import ParticipantVersion, ReportingLine
from attain_web.people.services import ensure_participants, rebuild_chain
from attain_web.rows.table import RowTable

TABLES = (
    RowTable(
        name="participants",
        page="people:person",
        model=ParticipantVersion,
        title=_("Participants"),
        one=_("participant"),
        area=Area.PEOPLE,
        listed=("participant", "name", "title", "team", "territory", "start", "end"),
        order=("participant", "start"),
        searched=(("participant", "startswith"), ("name", "icontains")),
        attributes_area=Area.PAY,  # base salary, target incentive and rates are attributes
        before_write=ensure_participants,
    ),
    RowTable(
        name="reporting_lines",
        model=ReportingLine,
        title=_("Reporting lines"),
        one=_("reporting line"),
        area=Area.PEOPLE,
        listed=("participant", "manager", "start", "end"),
        order=("participant", "start"),
        searched=(("participant", "startswith"), ("manager", "startswith")),
        after_write=rebuild_chain,
    ),
)
