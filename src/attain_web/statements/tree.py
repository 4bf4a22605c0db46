"""A statement's tree: the nodes of ``attain explain`` with their numbers, and their facts apart as lines."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any

from attain.measures.measure import title_of
from attain.plans.document import CheckedPlan, PlanComponent
from attain.plans.nodes import Node, as_text
from attain.plans.tiers import TierParams, rate_words, tier_words

Record = dict[str, Any]

_BASE = re.compile(r"(-?[\d,]+(?:\.\d+)?) (?:×|at the rate of each day)")
"""How the words of a piece begin: with the part of the measure that fell in it."""


@dataclass
class Line:
    """A fact under the node of this number; ``paid`` is what the component pays for this credit of it."""

    node: int
    place: int
    fact: str
    date: str
    amount: str
    formula: str
    kind: str
    split: str | None
    credit: int
    paid: Decimal | None = None


@dataclass
class Split:
    """A tree that is being split into its nodes, as records with numbers, and its facts, as lines."""

    checked: CheckedPlan
    lines: list[Line] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def record(self, node: Node) -> Record:
        """A node with all nodes below it: its number, how many facts it has and of which table."""
        number = next(self._numbers)
        facts = [child for child in node.children if "fact" in child.source]
        begins = len(self.lines)
        self.lines += [_line(number, place, fact) for place, fact in enumerate(facts)]
        found = {
            "n": number,
            **{name: getattr(node, name) for name in ("label", "kind", "amount", "unit", "formula", "source")},
            "facts": len(facts),
            "table": facts[0].source.get("table", "") if facts else "",
            "children": [self.record(child) for child in node.children if "fact" not in child.source],
        }
        if "piece" in node.source:
            found["base"] = base_of(node) if node.source["rule"] else None  # a factor's is pay, none of the measure
        if "measure" in node.source:
            found["title"] = title_of(node.source["measure"], self.checked.measures)
        if "component" in node.source:
            component = self._component(node.source["component"])
            found["tiers"] = [] if component.spec.pool else tiers_of(component)  # a pool's tiers are not one's own
            _tell_paid(self.lines[begins:], found)
        return found

    def _component(self, name: str) -> PlanComponent:
        return next(one for one in self.checked.components if one.spec.name == name)


def _line(node: int, place: int, fact: Node) -> Line:
    source = fact.source
    kind, split = source.get("kind", ""), source.get("split")
    amount = fact.amount or "0"
    return Line(node, place, source["fact"], source["date"], amount, fact.formula, kind, split, fact.credit)


def _tell_paid(lines: list[Line], earning: Record) -> None:
    """Tell on each part of pay its own amount, and on each credit what the earning pays for it."""
    pieces = {child["n"] for child in earning["children"] if "piece" in child["source"]}
    paid: dict[tuple[str, str, int], Decimal] = defaultdict(Decimal)
    for line in lines:
        if line.node in pieces:
            line.paid = Decimal(line.amount)
            paid[line.fact, line.date, line.credit] += line.paid
    if not paid:
        return  # it is paid as a whole, and no fact has a part of it
    signs = dict(_signs(paid_on(earning)))
    seen = Counter[tuple[str, str]]()
    for line in sorted(
        (one for one in lines if one.node in signs), key=lambda one: signs[one.node] * Decimal(one.amount)
    ):
        line.credit = seen[line.fact, line.date]
        line.paid = paid[line.fact, line.date, line.credit]
        seen[line.fact, line.date] += 1


def paid_on(earning: Record) -> Record:
    """The measure that an earning pays on, which stands before those that open or multiply it; of a pool, below it."""
    return next(node for node in walk(earning) if "measure" in node["source"])


def _signs(node: Record, sign: int = 1) -> Iterator[tuple[int, int]]:
    """Each node with the sign with which it adds to a measure: a difference takes away its second part."""
    yield node["n"], sign
    for place, child in enumerate(node["children"]):
        yield from _signs(child, -sign if place else sign)


def in_words(name: str) -> str:
    """A measure's name in words."""
    return name.replace("_", " ").capitalize()


def base_of(piece: Node) -> str | None:
    """The part of the measure that fell in a piece; a lump sum has none."""
    found = _BASE.match(piece.formula)
    return found[1].replace(",", "") if found else None


def tiers_of(component: PlanComponent) -> list[Record]:
    """The tiers of a component as the plan says them, each by the label of its piece."""
    params = component.params
    if not isinstance(params, TierParams):
        return []
    ends = [str(tier.start) for tier in params.tiers[1:]]
    return [
        {"label": tier_words(params.tiers, number), "from": str(tier.start), "to": end, "rate": rate_words(tier.rate)}
        for number, (tier, end) in enumerate(zip(params.tiers, [*ends, ""], strict=True))
    ]


def walk(tree: Record) -> Iterator[Record]:
    """Every node in order of reading."""
    yield tree
    for child in tree.get("children", ()):
        yield from walk(child)


def find(tree: Record, number: int) -> list[Record] | None:
    """The way from the top down to the node of a number, both with it; None where there is none."""
    if tree.get("n") == number:
        return [tree]
    for child in tree.get("children", ()):
        if below := find(child, number):
            return [tree, *below]
    return None


def fact_record(node: Record, line: Any) -> Record:
    """A line as the node of ``attain explain`` that it was: ``line`` is a StatementLine."""
    is_money = node["kind"] == "money"
    source = {"fact": line.fact, "date": line.date.isoformat()}
    if not is_money:
        source = {"table": node["table"], **source, "kind": line.kind, "split": as_text(line.split)}
    return {
        "label": f"{line.fact}, {line.date}",
        "kind": node["kind"],
        "amount": as_text(line.amount, digits=digits_of(node) if is_money else 0),
        "unit": node["unit"],
        "formula": line.formula,
        "source": source,
        "children": [],
    }


def digits_of(node: Record) -> int:
    """The digits after the point of a node's money."""
    return len((node["amount"] or "").partition(".")[2])
