"""A formula that people type gives the same on every engine, row by row."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from functools import cache
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from attain.engines.duckdb import DuckDB
from attain.engines.engine import Engine
from attain.errors import AttainError
from attain.expressions import FormulaError, parse
from tests.attain.test_expressions_meaning import COLUMNS, HELD, ROWS, SCALES, Meant, dates, flags, numbers, texts

TABLE = pa.table({"n": range(len(ROWS)), **HELD})
OURS = DuckDB.for_few_rows()
OURS.load("f", TABLE)

WRITTEN: dict[str, list[Any]] = {
    r"'a\b' like 'a\b'": [True] * 4,  # a backslash is a letter like any other
    r"'a%b' like 'a\%b'": [False] * 4,
    r"'it''s \n'": [r"it's \n"] * 4,
    "lower('ÉA Straße')": ["éa straße"] * 4,
    "upper('éa')": ["ÉA"] * 4,
    "'ÉCOLE' ilike 'éc%'": [True] * 4,
    "'ÉCOLE' not ilike 'x%'": [True] * 4,
    "trim('\u00a0 12\u2003')": ["12"] * 4,
    "least('Z', 'a', \"order\")": ["007", "", "Z", "Z"],
    "closed - opened": [702, 0, None, None],
    "closed - date '2024-02-28'": [703, 1, None, 703],
    "abs(closed - opened) * 0.5": [Decimal("351.0"), Decimal("0.0"), None, None],
    "round(cost, 2)": [Decimal("520833.33"), Decimal("0.00"), None, Decimal("0.00")],
    "round(-amount * 0.5, 2)": [Decimal("-260416.67"), None, Decimal("0.01"), Decimal("0.00")],
    "coalesce(nullif(stage, 'won'), null)": [None, "lost", None, "WON"],
}
"""What engines are known to do differently, with what each formula gives."""


def tree_of(text: str) -> exp.Expr:
    """A formula over the rows, as exact SQL."""
    return parse(text, COLUMNS, of="orders").over(lambda name: exp.column(name, table="f", quoted=True), SCALES)


def given_by(engine: Engine, trees: list[exp.Expr]) -> list[list[Any]]:
    """What an engine gives for formulas beside one another, row by row."""
    columns = [exp.alias_(tree, f"c{number}", quoted=True) for number, tree in enumerate(trees)]
    return [column.to_pylist() for column in engine.fetch(exp.select(*columns).from_("f").order_by("n")).columns]


@cache
def formulas() -> dict[str, list[Any]]:
    """Formulas of every kind that DuckDB has room for, the same ones each time, with what it gives for them."""
    found: dict[str, list[Any]] = dict(WRITTEN)

    @settings(max_examples=150, derandomize=True, database=None, phases=[Phase.generate])
    @given(st.one_of(numbers, flags, texts, dates))
    def keep(meant: Meant) -> None:
        with suppress(AttainError, FormulaError):
            found[meant.text] = given_by(OURS, [tree_of(meant.text)])[0]

    keep()
    return found


def check_alike(engine: Engine, most: int = 1000) -> None:
    """Every formula gives the same on an engine, many in one query."""
    engine.load("f", TABLE)
    wanted = list(formulas().items())[:most]
    for some in (wanted[start : start + 50] for start in range(0, len(wanted), 50)):
        found = given_by(engine, [tree_of(text) for text, _ in some])
        for (text, values), others in zip(some, found, strict=True):
            assert others == values, text


def test_formulas_in_postgres(postgres: Engine) -> None:
    check_alike(postgres)


def test_formulas_in_spark(spark: Engine) -> None:
    check_alike(spark, most=100)


@pytest.mark.parametrize("text", WRITTEN)
def test_duckdb_gives_what_is_written(text: str) -> None:
    assert given_by(OURS, [tree_of(text)])[0] == WRITTEN[text]
