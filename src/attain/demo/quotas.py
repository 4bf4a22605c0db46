"""What each seller and each manager was asked to reach in each quarter, with less asked of people who are new."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from attain.demo.people import DEVELOPMENT, MANAGER, VICE_PRESIDENT, Row, Seller, Staff
from attain.demo.season import MONTH_WEIGHTS, QUARTERS, growth, months, next_month

RAMP = (0.0, 0.25, 0.5, 0.75)
"""Part of the full quota asked in the first months of tenure; all of it from the fifth on."""

CALLS_A_YEAR = 400
TEAM_PARTS = {MANAGER: 0.95, VICE_PRESIDENT: 0.98}
"""A leader's quota as a part of the reports' quotas together."""


def quota_rows(staff: Staff) -> list[Row]:
    """One row per participant, measure and quarter: sellers' bookings and calls, managers' team bookings."""
    rows = []
    for quarter in QUARTERS:
        asked = {s.key: _asked_of(s, quarter) for s in staff.sellers.values()}
        for seller in staff.sellers.values():
            measure = "calls" if seller.title == DEVELOPMENT else "bookings"
            rows.append(_row(seller.key, measure, quarter, asked[seller.key]))
        money = {key: quota for key, quota in asked.items() if staff.sellers[key].title != DEVELOPMENT}
        for title, part in TEAM_PARTS.items():
            leaders = sorted({r["participant"] for r in staff.participants if r["title"] == title})
            team = {key: round(part * _of_reports(staff, key, quarter, money), -3) for key in leaders}
            rows += [_row(key, "team_bookings", quarter, quota) for key, quota in team.items()]
            money = {key: money.get(key, 0) + team.get(key, 0) for key in {**money, **team}}
    return sorted((row for row in rows if row["quota"]), key=lambda row: (row["participant"], row["start"]))


def _row(key: str, measure: str, quarter: tuple[date, date], quota: float) -> Row:
    dates = {"start": quarter[0], "end": quarter[1], "currency": None if measure == "calls" else "USD"}
    return {"participant": key, "measure": measure, "quota": Decimal(round(quota)), **dates}


def _asked_of(seller: Seller, quarter: tuple[date, date]) -> float:
    """The quota of a quarter: each month's part of the year, less in the first months and for days not worked.

    Whoever joins in the second half of a quarter has none for it.
    """
    if (quarter[1] - seller.first).days < (quarter[1] - quarter[0]).days / 2:
        return 0
    calls = seller.title == DEVELOPMENT
    asked = 0.0
    for month in months(*quarter):
        tenure = (month.year - seller.first.year) * 12 + month.month - seller.first.month
        ramp = RAMP[tenure] if 0 <= tenure < len(RAMP) else 1.0
        days = _days_shared(month, next_month(month), seller.first, seller.stop)
        weight = 1.0 if calls else MONTH_WEIGHTS[month.month - 1] * growth(month)
        asked += weight * ramp * days / (next_month(month) - month).days
    return round(asked * CALLS_A_YEAR / 12) if calls else round(asked * seller.quota / 12, -3)


def _of_reports(staff: Staff, manager: str, quarter: tuple[date, date], quotas: dict[str, float]) -> float:
    """Sum of the reports' quotas, each for the part of the report's days in the quarter spent with the manager."""
    total = 0.0
    for line in staff.reporting_lines:
        if line["manager"] == manager and (quota := quotas.get(line["participant"], 0)):
            lines = [other for other in staff.reporting_lines if other["participant"] == line["participant"]]
            all_days = sum(_days_shared(*quarter, other["start"], other["end"]) for other in lines)
            total += quota * _days_shared(*quarter, line["start"], line["end"]) / all_days
    return total


def _days_shared(start: date, end: date, since: date, until: date | None) -> int:
    return max(0, (min(end, until or end) - max(start, since)).days)
