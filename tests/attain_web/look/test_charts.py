"""Charts are specifications that Vega-Lite draws, and every number stands in their table."""

import json
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest
import vl_convert
from django.contrib.staticfiles import finders
from pytest_django import Settings

from attain_web.look.charts import Chart
from attain_web.look.table import percent

MONTHS = ["Jan", "Feb", "Mar"]


@pytest.mark.parametrize("kind", ["bar", "stacked", "across", "line"])
@pytest.mark.parametrize("rule", [None, ("Target", 2)])
@pytest.mark.filterwarnings("error")
def test_vega_lite_draws_every_kind(kind: str, rule: tuple[str, int] | None) -> None:
    series = {"Orders": [1, None, 3], "Quota": [Decimal(2), Decimal("2.5"), 2]}
    svg = vl_convert.vegalite_to_svg(Chart("All", MONTHS, series, kind=kind, rule=rule).spec)  # type: ignore[arg-type]
    assert [name for name in MONTHS if name not in svg] == []
    assert "var(--series-1)" in svg


def test_nothing_to_draw_is_still_a_chart() -> None:
    chart = Chart("Nothing", [], {})
    assert "<svg" in vl_convert.vegalite_to_svg(chart.spec)
    assert chart.table.rows == []


def test_colours_are_tokens_and_nothing_else() -> None:
    spec = json.dumps(Chart("All", MONTHS, {"Orders": [1, 2, 3]}, rule=("Target", 2)).drawn)
    assert "#" not in spec


def test_one_series_needs_no_legend_and_lines_differ_in_their_stroke() -> None:
    (alone,) = Chart("One", MONTHS, {"Orders": [1, 2, 3]}).drawn["layer"]
    assert "color" not in alone["encoding"]
    assert Chart("One", MONTHS, {"Orders": [1, 2, 3]}).legend == []
    two = Chart("Two", MONTHS, {"Orders": [1, 2, 3], "Quota": [2, 2, 2]}, kind="line")
    assert two.legend == [(1, "Orders"), (2, "Quota")]
    (lines,) = two.drawn["layer"]
    assert lines["encoding"]["strokeDash"]["scale"]["domain"] == ["Orders", "Quota"]


def test_every_number_is_told_exactly_in_the_table_and_in_the_drawing() -> None:
    chart = Chart("Course", ["1", "2"], {"Orders": [Decimal("1234.5678"), None]})
    assert [[one.text for one in row] for row in chart.table.rows] == [["1", "1,234.5678"], ["2", ""]]
    assert [row["told"] for row in chart.drawn["data"]["values"]] == ["1,234.5678", ""]


def test_shares_are_written_as_per_cent() -> None:
    chart = Chart("Attainment", ["Ann"], {"Attainment": [Decimal("0.85449")]}, is_percent=True, about="Person")
    assert chart.table.rows[0][1].text == "85.4 %"
    assert chart.table.headers[0].title == "Person"
    assert percent(Decimal("12.34567"), 0) == "1,235 %"


def test_the_bundle_is_written_once_and_found_among_the_static_files(settings: Settings, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    found = finders.find("look/vega.js")
    assert found is not None
    assert "window.vegaEmbed=" in Path(found).read_text(encoding="utf-8")
    written = Path(found).stat().st_mtime_ns
    assert finders.find("look/vega.js") == found
    assert Path(found).stat().st_mtime_ns == written
    assert finders.find("look/other.js") is None
    assert [path for finder in finders.get_finders() for path, _ in finder.list([])].count("look/vega.js") == 1


def test_a_bundle_that_could_not_be_written_is_not_found_half(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VAR = tmp_path
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(subprocess.CalledProcessError):
        finders.find("look/vega.js")
    assert [file.name for file in tmp_path.rglob("*.js")] == []
