"""Charts are drawn to scale, and every number stands in their table."""

from decimal import Decimal

import pytest

from attain_web.look.charts import Chart, round_step


@pytest.mark.parametrize(
    ("span", "step"), [("4", "1"), ("7", "2"), ("10", "2.5"), ("17", "5"), ("133900", "50000"), ("0.03", "0.01")]
)
def test_steps_are_round(span: str, step: str) -> None:
    assert round_step(Decimal(span)) == Decimal(step)


def test_bars_stand_on_zero_and_hang_below_it() -> None:
    up, down = Chart("Won and lost", ["Jan", "Feb"], {"Orders": [100, -100]}).bars
    assert Decimal(up.y) + Decimal(up.height) == Decimal(down.y)
    assert up.height == down.height
    assert up.told == "Orders, Jan: 100"


def test_a_missing_value_leaves_a_gap() -> None:
    chart = Chart("Course", ["1", "2", "3", "4"], {"Orders": [1, None, 3, 4]}, kind="line")
    (line,) = chart.lines
    assert line.path.count("M") == 2
    assert line.path.count("L") == 1
    assert Chart("Bars", ["1", "2"], {"Orders": [1, None]}).bars[1:] == []


def test_the_grid_reaches_from_the_lowest_to_the_highest_number() -> None:
    chart = Chart("All", ["a"], {"x": [-30], "y": [120]})
    assert [mark.text for mark in chart.grid] == ["-50", "0", "50", "100", "150"]


def test_nothing_to_draw_is_still_a_chart() -> None:
    chart = Chart("Nothing", [], {})
    assert chart.bars == []
    assert next(mark.text for mark in chart.grid) == "0"


def test_few_labels_are_written_and_all_numbers_are_in_the_table() -> None:
    chart = Chart("Days", [str(day) for day in range(60)], {"Calls": list(range(60))})
    assert len(chart.marks) == 12
    assert len(chart.table.rows) == 60
