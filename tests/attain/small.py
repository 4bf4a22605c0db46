"""A small company for tests: Ann sells, Bob leads her team, Cyd leads Bob, Dan sells elsewhere."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from attain.engines.duckdb import DuckDB
from attain.plans.document import CheckedPlan, read_plan
from attain.run import Run, run_plan
from attain.testing import tables

Rows = Sequence[Mapping[str, Any]]

ENGINE = DuckDB()

PEOPLE = (
    {"participant": "ann", "name": "Ann", "title": "Seller", "commission_rate": Decimal("0.05")},
    {"participant": "bob", "name": "Bob", "title": "Manager", "commission_rate": Decimal("0.02")},
    {"participant": "cyd", "name": "Cyd", "title": "Director", "commission_rate": Decimal("0.01")},
    {"participant": "dan", "name": "Dan", "title": "Seller", "commission_rate": Decimal("0.04")},
)
LINES = (
    {"participant": "ann", "manager": "bob"},
    {"participant": "bob", "manager": "cyd"},
    {"participant": "dan", "manager": "cyd"},
)


def order(key: str, who: str | None, day: str, amount: str, **more: Any) -> dict[str, Any]:
    """One order."""
    return {"order": key, "participant": who, "date": date.fromisoformat(day), "amount": Decimal(amount), **more}


def quota(who: str, amount: str, start: str, end: str | None, measure: str = "bookings") -> dict[str, Any]:
    """One quota."""
    until = date.fromisoformat(end) if end else None
    return {
        "participant": who,
        "measure": measure,
        "start": date.fromisoformat(start),
        "end": until,
        "quota": Decimal(amount),
    }


def plan(*components: Mapping[str, Any], **more: Any) -> CheckedPlan:
    """A plan for everybody over 2026 with these components."""
    document = {
        "plan": "Small",
        "version": 1,
        "currency": "USD",
        "effective": "2026-01-01 .. 2027-01-01",
        "participants": "participant is not null",
        "components": list(components),
        **more,
    }
    return read_plan(json.dumps(document, default=str))


def run(checked: CheckedPlan, data: Mapping[str, Rows] | None = None, *, period: str = "all", **more: Any) -> Run:
    """Run a plan over the small company and further tables."""
    held: dict[str, Rows] = {
        "participants": PEOPLE,
        "reporting_lines": LINES,
        "orders": (),
        "quotas": (),
        **(data or {}),
    }
    return run_plan(checked, tables(held), period=period, engine=ENGINE, **more)


def earned(result: Run, component: str | None = None) -> dict[tuple[str, date], Decimal]:
    """Amounts by participant and period start that are not 0."""
    return {
        (row["participant"], row["period_start"]): row["amount"]
        for row in result.table("earnings").to_pylist()
        if row["amount"] and component in (None, row["component"])
    }


def fault_checks(faults: Sequence[Any]) -> list[str]:
    """The names of the checks that found faults."""
    return [fault.check for fault in faults]
