"""What sellers do before an order comes: leads they work on, calls, e-mails, meetings, demos and tasks."""

from __future__ import annotations

from random import Random

from attain.demo.people import DEVELOPMENT, EXECUTIVE, SUCCESS, Row, Seller, Staff
from attain.demo.pipeline import Customers, Deal, accounts_of
from attain.demo.season import END, FIRST, LAST, START, WORKING_DAYS, any_day, months, some

SOURCES = {
    "referral": (10, 0.34),
    "partner": (10, 0.26),
    "website": (28, 0.20),
    "trade show": (18, 0.16),
    "webinar": (14, 0.13),
    "cold call": (20, 0.07),
}
"""Each source of leads with its weight and the part of its leads that become opportunities."""

LEADS_A_MONTH, TOUCHES_A_MONTH, VISITS_A_MONTH = 16.0, 44.0, 12.0
_KINDS = {
    DEVELOPMENT: (("call", "email", "task"), (75, 20, 5)),
    SUCCESS: (("call", "email", "meeting", "task"), (35, 25, 30, 10)),
    "early": (("call", "email", "meeting", "task"), (38, 30, 25, 7)),
    "late": (("call", "email", "meeting", "demo", "task"), (22, 25, 23, 22, 8)),
}


def lead_rows(random: Random, staff: Staff, deals: list[Deal]) -> list[Row]:
    """One row per lead; a lead converts into an opportunity that an account executive of the same team opened."""
    waiting: dict[str, list[Deal]] = {}
    for deal in deals:
        if deal.opener.title == EXECUTIVE and deal.created >= FIRST:
            waiting.setdefault(deal.opener.team, []).append(deal)
    came = sorted(
        (day, seller.key)
        for seller in staff.sellers.values()
        if seller.title == DEVELOPMENT
        for month in months(START, END)
        for day in (any_day(random, month) for _ in range(some(random, LEADS_A_MONTH)))
        if seller.sells_on(WORKING_DAYS[day])
    )
    return [
        _lead(random, f"L-{number:05d}", day, seller=staff.sellers[key], waiting=waiting)
        for number, (day, key) in enumerate(came, start=1)
    ]


def _lead(random: Random, key: str, day: int, *, seller: Seller, waiting: dict[str, list[Deal]]) -> Row:
    source = random.choices(list(SOURCES), [weight for weight, _ in SOURCES.values()])[0]
    row: Row = {"lead": key, "participant": seller.key, "created_date": WORKING_DAYS[day], "source": source}
    if random.random() < SOURCES[source][1]:
        team = waiting.get(seller.team, [])
        fitting = [d for d in team if day < d.created <= day + 25 and seller.sells_on(WORKING_DAYS[d.created])]
        if fitting:
            team.remove(deal := random.choice(fitting))
            when = WORKING_DAYS[deal.created]
            return {**row, "status": "qualified", "converted_date": when, "opportunity": deal.key}
    recent = ("new", "working", "working") if day > LAST - 25 else ("working", *["disqualified"] * 7)
    return {**row, "status": random.choice(recent)}


def activity_rows(random: Random, staff: Staff, deals: list[Deal], customers: Customers) -> list[Row]:
    """One row per activity of the two years, in the order of days."""
    rows = [row for deal in deals for row in _work_on(random, deal)]
    for seller in staff.sellers.values():
        mean = {DEVELOPMENT: TOUCHES_A_MONTH * seller.skill**0.7, SUCCESS: VISITS_A_MONTH}.get(seller.title, 0.0)
        rows += _prospecting(random, seller, mean, staff=staff, customers=customers) if mean else []
    rows.sort(key=lambda row: (row["date"], row["participant"], row["account"], row["opportunity"] or "", row["kind"]))
    return [{"activity": f"A-{number:05d}", **row} for number, row in enumerate(rows, start=1)]


def _work_on(random: Random, deal: Deal) -> list[Row]:
    first, last = max(deal.created, FIRST), min(deal.close, LAST - 1)
    days = [random.randint(first, last) for _ in range(random.randint(2, 5))] if first <= last else []
    halfway = (deal.created + deal.close) // 2
    about: Row = {"account": deal.account["account"], "opportunity": deal.key}
    return [
        {"participant": deal.seller_on(day).key, "kind": _kind(random, "early" if day < halfway else "late"), **about}
        | {"date": WORKING_DAYS[day]}
        for day in days
    ]


def _prospecting(random: Random, seller: Seller, mean: float, *, staff: Staff, customers: Customers) -> list[Row]:
    rows = []
    for month in months(START, END):
        pool = accounts_of(seller, month, staff=staff, customers=customers)
        quiet = 0.85 if month.month in {7, 8, 12} else 1.05
        for _ in range(some(random, mean * quiet)):
            day, account = WORKING_DAYS[any_day(random, month)], random.choice(pool)["account"]
            kind = _kind(random, seller.title)
            if seller.sells_on(day):
                rows.append(
                    {"participant": seller.key, "kind": kind, "date": day, "account": account, "opportunity": None}
                )
    return rows


def _kind(random: Random, of: str) -> str:
    kinds, weights = _KINDS[of]
    return random.choices(kinds, weights)[0]
