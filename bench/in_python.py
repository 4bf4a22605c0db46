"""The same plan in plain Python, row by row with decimals, as people write it when they write it by hand."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from bench.task import Task

CENT = Decimal("0.01")
OWN = ((Decimal(0), Decimal("0.06")), (Decimal(1), Decimal("0.09")), (Decimal("1.5"), Decimal("0.12")))
TEAM = ((Decimal(0), Decimal("0.005")), (Decimal(1), Decimal("0.008")), (Decimal("1.2"), Decimal("0.01")))
COMPONENTS = (("Own sales", "bookings", OWN), ("Team sales", "team_bookings", TEAM))

Cell = tuple[str, str, date]
"""A participant, what it is about (a measure or a component), and the first day of the quarter."""

Managers = dict[str, list[tuple[date, date, str]]]
"""The lines upwards of every participant: from, until, to whom."""


def pay_task(task: Task) -> str:
    """The total of all earnings, as the bench asks for it."""
    return str(sum(pay(Path(task.data), Path(task.out)).values()))


def pay(data: Path, out: Path) -> dict[Cell, Decimal]:
    """Calculate the plan and write ``earnings.csv``; the earning by participant, component and quarter."""
    people = [row["participant"] for row in _rows(data, "participants")]
    known = set(people)
    managers: Managers = defaultdict(list)
    for row in _rows(data, "reporting_lines"):
        if row["participant"] not in known or row["manager"] not in known:
            raise ValueError(f"unknown participant in {row}")
        managers[row["participant"]].append((row["start"] or date.min, row["end"] or date.max, row["manager"]))
    quotas = {(row["participant"], row["measure"], row["start"]): row["quota"] for row in _rows(data, "quotas")}
    values = _values(_rows(data, "orders"), known, managers)
    quarters = [date(year, month, 1) for year in (2025, 2026) for month in (1, 4, 7, 10)]
    earned = {
        (who, name, start): _earn(values[who, measure, start], quotas.get((who, measure, start)), tiers)
        for who in people
        for name, measure, tiers in COMPONENTS
        for start in quarters
    }
    _write(out, earned)
    return earned


def _rows(data: Path, table: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(data / f"{table}.parquet").to_pylist()
    return rows


def _values(orders: Iterable[dict[str, Any]], known: set[str], managers: Managers) -> dict[Cell, Decimal]:
    """Bookings of every seller and team bookings of everyone above, by quarter."""
    values: dict[Cell, Decimal] = defaultdict(Decimal)
    keys = set()
    for order in orders:
        if order["order"] in keys or order["order"] is None:
            raise ValueError(f"key {order['order']} is empty or stands twice")
        keys.add(order["order"])
        who, day, amount = order["participant"], order["date"], order["amount"]
        if who not in known or day is None or amount is None:
            raise ValueError(f"empty or unknown value in {order}")
        quarter = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
        values[who, "bookings", quarter] += amount
        while who := next((name for start, end, name in managers[who] if start <= day < end), ""):
            values[who, "team_bookings", quarter] += amount
    return values


def _earn(value: Decimal, quota: Decimal | None, tiers: tuple[tuple[Decimal, Decimal], ...]) -> Decimal:
    """Each rate pays on the part inside its tier; below 0 the first rate gives back."""
    if not quota or quota < 0:
        return Decimal(0)
    total = Decimal(0)
    for number, (start, rate) in enumerate(tiers):
        part = value if number + 1 == len(tiers) else min(value, quota * tiers[number + 1][0])
        total += (max(part - quota * start, Decimal(0)) if number else part) * rate
    return total.quantize(CENT, ROUND_HALF_UP)


def _write(out: Path, earned: dict[Cell, Decimal]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    with (out / "earnings.csv").open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened)
        writer.writerow(("participant", "component", "period_start", "amount"))
        writer.writerows((*cell, amount) for cell, amount in sorted(earned.items()))
