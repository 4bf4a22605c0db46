"""The orders of the demo company: won opportunities, repeat orders, credit notes, and who shares in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from random import Random

from attain.demo import season
from attain.demo.catalogue import Line, cost_of, fill_basket, worth
from attain.demo.people import CHANNEL, EXECUTIVE, SUCCESS, Row, Seller, Staff
from attain.demo.pipeline import Customers, Deal, accounts_of
from attain.demo.season import LAST, WORKING_DAYS

REPEATS = {EXECUTIVE: (1.8, 0.0155), CHANNEL: (1.5, 0.0165), SUCCESS: (7.0, 0.0119)}
"""Repeat orders a month for each title, and the usual one as part of the year's quota."""

SHARES = (("60", "40"), ("50", "50"), ("33.333333", "33.333333", "33.333334"))
CREDIT_NOTES = 12


@dataclass(frozen=True)
class Sale:
    """One order; a credit note names the order it corrects."""

    key: str
    seller: Seller
    account: Row
    opportunity: str | None
    day: int
    basket: tuple[Line, ...]
    kind: str
    corrects: str | None = None


def build_sales(random: Random, staff: Staff, *, deals: list[Deal], customers: Customers) -> list[Sale]:
    """Every order of the two years in the order of days, credit notes last."""
    sales = [_won(random, deal) for deal in deals if deal.stage == "won"]
    for seller in staff.sellers.values():
        if seller.title in REPEATS:
            sales += _repeats(random, seller, staff=staff, customers=customers)
    sales.sort(key=lambda sale: (sale.day, sale.seller.key, sale.opportunity or ""))
    sales = [replace(sale, key=f"S-{number:05d}") for number, sale in enumerate(sales, start=1)]
    return sales + _credit_notes(random, sales)


def _won(random: Random, deal: Deal) -> Sale:
    last = season.position(min(season.END, deal.owner.stop)) - 1
    day = min(deal.close + random.choice((0, 0, 1, 1, 2, 3, 5)), last)
    return Sale("", deal.owner, deal.account, deal.key, day, deal.basket, "new")


def _repeats(random: Random, seller: Seller, *, staff: Staff, customers: Customers) -> list[Sale]:
    count, part_of_quota = REPEATS[seller.title]
    sales = []
    for month in season.months(season.START, season.END):
        pool = accounts_of(seller, month, staff=staff, customers=customers)
        for _ in range(season.some(random, count * season.MONTH_WEIGHTS[month.month - 1] * seller.skill)):
            day, account = season.closing_day(random, month), random.choice(pool)
            usual = seller.quota * part_of_quota * season.growth(month)
            basket = fill_basket(random, usual * random.lognormvariate(-0.125, 0.5))
            # A new seller's customers order again only after a month or so.
            if seller.sells_on(WORKING_DAYS[day]) and WORKING_DAYS[day] >= seller.first + timedelta(45):
                sales.append(Sale("", seller, account, None, day, basket, "repeat"))
    return sales


def _credit_notes(random: Random, sales: list[Sale]) -> list[Sale]:
    notes: list[Sale] = []
    for sale in random.sample([sale for sale in sales if sale.day < LAST - 40], CREDIT_NOTES):
        day = sale.day + random.randint(8, 35)
        if sale.seller.sells_on(WORKING_DAYS[day]):
            key, basket = f"N-{len(notes) + 1:03d}", (replace(sale.basket[-1], sign=-1),)
            notes.append(Sale(key, sale.seller, sale.account, None, day, basket, "credit note", sale.key))
    return notes


def order_rows(sales: list[Sale]) -> list[Row]:
    """One row per order, amount and cost being the sums of its lines."""
    return [
        {"order": sale.key, "participant": sale.seller.key, "opportunity": sale.opportunity, "kind": sale.kind}
        | {"account": sale.account["account"], "territory": sale.account["territory"], "corrects": sale.corrects}
        | {
            "date": WORKING_DAYS[sale.day],
            "amount": worth(sale.basket),
            "cost": cost_of(sale.basket),
            "currency": "USD",
        }
        for sale in sales
    ]


def line_rows(sales: list[Sale]) -> list[Row]:
    """One row per line of an order, numbered from 1."""
    return [
        {"order": sale.key, "line": str(number), "product": line.product.key, "amount": line.amount, "cost": line.cost}
        | {"quantity": Decimal(line.sign * line.quantity), "discount": Decimal(line.discount)}
        for sale in sales
        for number, line in enumerate(sale.basket, start=1)
    ]


def split_rows(random: Random, staff: Staff, sales: list[Sale]) -> list[Row]:
    """One row per shared order and participant, for about one order in twenty; none of those later corrected."""
    corrected, rows = {sale.corrects for sale in sales}, []
    for sale in sales:
        peers = [
            s.key
            for s in staff.sellers.values()
            if s.title in REPEATS and s.region == sale.seller.region and s.sells_on(WORKING_DAYS[sale.day])
        ]
        if sale.seller.key in peers and sale.corrects is None and sale.key not in corrected and random.random() < 0.06:
            shares, others = random.choice(SHARES), [key for key in peers if key != sale.seller.key]
            members = [sale.seller.key, *random.sample(others, len(shares) - 1)]
            for member, share in zip(members, shares, strict=True):
                rows.append({"fact_table": "orders", "fact": sale.key, "participant": member, "share": Decimal(share)})
    return rows
