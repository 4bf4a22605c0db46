"""The nodes of an explanation that lead from what is earned to what is paid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from attain.plans.nodes import Node, as_text, for_reading

_WORDS = {
    "shared": "{item}",
    "adjusted": "Adjustment by hand: {item}",
    "clawed back": "Clawed back: {item}",
    "cut": "Above the maximum: {item}",
    "paid later": "Paid now of what was above the maximum: {item}",
    "held back": "Held back: {item}",
    "released": "Released of what was held back: {item}",
    "draw": "Draw: {item}",
    "advance settled": "Paid in advance when the period began: {item}",
    "recovered": "Taken back of what is owed: {item}",
    "minimum": "Lifted to the minimum",
    "changed since": "Changed since the period was closed, and settled in an open one",
    "prior period": "Prior-period adjustment of {item}",
}
_ACCOUNTS = {
    "draw": "owed of the draw {account}",
    "minimum": "owed of what the minimum added",
    "holdback": "held back: {account}",
    "maximum": "kept for later: {account}",
    "prior period": "changed in closed periods: {account}",
    "clawback": "still to be clawed back: {account}",
}


@dataclass(frozen=True)
class Told:
    """How the nodes are told: the names of periods of payment, the currency and its digits."""

    names: Mapping[tuple[date, date], str]
    currency: str
    digits: int

    def period(self, row: Mapping[str, Any]) -> str:
        """The name of a row's period."""
        return self.names.get((row["period_start"], row["period_end"]), str(row["period_start"]))

    def money(self, label: str, amount: Decimal, formula: str, source: dict[str, Any]) -> Node:
        """A node that adds to the pay."""
        return Node(label, "money", as_text(amount, digits=self.digits), self.currency, formula, source)


def paid_nodes(items: Sequence[dict[str, Any]], earned: Decimal, told: Told) -> Iterator[Node]:
    """What is added to the earnings that are shown, or taken from them, so that they come to what is paid.

    ``items`` are the participant's rows of the settlement in the time asked for, ``earned`` the sum of the earnings
    that are shown.
    """
    elsewhere = sum((row["amount"] for row in items if row["kind"] == "earned"), Decimal(0)) - earned
    if elsewhere:
        label = "Earned in other periods and paid now" if elsewhere > 0 else "Earned, and paid with a later period"
        yield told.money(label, elsewhere, "it is paid by longer periods than it is earned by", {})
    for row in items:
        if row["kind"] in _WORDS:
            source: dict[str, Any] = {"item": row["item"], "kind": row["kind"], "paid_on": row["paid_on"].isoformat()}
            if row["fact"]:
                source |= {"component": row["component"], "of": row["fact"]}
            about = f" for {row['fact']}" if row["fact"] else ""
            label = f"{_WORDS[row['kind']].format(item=row['item'])}{about}, {told.period(row)}"
            yield told.money(label, row["amount"], "", source)


def balance_nodes(balances: Sequence[dict[str, Any]], told: Told) -> Iterator[Node]:
    """What each account held at the end of each period of payment in which it held or moved something."""
    for row in balances:
        moved = [
            (f" {sign} {words} {for_reading(row[name])}")
            for sign, words, name in (("+", "added", "added"), ("-", "taken", "taken"), ("-", "forgiven", "forgiven"))
            if row[name]
        ]
        if not moved and not row["opening"]:
            continue
        words = _ACCOUNTS[row["kind"]].format(account=row["account"])
        yield Node(
            f"Balance {words}, {told.period(row)}",
            "quantity",
            as_text(row["closing"], digits=told.digits),
            told.currency,
            f"{for_reading(row['opening'])} brought forward{''.join(moved)}",
            {"account": row["account"], "kind": row["kind"]},
        )
