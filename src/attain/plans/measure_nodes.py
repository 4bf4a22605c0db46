"""The nodes of an explanation below an earning: measures down to the facts that they add up, and their quotas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlglot import exp

from attain import money
from attain.engines.engine import Engine, template
from attain.measures.compile import Recipe, Term, calculated
from attain.measures.measure import unit_of
from attain.plans.compile import PlanCompiler
from attain.plans.lines import credit_rows
from attain.plans.nodes import Node, as_text, columns_of, for_reading, measure_words


@dataclass(frozen=True)
class MeasureNodes:
    """Tells the measures of one participant from what an engine has calculated of a plan."""

    engine: Engine
    compiler: PlanCompiler
    participant: str

    def unit(self, measure: str) -> str:
        """The unit of a measure; that of money is the currency of the plan."""
        unit = unit_of(measure, self.compiler.checked.measures)
        return self.compiler.checked.plan.currency if unit == "money" else unit

    def quota_words(self, measure: str, every: str, end: date) -> str:
        """What a quota would be in full, and by how much it was adjusted, where it is another."""
        if not self.compiler.changes_quotas:
            return ""
        rows = self._rows(
            "SELECT full_quota, relief, quota FROM quota_cells WHERE participant = :participant AND measure = :measure "
            f"AND every = :every AND period_end = DATE '{end}'",
            measure=exp.Literal.string(measure),
            every=exp.Literal.string(every),
        )
        (full, relief, quota) = rows[0].values()
        words = "" if quota - relief == full else f", {for_reading(full)} by time on the plan and ramp"
        return words + (f", adjusted by {for_reading(relief)}" if relief else "")

    def node(self, name: str, start: date, end: date, value: Decimal | None) -> Node:
        """A measure's value in a period, with the facts that sum to it."""
        return self._recipe(self.compiler.recipes[name], name, (start, end), value)

    def _recipe(self, recipe: Recipe, name: str, days: tuple[date, date], value: Decimal | None) -> Node:
        measure = self.compiler.checked.measures.get(name)
        unit = self.unit(name) if measure else "count"
        if recipe.term:
            facts = tuple(self._facts(recipe.term, recipe.label, days, unit))
            whole = sum((Decimal(fact.amount or 0) for fact in facts), Decimal(0))
            if recipe.term.aggregate == "distinct":
                whole = self._different(recipe.term, days) if value is None else value
            return Node(
                recipe.label,
                "quantity",
                as_text(whole),
                unit,
                measure_words(self.compiler.checked.measures[recipe.term.measure], recipe.term),
                {"measure": recipe.label},
                facts,
            )
        children = tuple(self._recipe(operand, operand.label, days, None) for operand in recipe.operands)
        if recipe.operation == "attainment":
            return self._attainment(recipe, children[0], days)
        if value is None:
            value = self._calculated(recipe, children)
        if recipe.operation == "formula":
            amount = as_text(value)
            return Node(name, "quantity", amount, unit, recipe.formula, {"measure": name}, children)
        sign = "÷" if recipe.operation == "ratio" else "-"
        left, right = (for_reading(Decimal(child.amount or 0)) for child in children)
        return Node(
            name,
            "quantity",
            as_text(value),
            unit,
            f"{left} {sign} {right}",
            {"measure": name},
            children,
        )

    def _attainment(self, recipe: Recipe, of: Node, days: tuple[date, date]) -> Node:
        """A measure's value ÷ its quota, with the facts of the one."""
        rows = self._rows(
            "SELECT quota FROM quota_cells WHERE participant = :participant AND measure = :measure "
            f"AND period_start = DATE '{days[0]}' AND period_end = DATE '{days[1]}' LIMIT 1",
            measure=exp.Literal.string(recipe.names[0]),
        )
        quota = rows[0]["quota"] if rows else None
        source = {"measure": recipe.names[0]}
        told = Node("Quota", "quantity", as_text(quota), of.unit, "" if rows else "there is none", source)
        words = f"{for_reading(Decimal(of.amount or 0))} ÷ {for_reading(quota)}" if quota else "no quota"
        value = self._calculated(recipe, (of, told))
        return Node(recipe.label, "quantity", as_text(value), "ratio", words, source, (of, told))

    def _different(self, term: Term, days: tuple[date, date]) -> Decimal:
        """How many different values a term has found in a period."""
        rows = self._rows(
            f'SELECT t.value FROM "{term.step}_by_period" AS t JOIN periods AS p ON p.every = t.every AND '
            "p.period_end = t.period_end WHERE t.participant = :participant "
            f"AND p.period_start = DATE '{days[0]}' AND p.period_end = DATE '{days[1]}' LIMIT 1"
        )
        return rows[0]["value"] if rows else Decimal(0)

    def _calculated(self, recipe: Recipe, children: Sequence[Node]) -> Decimal | None:
        """The value of a ratio or a formula over those of its operands, as the engine calculates it."""
        null = money.Exact(exp.Null(), 0)
        values = [null if one.amount is None else money.number(Decimal(one.amount)) for one in children]
        found: Decimal | None = self._rows("SELECT :value AS value", value=calculated(recipe, values).tree)[0]["value"]
        return found

    def has_facts(self, term: Term) -> bool:
        """Whether anything was added up for the participant; without, there is nothing to look for."""
        return bool(self._rows(f'SELECT 1 AS one FROM "{term.step}" WHERE participant = :participant LIMIT 1'))

    def _facts(self, term: Term, label: str, days: tuple[date, date], unit: str) -> Iterator[Node]:
        if not self.has_facts(term):
            return
        table, columns = self.compiler.checked.measures[term.measure].table, self._credited(term, label)
        read = (columns[name] for name in ("fact", "date", "amount", "reason", "kind", "split"))
        shares = {split: as_text(split) for split in set(columns["split"])}
        for fact, day, amount, reason, kind, split in zip(*read, strict=True):
            if days[0] <= day < days[1]:
                told = day.isoformat()
                source = {"table": table, "fact": fact, "date": told, "kind": kind, "split": shares[split]}
                yield Node(f"{fact}, {told}", "quantity", as_text(amount), unit, reason, source)

    def _credited(self, term: Term, label: str) -> dict[str, list[Any]]:
        """The participant's credits of a term by column, read once."""
        if (term, label) not in self._credits:
            query = template(
                "SELECT r.* FROM rows AS r JOIN members AS m ON m.participant = r.participant "
                "AND m.from_day <= r.date AND r.date < m.until_day WHERE r.participant = :participant "
                "ORDER BY r.date, r.fact, r.amount, r.reason",
                rows=credit_rows(self.compiler, term, label),
                participant=self.participant,
            )
            self._credits[term, label] = columns_of(self.engine.fetch(query))
        return self._credits[term, label]

    _credits: dict[tuple[Term, str], dict[str, list[Any]]] = field(default_factory=dict)

    def _rows(self, sql: str, **parts: exp.Expr | str) -> list[dict[str, Any]]:
        return self.engine.rows(template(sql, participant=self.participant, **parts))
