"""Settlement: from what is earned to what is paid, period by period, in exact arithmetic outside SQL.

In each period of payment, in this order: earnings, payout splits, adjustments, clawbacks, holds of facts, maximums of
components, holdbacks, draws as they are written, the minimum, maximums of the payment. Every item of it is a row;
those that are paid when the period ends add up to the payout, and an advance stands with the day on which it is paid.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from attain.money import Rounding, round_money
from attain.payouts.accounts import NOTHING, Account, AccountKind, guarantee, instalments, limit, recovery
from attain.plans.payment import MINIMUM, Clawback, Draw, Holdback, Maximum, Minimum, Payment

ItemKind = Literal[
    "earned",
    "shared",
    "adjusted",
    "clawed back",
    "cut",
    "paid later",
    "held back",
    "released",
    "draw",
    "advance",
    "advance settled",
    "recovered",
    "minimum",
    "changed since",
    "prior period",
]

PRIOR = "Prior periods"
"""The account of what closed periods would pay now, beyond what they paid."""


@dataclass(frozen=True)
class Clawed:
    """What a clawback takes back of a fact that was cancelled in a period, and the component that had paid it."""

    name: str
    component: str
    fact: str
    amount: Decimal


@dataclass(frozen=True)
class Held:
    """What of a component's pay for a fact is held when it is earned, until it is released (None: not yet)."""

    name: str
    component: str
    fact: str
    amount: Decimal
    released: date | None


@dataclass(frozen=True)
class Shared:
    """What a payout split takes of a component's pay for a fact; below 0 what it adds."""

    component: str
    fact: str
    amount: Decimal


@dataclass(frozen=True)
class Change:
    """A deal that pays more for a closed period than it did (below 0: less)."""

    component: str
    fact: str
    amount: Decimal


@dataclass(frozen=True)
class Closed:
    """What was paid for a closed period, and the deals that pay another amount for it now."""

    amount: Decimal
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Turn:
    """A period of payment of a participant: what was earned by component, and the amounts that the plan speaks of.

    ``amounts`` goes by the names of the parts of the payment; one that is None is not known (an attribute is missing).
    Who is not on the plan in it (``is_on``) has no draw and no minimum.
    """

    start: date
    end: date
    earned: tuple[tuple[str, Decimal], ...] = ()
    adjusted: tuple[tuple[str, Decimal], ...] = ()
    clawed: tuple[Clawed, ...] = ()
    held: tuple[Held, ...] = ()
    shared: tuple[Shared, ...] = ()
    amounts: Mapping[str, Decimal | None] = field(default_factory=dict, compare=False)
    is_on: bool = True
    closed: Closed | None = None


@dataclass(frozen=True)
class Item:
    """A row of the settlement: what is added to the payout (or taken from it), and when it is paid."""

    turn: Turn
    name: str
    kind: ItemKind
    amount: Decimal
    component: str | None = None
    fact: str | None = None
    in_advance: bool = False

    @property
    def paid_on(self) -> date:
        """The first day of the period for what is paid in advance, else the day after its last."""
        return self.turn.start if self.in_advance else self.turn.end


@dataclass(frozen=True)
class Balance:
    """What an account of a participant held before and after a period of payment, and what moved in it."""

    turn: Turn
    name: str
    kind: AccountKind
    opening: Decimal
    added: Decimal
    taken: Decimal
    forgiven: Decimal
    closing: Decimal


