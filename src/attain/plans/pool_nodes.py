"""The nodes of a pool: somebody's part of it by weight, and below it what its people have earned together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from sqlglot import exp

from attain.engines.engine import Engine, template
from attain.measures.measure import title_of
from attain.plans.compile import PlanCompiler
from attain.plans.document import PlanComponent
from attain.plans.earn import step_of
from attain.plans.earning_nodes import EarningNodes
from attain.plans.measure_nodes import MeasureNodes
from attain.plans.nodes import Node, as_text, for_reading


@dataclass(frozen=True)
class PoolNodes:
    """Tells the pools of a component in one period; ``names_others`` says whether by person, or as a sum."""

    engine: Engine
    compiler: PlanCompiler
    component: PlanComponent
    days: tuple[date, date]
    names_others: bool

    def share(self, participant: str, earned: dict[str, Any]) -> Node:
        """A participant's part of the pool that they are in; ``earned`` is their row of what the component earns."""
        own = next(row for row in self._sharers if row["participant"] == participant)
        members = [row for row in self._sharers if row["pool"] == own["pool"]]
        amount = self._rows("pool", own["pool"])[0]["amount"]
        whole = sum((row["weight"] for row in members), Decimal(0))
        words = f"{for_reading(amount)} × {for_reading(own['weight'])} ÷ {for_reading(whole)}"
        return Node(
            "Share of the pool",
            "money",
            as_text(earned["amount"], digits=self._digits),
            self._currency,
            f"{words}; cents that are left go to the largest remainders" if whole else "nobody has a weight in it",
            {"piece": "Share of the pool", "rule": ""},
            (self._pool(own, members, earned, amount), self._weight(own, whole)),
        )

    def _pool(
        self, own: dict[str, Any], members: list[dict[str, Any]], earned: dict[str, Any], amount: Decimal
    ) -> Node:
        """What the people of a pool have earned together."""
        nodes = EarningNodes(self.engine, self.compiler, own["pool"], self.component)
        pieces = nodes.pieces(self.days[1], amount)
        words = " + ".join(for_reading(Decimal(node.amount or 0)) for node in pieces) + nodes.column_words(self.days[1])
        measures = [self._measure(name, own, members) for name in dict.fromkeys(self.component.measures)]
        return Node(
            f"Pool of {own['pool']}" if own["pool"] else "Pool",
            "quantity",
            as_text(amount, digits=self._digits),
            self._currency,
            "no quota, so nothing is paid" if self.component.uses_quota and earned["quota"] is None else words,
            {"pool": own["pool"], "members": len(members)},
            (*pieces, *measures, *self._quota(earned["quota"], len(members))),
        )

    def _measure(self, name: str, own: dict[str, Any], members: list[dict[str, Any]]) -> Node:
        """A measure of all who are in a pool, and of each one; without names, of the participant and of the others."""
        values = {row["participant"]: row["value"] or Decimal(0) for row in self._values(name)}
        told = [row["participant"] for row in members if self.names_others or row is own]
        nodes = [self._of(one, name, values[one]) for one in told]
        whole = sum((values[row["participant"]] for row in members), Decimal(0))
        unit, others = nodes[0].unit, len(members) - len(told)
        if others:
            rest = whole - sum((values[one] for one in told), Decimal(0))
            nodes.append(
                Node(
                    "1 other person" if others == 1 else f"{others} others",
                    "quantity",
                    as_text(rest),
                    unit,
                    "",
                    {"measure": name},
                )
            )
        words = " + ".join(for_reading(Decimal(node.amount or 0)) for node in nodes)
        title = title_of(name, self.compiler.checked.measures)
        return Node(f"{title} of the pool", "quantity", as_text(whole), unit, words, {"measure": name}, tuple(nodes))

    def _of(self, participant: str, name: str, value: Decimal | None) -> Node:
        node = MeasureNodes(self.engine, self.compiler, participant).node(name, *self.days, value)
        return node._replace(label=f"{node.label} of {participant}")

    def _quota(self, quota: Decimal | None, members: int) -> Iterator[Node]:
        """The sum of the quotas, where the pool is measured by it."""
        if self.component.spec.quota and quota is not None:
            name = self.component.spec.measure
            unit = MeasureNodes(self.engine, self.compiler, "").unit(name)
            told = {"table": "quotas", "measure": name}
            yield Node(f"Quota for {name}", "quantity", as_text(quota), unit, f"of {members} people together", told)

    def _weight(self, own: dict[str, Any], whole: Decimal) -> Node:
        """A participant's weight, and the measures that it is taken by."""
        pool, values = self.component.spec.pool, {}
        for name in dict.fromkeys(self.component.weighing):
            values[name] = next(row["value"] for row in self._values(name) if row["participant"] == own["participant"])
        words = f"of {for_reading(whole)} of all together"
        if pool and pool.gate:
            words += f"; {pool.gate.rule(title_of(pool.gate.measure, self.compiler.checked.measures))}"
        nodes = tuple(self._of(own["participant"], name, value) for name, value in values.items())
        return Node("Weight", "quantity", as_text(own["weight"]), "count", words, {"pool": own["pool"]}, nodes)

    def _values(self, measure: str) -> list[dict[str, Any]]:
        return self.engine.rows(
            template(
                "SELECT participant, value FROM measured WHERE measure = :measure AND every = :every "
                f"AND period_end = DATE '{self.days[1]}'",
                measure=exp.Literal.string(measure),
                every=exp.Literal.string(self.component.spec.interval.kind),
            )
        )

    @cached_property
    def _sharers(self) -> list[dict[str, Any]]:
        step = step_of(self.component, "sharers")
        return self.engine.rows(
            f"SELECT * FROM \"{step}\" WHERE period_end = DATE '{self.days[1]}' ORDER BY participant"
        )

    def _rows(self, what: str, participant: str) -> list[dict[str, Any]]:
        sql = f'SELECT * FROM "{step_of(self.component, what)}" WHERE participant = :participant '
        return self.engine.rows(
            template(f"{sql}AND period_end = DATE '{self.days[1]}'", participant=exp.Literal.string(participant))
        )

    @property
    def _digits(self) -> int:
        return self.compiler.rounding.digits

    @property
    def _currency(self) -> str:
        return self.compiler.checked.plan.currency
