"""The files that a run leaves: result tables as Parquet (and CSV), and ``run.json`` with what they were made from."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from sqlglot import exp

import attain
from attain.engines.engine import Step
from attain.plans.closed import ledger_step
from attain.plans.lines import line_steps
from attain.run import RESULTS, Run, result_query
from attain.sources.files import fingerprint


def write_run(run: Run, out: Path, *, asked: str, mapping: Path | None, csv: bool, lines: bool) -> dict[str, Any]:
    """Write the results and ``run.json`` into a folder; what ``run.json`` holds.

    Each file is written beside its place and then moved there, ``run.json`` last: a run that was broken off leaves no
    half of a file, and the ``run.json`` of the run before.
    """
    out.mkdir(parents=True, exist_ok=True)
    queries = {
        name: result_query(run, name) for name, (step, _) in RESULTS.items() if step in {one.name for one in run.steps}
    }
    if stored := lines or run.stores_lines:
        for step in line_steps(run.compiler, run.engine):
            run.steps.append(step)
            queries[step.name] = step.query
        if run.checked.components:
            ledger = ledger_step(run.compiler, run.engine)
            queries[ledger.name] = ledger.query
    rows = {name: _write(run, query, out, name, csv=csv) for name, query in queries.items()}
    for name in {*RESULTS, "credits", "lines", "paid"} - set(rows):
        for stale in (out / f"{name}.parquet", out / f"{name}.csv"):
            stale.unlink(missing_ok=True)
    record = run_record(run, asked=asked, mapping=mapping, rows=rows, lines=stored)
    partial = out / "run.json.partial"
    partial.write_text(_json_text(record), encoding="utf-8")
    partial.replace(out / "run.json")
    return record


def _json_text(record: dict[str, Any]) -> str:
    """A record as JSON with a line for each entry and each fault: of a million rows a fault may name many."""
    rest = {key: value for key, value in record.items() if key != "faults"}
    head = json.dumps(rest, ensure_ascii=False, indent=1, default=str).removesuffix("\n}")
    faults = ",\n  ".join(json.dumps(fault, ensure_ascii=False, default=str) for fault in record["faults"])
    return f'{head},\n "faults": [\n  {faults}\n ]\n}}\n'


def _write(run: Run, query: exp.Expr, out: Path, name: str, *, csv: bool) -> int:
    rows = 0
    for kind in ("parquet", "csv") if csv else ("parquet",):
        partial = out / f"{name}.{kind}.partial"
        rows = run.engine.write(query, partial, kind)
        partial.replace(out / f"{name}.{kind}")
    if not csv:
        (out / f"{name}.csv").unlink(missing_ok=True)
    return rows


def run_record(run: Run, *, asked: str, mapping: Path | None, rows: dict[str, int], lines: bool) -> dict[str, Any]:
    """What a run was made from and what came out: no clock in it, so that the same inputs give the same record.

    Its fingerprint is of contents, whatever the files of plan and mapping are called.
    """
    plan, document = run.checked.plan, run.checked.document
    inputs = dict(sorted(run.loaded.fingerprints.items()))
    made_from: dict[str, Any] = {
        "attain": attain.__version__,
        "plan": {
            "name": plan.plan,
            "version": plan.version,
            "file": document.name,
            "sha256": hashlib.sha256(document.text.encode()).hexdigest(),
        },
        "mapping": {"file": str(mapping), "sha256": fingerprint(mapping)} if mapping else None,
        "inputs": inputs,
        "engine": {"name": run.engine.dialect, "version": run.engine.version},
        "period": {"asked": asked, "start": run.span[0], "end": run.span[1]},
        "lines": lines,
    }
    nameless = {part: made_from[part] and {**made_from[part], "file": None} for part in ("plan", "mapping")}
    whole = json.dumps(made_from | nameless, sort_keys=True, default=str)
    return {
        **made_from,
        "fingerprint": hashlib.sha256(whole.encode()).hexdigest(),
        "rows_read": run.loaded.rows,
        "rows_written": rows,
        "faults": [fault.as_record() for fault in run.faults],
    }


def sql_text(run: Run, steps: list[Step]) -> str:
    """The SQL of steps, each with its name and what its rows are."""
    parts = [
        f'-- {step.name}: {step.note}\nCREATE TEMP TABLE "{step.name}" AS\n{run.engine.sql(step.query, pretty=True)};'
        for step in steps
    ]
    return "\n\n".join(
        ["-- Read before: the loaded tables, and versions, periods, chain and days, which are made from them.", *parts]
    )
