"""Every operation on money is exact in the engine, and every rounding is the one that was asked for."""

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import get_args

import duckdb
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlglot import exp

from attain import money
from attain.money import Exact, Mode, Rounding, TooManyDigitsError

MODES = get_args(Mode)
WIDE = Context(prec=80)
Pair = tuple[Decimal | None, Decimal | None]

connection = duckdb.connect()


def calculate(result: Exact, rows: Sequence[Pair], *, scales: tuple[int, int]) -> list[Decimal | None]:
    """What the engine gives for an amount over columns a and b, row by row; its type must be the scale it states."""
    columns = {
        name: pa.array([row[number] for row in rows], pa.decimal128(38, scales[number]))
        for number, name in enumerate("ab")
    }
    connection.register("pairs", pa.table({"n": range(len(rows)), **columns}))
    query = exp.select(exp.alias_(result.tree, "result")).from_("pairs").order_by("n").sql("duckdb")
    found = connection.sql(query).to_arrow_table()["result"]
    assert found.type.scale == result.scale
    values: list[Decimal | None] = found.to_pylist()
    return values


def decimals(scale: int, *, below: int = 12) -> st.SearchStrategy[Decimal]:
    """Decimals of exactly that scale with at most so many digits before the point, often small or whole."""
    limit = 10 ** (below + scale) - 1
    unscaled = st.one_of(
        st.integers(-limit, limit),
        st.integers(-999, 999),
        st.integers(-999, 999).map(lambda whole: whole * 10**scale),
    )
    return unscaled.map(lambda number: Decimal(number).scaleb(-scale, WIDE))


@st.composite
def pairs(draw: st.DrawFn, *, most: int = 12, below: int = 12) -> tuple[list[Pair], tuple[int, int]]:
    """Rows of two columns and the scales of these."""
    scales = draw(st.integers(0, most)), draw(st.integers(0, most))
    rows = draw(st.lists(st.tuples(*(decimals(scale, below=below) for scale in scales)), min_size=1, max_size=20))
    return list(rows), scales


def exact(value: Decimal | None) -> Fraction:
    assert value is not None
    return Fraction(value)


def half_away(value: Fraction, digits: int) -> Decimal:
    """A fraction rounded half away from zero, in whole numbers."""
    size = (abs(value.numerator) * 10**digits * 2 + value.denominator) // (2 * value.denominator)
    return Decimal(size if value > 0 else -size).scaleb(-digits, WIDE)


# Operations


@given(pairs())
def test_operations_are_exact(given_pairs: tuple[list[Pair], tuple[int, int]]) -> None:
    rows, scales = given_pairs
    a, b = money.column("a", scales[0]), money.column("b", scales[1])
    operations: dict[str, tuple[Exact, Callable[[Fraction, Fraction], Fraction]]] = {
        "total": (money.total([a, b, a]), lambda x, y: 2 * x + y),
        "difference": (money.difference(a, b), lambda x, y: x - y),
        "least": (money.least(a, b), min),
        "greatest": (money.greatest(a, b), max),
        "reached": (
            money.choose([(money.reaches(a, b), money.number(7))], b),
            lambda x, y: Fraction(7) if x >= y else y,
        ),
        "above": (
            money.choose([(money.reaches(a, b, exclusive=True), money.number(7))], b),
            lambda x, y: Fraction(7) if x > y else y,
        ),
    }
    for name, (result, truth) in operations.items():
        found = [exact(value) for value in calculate(result, rows, scales=scales)]
        assert found == [truth(exact(x), exact(y)) for x, y in rows], name


@given(pairs(most=9, below=9))
def test_products_are_exact(given_pairs: tuple[list[Pair], tuple[int, int]]) -> None:
    rows, scales = given_pairs
    result = money.product(money.column("a", scales[0]), money.column("b", scales[1]))
    found = [exact(value) for value in calculate(result, rows, scales=scales)]
    assert found == [exact(x) * exact(y) for x, y in rows]


@given(pairs())
def test_quotients_are_rounded_half_away_from_zero(given_pairs: tuple[list[Pair], tuple[int, int]]) -> None:
    rows, scales = given_pairs
    result = money.quotient(money.column("a", scales[0]), money.column("b", scales[1]))
    wanted = [half_away(exact(x) / exact(y), 12) if y else None for x, y in rows]
    kept = [(row, want) for row, want in zip(rows, wanted, strict=True) if want is None or abs(want) < 10**26]
    assert calculate(result, [row for row, _ in kept], scales=scales) == [want for _, want in kept]


