"""One measurement in a process of its own: imports first, then the call under the clock; prints JSON.

Run as ``python -m bench.child '{"variant": "attain", ...}'`` by ``bench.measure``.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from importlib import import_module
from pathlib import Path

from bench.task import Task

VARIANTS = {
    "attain": ("bench.attain_run", "pay"),
    "explain": ("bench.attain_run", "explain"),
    "by_hand": ("bench.by_hand", "pay_task"),
    "in_python": ("bench.in_python", "pay_task"),
}
"""The module and function of every variant."""


def main() -> None:
    """Measure the task that the command line holds."""
    task = Task(**json.loads(sys.argv[1]))
    module, function = VARIANTS[task.variant]
    call = getattr(import_module(module), function)
    wall, cpu = time.perf_counter(), time.process_time()
    told = call(task)
    seconds, cores = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps({"seconds": seconds, "cpu": cores, "rss_mib": _peak_mib(), "told": told}))


def _peak_mib() -> float:
    """The most memory that this process held, in MiB; what its parent held before the start does not count."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text(encoding="utf-8").splitlines() if ":" in line)
        return int(lines["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
