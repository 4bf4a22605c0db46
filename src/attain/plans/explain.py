"""Explanation: one participant's pay as a tree, from the amount down to the orders it came from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from sqlglot import exp

from attain.calendar import period_at
from attain.engines.engine import Engine, template
from attain.plans.compile import PlanCompiler
from attain.plans.document import PlanComponent
from attain.plans.earn import step_of
from attain.plans.earning_nodes import EarningNodes
from attain.plans.intervals import Interval
from attain.plans.measure_nodes import MeasureNodes
from attain.plans.nodes import (
    Node,
    as_text,
    for_reading,
)
from attain.plans.paid_nodes import Told, balance_nodes, paid_nodes
from attain.plans.pool_nodes import PoolNodes
from attain.quotas.cells import QuotaSource


@dataclass(frozen=True)
class Explainer:
    """Explains what an engine has calculated of a plan for one participant."""

    engine: Engine
    compiler: PlanCompiler
    participant: str
    names_others: bool = True
    """Whether what others bring into a pool is told by person and fact, or only as a sum."""

    def explain(self, asked: str) -> Node:
        """The tree of everything the plan pays the participant in the time that was calculated."""
        earnings = [node for component in self.compiler.checked.components for node in self._earnings(component)]
        earnings += self._paid(sum((Decimal(node.amount or 0) for node in earnings), Decimal(0)))
        paid = [node for node in earnings if node.kind == "money"]
        amount = sum((Decimal(node.amount or 0) for node in paid), Decimal(0)).quantize(
            Decimal(1).scaleb(-self._digits)
        )
        targets = list(self._targets())
        plan = self.compiler.checked.plan
        return Node(
            f"Pay of {self._name()} in {asked}",
            "money",
            as_text(amount, digits=self._digits),
            plan.currency,
            _sum_words([node for node in earnings if node.kind == "money"])
            if earnings
            else "nothing is earned in this time",
            {"plan": plan.plan, "version": plan.version, "participant": self.participant, "period": asked},
            (*earnings, *targets),
        )

    def _paid(self, earned: Decimal) -> Iterator[Node]:
        """What leads from the earnings to what is paid, where that is more than their sum, and the balances."""
        if not self.compiler.is_settled:
            return
        every = self.compiler.checked.pays_every or "year"
        rows = self.engine.rows(template("SELECT * FROM periods WHERE every = :every", every=every))
        names = {(row["period_start"], row["period_end"]): row["name"] for row in rows}
        told = Told(names, self.compiler.checked.plan.currency, self._digits)
        yield from paid_nodes(self._asked("settlement", order="period_start, number"), earned, told)
        yield from balance_nodes(self._asked("balances", order="account, period_start"), told)

    def _asked(self, step: str, *, order: str) -> list[dict[str, Any]]:
        """The participant's rows of a step, of the periods that were asked for."""
        sql = f"SELECT * FROM rows AS r WHERE participant = :participant ORDER BY {order}"
        return self._rows(sql, rows=self.compiler.asked(step))

    @cached_property
    def _measures(self) -> MeasureNodes:
        return MeasureNodes(self.engine, self.compiler, self.participant)

    # the parts of the tree -------------------------------------------------------------------------------------------

    @property
    def _digits(self) -> int:
        return self.compiler.rounding.digits

    def _name(self) -> str:
        rows = self._rows("SELECT name FROM versions WHERE participant = :participant")
        names = [row["name"] for row in rows if row["name"]]
        return f"{names[-1]} ({self.participant})" if names else self.participant

    def _rows(self, sql: str, **parts: exp.Expr | str) -> list[dict[str, Any]]:
        return self.engine.rows(template(sql, participant=self.participant, **parts))

    def _period(self, interval: Interval, start: date, end: date) -> str:
        last = end - timedelta(days=1)
        period = period_at(self.compiler.checked.plan.calendar, kind=interval.every, day=last)
        if period is None or period.end != end:
            return f"{start} .. {end}"
        return f"{period.name}, {interval.over} to date" if interval.over else period.name

    def _earnings(self, component: PlanComponent) -> Iterator[Node]:
        """One node per period of a component."""
        compiler, spec = self.compiler, component.spec
        rows = self._rows(
            f'SELECT * FROM "{step_of(component, "earned")}" WHERE participant = :participant ORDER BY period_end'
        )
        nodes = EarningNodes(self.engine, compiler, self.participant, component)
        before_it: dict[date, Decimal] = {}
        for row in rows:
            start, end, amount = row["period_start"], row["period_end"], row["amount"]
            earlier, before_it[start] = before_it.get(start, Decimal(0)), amount
            if compiler.since and end <= compiler.since:
                continue
            children: tuple[Node, ...]
            read: tuple[Node, ...] = ()
            if spec.pool:
                share = self._share(component, row)
                children, words = (share,), f"; {share.formula}"
            else:
                children, words = nodes.pieces(end, amount), nodes.column_words(end)
                read = tuple(self._read(component, row))
            if earlier and spec.over:
                amount -= earlier
                children = (*children, self._paid_before(spec.over, -earlier))
            formula = _sum_words(children) + words
            if component.uses_quota and row["quota"] is None:
                formula = "no quota, so nothing is paid"
            yield self._earning(component, (start, end), amount, formula, (*children, *read))

    def _read(self, component: PlanComponent, row: dict[str, Any]) -> Iterator[Node]:
        """What a component reads in a period: the measure it pays on and its quota, and those that decide beside it."""
        start, end = row["period_start"], row["period_end"]
        yield self._measures.node(component.spec.measure, start, end, row["measure_value"])
        yield from self._quota(component, row)
        yield from self._deciding(component, start, end)

    def _share(self, component: PlanComponent, row: dict[str, Any]) -> Node:
        """Somebody's part of a pool in a period, with the whole pool below it."""
        start, end = row["period_start"], row["period_end"]
        pool = PoolNodes(self.engine, self.compiler, component, (start, end), self.names_others)
        return pool.share(self.participant, row)

    def _earning(
        self, component: PlanComponent, days: tuple[date, date], amount: Decimal, formula: str, below: tuple[Node, ...]
    ) -> Node:
        """What a component earns in a period."""
        spec, document = component.spec, self.compiler.checked.document
        line, _ = document.position(("components", component.number))
        return Node(
            f"{spec.name}, {self._period(spec.interval, *days)}",
            "money",
            as_text(amount, digits=self._digits),
            self.compiler.checked.plan.currency,
            f"{formula}; rounded once, to {self._digits} digits ({self.compiler.rounding.mode})",
            {
                "component": spec.name,
                "pays": spec.pays,
                "document": document.name,
                "line": line,
                "period_start": days[0].isoformat(),
                "period_end": days[1].isoformat(),
            },
            below,
        )

    def _paid_before(self, over: str, amount: Decimal) -> Node:
        """What was earned in earlier periods of the time that a component reads to date."""
        words, currency = f"Earned earlier in the {over}", self.compiler.checked.plan.currency
        return Node(words, "money", as_text(amount, digits=self._digits), currency, "", {"piece": words, "rule": ""})

    def _deciding(self, component: PlanComponent, start: date, end: date) -> Iterator[Node]:
        """The measures that a component's factors look at, with the quotas, where it does not pay on the same."""
        spec = component.spec
        where = (
            f"WHERE participant = :participant AND every = :every AND measure = :measure AND period_end = DATE '{end}'"
        )
        for measure in dict.fromkeys(component.measures[1:]):
            asked = {"every": spec.interval.kind, "measure": measure}
            if measure != spec.measure:
                for row in self._rows(f"SELECT value FROM measured {where}", **asked):
                    yield self._measures.node(measure, start, end, row["value"])
            source = next(
                (one.quota for one in component.deciding.values() if one.measure == measure and one.quota), None
            )
            if source and (measure != spec.measure or not spec.quota):
                for row in self._rows(f"SELECT quota FROM quota_cells {where}", **asked):
                    yield from self._quota_node(measure, source, row["quota"], spec.interval, end)

    def _quota(self, component: PlanComponent, row: dict[str, Any]) -> Iterator[Node]:
        spec = component.spec
        yield from self._quota_node(spec.measure, spec.quota, row["quota"], spec.interval, row["period_end"])

    def _quota_node(
        self, measure: str, source: QuotaSource | None, quota: Decimal | None, interval: Interval, end: date
    ) -> Iterator[Node]:
        """The quota of a period, and what made another of it than that of the whole period."""
        if source and quota is not None:
            told = {"table": "quotas", "measure": measure}
            words = f"{source}{self._measures.quota_words(measure, interval.kind, end)}"
            yield Node(f"Quota for {measure}", "quantity", as_text(quota), self._measures.unit(measure), words, told)

    def _targets(self) -> Iterator[Node]:
        """The measures that the plan compares with quotas without paying for them."""
        for target in self.compiler.checked.plan.attainment:
            rows = self._rows(
                "SELECT a.* FROM found AS a JOIN periods AS p ON p.period_start = a.period_start "
                "AND p.period_end = a.period_end AND p.every = :every WHERE a.participant = :participant "
                "AND a.measure = :measure ORDER BY a.period_start",
                found=self.compiler.asked("attainment"),
                every=exp.Literal.string(target.interval.kind),
                measure=exp.Literal.string(target.measure),
            )
            for row in rows:
                name = self._period(target.interval, row["period_start"], row["period_end"])
                measure = self._measures.node(target.measure, row["period_start"], row["period_end"], row["value"])
                quota = self._quota_node(target.measure, target.quota, row["quota"], target.interval, row["period_end"])
                yield Node(
                    f"Attainment of {target.measure}, {name}",
                    "quantity",
                    as_text(row["attainment"]),
                    "ratio",
                    f"{for_reading(row['value'])} ÷ {for_reading(row['quota'])}",
                    {
                        "measure": target.measure,
                        "period_start": row["period_start"].isoformat(),
                        "period_end": row["period_end"].isoformat(),
                    },
                    (measure, *quota),
                )


def _sum_words(nodes: Sequence[Node]) -> str:
    return " + ".join(f"{Decimal(node.amount or 0):,f}" for node in nodes) or "0"