@dataclass
class Settlement:
    """The settlement of one participant; ``settle`` takes one period after the other, without a gap."""

    terms: Payment
    rounding: Rounding
    items: list[Item] = field(default_factory=list)
    balances: list[Balance] = field(default_factory=list)
    _accounts: dict[str, Account] = field(default_factory=dict)
    _drawn: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _claims: list[tuple[int, int, Clawed]] = field(default_factory=list)
    _held: list[tuple[int, str, Decimal]] = field(default_factory=list)
    _deals: list[Held] = field(default_factory=list)
    _prior: list[tuple[Turn, str | None, str | None, Decimal]] = field(default_factory=list)
    _count: int = 0
    _available: Decimal = NOTHING
    _advanced: Decimal = NOTHING

    def settle(self, turn: Turn) -> None:
        """Settle the next period of payment."""
        self._count, self._available, self._advanced = self._count + 1, NOTHING, NOTHING
        self._take_earnings(turn)
        for clawback in self.terms.clawbacks:
            self._claw_back(turn, clawback)
        self._hold(turn)
        for maximum in self.terms.maximums:
            if maximum.of is not None:
                of = sum((amount for name, amount in turn.earned if name in maximum.of), NOTHING)
                self._limit(turn, maximum, of)
        for holdback in self.terms.holdbacks:
            self._hold_back(turn, holdback)
        for draw in self.terms.draws:
            self._draw(turn, draw)
        if self.terms.minimum:
            self._lift(turn, self.terms.minimum)
        for maximum in self.terms.maximums:
            if maximum.of is None:
                self._limit(turn, maximum, self._available + self._advanced)
        if turn.closed:
            self._keep_paid(turn, turn.closed)
        else:
            self._adjust(turn)
        self._close(turn)

    def _take_earnings(self, turn: Turn) -> None:
        for name, amount in turn.earned:
            self._add(turn, name, "earned", amount, component=name)
        for one in turn.shared:
            self._add(turn, "Payout split", "shared", -one.amount, component=one.component, fact=one.fact)
        for reason, amount in turn.adjusted:
            self._add(turn, reason, "adjusted", amount)

    def _add(
        self,
        turn: Turn,
        name: str,
        kind: ItemKind,
        amount: Decimal,
        *,
        component: str | None = None,
        fact: str | None = None,
    ) -> None:
        self._available += amount
        if amount or kind == "earned":
            self.items.append(Item(turn, name, kind, amount, component, fact))

    def _account(self, name: str, kind: AccountKind) -> Account:
        return self._accounts.setdefault(name, Account(name, kind))

    def _claw_back(self, turn: Turn, clawback: Clawback) -> None:
        """Take back what is due of what was cancelled, the oldest first, up to the most of a period."""
        account = self._account(clawback.name, "clawback")
        for one in turn.clawed:
            if one.name == clawback.name:
                account.added += one.amount
                parts = instalments(one.amount, clawback.instalments, self.rounding)
                self._claims += [(self._count + n, self._count, replace(one, amount=x)) for n, x in enumerate(parts)]
        room: Decimal | None = None
        if clawback.most is not None:
            earned = sum((amount for _, amount in turn.earned), NOTHING)
            room = round_money(max(earned, NOTHING) * clawback.most, self.rounding)
        waiting: list[tuple[int, int, Clawed]] = []
        for due, since, one in self._claims:
            taken = NOTHING
            if one.name == clawback.name and due <= self._count:
                taken = one.amount if room is None else min(one.amount, room)
                room = None if room is None else room - taken
                self._add(turn, clawback.name, "clawed back", -taken, component=one.component, fact=one.fact)
                account.taken += taken
            if left := one.amount - taken:
                waiting.append((due, since, replace(one, amount=left)))
        self._claims = [one for one in waiting if not self._is_written_off(clawback, one)]
        account.forgiven = account.closing - sum(
            (one.amount for _, _, one in self._claims if one.name == clawback.name), NOTHING
        )

    def _is_written_off(self, clawback: Clawback, claim: tuple[int, int, Clawed]) -> bool:
        _, since, one = claim
        return one.name == clawback.name and clawback.forgiven is not None and self._count - since >= clawback.forgiven

    def _hold(self, turn: Turn) -> None:
        """Hold what is earned for single facts, and release what is due, or what was clawed back in the period."""
        for one in turn.held:
            self._add(turn, one.name, "held back", -one.amount, component=one.component, fact=one.fact)
            self._account(one.name, "holdback").added += one.amount
        clawed = {(one.component, one.fact) for one in turn.clawed}
        waiting: list[Held] = []
        for one in (*self._deals, *turn.held):
            is_due = one.released is not None and one.released < turn.end
            if is_due or (one.component, one.fact) in clawed:
                self._add(turn, one.name, "released", one.amount, component=one.component, fact=one.fact)
                self._account(one.name, "holdback").taken += one.amount
            else:
                waiting.append(one)
        self._deals = waiting

    def _limit(self, turn: Turn, maximum: Maximum, of: Decimal) -> None:
        """Cut what is above a maximum, and pay what was cut before where there is room."""
        most, account = turn.amounts.get(maximum.name), self._account(maximum.name, "maximum")
        if most is None:
            return
        limited = limit(of, most, account.opening)
        self._add(turn, maximum.name, "cut", -limited.cut)
        self._add(turn, maximum.name, "paid later", limited.later)
        account.taken += limited.later
        if maximum.excess == "carried":
            account.added += limited.cut

    def _hold_back(self, turn: Turn, holdback: Holdback) -> None:
        """Hold back a part of the earnings, and release what is due."""
        account = self._account(holdback.name, "holdback")
        of = sum((amount for name, amount in turn.earned if holdback.of is None or name in holdback.of), NOTHING)
        is_over = holdback.until is not None and holdback.until < turn.end
        due = self._count if holdback.periods else 0
        released = sum((held for then, name, held in self._held if name == holdback.name and then <= due), NOTHING)
        if is_over:
            released = account.opening
        held = NOTHING if is_over else round_money(of * holdback.part, self.rounding)
        self._add(turn, holdback.name, "held back", -held)
        self._add(turn, holdback.name, "released", released)
        account.added, account.taken = held, released
        if holdback.periods:
            kept = [one for one in self._held if not (one[1] == holdback.name and one[0] <= due)]
            self._held = [*kept, (self._count + holdback.periods, holdback.name, held)]

    def _is_drawn(self, turn: Turn, draw: Draw) -> bool:
        """Whether a draw is paid in a period."""
        span = draw.effective
        if span and not (span.start <= turn.start and (span.end is None or turn.start < span.end)):
            return False
        return turn.is_on and (draw.periods is None or self._drawn[draw.name] < draw.periods)

    def _draw(self, turn: Turn, draw: Draw) -> None:
        """Take back what is owed of a draw, and pay it."""
        account, terms = self._account(draw.name, "draw"), draw.recovery
        is_drawn = self._is_drawn(turn, draw)
        amount = (turn.amounts.get(draw.name) or NOTHING) if is_drawn else NOTHING
        is_begun = self._drawn[draw.name] >= terms.after and (terms.start is None or turn.end > terms.start)
        part = terms.part if is_begun else NOTHING
        if is_drawn or self._drawn[draw.name]:
            self._drawn[draw.name] += 1
        owed = account.opening
        if draw.pays == "additive":
            recovered, paid = recovery(self._available, owed, part, self.rounding), amount
        elif is_drawn:
            recovered, paid = guarantee(
                self._available, amount, owed, part=part, of_excess=draw.of_excess, rounding=self.rounding
            )
        else:
            recovered, paid = recovery(self._available, owed, part, self.rounding), NOTHING
        self._add(turn, draw.name, "recovered", -recovered)
        self._add(turn, draw.name, "draw", paid)
        account.taken += recovered
        if draw.recoverable:
            account.added += paid
        if draw.paid == "start" and amount:
            self.items.append(Item(turn, draw.name, "advance", amount, in_advance=True))
            self._add(turn, draw.name, "advance settled", -amount)
            self._advanced += amount
        if terms.forgiven is not None and terms.forgiven < turn.end:
            account.forgiven = account.closing

    def _lift(self, turn: Turn, minimum: Minimum) -> None:
        """Lift the payment to the minimum, or to 0 of who is not on the plan; what was added is taken back first."""
        amount, account = turn.amounts.get(MINIMUM) or NOTHING, self._account(MINIMUM, "minimum")
        recovered, paid = guarantee(
            self._available + self._advanced,
            amount,
            account.opening,
            part=Decimal(1),
            of_excess=False,
            rounding=self.rounding,
        )
        self._add(turn, MINIMUM, "recovered", -recovered)
        self._add(turn, MINIMUM, "minimum", paid)
        account.taken += recovered
        if minimum.short == "carried":
            account.added += paid

    def _keep_paid(self, turn: Turn, closed: Closed) -> None:
        """Leave a closed period at what was paid for it; what it would pay now beyond that waits for an open one."""
        moved = self._available - closed.amount
        self._add(turn, PRIOR, "changed since", -moved)
        self._account(PRIOR, "prior period").added += moved
        waiting = [(turn, one.component, one.fact, one.amount) for one in closed.changes]
        rest = moved - sum((one.amount for one in closed.changes), NOTHING)
        self._prior += [*waiting, *([(turn, None, None, rest)] if rest else [])]

    def _adjust(self, turn: Turn) -> None:
        """Pay or take what closed periods would pay now, each with the deal that it came from."""
        for of, component, fact, amount in self._prior:
            self._add(turn, of.start.isoformat(), "prior period", amount, component=component, fact=fact)
            self._account(PRIOR, "prior period").taken += amount
        self._prior = []

    def _close(self, turn: Turn) -> None:
        """Keep the balances of the period, and begin the next one."""
        for one in self._accounts.values():
            moved = (one.opening, one.added, one.taken, one.forgiven, one.closing)
            self.balances.append(Balance(turn, one.name, one.kind, *moved))
            one.turn()


def settled(terms: Payment, rounding: Rounding, turns: Sequence[Turn]) -> Settlement:
    """The settlement of one participant over all periods of payment up to now, in order."""
    found = Settlement(terms, rounding)
    for turn in turns:
        found.settle(turn)
    return found


def payouts(items: Sequence[Item]) -> Iterator[tuple[Turn, Decimal]]:
    """What is paid when each period ends: the sum of its items without what is paid in advance."""
    paid: dict[Turn, Decimal] = defaultdict(Decimal)
    for item in items:
        if not item.in_advance:
            paid[item.turn] += item.amount
    yield from paid.items()
