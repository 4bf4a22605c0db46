"""A table as every list shows it: headers that sort, cells by type, pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Header:
    """The head of a column. ``direction`` is how the table is sorted by it: ascending, descending or not at all."""

    title: str | Promise
    is_number: bool = False
    url: str = ""
    direction: str = ""


@dataclass(frozen=True)
class Cell:
    """A value as it is shown, its link, and what stands small behind it (a currency, the key behind a name)."""

    text: str = ""
    url: str = ""
    behind: str = ""
    is_number: bool = False
    iso: str = ""
    badge: str = ""


@dataclass(frozen=True)
class Grid:
    """Headers and rows of cells; the caption is heard, and seen by nobody who sees the heading above it."""

    headers: list[Header]
    rows: list[list[Cell]] = field(default_factory=list)
    caption: str | Promise = ""

    @property
    def labelled(self) -> list[list[tuple[Header, Cell]]]:
        """Rows whose cells know their header, for cards on a phone."""
        return [list(zip(self.headers, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Paging:
    """Where one is in a list of pages, with the addresses of the pages beside this one."""

    number: int
    pages: int
    before: str = ""
    after: str = ""


def cell(value: Any, *, url: str = "", behind: str = "", is_money: bool = False) -> Cell:
    """A value as its type is shown: numbers grouped and to the right, days and times in ISO's order."""
    if value is None or value == "":
        return Cell()
    if isinstance(value, bool):
        return Cell(_("yes") if value else _("no"), url)
    if isinstance(value, (Decimal, int)):
        return Cell(number(value, is_money=is_money), url, behind, is_number=True)
    if isinstance(value, datetime):
        local = timezone.localtime(value)
        return Cell(local.strftime("%Y-%m-%d %H:%M"), url, behind, iso=local.isoformat())
    if isinstance(value, date):
        return Cell(value.isoformat(), url, behind, iso=value.isoformat())
    return Cell(str(value), url, behind)


def number(value: Decimal | int, *, is_money: bool = False) -> str:
    """A number in the reader's language with every digit that counts; money has at least two after the point."""
    digits = -int(Decimal(value).normalize().as_tuple().exponent)
    return formats.number_format(value, max(digits, 2 if is_money else 0), use_l10n=True, force_grouping=True)


def percent(value: Decimal | int, digits: int = 1) -> str:
    """A share as per cent: ``0.854`` is 85.4 %."""
    return f"{formats.number_format(round(Decimal(value) * 100, digits), digits, use_l10n=True, force_grouping=True)} %"
