"""Measuring: variants take turns, each in a fresh process; medians, and ratios of medians with their spread."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from bench.data import ROOT, VAR
from bench.task import Task


@dataclass
class Times:
    """Every repetition of one variant: seconds of the call, of all its cores, of the process; MiB at the peak."""

    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    rss_mib: list[float] = field(default_factory=list)
    told: Any = None

    @property
    def second(self) -> float:
        """The median of the call."""
        return median(self.seconds)


@dataclass(frozen=True)
class Ratio:
    """How many times as long one variant took as another: of the medians, and the least and most of the turns."""

    value: float
    least: float
    most: float
    cpu: float


def ratio_of(times: Times, base: Times) -> Ratio:
    """The ratio of two variants that took turns."""
    turns = [one / other for one, other in zip(times.seconds, base.seconds, strict=True)]
    return Ratio(times.second / base.second, min(turns), max(turns), median(times.cpu) / median(base.cpu))


def take_turns(tasks: Mapping[str, Task], *, repeat: int, told: str) -> dict[str, Times]:
    """Run each task ``repeat`` times, one after the other in turn (A B A B), each in a fresh process."""
    found = {name: Times() for name in tasks}
    for number in range(repeat):
        for name, task in tasks.items():
            measured, whole = _run(task)
            times = found[name]
            times.seconds.append(measured["seconds"])
            times.cpu.append(measured["cpu"])
            times.rss_mib.append(measured["rss_mib"])
            times.whole.append(whole)
            times.told = measured["told"]
            print(
                f"  {told}, {name}, {number + 1} of {repeat}: {measured['seconds']:.2f} s "
                f"(cpu {measured['cpu']:.2f} s, process {whole:.2f} s, {measured['rss_mib']:.0f} MiB)",
                file=sys.stderr,
                flush=True,
            )
    return found


def _run(task: Task) -> tuple[dict[str, Any], float]:
    command = [sys.executable, "-m", "bench.child", json.dumps(asdict(task))]
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env=_environment(), capture_output=True, text=True, check=False)  # noqa: S603
    whole = time.perf_counter() - start
    if done.returncode:
        raise RuntimeError(f"{task} failed:\n{done.stderr[-3000:]}")
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured, whole


def _environment() -> dict[str, str]:
    """As ours, with compiled modules kept, as they are where Attain is installed."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(VAR / "compiled")}


def command_seconds(arguments: Sequence[str], *, repeat: int) -> float:
    """The median of the whole time of ``attain`` with some arguments, from start to end of the process."""
    attain, found = Path(sys.executable).with_name("attain"), []
    for _ in range(repeat):
        start = time.perf_counter()
        subprocess.run([str(attain), *arguments], cwd=ROOT, env=_environment(), capture_output=True, check=True)  # noqa: S603
        found.append(time.perf_counter() - start)
    return median(found)
