"""``attain check``: every fault of a plan with its line, and its worked examples run."""

from __future__ import annotations

import argparse
import json

from attain.engines.duckdb import DuckDB
from attain.errors import UsageError, errors_in, raise_errors
from attain.plans.document import read_plan
from attain.plans.examples import check_examples
from attain.plans.lint import check_plan
from attain.plans.pitfalls import pitfalls


def check(asked: argparse.Namespace) -> int:
    """Check a plan; 0 when it has no errors."""
    if not asked.plan.is_file():
        raise UsageError(f"there is no file {asked.plan} (plan)")
    checked = read_plan(asked.plan)
    faults = check_plan(checked)
    raise_errors(faults)
    engine = DuckDB()
    faults += check_examples(checked, engine)
    raise_errors(faults)
    faults += pitfalls(checked, engine)
    if asked.json:
        print(json.dumps({"faults": [fault.as_record() for fault in faults]}, ensure_ascii=False, indent=1))
    else:
        for fault in faults:
            print(fault)
        plan = checked.plan
        print(
            f"{plan.plan}, version {plan.version}: {len(checked.components)} components, "
            f"{len(plan.examples)} examples hold, {len(errors_in(faults))} errors, {len(faults)} warnings."
        )
    return 0
