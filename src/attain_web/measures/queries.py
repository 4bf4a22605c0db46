"""Reads of measures: those of the catalogue and the company's own, as the library understands them."""

from __future__ import annotations

from functools import lru_cache

from attain.documents import read_document, validate
from attain.measures.measure import Measure
from attain.plans.document import catalogue
from attain_web.measures.models import CompanyMeasure


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
