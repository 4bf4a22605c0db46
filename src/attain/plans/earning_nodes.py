"""The nodes of what somebody, or a pool, earns: the pieces of each earning with the part of every deal in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from sqlglot import exp

from attain import money
from attain.engines.engine import Engine, template
from attain.measures.measure import title_of
from attain.plans.compile import PlanCompiler
from attain.plans.component import Piece
from attain.plans.document import PlanComponent, dimension_key
from attain.plans.earn import alone, before, factor_column, given_of, guarded, shares_of, step_of
from attain.plans.lines import has_lines, running_rows
from attain.plans.measure_nodes import MeasureNodes
from attain.plans.nodes import (
    Cell,
    Node,
    as_text,
    base_columns,
    cells_of,
    cut_off,
    cut_off_deals,
    deal_node,
    multiplied,
    piece_words,
)


@dataclass(frozen=True)
class EarningNodes:
    """Tells how a component's earnings of a participant came about; of a pool, its key stands for the participant."""

    engine: Engine
    compiler: PlanCompiler
    participant: str
    component: PlanComponent

    def pieces(self, end: date, amount: Decimal) -> tuple[Node, ...]:
        """The pieces of what is earned in the period that ends then; in money they sum to the amount."""
        return tuple(self._pieces(self._adjusted(self._cells.get(end, []), self._factors.get(end, {})), amount))

    def column_words(self, end: date) -> str:
        """Which columns of its rates the component pays in the period that ends then, in words."""
        decided = self._factors.get(end, {})
        words = (
            one.words(decided[dimension_key(number)], title_of(one.measure, self.compiler.checked.measures))
            for number, one in enumerate(self.component.spec.by)
            if decided
        )
        return "".join(f"; {one}" for one in words)

    @property
    def _digits(self) -> int:
        return self.compiler.rounding.digits

    def _adjusted(self, cells: list[Cell], decided: dict[str, Decimal]) -> list[Cell]:
        """The cells of an earning with what its factors and its cap add to each deal or take from it."""
        component = self.component
        for name, times in decided.items():
            if name in component.factors and times != 1:
                factor = component.factors[name]
                words = factor.words(times, title_of(factor.measure, self.compiler.checked.measures))
                cells = multiplied(cells, times, words)
        if component.spec.cap_per_deal is not None:
            cells = cut_off_deals(cells, component.spec.cap_per_deal)
        if component.spec.cap is None:
            return cells
        cap = component.spec.cap
        if (part := decided.get("cap")) is not None:
            cap = money.round_money(cap * part, money.Rounding(max(self._digits, money.number(cap).scale)))
        return cut_off(cells, cap)

    @cached_property
    def _factors(self) -> dict[date, dict[str, Decimal]]:
        """What is decided of the component by period: columns of its rates, and what its pay is multiplied by."""
        component = self.component
        names = [*component.deciding, *shares_of(self.compiler, component)]
        if not names:
            return {}
        columns = ", ".join(f'MAX("{factor_column(name)}") AS "{name}"' for name in names)
        query = template(
            f'SELECT period_end, {columns} FROM "{step_of(component, "basis")}" '
            "WHERE participant = :participant GROUP BY period_end",
            participant=exp.Literal.string(self.participant),
        )
        rows = self.engine.rows(query)
        return {row["period_end"]: {name: row[name] for name in names} for row in rows}

    def _pieces(self, cells: list[Cell], amount: Decimal) -> Iterator[Node]:
        """The pieces of an earning with the deals in each; in money their parts sum to the earning."""
        currency = self.compiler.checked.plan.currency
        shares = money.apportion([cell.amount for cell in cells], self.compiler.rounding)
        held: dict[int, list[tuple[Cell, Decimal]]] = defaultdict(list)
        for cell, share in zip(cells, shares, strict=True):
            held[cell.piece].append((cell, share))
        assert sum(shares, Decimal(0)) == amount or not cells, "the parts of an earning sum to it"
        for number in sorted(held):
            parts = held[number]
            first = parts[0][0]
            deals = tuple(
                deal_node(cell, as_text(share, digits=self._digits), currency)
                for cell, share in parts
                if cell.fact is not None
            )
            paid = sum((share for _, share in parts), Decimal(0))
            yield Node(
                first.label,
                "money",
                as_text(paid, digits=self._digits),
                currency,
                piece_words(parts),
                {"rule": first.rule, "piece": first.label},
                deals,
            )

    @cached_property
    def _cells(self) -> dict[date, list[Cell]]:
        return self._deals() if has_lines(self.compiler, self.component) else self._whole()

    def _deals(self) -> dict[date, list[Cell]]:
        """Every deal's exact part in every piece, by period, in (date, fact) order."""
        compiler, component = self.compiler, self.component
        measures = MeasureNodes(self.engine, compiler, self.participant)
        if not any(measures.has_facts(term) for term, _, _ in compiler.recipes[component.spec.measure].terms()):
            return {}
        given = given_of(compiler, component, table="l")
        earlier: Sequence[Piece | None]
        if component.spec.per == "deal":
            now = component.part.pieces(component.params, alone(compiler, given, table="l"))
            earlier = [None] * len(now)
        else:
            now = component.part.pieces(component.params, given)
            earlier = component.part.pieces(component.params, before(compiler, given, part="credit", table="l"))
        columns = []
        for number, (after, prior) in enumerate(zip(now, earlier, strict=True)):
            part = money.difference(after.amount, prior.amount) if prior else after.amount
            amount = guarded(component, given, part)
            columns.append(exp.alias_(amount.tree, f"amount_{number}", copy=False))
            columns += base_columns(number, after, prior)
        query = template(
            "SELECT l.period_end, l.fact, l.date, l.credit FROM rows AS l WHERE l.participant = :participant "
            "ORDER BY l.period_end, l.date, l.fact, l.credit",
            rows=running_rows(compiler, component),
            participant=exp.Literal.string(self.participant),
        )
        return cells_of(self.engine.fetch(query.select(*columns, copy=False)), now)

    def _whole(self) -> dict[date, list[Cell]]:
        """The pieces of an earning that no single deal has a part of, by period."""
        compiler, component = self.compiler, self.component
        given = given_of(compiler, component, table="l")
        pieces = component.part.pieces(component.params, given)
        columns = []
        for number, piece in enumerate(pieces):
            columns.append(exp.alias_(guarded(component, given, piece.amount).tree, f"amount_{number}", copy=False))
            columns += base_columns(number, piece, None)
        step = step_of(component, "basis")
        query = template(
            f'SELECT l.period_end, NULL AS fact, NULL AS date FROM "{step}" AS l WHERE l.participant = :participant',
            participant=exp.Literal.string(self.participant),
        )
        return cells_of(self.engine.fetch(query.select(*columns, copy=False)), pieces)
