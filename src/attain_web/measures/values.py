"""A measure's values by person, team, territory, product or account and period, and the facts behind each.

The library calculates them over a snapshot of the data, limited to what the viewer may see of attainment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.http import Http404

from attain.calendar import CalendarSpec, Period, PeriodKind
from attain.engines.duckdb import DuckDB
from attain.engines.engine import template
from attain.measures.asked import give_periods, load_measures, tables_read
from attain.measures.breakdown import Dimension, Only, breakdown, dimensions_of, facts
from attain.measures.compile import Compiler
from attain.measures.inputs import fact_dates
from attain.measures.measure import Measure, with_operands
from attain_web.access.rights import Area, Reach
from attain_web.access.viewer import Viewer
from attain_web.measures.calendars import calendar_of
from attain_web.measures.queries import known_measures
from attain_web.people.queries import names_of
from attain_web.rows.queries import path_of, today, value_of, visible
from attain_web.rows.references import key_of
from attain_web.rows.snapshots import link, snapshot
from attain_web.rows.table import row_tables

PAGE = 50
MEMORY = "768MiB"
"""What one question may use; what needs more goes to disk."""
TABLES_OF: dict[str, str] = {"territory": "territories", "product": "products", "account": "accounts"}


@dataclass(frozen=True)
class Asked:
    """How values are laid out: by what, by which periods in which span, whose names hold which words, which page."""

    calendar: CalendarSpec
    by: Dimension = "participant"
    every: PeriodKind | None = None
    span: tuple[date, date] | None = None
    search: str = ""
    page: int = 1


@dataclass(frozen=True)
class Line:
    """The values of one person, team, territory, product or account, by the start of each period."""

    key: str | None
    name: str
    values: dict[date, Decimal | None]


@dataclass(frozen=True)
class Values:
    """Values laid out, with those of all that the viewer may see together."""

    dimensions: tuple[Dimension, ...]
    periods: list[Period]
    together: dict[date, Decimal | None]
    lines: list[Line] = field(default_factory=list)
    count: int = 0
    number: int = 1
    pages: int = 1


@dataclass(frozen=True)
class Fact:
    """A fact behind a value: what it adds, to whom and why, and the page of its row where the viewer may see it."""

    measure: str
    table: str
    fact: str
    date: date
    participant: str
    name: str
    amount: Decimal
    kind: str
    reason: str
    pk: int | None


@dataclass(frozen=True)
class Facts:
    """A page of the facts behind a value, with the sum of all of them by the part of the measure they count for."""

    facts: list[Fact]
    sums: dict[str, Decimal]
    count: int
    number: int
    pages: int


def values(viewer: Viewer, name: str, asked: Asked, *, measures: Mapping[str, Measure] | None = None) -> Values:
    """A measure's values, as far as the viewer may see; ``measures`` may hold one that is not saved yet."""
    only = _only(viewer)
    with _over(name, measures or known_measures()) as (engine, compiler):
        dimensions = _dimensions(compiler, name, viewer)
        by = asked.by if asked.by in dimensions else dimensions[0]
        found = give_periods(engine, compiler, asked.calendar, span=asked.span, every=asked.every)
        together = engine.rows(breakdown(compiler, name, by=(), every=asked.every, only=only))
        rows = engine.rows(breakdown(compiler, name, by=(by,), every=asked.every, only=only))
    every = asked.every
    starts = {_start(row, every, found): row["value"] for row in together}
    held: dict[str | None, dict[date, Decimal | None]] = {}
    for row in rows:
        held.setdefault(row[by], {})[_start(row, every, found)] = row["value"]
    lines = _named(viewer, by, held)
    words = asked.search.casefold().split()
    lines = [one for one in lines if all(word in f"{one.name} {one.key or ''}".casefold() for word in words)]
    pages = max(1, -(-len(lines) // PAGE))
    number = min(max(asked.page, 1), pages)
    shown = lines[(number - 1) * PAGE : number * PAGE]
    return Values(dimensions, found, starts, shown, len(lines), number, pages)


def facts_behind(
    viewer: Viewer, name: str, *, by: Dimension | None, value: str | None, span: tuple[date, date], page: int = 1
) -> Facts:
    """The facts that were added up to a value; 404 for what the viewer may not see of attainment."""
    only = _only(viewer)
    with _over(name, known_measures()) as (engine, compiler):
        if by and by not in _dimensions(compiler, name, viewer):
            raise Http404
        give_periods(engine, compiler, calendar_of(""), span=span, every=None)
        query = facts(compiler, name, by=by, value=value, only=only)
        sums = engine.rows(
            template(
                "SELECT measure, COUNT(*) AS number, SUM(amount) AS added FROM rows AS r GROUP BY 1 ORDER BY 1",
                rows=query.copy(),
            )
        )
        count = sum(row["number"] for row in sums)
        pages = max(1, -(-count // PAGE))
        number = min(max(page, 1), pages)
        rows = engine.rows(query.limit(PAGE).offset((number - 1) * PAGE))
    names = names_of({row["participant"] for row in rows}, today())
    places = _pks(viewer, rows)
    found = [
        Fact(
            **row,
            name=names.get(row["participant"], row["participant"]),
            pk=places.get((row["table"], row["fact"])),
        )
        for row in rows
    ]
    return Facts(found, {row["measure"]: row["added"] for row in sums}, count, number, pages)


def years_with_facts(name: str, measures: Mapping[str, Measure] | None = None) -> tuple[date, date] | None:
    """The first and the last day on which a fact of the measure counts."""
    with _over(name, measures or known_measures()) as (engine, compiler):
        return fact_dates(engine, compiler)


@contextmanager
def _over(name: str, known: Mapping[str, Measure]) -> Iterator[tuple[DuckDB, Compiler]]:
    """An engine with what a measure reads, as it stands now, and the compiler over it."""
    if name not in known:
        raise Http404
    used = {one: known[one] for one in with_operands((name,), known)}
    root = Path(settings.MEDIA_ROOT) / "asked"
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    with TemporaryDirectory(dir=root) as folder:
        link(snapshot(tables_read(used)), Path(folder))
        engine = DuckDB(memory=MEMORY)
        compiler, _warnings = load_measures(engine, Path(folder), used, checked=False)
        yield engine, compiler


def _only(viewer: Viewer) -> Only | None:
    """Whose values a viewer may see; None: everybody's. 404 for who may see none."""
    reach = viewer.right(Area.ATTAINMENT).read
    if reach == Reach.ALL:
        return None
    if not reach or viewer.participant is None:
        raise Http404
    return Only(viewer.participant, below=reach == Reach.CHAIN)


def _dimensions(compiler: Compiler, name: str, viewer: Viewer) -> tuple[Dimension, ...]:
    """What values may be laid out by; who sees only their own has no teams."""
    own = viewer.right(Area.ATTAINMENT).read == Reach.SELF
    return tuple(one for one in dimensions_of(compiler, name) if not (own and one == "team"))


def _start(row: dict[str, Any], every: PeriodKind | None, found: list[Period]) -> date:
    """The start of the row's period as it is shown, which is cut to the span."""
    start: date = row["period_start"] if every else found[0].start
    return start


def _named(viewer: Viewer, by: Dimension, held: dict[str | None, dict[date, Decimal | None]]) -> list[Line]:
    """A line for each key, with the name behind it, by name; what has no key last."""
    keys = {key for key in held if key is not None}
    names: dict[str, str] = {}
    if by in {"participant", "team"}:
        names = names_of(keys, today())
    elif by in TABLES_OF and keys:
        table = row_tables()[TABLES_OF[by]]
        rows = visible(table, viewer).filter(**{f"{key_of(table)}__in": keys})
        names = {value_of(row, key_of(table)): str(row) for row in rows}
    lines = [Line(key, names.get(key or "", key or ""), cells) for key, cells in held.items()]
    return sorted(lines, key=lambda one: (one.key is None, one.name.casefold(), one.key or ""))


def _pks(viewer: Viewer, rows: list[dict[str, Any]]) -> dict[tuple[str, str], int]:
    """The row of each fact that the viewer may see, by table and the fact's key."""
    found: dict[tuple[str, str], int] = {}
    for name in {row["table"] for row in rows}:
        table = row_tables().get(name)
        if table is None or not viewer.right(table.area).read:
            continue
        key = table.schema.key
        first = {row["fact"].rsplit("/", len(key) - 1)[0] for row in rows if row["table"] == name}
        for row in visible(table, viewer).filter(Q(**{f"{path_of(table, key[0])}__in": first})):
            found[name, "/".join(str(value_of(row, one)) for one in key)] = row.pk
    return found
