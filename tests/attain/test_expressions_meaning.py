"""A formula that is accepted gives in the engine, to the last digit, what a reader takes it for."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlglot import exp

from attain.errors import AttainError
from attain.expressions import Formula, FormulaError, ValueType, parse, scale_of

COLUMNS: dict[str, ValueType] = {
    "amount": "number", "cost": "number", "units": "number", "stage": "text", "Region": "text", "closed": "date",
    "opened": "date", "flagged": "flag", "order": "text", "attribute": "null",
}  # fmt: skip
SCALES = {"amount": 2, "cost": 9, "units": 0}


def of_orders(text: str, wanted: ValueType | None = None) -> Formula:
    return parse(text, COLUMNS, of="orders", wanted=wanted)


def sql(text: str) -> str:
    placed = of_orders(text).over(lambda name: exp.column(name, table="f", quoted=True), SCALES)
    return placed.sql("duckdb")


Row = dict[str, Any]
DAYS = [date(2026, 1, 31), date(2024, 2, 29), None]
ROWS: list[Row] = [
    {"amount": Decimal("520833.33"), "cost": Decimal("520833.333333333"), "units": Decimal(3), "stage": "won",
     "Region": " East ", "closed": DAYS[0], "opened": DAYS[1], "flagged": True, "order": "007", "attribute": None},
    {"amount": None, "cost": Decimal("-0.000000001"), "units": Decimal(-2), "stage": "lost", "Region": "west",
     "closed": DAYS[1], "opened": DAYS[1], "flagged": False, "order": "", "attribute": None},
    {"amount": Decimal("-0.01"), "cost": None, "units": Decimal(0), "stage": None, "Region": "Éa_%", "closed": None,
     "opened": DAYS[0], "flagged": None, "order": "it's", "attribute": None},
    {"amount": Decimal("0.00"), "cost": Decimal("0.000000000"), "units": None, "stage": "WON", "Region": None,
     "closed": DAYS[0], "opened": None, "flagged": True, "order": None, "attribute": None},
]  # fmt: skip
_NUMBERS = {"amount": pa.decimal128(18, 2), "cost": pa.decimal128(38, 9), "units": pa.decimal128(18, 0)}
_ARROW = _NUMBERS | {"closed": pa.date32(), "opened": pa.date32(), "flagged": pa.bool_()}
connection = duckdb.connect()
HELD = {name: pa.array([row[name] for row in ROWS], _ARROW.get(name, pa.string())) for name in COLUMNS}
connection.register("f", pa.table({"n": range(len(ROWS)), **HELD}))


def calculate(formula: Formula) -> list[Any]:
    """What the engine gives for a formula, row by row."""
    tree = formula.over(lambda name: exp.column(name, table="f", quoted=True), SCALES)
    return [row[0] for row in connection.execute(exp.select(tree).from_("f").order_by("n").sql("duckdb")).fetchall()]


# Scales
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("amount", '"f"."amount"'),
        ("amount > 1000", '("f"."amount" > 1000.00)'),
        ("coalesce(amount, 0)", '(COALESCE("f"."amount", 0.00))'),
        ("amount = cost", '(CAST("f"."amount" AS DECIMAL(38, 9)) = "f"."cost")'),
        ("stage = 'won'", '("f"."stage" = \'won\')'),
        ("2147483647 + 1", "(CAST(2147483647 AS DECIMAL(38, 0)) + CAST(1 AS DECIMAL(38, 0)))"),
    ],
)
def test_numbers_are_brought_to_one_scale(text: str, expected: str) -> None:
    assert sql(text) == expected


@pytest.mark.parametrize(
    ("text", "scale"),
    [
        ("amount * cost", 11), ("amount + cost", 9), ("round(amount * cost, 4)", 4), ("round(amount, 4)", 2),
        ("case when cost > 0.0000001 then amount else 1.5 end", 2), ("coalesce(amount, 0.125)", 3), ("-amount", 2),
        ("closed - opened", 0), ("year(closed) * 1.5", 1), ("amount > cost", 0), ("(amount)", 2), ("abs(units)", 0),
    ],
)  # fmt: skip
def test_scale_of_a_formula(text: str, scale: int) -> None:
    assert scale_of(of_orders(text).tree, SCALES) == scale


def test_a_product_without_room_is_told() -> None:
    with pytest.raises(AttainError, match="36 digits after the point; 28 are the most"):
        sql("cost * cost * cost * cost")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("least(amount, 520833.333333333)", Decimal("520833.33")),
        ("greatest(amount, cost)", Decimal("520833.333333333")),
        ("amount = cost", False),
        ("cost in (amount, 1)", False),
        ("coalesce(attribute_rate, 0.015)", Decimal("0.015")),
        ("case when flagged then 0.0725 else amount end", Decimal("0.0725")),
        ("coalesce(case when amount > 520833.3299 then 0.5 end, 7)", Decimal("0.5")),
        ("amount * 0.015625", Decimal("8138.02078125")),
        ("coalesce(amount > 1.5, false)", True),
    ],
)
def test_the_traps_of_scales(text: str, expected: object) -> None:
    formula = parse(text.replace("attribute_rate", "nullif(units, 3)"), COLUMNS, of="orders")
    assert calculate(formula)[0] == expected


def test_long_chains_are_one_operator() -> None:
    text = " or ".join(f"stage = 's{number}'" for number in range(110))
    assert of_orders(text, "flag").columns == ("stage",)
    assert calculate(of_orders(text)) == [False, False, None, False]
    assert scale_of(of_orders("+".join(["amount"] * 250)).tree, SCALES) == 2


# What a formula says, in Python


@dataclass(frozen=True)
class Meant:
    """A formula as text, and what it means for a row."""

    text: str
    value: Callable[[Row], Any]


def _column(name: str) -> Meant:
    def value(row: Row) -> Any:
        found = row[name]
        return Fraction(found) if isinstance(found, Decimal) else found

    return Meant(name if name != "order" else '"order"', value)


def _strict(text: str, rule: Callable[..., Any]) -> Callable[..., Meant]:
    """A function that is empty as soon as one of its operands is."""

    def build(*parts: Meant) -> Meant:
        def value(row: Row) -> Any:
            values = [part.value(row) for part in parts]
            return None if None in values else rule(*values)

        return Meant(text.format(*(part.text for part in parts)), value)

    return build


def _lenient(text: str, rule: Callable[..., Any]) -> Callable[..., Meant]:
    def build(*parts: Meant) -> Meant:
        return Meant(text.format(*(one.text for one in parts)), lambda row: rule(*(one.value(row) for one in parts)))

    return build


def _and(left: bool | None, right: bool | None) -> bool | None:  # noqa: FBT001  # SQL's three-valued logic
    return False if left is False or right is False else None if None in (left, right) else True


def _or(left: bool | None, right: bool | None) -> bool | None:  # noqa: FBT001
    return True if left is True or right is True else None if None in (left, right) else False


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _in(value: Any, *among: Any) -> bool | None:
    if value is None:
        return None
    return True if value in among else None if None in among else False


def _between(value: Any, low: Any, high: Any) -> bool | None:
    above = None if None in (value, low) else value >= low
    below = None if None in (value, high) else value <= high
    return _and(above, below)


def _half_away(value: Fraction) -> Fraction:
    size = Fraction(int(abs(value) * 100 * 2 + 1) // 2, 100)
    return size if value > 0 else -size


def _like(value: str, pattern: str) -> bool:
    parts = "".join({"%": ".*", "_": "."}.get(sign, re.escape(sign)) for sign in pattern)
    return re.fullmatch(parts, value, re.DOTALL) is not None


def _several(rule: Callable[[list[Any]], Any]) -> Callable[..., Any]:
    return lambda *values: rule([one for one in values if one is not None]) if set(values) != {None} else None


def _literal(value: Decimal) -> Meant:
    return Meant(f"{value:f}", lambda _: Fraction(value))


numbers: st.SearchStrategy[Meant] = st.deferred(lambda: _numbers)
texts: st.SearchStrategy[Meant] = st.deferred(lambda: _texts)
dates: st.SearchStrategy[Meant] = st.deferred(lambda: _dates)
flags: st.SearchStrategy[Meant] = st.deferred(lambda: _flags)


def _choices(kind: st.SearchStrategy[Meant]) -> list[st.SearchStrategy[Meant]]:
    """The functions that choose between values of one type."""
    return [
        st.builds(_lenient("coalesce({}, {})", _first), kind, kind),
        st.builds(_lenient("coalesce({}, null)", _first), kind),
        st.builds(_lenient("nullif({}, {})", lambda x, y: None if x == y else x), kind, kind),
        st.builds(_lenient("case when {} then {} else {} end", lambda x, y, z: y if x else z), flags, kind, kind),
        st.builds(_lenient("case when {} then {} end", lambda x, y: y if x else None), flags, kind),
        st.builds(_lenient("least({}, {})", _several(min)), kind, kind),
        st.builds(_lenient("greatest({}, {})", _several(max)), kind, kind),
        st.builds(_lenient("({})", lambda x: x), kind),
    ]


_numbers: st.SearchStrategy[Meant] = st.one_of(
    st.sampled_from(["amount", "cost", "units"]).map(_column),
    st.decimals(0, 9999, places=0).map(_literal) | st.decimals(0, 10, places=4).map(_literal),
    st.just(_literal(Decimal(2147483647))),
    st.builds(
        _strict("{} + {}", lambda x, y: x + y), numbers, numbers.map(lambda one: Meant(f"({one.text})", one.value))
    ),
    st.builds(_strict("{} - ({})", lambda x, y: x - y), numbers, numbers),
    st.builds(_strict("({}) * ({})", lambda x, y: x * y), numbers, numbers),
    st.builds(_strict("-({})", lambda x: -x), numbers),
    st.builds(_strict("abs({})", abs), numbers),
    st.builds(_strict("round({}, 2)", _half_away), numbers),
    st.builds(_strict("({} - {})", lambda x, y: (x - y).days), dates, dates),
    st.builds(_strict("year({})", lambda x: x.year), dates),
    st.builds(_strict("month({})", lambda x: x.month), dates),
    *_choices(numbers),
)
_texts: st.SearchStrategy[Meant] = st.one_of(
    st.sampled_from(["stage", "Region", "order"]).map(_column),
    st.text("aWé'%_ ", max_size=4).map(lambda text: Meant("'" + text.replace("'", "''") + "'", lambda _: text)),
    st.builds(_strict("lower({})", str.lower), texts),
    st.builds(_strict("upper({})", str.upper), texts),
    st.builds(_strict("trim({})", lambda x: x.strip(" ")), texts),
    st.builds(_strict("{} || ({})", lambda x, y: x + y), texts, texts),
    *_choices(texts),
)
_dates: st.SearchStrategy[Meant] = st.one_of(
    st.sampled_from(["closed", "opened"]).map(_column),
    st.dates(date(1900, 1, 1), date(2199, 12, 31)).map(lambda day: Meant(f"date '{day}'", lambda _: day)),
    *_choices(dates),
)


def _comparisons(kind: st.SearchStrategy[Meant]) -> list[st.SearchStrategy[Meant]]:
    return [
        st.builds(_strict("({}) = ({})", lambda x, y: x == y), kind, kind),
        st.builds(_strict("({}) <> ({})", lambda x, y: x != y), kind, kind),
        st.builds(_strict("({}) < ({})", lambda x, y: x < y), kind, kind),
        st.builds(_strict("({}) >= ({})", lambda x, y: x >= y), kind, kind),
        st.builds(_lenient("({}) in ({}, {})", _in), kind, kind, kind),
        st.builds(_lenient("({}) between ({}) and ({})", _between), kind, kind, kind),
        st.builds(_lenient("({}) is null", lambda x: x is None), kind),
    ]


_flags: st.SearchStrategy[Meant] = st.one_of(
    st.just(_column("flagged")),
    st.sampled_from([Meant("true", lambda _: True), Meant("false", lambda _: False)]),
    st.builds(_lenient("({}) and ({})", _and), flags, flags),
    st.builds(_lenient("({}) or ({})", _or), flags, flags),
    st.builds(_strict("not ({})", lambda x: not x), flags),
    st.builds(_lenient("({}) is true", lambda x: x is True), flags),
    st.builds(_strict("({}) like ({})", _like), texts, texts),
    *_comparisons(numbers), *_comparisons(texts), *_comparisons(dates),
)  # fmt: skip


@given(st.one_of(numbers, flags, texts, dates))
def test_an_accepted_formula_gives_what_it_says(meant: Meant) -> None:
    try:
        found = calculate(of_orders(meant.text))
    except (AttainError, FormulaError, duckdb.OutOfRangeException) as error:  # loud: beyond 38 digits, or too deep
        assume(re.search("digits after the point|nests too deeply|characters|Overflow", str(error)) is None)
        raise
    wanted = [meant.value(row) for row in ROWS]
    assert [Fraction(one) if isinstance(one, Decimal) else one for one in found] == wanted, meant.text
