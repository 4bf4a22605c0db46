"""The API's addresses of measures: all of them, one, and its values."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from ninja import Query, Router
from pydantic import BaseModel, Field

from attain.calendar import parse_span
from attain.errors import AttainError
from attain_web.access.api import ApiRequest, must_know, wrong
from attain_web.access.rights import Area
from attain_web.measures import queries
from attain_web.measures.calendars import calendar_of
from attain_web.measures.queries import Known
from attain_web.measures.values import Asked, values
from attain_web.rows.queries import today
from attain_web.rows.schemas import CLOSED

router = Router(tags=["measures"])


class MeasureShown(BaseModel):
    """A measure: its definition, and whether the company or the catalogue defines it."""

    name: str
    title: str
    kind: str
    unit: str
    table: str | None
    origin: Literal["catalogue", "company"]
    definition: dict[str, Any]


class MeasuresShown(BaseModel):
    """Every measure."""

    items: list[MeasureShown]


class ValuesAsked(BaseModel):
    """How values are laid out."""

    model_config = CLOSED
    by: Literal["participant", "team", "territory", "product", "account"] = "participant"
    every: Literal["month", "quarter", "year"] = "quarter"
    period: str = Field(
        "", max_length=40, description="as in 2026, 2026-Q1 or 2026-01-01..2026-04-01; default: this year"
    )
    calendar: str = Field("", max_length=2000, description="as in a plan: {starts: July}; default: {starts: January}")
    page: int = Field(1, ge=1, le=100_000)


class ValueLine(BaseModel):
    """The values of one person, team, territory, product or account, by the first day of each period."""

    key: str | None
    name: str
    values: dict[str, str | None]


class ValuesShown(BaseModel):
    """A page of values as far as you may see them, with those of all together."""

    together: dict[str, str | None]
    items: list[ValueLine]
    count: int
    pages: int


@router.get("/measures", response=MeasuresShown, operation_id="measures_list", url_name="measures")
def list_measures(request: ApiRequest) -> dict[str, Any]:
    """Every measure that plans and quotas may speak of, by title."""
    return {"items": [_shown(one) for one in queries.found_measures(request.auth)]}


@router.get("/measures/{measure}", response=MeasureShown, operation_id="measures_measure", url_name="measure")
def one_measure(request: ApiRequest, measure: str) -> dict[str, Any]:
    """One measure."""
    return _shown(queries.one_measure(request.auth, measure))


@router.get(
    "/measures/{measure}/values", response=ValuesShown, operation_id="measures_values", url_name="measure_values"
)
def measure_values(request: ApiRequest, measure: str, asked: Query[ValuesAsked]) -> dict[str, Any]:
    """A measure's values over the present data, by person, team, territory, product or account, and period."""
    request.auth.must_read(Area.ATTAINMENT)
    queries.one_measure(request.auth, measure)
    must_know(request, asked)
    try:
        calendar = calendar_of(asked.calendar)
    except AttainError as error:
        raise wrong("calendar", error.faults[0].message) from None
    try:
        span = parse_span(calendar, text=asked.period or str(today().year))
    except ValueError as error:
        raise wrong("period", str(error)) from None
    if (span[1] - span[0]).days > 40_000:
        raise wrong("period", "These are too many days: a hundred years are enough.")
    found = values(request.auth, measure, Asked(calendar, asked.by, asked.every, span, page=asked.page))
    return {
        "together": _told(found.together),
        "items": [{"key": one.key, "name": one.name, "values": _told(one.values)} for one in found.lines],
        "count": found.count,
        "pages": found.pages,
    }


def _shown(one: Known) -> dict[str, Any]:
    return {
        "name": one.name,
        "title": one.title,
        "kind": one.measure.kind,
        "unit": one.unit,
        "table": one.measure.table,
        "origin": "company" if one.company else "catalogue",
        "definition": one.measure.model_dump(mode="json", exclude_defaults=True),
    }


def _told(found: dict[date, Any]) -> dict[str, str | None]:
    return {str(day): None if value is None else f"{value.normalize():f}" for day, value in found.items()}