@pytest.mark.parametrize("scale", range(13))
def test_quotient_has_room_for_amounts_up_to_a_trillion(scale: int) -> None:
    smallest = Decimal(1).scaleb(-scale)
    rows: list[Pair] = [
        (Decimal(10**12), Decimal(10**12) - smallest), (Decimal(-(10**12)), Decimal(3)), (Decimal(10**12), smallest),
    ]  # fmt: skip
    for scales in ((scale, scale), (0, scale), (scale, 0), (12, scale), (scale, 12)):
        held = [(x, y.quantize(Decimal(1).scaleb(-scales[1]), rounding=ROUND_HALF_UP)) for x, y in rows if x and y]
        result = money.quotient(money.column("a", scales[0]), money.column("b", scales[1]))
        found = calculate(result, held, scales=scales)
        assert found == [half_away(exact(x) / exact(y), 12) if y else None for x, y in held]


def test_quotient_of_sums_with_shares_has_room() -> None:
    """Cents shared by per cents with six digits have ten; amounts with nine digits shared so have seventeen."""
    rows: list[Pair] = [(Decimal("123456789012.12"), Decimal("7.01"))]
    for scales in ((10, 10), (17, 2), (17, 12)):
        result = money.quotient(money.column("a", scales[0]), money.column("b", scales[1]))
        assert calculate(result, rows, scales=scales) == [half_away(exact(rows[0][0]) / exact(rows[0][1]), 12)]


def test_what_two_short_numbers_give_has_room_where_it_is_long() -> None:
    rows: list[Pair] = [(Decimal("99999.123456789"), Decimal("99999.123456789"))]
    a, b = money.column("a", 9, digits=5), money.column("b", 9, digits=5)
    whole = exact(rows[0][0])
    assert calculate(money.product(a, b), rows, scales=(9, 9)) == [whole * whole]
    long = money.column("a", 9, digits=9)
    rows = [(Decimal("999999999.123456789"), Decimal("999999999.123456789"))]
    assert calculate(money.total([long, long]), rows, scales=(9, 9)) == [exact(rows[0][0]) * 2]
    assert calculate(money.difference(long, money.product(long, money.number(-1))), rows, scales=(9, 9)) == [
        exact(rows[0][0]) * 2
    ]


def test_a_quotient_of_numbers_that_are_known_to_be_short_has_room() -> None:
    rows: list[Pair] = [(Decimal("99999.99"), Decimal("7.01"))]
    part = money.product(money.column("a", 9, digits=6), money.number(Decimal("0.125")))
    result = money.quotient(part, money.column("b", 9, digits=6))
    wanted = half_away(exact(rows[0][0]) / 8 / exact(rows[0][1]), 12)
    assert calculate(result, rows, scales=(9, 9)) == [wanted]


def test_quotient_without_room_is_loud() -> None:
    result = money.quotient(money.column("a", 12), money.column("b", 12))
    with pytest.raises(duckdb.OutOfRangeException):
        calculate(result, [(Decimal(10**15), Decimal(1))], scales=(12, 12))


def test_nothing_in_nothing_out() -> None:
    rows: list[Pair] = [(None, Decimal(1)), (Decimal(1), None), (Decimal(1), Decimal(0))]
    a, b = money.column("a", 2), money.column("b", 2)
    assert calculate(money.quotient(a, b), rows, scales=(2, 2)) == [None] * 3
    for mode in MODES:
        assert calculate(money.rounded(a, Rounding(0, mode)), rows[:1], scales=(2, 2)) == [None]


def test_the_trap_of_the_tier_bound() -> None:
    """A bound of 520,833.333… beside a sum with two digits: ``least`` alone would cut it to 520,833.33."""
    bound, summed = Decimal("520833.333333333333"), Decimal("600000.00")
    result = money.least(money.column("a", 2), money.column("b", 12))
    assert calculate(result, [(summed, bound)], scales=(2, 12)) == [bound]


# Rounding


