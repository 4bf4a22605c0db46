"""The opportunities of the demo company: who opened them, how they went through the stages, who closed them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from random import Random

from attain.demo import season
from attain.demo.catalogue import Line, fill_basket, worth
from attain.demo.people import CHANNEL, DEVELOPMENT, EXECUTIVE, Row, Seller, Staff
from attain.demo.season import LAST, WORKING_DAYS

Customers = dict[str, list[Row]]
"""Rows of accounts by territory."""

STAGES = ("qualification", "discovery", "proposal", "negotiation")
SHORTEST, LONGEST = 16, 82
"""Bounds of a sales cycle in working days: about 22 and 118 days of the calendar."""


@dataclass(frozen=True)
class Flow:
    """A title's pipeline: closes a month, usual chance to win, usual amount as part of the year's quota, its spread."""

    closes: float
    chance: float
    part_of_quota: float
    spread: float


FLOWS = {
    EXECUTIVE: Flow(closes=4.6, chance=0.27, part_of_quota=0.0425, spread=0.5),
    CHANNEL: Flow(closes=3.6, chance=0.27, part_of_quota=0.063, spread=0.5),
    DEVELOPMENT: Flow(closes=2.2, chance=0.30, part_of_quota=0, spread=0.4),
}
SMALL_DEAL = 4_500
"""Usual amount in USD of the small opportunities that sales development closes itself."""


@dataclass(frozen=True)
class Deal:
    """An opportunity: opener and present owner, customer, stages entered as (name, position of the day), offer."""

    key: str
    opener: Seller
    owner: Seller
    account: Row
    stages: tuple[tuple[str, int], ...]
    close: int
    basket: tuple[Line, ...]

    @property
    def created(self) -> int:
        """Position of the day it was opened."""
        return self.stages[0][1]

    @property
    def stage(self) -> str:
        """Stage in which it stands at the end of the two years."""
        return self.stages[-1][0]

    def seller_on(self, day: int) -> Seller:
        """Who worked on it on the day at that position."""
        return self.opener if self.opener.sells_on(WORKING_DAYS[day]) else self.owner


def build_deals(random: Random, staff: Staff, customers: Customers) -> list[Deal]:
    """Every opportunity opened before the end of the two years, in the order of opening."""
    drafts = [
        deal
        for seller in staff.sellers.values()
        if seller.title in FLOWS
        for month in season.months(season.START, date(2027, 6, 1))
        for deal in _deals_closing_in(random, month, seller=seller, staff=staff, customers=customers)
    ]
    drafts.sort(key=lambda deal: (deal.created, deal.opener.key))
    return [replace(deal, key=f"O-{number:05d}") for number, deal in enumerate(drafts, start=1)]


def accounts_of(seller: Seller, day: date, *, staff: Staff, customers: Customers) -> list[Row]:
    """The seller's own customers in the territory covered on that day, or else all customers in it."""
    there = customers[staff.territory(seller.key, day)]
    return [row for row in there if row["participant"] == seller.key] or there


def _deals_closing_in(random: Random, month: date, *, seller: Seller, staff: Staff, customers: Customers) -> list[Deal]:
    flow, deals = FLOWS[seller.title], []
    for _ in range(season.some(random, flow.closes * season.MONTH_WEIGHTS[month.month - 1])):
        close = season.closing_day(random, month)
        created = close - SHORTEST - int((LONGEST - SHORTEST) * random.betavariate(2, 2.6))
        if created >= LAST or not seller.sells_on(WORKING_DAYS[created]):
            continue
        won = random.random() < min(0.6, flow.chance * seller.skill)
        usual = (seller.quota * flow.part_of_quota or SMALL_DEAL) * season.growth(month)
        basket = fill_basket(random, usual * random.lognormvariate(-(flow.spread**2) / 2, flow.spread))
        stages = _stages(random, created, close, won=won)
        owner = _owner_at(random, close, created=created, opener=seller, staff=staff)
        account = random.choice(accounts_of(seller, WORKING_DAYS[created], staff=staff, customers=customers))
        deals.append(Deal("", seller, owner, account, stages, close, basket))
    return deals


def _stages(random: Random, created: int, close: int, *, won: bool) -> tuple[tuple[str, int], ...]:
    """The stages entered before the end of the two years; what is lost is lost in any stage."""
    days = [created, *sorted(random.sample(range(created + 1, close), len(STAGES) - 1))]
    depth = len(STAGES) if won else random.choices((1, 2, 3, 4), (28, 30, 26, 16))[0]
    entered = [*zip(STAGES[:depth], days[:depth], strict=True), ("won" if won else "lost", close)]
    return tuple((stage, day) for stage, day in entered if day < LAST)


def _owner_at(random: Random, close: int, *, created: int, opener: Seller, staff: Staff) -> Seller:
    """Who owns it at the close: the opener, or a colleague to whom it was handed when the opener stopped selling."""
    day = WORKING_DAYS[min(close, LAST - 1)]
    if opener.sells_on(day):
        return opener
    peers = [
        s
        for s in staff.sellers.values()
        if s.title == opener.title and s.sells_on(WORKING_DAYS[created]) and s.sells_on(day)
    ]
    close_by = [s for s in peers if s.team == opener.team] or [s for s in peers if s.region == opener.region]
    return random.choice(close_by or peers)


def opportunity_rows(deals: list[Deal]) -> list[Row]:
    """One row per opportunity as it stands at the end of the two years."""
    return [
        {"opportunity": deal.key, "participant": deal.owner.key, "product": deal.basket[0].product.key}
        | {"account": deal.account["account"], "territory": deal.account["territory"], "stage": deal.stage}
        | {"amount": worth(deal.basket), "currency": "USD"}
        | {"created_date": WORKING_DAYS[deal.created], "close_date": WORKING_DAYS[deal.close]}
        for deal in deals
    ]


def stage_rows(deals: list[Deal]) -> list[Row]:
    """One row per opportunity and stage entered."""
    return [
        {"opportunity": deal.key, "stage": stage, "date": WORKING_DAYS[day]}
        for deal in deals
        for stage, day in deal.stages
    ]
