"""What is paid of what was earned, where a plan's payment runs on from period to period: settlement and balances."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any

import pyarrow as pa

from attain.engines.engine import Engine, Step, template
from attain.money import PRECISION, Rounding, round_money
from attain.plans.clawed import clawed_back
from attain.plans.closed import closed_periods
from attain.plans.compile import PlanCompiler
from attain.plans.earn import rate_of
from attain.plans.held import held
from attain.plans.settlement import Clawed, Closed, Held, Settlement, Shared, Turn, payouts, settled
from attain.quotas.proration import share

_NOTES = {
    "settlement": "from earned to paid: one row per participant, period of payment and item, calculated outside SQL",
    "payouts": "what is paid when a period ends: the sum of its items but for those paid in advance",
    "balances": "what runs on: one row per participant, account and period of payment in which it holds something",
}
Period = tuple[date, date]
Amounts = Mapping[str, Decimal | None]


@dataclass
class _Person:
    """What settlement reads of a participant, by period of payment."""

    earned: dict[Period, list[tuple[str, Decimal]]] = field(default_factory=lambda: defaultdict(list))
    adjusted: dict[Period, list[tuple[str, Decimal]]] = field(default_factory=lambda: defaultdict(list))
    clawed: dict[Period, list[Clawed]] = field(default_factory=lambda: defaultdict(list))
    held: dict[Period, list[Held]] = field(default_factory=lambda: defaultdict(list))
    shared: dict[Period, list[Shared]] = field(default_factory=lambda: defaultdict(list))
    amounts: dict[Period, Amounts] = field(default_factory=dict)
    closed: dict[Period, Closed] = field(default_factory=dict)

    def turns(self, periods: list[Period]) -> list[Turn]:
        """Every period of payment from the first that says anything of them."""
        told = {*self.earned, *self.adjusted, *self.clawed, *self.amounts, *self.closed}
        known = [period for period in periods if period in told]
        return [
            Turn(
                *period,
                tuple(self.earned.get(period, ())),
                tuple(self.adjusted.get(period, ())),
                tuple(self.clawed.get(period, ())),
                tuple(self.held.get(period, ())),
                tuple(self.shared.get(period, ())),
                self.amounts.get(period, {}),
                is_on=period in self.amounts,
                closed=self.closed.get(period),
            )
            for period in periods[periods.index(known[0]) :]
        ]


def pay_out(compiler: PlanCompiler, engine: Engine) -> Iterator[Step]:
    """Give the engine settlement, payouts and balances; the steps that stand for them."""
    plan, people = compiler.checked.plan, _people(compiler, engine)
    sql = "SELECT period_start, period_end FROM periods WHERE every = :every ORDER BY 1"
    rows = engine.rows(template(sql, every=_every(compiler)))
    periods = [(row["period_start"], row["period_end"]) for row in rows]
    for who, closed in closed_periods(compiler, engine, periods).items():
        if who in people or any(one.amount or one.changes for one in closed.values()):
            people[who].closed = closed
    found = {
        who: settled(plan.payment, compiler.rounding, person.turns(periods)) for who, person in sorted(people.items())
    }
    for name, paid in (
        ("settlement", _items(found)),
        ("payouts", _payouts(found)),
        ("balances", _balances(found)),
    ):
        engine.load(name, _table(name, paid, compiler.rounding, plan.currency))
        yield Step(name, template(f"SELECT * FROM {name}"), _NOTES[name])


def _every(compiler: PlanCompiler) -> str:
    every = compiler.checked.pays_every
    assert every is not None, "a plan that pays has components"
    return every


def _people(compiler: PlanCompiler, engine: Engine) -> dict[str, _Person]:
    """Everybody who earns something or is on the plan."""
    people: dict[str, _Person] = defaultdict(_Person)
    every = _every(compiler)
    earned = template(
        "SELECT e.participant, e.component, p.period_start, p.period_end, SUM(e.amount) AS amount "
        "FROM earnings AS e JOIN periods AS p ON p.every = :every AND p.period_start < e.period_end "
        "AND e.period_end <= p.period_end GROUP BY 1, 2, 3, 4",
        every=every,
    )
    order = {component.spec.name: component.number for component in compiler.checked.components}
    for row in sorted(engine.rows(earned), key=lambda row: order[row["component"]]):
        period = row["period_start"], row["period_end"]
        people[row["participant"]].earned[period].append((row["component"], row["amount"]))
    for participant, period, reason, amount in _adjustments(compiler, engine):
        people[participant].adjusted[period].append((reason, amount))
    for participant, period, clawed in clawed_back(compiler, engine):
        people[participant].clawed[period].append(clawed)
    for participant, period, one in held(compiler, engine):
        if isinstance(one, Held):
            people[participant].held[period].append(one)
        else:
            people[participant].shared[period].append(one)
    for participant, period, amounts in _amounts(compiler, engine):
        people[participant].amounts[period] = amounts
    return people


def _adjustments(compiler: PlanCompiler, engine: Engine) -> Iterator[tuple[str, Period, str, Decimal]]:
    """Adjustments made by hand."""
    query = template(
        "SELECT a.participant, p.period_start, p.period_end, a.reason, SUM(a.amount) AS amount FROM adjustments AS a "
        "JOIN periods AS p ON p.every = :every AND p.period_start <= a.date AND a.date < p.period_end "
        "WHERE a.plan = :plan AND a.participant IN (SELECT participant FROM versions) "
        "GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 4",
        every=_every(compiler),
        plan=compiler.checked.plan.plan,
    )
    for row in engine.rows(query):
        amount = round_money(row["amount"], compiler.rounding)
        yield row["participant"], (row["period_start"], row["period_end"]), row["reason"], amount


def _amounts(compiler: PlanCompiler, engine: Engine) -> Iterator[tuple[str, Period, Amounts]]:
    """The amounts that the payment speaks of, for who is on the plan in a period: as of their last day in it."""
    written = list(compiler.checked.plan.payment.amounts())
    columns = {
        f"amount_{number}": rate_of(compiler, amount, table="g").tree for number, (_, amount, _) in enumerate(written)
    }
    selected = "".join(f", :{name} AS {name}" for name in columns)
    query = template(
        f"SELECT g.participant, g.period_start, g.period_end, g.from_day, g.until_day{selected} FROM segments AS g "
        "WHERE g.every = :every ORDER BY g.participant, g.period_start, g.from_day",
        every=_every(compiler),
        **columns,
    )
    weights = compiler.checked.plan.proration.by_month
    stretches: dict[tuple[str, Period], list[dict[str, Any]]] = defaultdict(list)
    for row in engine.rows(query):
        stretches[row["participant"], (row["period_start"], row["period_end"])].append(row)
    for (participant, period), rows in stretches.items():
        days = [(row["from_day"], row["until_day"]) for row in rows]
        yield (
            participant,
            period,
            {
                name: _prorated(rows[-1][column], share(method, days, *period, weights=weights), compiler.rounding)
                for column, (name, _, method) in zip(columns, written, strict=True)
            },
        )


def _prorated(amount: Decimal | None, part: Fraction, rounding: Rounding) -> Decimal | None:
    if amount is None:
        return None
    return round_money(amount * part.numerator / part.denominator, rounding)


# the tables -----------------------------------------------------------------------------------------------------------

Row = tuple[Any, ...]
_TEXT, _DAY = pa.string(), pa.date32()
_COLUMNS: dict[str, tuple[tuple[str, Any], ...]] = {
    "settlement": (
        ("participant", _TEXT),
        ("period_start", _DAY),
        ("period_end", _DAY),
        ("number", pa.int64()),
        ("item", _TEXT),
        ("kind", _TEXT),
        ("component", _TEXT),
        ("fact", _TEXT),
        ("paid_on", _DAY),
        ("amount", None),
    ),
    "payouts": (("participant", _TEXT), ("period_start", _DAY), ("period_end", _DAY), ("amount", None)),
    "balances": (
        ("participant", _TEXT),
        ("account", _TEXT),
        ("kind", _TEXT),
        ("period_start", _DAY),
        ("period_end", _DAY),
        ("opening", None),
        ("added", None),
        ("taken", None),
        ("forgiven", None),
        ("closing", None),
    ),
}
PAID = {name: (*(column for column, _ in columns), "currency") for name, columns in _COLUMNS.items()}
"""The columns of the tables that say what is paid."""


def _items(found: Mapping[str, Settlement]) -> Iterator[Row]:
    for who, one in found.items():
        for turn, items in groupby(one.items, key=lambda item: item.turn):
            for number, item in enumerate(items, 1):
                told = (number, item.name, item.kind, item.component, item.fact, item.paid_on, item.amount)
                yield who, turn.start, turn.end, *told


def _payouts(found: Mapping[str, Settlement]) -> Iterator[Row]:
    for who, one in found.items():
        for turn, amount in payouts(one.items):
            yield who, turn.start, turn.end, amount


def _balances(found: Mapping[str, Settlement]) -> Iterator[Row]:
    for who, one in found.items():
        for balance in one.balances:
            moved = (balance.opening, balance.added, balance.taken, balance.forgiven, balance.closing)
            yield who, balance.name, balance.kind, balance.turn.start, balance.turn.end, *moved


def _table(name: str, rows: Iterable[Row], rounding: Rounding, currency: str) -> pa.Table:
    held, columns = list(rows), _COLUMNS[name]
    money = pa.decimal128(PRECISION, rounding.digits)
    made = {
        column: pa.array([row[place] for row in held], kind or money) for place, (column, kind) in enumerate(columns)
    }
    return pa.table({**made, "currency": pa.array([currency] * len(held), _TEXT)})
