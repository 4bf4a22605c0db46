"""The nodes of an explanation, and the cells (a deal's part in a piece of an earning) that they are made from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal, localcontext
from functools import cache
from itertools import groupby
from typing import Any, Literal, NamedTuple

import pyarrow as pa
from sqlglot import exp

from attain import money
from attain.measures.compile import Term
from attain.measures.measure import Measure
from attain.plans.component import Piece
from attain.plans.values import number_words


class Node(NamedTuple):
    """One amount and where it comes from.

    ``kind`` says whether ``amount`` (exact, as text) is money or a quantity of the ``unit``; ``formula`` holds the
    values it was made of; ``source`` names the rule, or the fact. The children of a money node that are money sum to
    it; the facts below a measure sum to it (with their signs, where it is a difference).
    """

    label: str
    kind: Literal["money", "quantity"]
    amount: str | None
    unit: str
    formula: str
    source: dict[str, Any]
    children: tuple[Node, ...] = ()
    credit: int = 0
    """Of a fact's part of an earning: of which of its credits on that day, from 0, smallest first."""

    def as_record(self) -> dict[str, Any]:
        """The node and everything below it as plain data for JSON."""
        return {
            "label": self.label,
            "kind": self.kind,
            "amount": self.amount,
            "unit": self.unit,
            "formula": self.formula,
            "source": self.source,
            "children": [child.as_record() for child in self.children],
        }


class Cell(NamedTuple):
    """A deal's exact part in one piece of an earning; without fact, the piece as a whole."""

    piece: int
    label: str
    rule: str
    fact: str | None
    date: date | None
    amount: Decimal
    base: Decimal | None
    rate: Decimal | None
    credit: int = 0
    """Which of the fact's credits on that day, from 0, smallest first."""


def base_columns(number: int, piece: Piece, prior: Piece | None) -> list[exp.Expr]:
    """The SQL of a piece's part of the measure (less the part before it) and rate, under the piece's number."""
    if piece.base is None:
        return []
    base = piece.base if prior is None or prior.base is None else money.difference(piece.base, prior.base)
    rate = [exp.alias_(piece.rate.tree, f"rate_{number}", copy=False)] if piece.rate else []
    return [exp.alias_(base.tree, f"base_{number}", copy=False), *rate]


def columns_of(table: pa.Table) -> dict[str, list[Any]]:
    """The values of a table by column; quick, since each different one is made once, and decimals from text."""
    return dict(zip(table.column_names, map(_values, table.columns), strict=True))


def _values(column: pa.ChunkedArray) -> list[Any]:
    encoded = column.combine_chunks().dictionary_encode("encode")
    different = encoded.dictionary
    if pa.types.is_decimal(different.type):
        values = [None if text is None else Decimal(text) for text in different.cast(pa.string()).to_pylist()]
    else:
        values = different.to_pylist()
    return [values[place] for place in encoded.indices.to_pylist()]


def cells_of(table: pa.Table, pieces: Sequence[Piece]) -> dict[date, list[Cell]]:
    """The rows as cells that hold something, by the period's end; where none is reached, the first one stands empty."""
    columns, none, nothing = columns_of(table), [None] * table.num_rows, Decimal(0)
    parts = [
        (piece, columns[f"amount_{number}"], columns.get(f"base_{number}", none), columns.get(f"rate_{number}", none))
        for number, piece in enumerate(pieces)
    ]
    found: dict[date, list[Cell]] = {}
    rows = zip(columns["period_end"], columns["fact"], columns["date"], strict=True)
    last, credit = None, 0
    for row, (end, fact, day) in enumerate(rows):
        cells = found.setdefault(end, [])
        credit = credit + 1 if last == (end, fact, day) else 0  # a split order may roll up to somebody twice
        last = end, fact, day
        for number, (piece, amounts, bases, rates) in enumerate(parts):
            amount, base = amounts[row] or nothing, bases[row]
            if amount or base:
                cells.append(Cell(number, piece.label, piece.rule, fact, day, amount, base, rates[row], credit))
    for cells in found.values():
        if not cells:
            base = None if pieces[0].base is None else nothing
            rate = None if pieces[0].rate is None else nothing
            cells.append(Cell(0, pieces[0].label, pieces[0].rule, None, None, nothing, base, rate))
    return found


def multiplied(cells: Sequence[Cell], times: Decimal, words: str) -> list[Cell]:
    """The cells of an earning, and behind those of each deal what a factor adds to them or takes, as its own piece."""
    number, found = _next(cells), []
    with localcontext(prec=2 * money.PRECISION):
        for (fact, day, credit), group in _by_deal(cells):
            whole = sum((cell.amount for cell in group), Decimal(0))
            found += group
            found.append(Cell(number, words, "", fact, day, whole * (times - 1), whole, times - 1, credit))
    return found


