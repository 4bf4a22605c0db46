"""A list of rows as its page shows it: what its address asks for, headers that sort, cells that link."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from attain.columns import Column
from attain_web.access.viewer import Viewer
from attain_web.look.table import Cell, Grid, Header, Paging, cell
from attain_web.rows.base import Row
from attain_web.rows.queries import Asked, Page, value_of
from attain_web.rows.references import Named, named
from attain_web.rows.table import RowTable, row_tables
from attain_web.rows.words import title_of

NUMBERS = ("decimal", "integer")
MONEY = ("amount", "cost", "list_price", "quota")
STAGES = {"won": "good", "lost": "bad"}


@dataclass(frozen=True)
class Filter:
    """A filter's fields on the page: one, or two bounds; each is name, label and what was typed."""

    title: str
    kind: str
    fields: list[tuple[str, str]]
    refers_to: str | None = None


def asked_from(table: RowTable, query: QueryDict) -> Asked:
    """What an address asks for; what no list knows is left out."""
    given = {name: str(text).replace("\x00", "").strip()[:200] for name, text in query.items()}
    filters = {name: text for name, text in given.items() if text and name.partition(".")[0] in table.columns}
    page = given.get("page", "")
    is_number = page.isascii() and page.isdigit() and len(page) < 10
    return Asked(given.get("q", ""), filters, given.get("sort", ""), int(page) if is_number else 1)


def address(asked: Asked, **other: str | int) -> str:
    """The query of the same list with something else: another page, another sorting."""
    query = QueryDict(mutable=True)
    told = {"q": asked.search, **asked.filters, "sort": asked.sort, **other}
    query.update({name: str(text) for name, text in told.items() if text})
    return f"?{query.urlencode()}"


def grid(table: RowTable, viewer: Viewer, rows: list[Row], asked: Asked | None, *, without: str = "") -> Grid:
    """Rows as a table; with what was asked, its headers sort. The first cell links to the row's page."""
    columns = [name for name in table.listed if name not in {without, "currency"}]
    if all(name in columns for name in ("amount", "quantity")):
        columns = sorted(columns, key=lambda name: name == "amount")  # what it comes to stands last
    known = named(table, viewer, rows, {*columns, *_parent_column(table)})
    headers = [_header(table, name, asked) for name in columns]
    cells = [
        [_first(table, row, columns[0]), *(shown(table, row, name, known) for name in columns[1:])] for row in rows
    ]
    return Grid(headers, cells, table.title)


def paging(page: Page, asked: Asked) -> Paging:
    """The pages beside this one."""
    before = address(asked, page=page.number - 1) if page.number > 1 else ""
    after = address(asked, page=page.number + 1) if page.number < page.pages else ""
    return Paging(page.number, page.pages, before, after)


def shown(table: RowTable, row: Row, name: str, known: dict[tuple[str, str], Named]) -> Cell:
    """A value in its cell: of a reference the name with a link, where it may be seen, of money its currency."""
    value, column = value_of(row, name), table.columns[name]
    if column.refers_to:
        target = known.get((column.refers_to, value))
        if target is None:
            return cell(value)
        page = row_tables()[column.refers_to].page
        url = reverse(page, args=[value]) if page else reverse("rows:row", args=[column.refers_to, target.pk])
        return cell(target.name, url=url)
    if name == "stage":
        return Cell(value, badge=STAGES.get(value, "note"))
    is_money = name in MONEY or (column.type == "decimal" and "currency" in table.columns)
    return cell(value, behind=_currency(table, row, known) if is_money else "", is_money=is_money)


def filters_of(table: RowTable, asked: Asked) -> list[Filter]:
    """The fields by which a list is filtered, by the type of each column."""
    return [_filter(name, column, asked) for name, column in table.columns.items()]


def chips(asked: Asked) -> Iterable[tuple[str, str]]:
    """Each filter in force, in words, with the address of the list without it."""
    signs = {"from": "≥", "to": "<", "": "="}
    for name, text in asked.filters.items():
        column, _, bound = name.partition(".")
        rest = {other: value for other, value in asked.filters.items() if other != name}
        told = f"{title_of(column)} {signs.get(bound, '=')} {text}"
        yield told, address(Asked(asked.search, rest, asked.sort))


def _currency(table: RowTable, row: Row, known: dict[tuple[str, str], Named]) -> str:
    """The currency of a row's amounts: its own, else that of the row it is a part of."""
    own = getattr(row, "currency", "") or ""
    parents = [known.get((table.schema.parent or "", value_of(row, name))) for name in _parent_column(table)]
    return next((parent.currency for parent in parents if parent), own)


def _parent_column(table: RowTable) -> list[str]:
    """The column that names the row that a row is a part of, where there is one."""
    parent = table.schema.parent
    return [name for name, column in table.columns.items() if parent and column.refers_to == parent]


def _filter(name: str, column: Column, asked: Asked) -> Filter:
    names = [name] if column.type == "text" else [f"{name}.from", f"{name}.to"]
    fields: list[tuple[str, Any]] = [(one, asked.filters.get(one, "")) for one in names]
    return Filter(title_of(name), column.type, fields, column.refers_to)


def _header(table: RowTable, name: str, asked: Asked | None) -> Header:
    is_number = table.columns[name].type in NUMBERS
    if asked is None:
        return Header(title_of(name), is_number)
    sort = asked.sort or table.order[0]
    direction = {name: "ascending", f"-{name}": "descending"}.get(sort, "")
    turned = f"-{name}" if direction == "ascending" else name
    return Header(title_of(name), is_number, address(asked, sort=turned), direction)


def _first(table: RowTable, row: Row, name: str) -> Cell:
    return cell(value_of(row, name), url=reverse("rows:row", args=[table.name, row.pk]))
