"""Attain as its command line calls it, with everything imported beforehand that it would import while it works."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from attain.cli import spare_looks_for_garbage
from attain.cli.outputs import write_run
from attain.engines.duckdb import MEMORY, DuckDB
from attain.plans.document import read_plan
from attain.plans.explain import Explainer
from attain.run import run_plan
from bench.task import Task

for _package in ("attain.measures.catalog", "attain.plans.components"):
    for _module in iter_modules(import_module(_package).__path__):
        import_module(f"{_package}.{_module.name}")
for _name in ("sqlglot.dialects.duckdb", "sqlglot.dialects.postgres", "pyarrow.compute"):
    import_module(_name)
spare_looks_for_garbage()


def pay(task: Task) -> object:
    """What ``attain run`` does, from the plan's text to the files; rows written by table."""
    engine = DuckDB(memory=task.memory or MEMORY)
    run = run_plan(read_plan(Path(task.plan)), Path(task.data), engine=engine)
    record = write_run(run, Path(task.out), asked="all", mapping=None, csv=False, lines=task.lines)
    written: object = record["rows_written"]
    return written


def explain(task: Task) -> object:
    """What ``attain explain`` does, without printing; the pay that is explained."""
    engine = DuckDB(memory=task.memory or MEMORY)
    run = run_plan(
        read_plan(Path(task.plan)), Path(task.data), period=task.period, participants=[task.participant], engine=engine
    )
    return Explainer(run.engine, run.compiler, task.participant).explain(task.period).amount
