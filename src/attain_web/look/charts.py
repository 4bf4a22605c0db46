"""Charts drawn on the server as SVG, bars side by side or lines, with the table of their numbers behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from math import ceil, floor

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from attain_web.look.table import Cell, Grid, Header, cell, number

WIDTH, HEIGHT = 720, 240
LEFT, RIGHT, TOP, BOTTOM = 88, 8, 12, 28
TICKS = 4
LABELS = 12
"""So many labels fit under a chart; of more, every second, third … is written."""
ROUND = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))

Value = Decimal | int | None


@dataclass(frozen=True)
class Bar:
    """A rectangle."""

    x: str
    y: str
    width: str
    height: str
    series: int
    told: str


@dataclass(frozen=True)
class Line:
    """The path of a series; where a value is missing it has a gap."""

    path: str
    series: int


@dataclass(frozen=True)
class Mark:
    """A line of the grid with its number, or a label under the chart."""

    at: str
    text: str


@dataclass(frozen=True)
class Chart:
    """What is drawn. ``series`` are named rows of values, one for each label; at most four are told apart."""

    title: str | Promise
    labels: Sequence[str]
    series: Mapping[str, Sequence[Value]]
    kind: str = "bar"
    """``bar`` or ``line``."""

    @property
    def view(self) -> str:
        """The drawing's own measure."""
        return f"0 0 {WIDTH} {HEIGHT}"

    @cached_property
    def bounds(self) -> tuple[Decimal, Decimal, Decimal]:
        """The lowest and highest number of the grid, with zero among them, and the round step between its lines."""
        known = [Decimal(value) for values in self.series.values() for value in values if value is not None]
        low, high = min([Decimal(0), *known]), max([Decimal(0), *known])
        step = round_step((high - low) or Decimal(1))
        return floor(low / step) * step, (ceil(high / step) or 1) * step, step

    @property
    def grid(self) -> list[Mark]:
        """Lines across, each with its number."""
        low, high, step = self.bounds
        lines = [low + step * place for place in range(int((high - low) / step) + 1)]
        return [Mark(_place(self._height_of(line)), number(line)) for line in lines]

    @property
    def marks(self) -> list[Mark]:
        """Labels under the chart."""
        every = -(-len(self.labels) // LABELS) or 1
        return [Mark(_place(self._centre(place)), text) for place, text in enumerate(self.labels) if place % every == 0]

    @property
    def bars(self) -> list[Bar]:
        """The rectangles of a bar chart."""
        if self.kind != "bar":
            return []
        width = self._step * Decimal("0.7") / len(self.series or "1")
        zero = self._height_of(Decimal(0))
        return [
            Bar(
                _place(self._centre(place) - width * len(self.series) / 2 + width * (series - 1) + Decimal("0.5")),
                _place(min(self._height_of(Decimal(value)), zero)),
                _place(max(width - 1, Decimal(1))),
                _place(abs(self._height_of(Decimal(value)) - zero)),
                series,
                f"{name}, {self.labels[place]}: {number(value)}",
            )
            for series, (name, values) in enumerate(self.series.items(), start=1)
            for place, value in enumerate(values)
            if value is not None
        ]

    @property
    def lines(self) -> list[Line]:
        """The paths of a line chart."""
        if self.kind != "line":
            return []
        return [Line(self._path(values), place) for place, values in enumerate(self.series.values(), start=1)]

    @property
    def names(self) -> list[tuple[int, str]]:
        """The legend."""
        return list(enumerate(self.series, start=1))

    @property
    def table(self) -> Grid:
        """The numbers behind the drawing."""
        headers = [Header(_("Period")), *(Header(name, is_number=True) for name in self.series)]
        columns = [[cell(value) for value in values] for values in self.series.values()]
        rows = [[Cell(label), *cells] for label, *cells in zip(self.labels, *columns, strict=True)]
        return Grid(headers, rows, self.title)

    @property
    def _step(self) -> Decimal:
        return Decimal(WIDTH - LEFT - RIGHT) / max(len(self.labels), 1)

    def _centre(self, place: int) -> Decimal:
        return LEFT + self._step * place + self._step / 2

    def _height_of(self, value: Decimal) -> Decimal:
        low, high, _step = self.bounds
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low)

    def _path(self, values: Sequence[Value]) -> str:
        points = [
            None if value is None else f"{_place(self._centre(place))} {_place(self._height_of(Decimal(value)))}"
            for place, value in enumerate(values)
        ]
        starts = [f"M{points[0]}"] if points and points[0] else []
        return " ".join(starts + [f"{'L' if before else 'M'}{point}" for before, point in pairwise(points) if point])


def round_step(span: Decimal) -> Decimal:
    """A step of 1, 2, 2.5 or 5 times a power of ten, so that a span has about four of them."""
    rough = span / TICKS
    power = Decimal(1).scaleb(rough.adjusted())
    return next(power * times for times in ROUND if power * times >= rough)


def _place(value: Decimal) -> str:
    """A place in the drawing, to a tenth."""
    return f"{value:.1f}"