@st.composite
def amounts_to_round(draw: st.DrawFn) -> tuple[list[Pair], int, int]:
    """Amounts of one scale, many of them ties or a last digit beside one, and the digits to round to."""
    scale, digits = draw(st.integers(0, 26)), draw(st.integers(0, 6))
    last = Decimal(1).scaleb(-scale)
    ties = st.tuples(st.integers(-9999, 9999), st.sampled_from((-1, 0, 1))).map(
        lambda two: (
            (Decimal(2 * two[0] + 1) * Decimal("0.5").scaleb(-digits)).quantize(last, ROUND_HALF_UP, WIDE)
            + two[1] * last
        )
    )
    values = st.lists(st.one_of(ties, decimals(scale, below=min(12, 36 - scale))), min_size=1, max_size=20)
    return [(value, None) for value in draw(values)], scale, digits


@given(amounts_to_round())
@example(([(Decimal(f"{sign}{cents}"), None) for sign in "+-" for cents in ("0.005", "0.015", "2.675")], 3, 2))
@example(([(Decimal("7407.407407"), None), (Decimal("-0.000001"), None), (Decimal("0.999999"), None)], 6, 0))
def test_every_mode_is_that_of_decimal_arithmetic(given_amounts: tuple[list[Pair], int, int]) -> None:
    rows, scale, digits = given_amounts
    for mode in MODES:
        rounding = Rounding(digits, mode)
        found = calculate(money.rounded(money.column("a", scale), rounding), rows, scales=(scale, 0))
        assert found == [money.round_money(value, rounding) for value, _ in rows if value is not None], mode


def test_rounding_of_six_digit_rates() -> None:
    pay = money.product(money.column("a", 2), money.column("b", 6))
    rows: list[Pair] = [(Decimal("12345.67"), Decimal("0.087654")), (Decimal("-1000.50"), Decimal("0.000005"))]
    assert calculate(money.rounded(pay, Rounding()), rows, scales=(2, 6)) == [Decimal("1082.15"), Decimal("-0.01")]


# Numbers, and parts that add up


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=9))
def test_a_literal_has_the_digits_it_was_written_with(value: Decimal) -> None:
    literal = money.number(value)
    assert calculate(literal, [(None, None)], scales=(0, 0)) == [value]
    assert literal.scale == 9


@pytest.mark.parametrize("value", [Decimal("1E+3"), Decimal("-0.0"), Decimal("9" * 38), Decimal("0." + "1" * 37), 7])
def test_unusual_literals(value: Decimal | int) -> None:
    assert calculate(money.number(value), [(None, None)], scales=(0, 0)) == [Decimal(value)]


@pytest.mark.parametrize("value", ["1" * 39, "1E-39", "1E+38", "0." + "1" * 38])
def test_a_literal_of_too_many_digits_is_refused(value: str) -> None:
    with pytest.raises(TooManyDigitsError, match="38 digits"):
        money.number(Decimal(value))


@pytest.mark.parametrize("value", ["NaN", "Infinity"])
def test_what_is_no_number_is_refused(value: str) -> None:
    with pytest.raises(TypeError, match="no number"):
        money.number(Decimal(value))


def test_a_product_of_too_many_digits_is_refused() -> None:
    with pytest.raises(TooManyDigitsError, match="multiply to 30"):
        money.product(money.column("a", 15), money.column("b", 15))


def test_the_sum_of_nothing_is_zero() -> None:
    assert calculate(money.total([]), [(None, None)], scales=(0, 0)) == [Decimal(0)]


@given(st.lists(decimals(17), max_size=30), st.sampled_from(MODES), st.integers(0, 6))
def test_parts_add_up_to_the_rounded_total(parts: list[Decimal], mode: Mode, digits: int) -> None:
    rounding = Rounding(digits, mode)
    whole = Decimal(0)
    for part in parts:
        whole = WIDE.add(whole, part)
    shares = money.apportion(parts, rounding)
    assert sum(map(Fraction, shares)) == Fraction(money.round_money(whole, rounding))
    assert len(shares) == len(parts)
    assert all(share == money.round_money(share, rounding) for share in shares)


def test_rounding_outside_sql_keeps_every_digit() -> None:
    """Python's own context would refuse an amount of more than 28 digits."""
    assert money.round_money(Decimal("9" * 30 + ".005"), Rounding()) == Decimal("9" * 30 + ".01")
