"""The grid as its page shows it: what stands in each cell, which versions it was read from, sums in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.urls import reverse
from django.utils.http import urlencode

from attain_web.look.table import number
from attain_web.quotas.grid import Below, Cell, Grid

Place = tuple[str, date]


@dataclass(frozen=True)
class ShownCell:
    """A cell: its field's name, what stands in it, the version it was read from, and where its history is."""

    name: str
    label: str
    text: str
    history: str
    seen: list[str] | None
    """What stood in it and when that was written; None: it is not to be written here."""
    hint: str = ""
    told: str = ""
    now: str = ""
    is_changed: bool = False


@dataclass(frozen=True)
class ShownLine:
    """A line with its sums."""

    key: str
    name: str
    title: str
    url: str
    cells: list[ShownCell]
    total: str
    below: Below | None
    sums: list[str]
    below_total: str
    ratio: str
    is_over: bool


class Shown:
    """The sums under the grid, where the lines make one."""

    def __init__(self, grid: Grid) -> None:
        self.totals = [short(one) for one in grid.totals] if grid.has_totals else []
        self.total = short(grid.total) if grid.has_totals else ""
        self.currency = next(iter(grid.currencies)) if len(grid.currencies) == 1 else ""
        self.is_mixed = len(grid.currencies) > 1


def short(value: Decimal | None) -> str:
    """A quota as people read it, with every digit that counts."""
    return "" if value is None else number(value)


def plain(value: Decimal | None) -> str:
    """A quota as it stands in a field."""
    if value is None:
        return ""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def shown_lines(
    grid: Grid, *, may_write: bool, typed: Mapping[Place, str], told: Mapping[Place, str]
) -> list[ShownLine]:
    """The lines of the page."""
    found = []
    for number_, line in enumerate(grid.lines()):
        below = line.below
        history = reverse("quotas:history", args=[line.key])
        cells = [
            _cell(
                grid, f"c{number_}-{place}", (line.key, line.name), cell, history,
                may_write=may_write, typed=typed, told=told,
            )
            for place, cell in enumerate(line.cells)
        ]  # fmt: skip
        found.append(
            ShownLine(
                line.key,
                line.name,
                line.title,
                reverse("people:person", args=[line.key]),
                cells,
                short(line.total) if grid.adds_up else "",
                below,
                [short(below.sums.get(cell.period.start)) for cell in line.cells] if below else [],
                short(below.total) if below else "",
                f"{below.ratio * 100:.1f} %" if below and below.ratio is not None else "",
                bool(below and below.ratio is not None and below.ratio < 1),
            )
        )
    return found


def _cell(
    grid: Grid,
    name: str,
    whose: tuple[str, str],
    cell: Cell,
    history: str,
    *,
    may_write: bool,
    typed: Mapping[Place, str],
    told: Mapping[Place, str],
) -> ShownCell:
    place = (whose[0], cell.period.start)
    row = cell.exact[0] if len(cell.exact) == 1 else None
    text = plain(row.quota) if row else "" if cell.is_one else plain(cell.value)
    asked = {"measure": grid.asked.measure, "start": str(cell.period.start), "end": str(cell.period.end)}
    return ShownCell(
        name,
        f"{whose[1]}, {cell.period.name}",
        typed.get(place, text),
        f"{history}?{urlencode(asked)}",
        [text, row.changed_at.isoformat() if row else ""] if may_write and cell.is_one else None,
        short(cell.inside),
        told.get(place, ""),
        text,
        place in typed,
    )