def cut_off(cells: Sequence[Cell], cap: Decimal) -> list[Cell]:
    """The cells of an earning, and behind those of each deal what the cap takes of it, as a piece of its own."""
    number, words = _next(cells), f"Above the cap of {for_reading(cap)}"
    found, running = [], Decimal(0)
    with localcontext(prec=2 * money.PRECISION):
        for (fact, day, credit), group in _by_deal(cells):
            before, running = running, sum((cell.amount for cell in group), running)
            more = max(before - cap, Decimal(0)) - max(running - cap, Decimal(0))
            found += group
            if more:
                found.append(Cell(number, words, "what is above is lost", fact, day, more, None, None, credit))
    return found


def cut_off_deals(cells: Sequence[Cell], cap: Decimal) -> list[Cell]:
    """The cells of an earning, and behind those of each deal what is above the most that a deal earns."""
    number, words = _next(cells), f"Above the cap of {for_reading(cap)} per deal"
    found: list[Cell] = []
    with localcontext(prec=2 * money.PRECISION):
        for (fact, day, credit), group in _by_deal(cells):
            more = min(cap - sum((cell.amount for cell in group), Decimal(0)), Decimal(0))
            found += group
            if more:
                found.append(Cell(number, words, "what is above is lost", fact, day, more, None, None, credit))
    return found


def _next(cells: Sequence[Cell]) -> int:
    """The number of a piece behind all others."""
    return max((cell.piece for cell in cells), default=0) + 1


def _by_deal(cells: Sequence[Cell]) -> Iterator[tuple[tuple[str | None, date | None, int], list[Cell]]]:
    """The cells of each deal's credit together; they follow one another."""
    for deal, group in groupby(cells, key=lambda cell: (cell.fact, cell.date, cell.credit)):
        yield deal, list(group)


def piece_words(parts: Sequence[tuple[Cell, Decimal]]) -> str:
    """How a piece came about: its part of the measure and rate, or whether it was reached."""
    cells, first = [cell for cell, _ in parts], parts[0][0]
    if first.base is None:
        return f"{'reached' if any(share for _, share in parts) else 'not reached'}: {first.rule}"
    whole = for_reading(sum((cell.base for cell in cells if cell.base is not None), Decimal(0)))
    if first.rate is None:
        return f"{whole}: {first.rule}"
    rates = {cell.rate for cell in cells}
    return f"{whole} × {number_words(rates.pop())}" if len(rates) == 1 else f"{whole} at the rate of each day"


def deal_node(cell: Cell, share: str | None, currency: str) -> Node:
    """One deal's share of a piece."""
    told = f"reached: {cell.rule}"
    if cell.base is not None:
        told = for_reading(cell.base) + (f": {cell.rule}" if cell.rate is None else f" × {_rate_words(cell.rate)}")
    return Node(
        f"{cell.fact}, {cell.date}",
        "money",
        share,
        currency,
        told,
        {"fact": cell.fact, "date": cell.date.isoformat() if cell.date else None},
        credit=cell.credit,
    )


_rate_words = cache(number_words)


def measure_words(measure: Measure, term: Term) -> str:
    """What a measure adds up, in words."""
    what = (
        f"sum of {measure.row_formula}"
        if term.aggregate == "sum"
        else (f"different values of {measure.count_distinct}" if term.aggregate == "distinct" else "number")
    )
    where = f" where {measure.where}" if measure.where else ""
    rules = f", credited by {' or '.join(rule.name for rule in measure.credits)}" if measure.credits else ""
    below = ", of everyone below" if term.rolled_up else ""
    return f"{what} of {measure.table}{where}, by {measure.date_column}{rules}{below}"


def as_text(amount: Decimal | None, *, digits: int = 0) -> str | None:
    """An exact amount as text: no exponent, no needless zeros, at least ``digits`` after the point."""
    if amount is None:
        return None
    whole, _, part = f"{amount:f}".partition(".")
    part = part.rstrip("0").ljust(digits, "0")
    return f"{whole}.{part}" if part else whole


def for_reading(amount: Decimal | None) -> str:
    """An exact amount with marks between thousands; a broken one with cents at least."""
    whole, _, part = f"{amount or Decimal(0):,f}".partition(".")
    part = part.rstrip("0")
    return f"{whole}.{part.ljust(2, '0')}" if part else whole
