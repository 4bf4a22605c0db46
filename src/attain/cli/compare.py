"""``attain compare``: two plans as words, as SQL, and as what each pays everybody over the same data."""

from __future__ import annotations

import argparse
import difflib
import json
from dataclasses import asdict, dataclass
from decimal import Decimal

from attain.cli.calculate import data_of, engine_of
from attain.cli.outputs import sql_text
from attain.cli.terminal import progress_bar, table
from attain.errors import AttainError, Fault
from attain.plans.compare import changes
from attain.plans.document import CheckedPlan, read_plan
from attain.run import Run, run_plan
from attain.sources.mapping import read_mapping


@dataclass(frozen=True)
class Paid:
    """What somebody is paid by each plan; None for who is not on it."""

    participant: str
    name: str | None
    before: Decimal | None
    after: Decimal | None

    @property
    def difference(self) -> Decimal:
        """How much more the second plan pays."""
        return (self.after or Decimal(0)) - (self.before or Decimal(0))


def compare(asked: argparse.Namespace) -> int:
    """Print what two plans say differently, and what each pays everybody."""
    data = data_of(asked)
    before, after = read_plan(asked.plan), read_plan(asked.other)
    _must_share_currency(before, after)
    mapping = read_mapping(asked.mapping) if asked.mapping else None
    runs = []
    for checked in (before, after):
        with progress_bar() as progress:
            engine = engine_of(asked)
            runs.append(run_plan(checked, data, period=asked.period, mapping=mapping, engine=engine, progress=progress))
    people, told = paid_by(*runs), changes(before, after)
    sql = _sql_difference(*runs) if asked.show_sql else None
    if asked.json:
        record = {
            "changes": [asdict(one) for one in told],
            "people": [{**asdict(one), "difference": one.difference} for one in people],
            "currency": before.plan.currency,
            **({"sql": sql} if sql is not None else {}),
        }
        print(json.dumps(record, ensure_ascii=False, indent=1, default=str))
        return 0
    print(_words([(one.place, one.before, one.after) for one in told]))
    if sql is not None:
        print(f"\n{sql or 'The SQL is the same.'}")
    print(f"\n{_money(people, before.plan.currency)}")
    return 0


def _must_share_currency(before: CheckedPlan, after: CheckedPlan) -> None:
    if before.plan.currency != after.plan.currency:
        message = f"the one plan pays in {before.plan.currency}, the other in {after.plan.currency}"
        raise AttainError([Fault(check="currency", message=message, advice="Compare plans of one currency.")])


def paid_by(before: Run, after: Run) -> list[Paid]:
    """One row per participant of either plan: the largest difference first."""
    sums: list[dict[str, Decimal]] = []
    names: dict[str, str | None] = {}
    for run in (before, after):
        sums.append(run.paid())
        called = run.engine.rows("SELECT participant, MAX(name) AS name FROM versions GROUP BY 1")
        names |= {row["participant"]: row["name"] for row in called}
    old, new = sums
    people = [Paid(key, names.get(key), old.get(key), new.get(key)) for key in sorted({*old, *new})]
    return sorted(people, key=lambda one: (-abs(one.difference), one.participant))


def _sql_difference(before: Run, after: Run) -> str:
    """The lines of the steps' SQL that differ, with a few around them; empty where none does."""
    old, new = (sql_text(run, run.steps).splitlines() for run in (before, after))
    return "\n".join(difflib.unified_diff(old, new, "before", "after", lineterm=""))


def _words(told: list[tuple[str, str | None, str | None]]) -> str:
    if not told:
        return "Both say the same."
    return table(("place", "before", "after"), told)


def _money(people: list[Paid], currency: str) -> str:
    """What each is paid, and all together; those without a difference are counted."""
    differing = [one for one in people if one.difference]
    same = len(people) - len(differing)
    rows = [
        (f"{one.name} ({one.participant})" if one.name else one.participant, one.before, one.after, one.difference)
        for one in differing
    ]
    old, new = (sum((getattr(one, side) or Decimal(0) for one in people), Decimal(0)) for side in ("before", "after"))
    if same:
        rows.append((f"{same} with the same pay", None, None, Decimal(0)))
    return table(
        ("participant", f"before {currency}", f"after {currency}", "difference"), [*rows, ("all", old, new, new - old)]
    )
