"""Charts as Vega-Lite specifications, drawn in the browser, with the table of their numbers behind them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from attain_web.look.table import Cell, Grid, Header, cell, number, percent

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
COLOURS = [f"var(--series-{place})" for place in (1, 2, 3, 4)]
"""Tokens: the drawing follows the theme without being drawn anew."""
DASHES = [[1, 0], [6, 4], [2, 4], [10, 3, 2, 3]]
"""Lines are told apart without colour too."""
HEIGHT, STEP = 220, 30

Value = Decimal | int | None
Spec = dict[str, Any]


@dataclass(frozen=True)
class Chart:
    """What is drawn. ``series`` are named rows of values, one for each label; at most four are told apart."""

    title: str | Promise
    labels: Sequence[str]
    series: Mapping[str, Sequence[Value]]
    kind: Literal["bar", "stacked", "across", "line"] = "bar"
    """Bars side by side, or on one another; ``across``: from left to right, for names; or lines."""
    rule: tuple[str, Value] | None = None
    """A line across all, such as the target, with its name."""
    is_percent: bool = False
    about: str | Promise = ""
    """What the labels are; else periods."""

    @property
    def spec(self) -> str:
        """The Vega-Lite specification, as JSON."""
        return json.dumps(self.drawn, ensure_ascii=False)

    @property
    def drawn(self) -> Spec:
        """The Vega-Lite specification."""
        layers: list[Spec] = [{"mark": self._mark, "encoding": self._encoding}]
        if self.rule:
            along = "x" if self.kind == "across" else "y"
            at = {along: {"datum": _drawn(self.rule[1])}}
            rule = {"type": "rule", "color": "var(--soft)", "strokeDash": [4, 3]}
            layers.append({"data": {"values": [{"told": self.rule_words}]}, "mark": rule, "encoding": at})
            layers[-1]["encoding"]["tooltip"] = {"field": "told", "title": ""}
        return {
            "$schema": SCHEMA,
            "width": "container",
            "height": STEP * max(len(self.labels), 1) if self.kind == "across" else HEIGHT,
            "autosize": {"type": "fit-x", "contains": "padding"},
            "background": None,
            "data": {"values": self._rows},
            "layer": layers,
            "config": CONFIG,
        }

    @property
    def _rows(self) -> list[Spec]:
        return [
            {"label": label, "series": name, "value": _drawn(value), "told": self.told(value)}
            for name, values in self.series.items()
            for label, value in zip(self.labels, values, strict=True)
        ]

    @property
    def _mark(self) -> Spec:
        if self.kind == "line":
            return {"type": "line", "point": {"size": 28}, "strokeWidth": 2, "strokeCap": "round"}
        return {"type": "bar", "cornerRadiusEnd": 2}

    @property
    def _encoding(self) -> Spec:
        named = {"field": "label", "type": "nominal", "sort": None, "title": None}
        measured = {"field": "value", "type": "quantitative", "title": None, "axis": {"labelExpr": self._label}}
        axis = {"labelAngle": 0, "labelOverlap": self.kind != "across", "grid": False}
        is_across, several = self.kind == "across", len(self.series) > 1
        names = list(self.series)
        encoding: Spec = {
            "y" if is_across else "x": named | {"axis": axis},
            "x" if is_across else "y": measured,
            "tooltip": [
                {"field": "label", "title": self.about or _("Period")},
                *([{"field": "series", "title": _("What")}] if several else []),
                {"field": "told", "title": _("Value") if several else next(iter(names), "")},
            ],
        }
        if several:
            scale = {"domain": names, "range": COLOURS[: len(names)]}
            encoding["color"] = {"field": "series", "scale": scale, "legend": None}
            if self.kind == "line":
                dashes = {"domain": names, "range": DASHES[: len(names)]}
                encoding["strokeDash"] = {"field": "series", "scale": dashes, "legend": None}
            elif self.kind != "stacked":
                encoding["yOffset" if is_across else "xOffset"] = {"field": "series", "sort": names}
        return encoding

    @property
    def _label(self) -> str:
        """How an axis writes its numbers: short ones."""
        if self.is_percent:
            return "format(datum.value, '.0%')"
        small = "format(datum.value, '~g')"  # ~s would write thousandths with an m, as for millions
        return f"abs(datum.value) < 1 ? {small} : replace(format(datum.value, '~s'), 'G', 'B')"

    def told(self, value: Value) -> str:
        """A number as it is written."""
        if value is None:
            return ""
        return percent(value) if self.is_percent else number(value)

    @property
    def legend(self) -> list[tuple[int, str]]:
        """The series by number, where there are several."""
        return list(enumerate(self.series, start=1)) if len(self.series) > 1 else []

    @property
    def rule_words(self) -> str:
        """What the line across says."""
        return f"{self.rule[0]}: {self.told(self.rule[1])}" if self.rule else ""

    @property
    def table(self) -> Grid:
        """The numbers behind the drawing."""
        headers = [Header(self.about or _("Period")), *(Header(name, is_number=True) for name in self.series)]
        columns = [[Cell(self.told(value), is_number=True) for value in values] for values in self.series.values()]
        rows = [[cell(label), *cells] for label, *cells in zip(self.labels, *columns, strict=True)]
        return Grid(headers, rows, self.title)


CONFIG: Spec = {
    "aria": False,  # the figure names the picture, and its numbers stand in the table
    "font": "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif",
    "range": {"category": COLOURS},
    "view": {"stroke": None, "continuousWidth": 300},
    "mark": {"color": COLOURS[0]},
    "axis": {
        "labelColor": "var(--soft)",
        "labelFontSize": 11,
        "labelPadding": 6,
        "domain": False,
        "ticks": False,
        "gridColor": "var(--line)",
    },
    "axisQuantitative": {"tickCount": 4},
    "axisBand": {"bandPosition": 0.5, "labelLimit": 150},
    "scale": {"bandPaddingInner": 0.3, "bandPaddingOuter": 0.15, "offsetBandPaddingInner": 0.1},
}
"""How every chart looks; colours are tokens."""


def _drawn(value: Value) -> float | None:
    """A number for the eye: drawn to a pixel, told exactly beside it."""
    return None if value is None else float(value)
