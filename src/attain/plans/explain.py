"""Explanation: one participant's pay as a tree, from the amount down to the orders it came from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from sqlglot import exp

from attain import money
from attain.calendar import period_at
from attain.engines.engine import Engine, template
from attain.measures.compile import Recipe, Term
from attain.measures.measure import Measure, unit_of
from attain.plans.compile import PlanCompiler
from attain.plans.component import Piece
from attain.plans.document import PlanComponent
from attain.plans.lines import before, credit_rows, has_lines, running_rows
from attain.plans.values import percent


@dataclass(frozen=True)
class Node:
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
    source: dict[str, Any] = field(default_factory=dict)
    children: tuple[Node, ...] = ()

    def as_record(self) -> dict[str, Any]:
        """The node and everything below it as plain data for JSON."""
        return {
            "label": self.label, "kind": self.kind, "amount": self.amount, "unit": self.unit, "formula": self.formula,
            "source": self.source, "children": [child.as_record() for child in self.children],
        }


@dataclass(frozen=True)
class Explainer:
    """Explains what an engine has calculated of a plan for one participant."""

    engine: Engine
    compiler: PlanCompiler
    participant: str

    def explain(self, asked: str) -> Node:
        """The tree of everything the plan pays the participant in the time that was calculated."""
        earnings = [node for component in self.compiler.checked.components for node in self._earnings(component)]
        targets = list(self._targets())
        amount = sum((Decimal(node.amount or 0) for node in earnings), Decimal(0)).quantize(Decimal(1).scaleb(-self._digits))
        plan = self.compiler.checked.plan
        return Node(
            f"Pay of {self._name()} in {asked}", "money", _text(amount), plan.currency,
            " + ".join(node.amount or "0" for node in earnings) or "nothing is earned in this time",
            {"plan": plan.plan, "version": plan.version, "participant": self.participant, "period": asked},
            (*earnings, *targets),
        )

    # the parts of the tree -------------------------------------------------------------------------------------------

    @property
    def _digits(self) -> int:
        return self.compiler.rounding.digits

    def _name(self) -> str:
        rows = self._rows("SELECT name FROM versions WHERE participant = :participant")
        names = [row["name"] for row in rows if row["name"]]
        return f"{names[-1]} ({self.participant})" if names else self.participant

    def _rows(self, sql: str, **parts: exp.Expr) -> list[dict[str, Any]]:
        if ":participant" in sql:
            parts["participant"] = exp.Literal.string(self.participant)
        rows: list[dict[str, Any]] = self.engine.fetch(template(sql, **parts)).to_pylist()
        return rows

    def _period(self, component_every: Any, start: date, end: date) -> str:
        period = period_at(self.compiler.checked.plan.calendar, kind=component_every, day=start)
        return period.name if period and period.end == end else f"{start} .. {end}"

    def _earnings(self, component: PlanComponent) -> Iterator[Node]:
        """One node per period of a component."""
        compiler, spec = self.compiler, component.spec
        rows = self._rows(f'SELECT * FROM "{compiler.step_of(component, "earned")}" WHERE participant = :participant '
                          "ORDER BY period_start")
        deals = self._deals(component) if has_lines(compiler, component) else {}
        wholes = {} if has_lines(compiler, component) else self._whole(component)
        for row in rows:
            start, end, amount = row["period_start"], row["period_end"], row["amount"]
            pieces = deals.get(start) if has_lines(compiler, component) else wholes.get(start)
            children = tuple(self._pieces(component, pieces or [], amount))
            measure = self._measure(spec.measure, spec.every, start, row["measure_value"])
            quota = self._quota(component, row)
            exact = " + ".join(child.amount or "0" for child in children) or "0"
            formula = exact if row["quota"] is not None or not component.uses_quota else "no quota, so nothing is paid"
            line, position = compiler.checked.document.position(("components", component.number))
            yield Node(
                f"{spec.name}, {self._period(spec.every, start, end)}", "money", _text(amount),
                compiler.checked.plan.currency,
                f"{formula}; rounded once, to {self._digits} digits, {compiler.rounding.mode}",
                {"component": spec.name, "pays": spec.pays, "document": compiler.checked.document.name, "line": line,
                 "period_start": start.isoformat(), "period_end": end.isoformat()},
                (*children, measure, *quota),
            )

    def _pieces(self, component: PlanComponent, cells: list[_Cell], amount: Decimal) -> Iterator[Node]:
        """The pieces of an earning with the deals in each; in money their parts sum to the earning."""
        currency = self.compiler.checked.plan.currency
        shares = money.apportion([cell.amount for cell in cells], self.compiler.rounding)
        held: dict[int, list[tuple[_Cell, Decimal]]] = defaultdict(list)
        for cell, share in zip(cells, shares, strict=True):
            held[cell.piece].append((cell, share))
        assert sum(shares, Decimal(0)) == amount or not cells, "the parts of an earning sum to it"
        for number in sorted(held):
            parts = held[number]
            first = parts[0][0]
            deals = tuple(_deal(cell, share, currency) for cell, share in parts if cell.fact is not None)
            paid = sum((share for _, share in parts), Decimal(0))
            based = sum((cell.base for cell, _ in parts if cell.base is not None), Decimal(0))
            rates = {cell.rate for cell, _ in parts}
            told = f"{_plain(based)} × {percent(rates.pop() or Decimal(0))}" if first.base is not None and len(rates) == 1 else (
                f"{_plain(based)} at the rate of each day" if first.base is not None else f"reached: {first.rule}")
            if first.base is None and not paid:
                told = f"not reached: {first.rule}"
            yield Node(first.label, "money", _text(paid), currency, told, {"rule": first.rule, "piece": first.label}, deals)

    def _deals(self, component: PlanComponent) -> dict[date, list[_Cell]]:
        """Every deal's exact part in every piece, by period, in (date, fact) order."""
        compiler = self.compiler
        given = compiler.given(component, value="running", table="l")
        now = component.part.pieces(component.params, given)
        earlier = component.part.pieces(component.params, before(compiler, given))
        columns = []
        for number, (after, prior) in enumerate(zip(now, earlier, strict=True)):
            amount = money.difference(compiler.guarded(component, given, after.amount),
                                      compiler.guarded(component, given, prior.amount))
            columns.append(exp.alias_(amount.tree, f"amount_{number}"))
            columns += _base_columns(number, after, prior)
        query = template("SELECT l.period_start, l.fact, l.date, l.credit FROM rows AS l WHERE l.participant = :participant "
                         "ORDER BY l.period_start, l.date, l.fact, l.credit", rows=running_rows(compiler, component),
                         participant=exp.Literal.string(self.participant))
        return _cells(self.engine.fetch(query.select(*columns)).to_pylist(), now)

    def _whole(self, component: PlanComponent) -> dict[date, list[_Cell]]:
        """The pieces of an earning that no single deal has a part of, by period."""
        compiler = self.compiler
        given = compiler.given(component, value="running", table="l")
        pieces = component.part.pieces(component.params, given)
        columns = []
        for number, piece in enumerate(pieces):
            columns.append(exp.alias_(compiler.guarded(component, given, piece.amount).tree, f"amount_{number}"))
            columns += _base_columns(number, piece, None)
        step = compiler.step_of(component, "basis")
        query = template(f'SELECT l.period_start, NULL AS fact, NULL AS date FROM "{step}" AS l WHERE l.participant = :participant',
                         participant=exp.Literal.string(self.participant))
        return _cells(self.engine.fetch(query.select(*columns)).to_pylist(), pieces)

    def _quota(self, component: PlanComponent, row: dict[str, Any]) -> Iterator[Node]:
        if component.spec.quota and row["quota"] is not None:
            yield Node(f"Quota for {component.spec.measure}", "quantity", _text(row["quota"]), self._unit(component.spec.measure),
                       component.spec.quota, {"table": "quotas", "measure": component.spec.measure})

    def _unit(self, measure: str) -> str:
        unit = unit_of(measure, self.compiler.checked.measures)
        return self.compiler.checked.plan.currency if unit == "money" else unit

    def _targets(self) -> Iterator[Node]:
        """The measures that the plan compares with quotas without paying for them."""
        for target in self.compiler.checked.plan.attainment:
            rows = self._rows(
                "SELECT a.* FROM attainment AS a JOIN periods AS p ON p.period_start = a.period_start "
                "AND p.period_end = a.period_end AND p.every = :every WHERE a.participant = :participant "
                "AND a.measure = :measure ORDER BY a.period_start",
                every=exp.Literal.string(target.every), measure=exp.Literal.string(target.measure))
            for row in rows:
                name = self._period(target.every, row["period_start"], row["period_end"])
                measure = self._measure(target.measure, target.every, row["period_start"], row["value"])
                quota = Node(f"Quota for {target.measure}", "quantity", _text(row["quota"]), self._unit(target.measure),
                             target.quota, {"table": "quotas", "measure": target.measure})
                yield Node(f"Attainment of {target.measure}, {name}", "quantity", _text(row["attainment"]), "ratio",
                           f"{_plain(row['value'])} ÷ {_plain(row['quota'])}",
                           {"measure": target.measure, "period_start": row["period_start"].isoformat(),
                            "period_end": row["period_end"].isoformat()}, (measure, quota))

    def _measure(self, name: str, every: str, start: date, value: Decimal | None) -> Node:
        """A measure's value in a period, with the facts that sum to it."""
        return self._recipe(self.compiler.recipes[name], name, every, start, value)

    def _recipe(self, recipe: Recipe, name: str, every: str, start: date, value: Decimal | None) -> Node:
        measure = self.compiler.checked.measures.get(name)
        unit = self._unit(name) if measure else "count"
        if recipe.term:
            facts = tuple(self._facts(recipe.term, recipe.label, every, start, unit))
            whole = sum((Decimal(fact.amount or 0) for fact in facts), Decimal(0))
            distinct = recipe.term.aggregate == "distinct"
            return Node(recipe.label, "quantity", _text(value if distinct and value is not None else whole), unit,
                        _measure_words(self.compiler.checked.measures[recipe.term.measure], recipe.term),
                        {"measure": recipe.label}, facts)
        sign = "÷" if recipe.operation == "ratio" else "-"
        children = tuple(self._recipe(operand, operand.label, every, start, None) for operand in recipe.operands)
        left, right = (Decimal(child.amount or 0) for child in children)
        return Node(name, "quantity", _text(value if recipe.operation == "ratio" else left - right), unit,
                    f"{_plain(left)} {sign} {_plain(right)}", {"measure": name}, children)

    def _facts(self, term: Term, label: str, every: str, start: date, unit: str) -> Iterator[Node]:
        key = (term, label)
        if key not in self._credits:
            self._credits[key] = self._rows(
                "SELECT r.* FROM rows AS r JOIN members AS m ON m.participant = r.participant AND m.from_day <= r.date "
                "AND r.date < m.until_day WHERE r.participant = :participant ORDER BY r.date, r.fact, r.amount",
                rows=credit_rows(self.compiler, term, label))
        table = self.compiler.checked.measures[term.measure].table
        for row in self._credits[key]:
            if row[every] == start:
                yield Node(f"{row['fact']}, {row['date']}", "quantity", _text(row["amount"]), unit, row["reason"],
                           {"table": table, "fact": row["fact"], "date": row["date"].isoformat(), "kind": row["kind"],
                            "split": _text(row["split"])})

    _credits: dict[tuple[Term, str], list[dict[str, Any]]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Cell:
    """A deal's exact part in one piece of an earning; without fact, the piece as a whole."""

    piece: int
    label: str
    rule: str
    fact: str | None
    date: date | None
    amount: Decimal
    base: Decimal | None
    rate: Decimal | None


def _base_columns(number: int, piece: Piece, prior: Piece | None) -> list[exp.Expr]:
    if piece.base is None or piece.rate is None:
        return []
    base = piece.base if prior is None or prior.base is None else money.difference(piece.base, prior.base)
    return [exp.alias_(base.tree, f"base_{number}"), exp.alias_(piece.rate.tree, f"rate_{number}")]


def _cells(rows: list[dict[str, Any]], pieces: Iterable[Piece]) -> dict[date, list[_Cell]]:
    """The rows as cells that hold something, by period; a piece that nobody reached is kept where all are empty."""
    found: dict[date, list[_Cell]] = defaultdict(list)
    for row in rows:
        cells = [
            _Cell(number, piece.label, piece.rule, row["fact"], row["date"], row[f"amount_{number}"] or Decimal(0),
                  row.get(f"base_{number}"), row.get(f"rate_{number}"))
            for number, piece in enumerate(pieces)
        ]
        found[row["period_start"]] += [cell for cell in cells if cell.amount or cell.base] or cells[:1]
    return found


def _deal(cell: _Cell, share: Decimal, currency: str) -> Node:
    told = f"{_plain(cell.base)} × {percent(cell.rate or Decimal(0))}" if cell.base is not None else cell.rule
    return Node(f"{cell.fact}, {cell.date}", "money", _text(share), currency, told,
                {"fact": cell.fact, "date": cell.date.isoformat() if cell.date else None})


def _measure_words(measure: Measure, term: Term) -> str:
    """What a measure adds up, in words."""
    what = f"sum of {measure.formula}" if term.aggregate == "sum" else (
        f"different values of {measure.count_distinct}" if term.aggregate == "distinct" else "number")
    where = f" where {measure.where}" if measure.where else ""
    return f"{what} of {measure.table}{where}, by {measure.date_column}" + (", of everyone below" if term.rolled_up else "")


def _text(amount: Decimal | None) -> str | None:
    """An exact amount as text: no exponent, and no zeros behind the cents."""
    if amount is None:
        return None
    exponent = amount.as_tuple().exponent
    digits = -exponent if isinstance(exponent, int) else 0
    if digits > 2:
        short = amount.normalize().as_tuple().exponent
        digits = max(2, -short if isinstance(short, int) else 0)
    return format(amount, f".{digits}f")


def _plain(amount: Decimal | None) -> str:
    text = _text(amount) or "0"
    return f"{Decimal(text):,f}"
