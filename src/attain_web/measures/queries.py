"""Reads of measures: those of the catalogue and the company's own, as the library understands them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet
from django.http import Http404

from attain.documents import read_document, validate
from attain.measures.measure import Measure, MeasurePart, Unit, unit_of
from attain.parts import parts_in, sentence
from attain.plans.document import catalogue
from attain_web.access.rights import Area
from attain_web.access.viewer import Viewer
from attain_web.measures.models import CompanyMeasure
from attain_web.rows.base import Row
from attain_web.rows.queries import visible
from attain_web.rows.table import row_tables

CATALOGUE = "attain.measures.catalog"


def known_measures() -> dict[str, Measure]:
    """Every measure that plans and quotas may speak of, by name: the catalogue's and the company's own."""
    return {**catalogue(), **company_measures()}


def company_measures() -> dict[str, Measure]:
    """The company's own measures by name."""
    return {name: read_measure(text) for name, text in CompanyMeasure.objects.values_list("name", "text")}


@lru_cache(maxsize=1024)
def read_measure(text: str) -> Measure:
    """The measure that a text defines; raises AttainError with every fault of its form and its place."""
    return validate(read_document(text), Measure)


@dataclass(frozen=True)
class Known:
    """A measure as its pages show it; ``part`` is of the catalogue, ``company`` the company's own row."""

    name: str
    measure: Measure
    unit: Unit
    told: str = ""
    part: MeasurePart | None = None
    company: CompanyMeasure | None = None

    @property
    def title(self) -> str:
        """What it is called."""
        return self.measure.title or self.name


def found_measures(
    viewer: Viewer, *, search: str = "", kind: str = "", origin: str = "", sort: str = ""
) -> list[Known]:
    """The measures that a search and filters find, sorted by a column (``-`` before it: falling)."""
    viewer.must_read(Area.MEASURES)
    known = known_measures()
    own = {row.name: row for row in CompanyMeasure.objects.all()}
    words = search.casefold().split()
    found = [
        one
        for one in (_known(name, known, own.get(name)) for name in known)
        if all(word in f"{one.name} {one.title} {one.told}".casefold() for word in words)
        and kind in {"", one.measure.kind}
        and origin in {"", "company" if one.company else "catalogue"}
    ]
    column = sort.removeprefix("-")
    keys: dict[str, Any] = {
        "name": lambda one: one.name,
        "kind": lambda one: one.measure.kind,
        "table": lambda one: one.measure.table or "",
        "unit": lambda one: one.unit,
        "origin": lambda one: bool(one.company),
    }
    found.sort(key=lambda one: one.title.casefold())
    found.sort(key=keys.get(column, lambda one: one.title.casefold()), reverse=sort.startswith("-"))
    return found


def one_measure(viewer: Viewer, name: str) -> Known:
    """A measure by its name; 404 where there is none."""
    viewer.must_read(Area.MEASURES)
    known = known_measures()
    if name not in known:
        raise Http404
    return _known(name, known, CompanyMeasure.objects.select_related("changed_by").filter(name=name).first())


def company_measure(viewer: Viewer, name: str) -> CompanyMeasure:
    """A measure of the company's own; 404 where there is none of that name."""
    viewer.must_read(Area.MEASURES)
    row = CompanyMeasure.objects.filter(name=name).first()
    if row is None:
        raise Http404
    return row


def _known(name: str, known: Mapping[str, Measure], company: CompanyMeasure | None) -> Known:
    module = None if company else parts_in(CATALOGUE)[name]
    told = sentence(module).partition(": ")[2] if module else ""
    return Known(name, known[name], unit_of(name, known), told, module.PART if module else None, company)


def history(viewer: Viewer, name: str) -> list[Any]:
    """Every version of a measure of the company's own, newest first: made, changed, taken out."""
    viewer.must_read(Area.MEASURES)
    events = apps.get_model("measures", "CompanyMeasureEvent")
    return list(events.objects.filter(name=name).select_related("changed_by").order_by("-pgh_id"))


def made_of(name: str) -> list[str]:
    """The measures that are made of this one."""
    return sorted(other for other, one in known_measures().items() if name in one.operands)


def quotas_of(name: str, viewer: Viewer | None = None) -> int:
    """How many quotas there are for a measure, or how many of them a viewer sees."""
    table = row_tables()["quotas"]
    rows: QuerySet[Row] = visible(table, viewer) if viewer else table.model._default_manager.all()
    return rows.filter(Q(measure=name)).count()
