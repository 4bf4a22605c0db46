"""One measurement in a process of its own: imports first, then the call under the clock; prints what it measured as JSON.

Run as ``python -m bench.child '{"variant": "attain", ...}'`` by ``bench.measure``.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules


@dataclass(frozen=True)
class Task:
    """What to measure: ``variant`` is attain, by_hand, in_python or explain; ``memory`` is DuckDB's limit."""

    variant: str
    data: str
    out: str
    plan: str
    lines: bool = False
    memory: str = ""
    participant: str = ""
    period: str = "all"


def main() -> None:
    """Measure the task that the command line holds."""
    task = Task(**json.loads(sys.argv[1]))
    call = {"attain": _attain, "by_hand": _by_hand, "in_python": _in_python, "explain": _explain}[task.variant](task)
    wall, cpu = time.perf_counter(), time.process_time()
    told = call()
    measured = {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "rss_mib": _peak_mib(), "told": told}
    print(json.dumps(measured))


def ask(**task: object) -> str:
    """A task as the command line holds it."""
    return json.dumps(asdict(Task(**task)))  # type: ignore[arg-type]


def _attain(task: Task) -> Callable[[], object]:
    """What ``attain run`` does, from the plan's text to the files."""
    from attain.cli.outputs import write_run
    from attain.engines.duckdb import DuckDB
    from attain.plans.document import read_plan
    from attain.run import run_plan

    _import_all()

    def call() -> object:
        run = run_plan(read_plan(Path(task.plan)), Path(task.data), engine=DuckDB(memory=task.memory or None))
        return write_run(run, Path(task.out), asked="all", mapping=None, csv=False, lines=task.lines)["rows_written"]

    return call


def _by_hand(task: Task) -> Callable[[], object]:
    from bench.by_hand import pay

    return lambda: pay(Path(task.data), Path(task.out), lines=task.lines, memory=task.memory or None)


def _in_python(task: Task) -> Callable[[], object]:
    from bench.in_python import pay

    return lambda: str(sum(pay(Path(task.data), Path(task.out)).values()))


def _explain(task: Task) -> Callable[[], object]:
    """What ``attain explain`` does, without printing."""
    from attain.engines.duckdb import DuckDB
    from attain.plans.document import read_plan
    from attain.plans.explain import Explainer
    from attain.run import run_plan

    _import_all()

    def call() -> object:
        run = run_plan(
            read_plan(Path(task.plan)), Path(task.data), period=task.period, participants=[task.participant],
            engine=DuckDB(memory=task.memory or None),
        )
        return Explainer(run.engine, run.compiler, task.participant).explain(task.period).amount

    return call


def _import_all() -> None:
    """Import what Attain would import while it works: parts, and SQLGlot's dialects."""
    for package in ("attain.measures.catalog", "attain.plans.components"):
        for module in iter_modules(import_module(package).__path__):
            import_module(f"{package}.{module.name}")
    for module_name in ("sqlglot.dialects.duckdb", "sqlglot.dialects.postgres", "pyarrow.compute"):
        import_module(module_name)


def _peak_mib() -> float:
    """The most memory that this process held, in MiB; what its parent held before the start does not count."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text(encoding="utf-8").splitlines() if ":" in line)
        return int(lines["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
