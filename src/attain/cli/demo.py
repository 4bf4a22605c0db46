"""``attain demo``: the generated company, its plans run, and one statement explained."""

from __future__ import annotations

import argparse
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from attain.cli.calculate import summary
from attain.cli.outputs import write_run
from attain.cli.terminal import percent, progress_bar, table, tree
from attain.demo import PLANS, write
from attain.errors import UsageError
from attain.plans.document import read_plan
from attain.plans.explain import Explainer
from attain.run import Run, run_plan

MARK = "Halden Instruments is a generated company: every name and number of it comes from a seed."
PERIOD = "2026"


def demo(asked: argparse.Namespace) -> int:
    """Make the demo company where it is not there yet, run each of its plans, and print what they pay."""
    folder = asked.out / "company"
    made = make_company(folder, seed=asked.seed)
    runs = {}
    with progress_bar() as progress:
        for file in sorted(PLANS.glob("*.yaml")):
            run = run_plan(read_plan(file, name=file.name), folder, period=PERIOD, progress=progress)
            write_run(run, asked.out / "runs" / file.stem, asked=PERIOD, mapping=None, csv=False, lines=False)
            runs[file.stem] = run
    sellers = runs["account_executives_2026"]
    best, explained = leaders(sellers), best_paid(sellers)
    if asked.json:
        print(
            json.dumps({"generated": MARK, "folder": str(folder), "made": made, "leaders": best}, default=str, indent=1)
        )
        return 0
    print(f"{MARK}\n{'Made' if made else 'Found'} in {folder}, seed {asked.seed}.")
    for run in runs.values():
        print(f"\n{summary(run)}")
    print(f"\nAccount executives by attainment, {PERIOD} (generated)\n")
    print(
        table(
            ("participant", "name", "bookings", "quota", "attainment", "pay"),
            [
                (row["participant"], row["name"], row["value"], row["quota"], percent(row["attainment"]), row["pay"])
                for row in best
            ],
        )
    )
    print(
        f"\nOne statement (generated), also by: attain explain src/attain/demo/plans/account_executives_2026.yaml "
        f"--data {folder} --participant {explained} --period 2026-Q4\n"
    )
    print(statement(folder, explained))
    return 0


def make_company(folder: Path, *, seed: int) -> bool:
    """Generate the company into the folder, unless it is there with this seed; whether it was made."""
    mark = folder / "README.txt"
    if mark.is_file() and f"seed {seed}" in mark.read_text(encoding="utf-8"):
        return False
    try:
        write(folder, seed=seed)
    except FileExistsError as error:
        raise UsageError(f"{error} (--out)") from None
    return True


def leaders(run: Run) -> list[dict[str, Any]]:
    """The account executives by attainment: value, quota, attainment and pay of the year."""
    rows = run.engine.rows(
        "SELECT a.participant, MAX(v.name) AS name, MAX(a.value) AS value, MAX(a.quota) AS quota, "
        "MAX(p.pay) AS pay FROM "
        "(SELECT participant, SUM(value) AS value, SUM(quota) AS quota FROM attainment GROUP BY 1) AS a "
        "JOIN (SELECT participant, SUM(amount) AS pay FROM payouts GROUP BY 1) AS p "
        "ON p.participant = a.participant "
        "JOIN versions AS v ON v.participant = a.participant GROUP BY a.participant"
    )
    for row in rows:
        row["value"] = round(row["value"], 2)
        row["attainment"] = row["value"] / row["quota"] if row["quota"] else None
    return sorted(rows, key=lambda row: row["attainment"] or Decimal(0), reverse=True)


def best_paid(run: Run) -> str:
    """Who was paid most in the last quarter."""
    key: str = run.engine.rows("SELECT participant FROM payouts ORDER BY period_end DESC, amount DESC, 1 LIMIT 1")[0][
        "participant"
    ]
    return key


def statement(folder: Path, participant: str) -> str:
    """One participant's last quarter, explained."""
    file = PLANS / "account_executives_2026.yaml"
    run = run_plan(read_plan(file, name=file.name), folder, period="2026-Q4", participants=[participant])
    return tree(Explainer(run.engine, run.compiler, participant).explain("2026-Q4"), facts=5)
