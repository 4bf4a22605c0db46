"""``python -m bench``: measure Attain beside its yardsticks, print the ratios, write docs/reference/benchmarks.md."""

from __future__ import annotations

import argparse
from pathlib import Path

from bench.compare import differences, exact_total, lines_off, same_as_csv, total_of
from bench.data import PLAN, ROOT, VAR, make_data
from bench.machine import machine
from bench.measure import command_seconds, take_turns
from bench.page import Explained, Results, Size, page
from bench.task import Task

PAGE = ROOT / "docs" / "reference" / "benchmarks.md"
IN_PYTHON = 0.1
"""Millions of orders that plain Python is asked to pay."""


def main() -> int:
    """Measure what is asked for; 1 where a result is not exact or variants differ."""
    asked = _arguments()
    results = Results(machine(), asked.repeat, asked.memory, asked.written)
    for millions in asked.sizes:
        results.sizes.append(_size(millions, asked))
    if not asked.no_explain:
        results.explained += _explained(max(asked.sizes), asked)
    results.in_python = _in_python(asked)
    results.commands["attain --version"] = command_seconds(["--version"], repeat=5)
    text = page(results)
    print(text)
    if asked.page:
        asked.page.parent.mkdir(parents=True, exist_ok=True)
        asked.page.write_text(text, encoding="utf-8")
    return 1 if any(size.faults for size in (*results.sizes, results.in_python)) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench", description="Measure how fast Attain is.")
    parser.add_argument(
        "--sizes", type=float, nargs="+", default=[1, 3, 10], help="millions of orders (default: 1 3 10)"
    )
    parser.add_argument("--repeat", type=int, default=3, help="turns of each variant (default: 3)")
    parser.add_argument("--lines-repeat", type=int, help="turns with --lines (default: as --repeat)")
    parser.add_argument("--no-lines", action="store_true", help="leave out --lines")
    parser.add_argument("--no-explain", action="store_true", help="leave out explanations")
    parser.add_argument("--memory", default="2560MiB", help="DuckDB's memory limit, for both sides (default: 2560MiB)")
    parser.add_argument("--folder", type=Path, default=VAR, help="where data and results lie (default: var/bench)")
    parser.add_argument(
        "--page", type=Path, help=f"file to write (default for the default sizes: {PAGE.relative_to(ROOT)})"
    )
    asked = parser.parse_args()
    asked.folder = asked.folder.resolve()
    asked.lines_repeat = asked.lines_repeat or asked.repeat
    if asked.page is None and asked.sizes == [1, 3, 10]:
        asked.page = PAGE
    words = ["--sizes", *(f"{size:g}" for size in asked.sizes), "--repeat", str(asked.repeat)]
    if asked.lines_repeat != asked.repeat:
        words += ["--lines-repeat", str(asked.lines_repeat)]
    asked.written = f"make bench ARGS='{' '.join(words)}'"
    return asked


def _tasks(millions: float, asked: argparse.Namespace, *, lines: bool) -> dict[str, Task]:
    data = make_data(millions, folder=asked.folder)
    return {
        name: Task(name, str(data), str(data / name), str(PLAN), lines=lines, memory=asked.memory)
        for name in ("attain", "by_hand")
    }


def _size(millions: float, asked: argparse.Namespace) -> Size:
    """Both sides over so many orders, what they took, and whether they came to the same, exact, result."""
    data = make_data(millions, folder=asked.folder)
    size = Size(
        millions, take_turns(_tasks(millions, asked, lines=False), repeat=asked.repeat, told=f"{millions:g} million")
    )
    size.total, size.exact = total_of(data / "attain"), exact_total(data)
    size.faults += differences(data / "attain", data / "by_hand", lines=False)
    if not asked.no_lines:
        tasks = _tasks(millions, asked, lines=True)
        size.lines = take_turns(tasks, repeat=asked.lines_repeat, told=f"{millions:g} million with lines")
        size.faults += differences(data / "attain", data / "by_hand", lines=True)
        if off := lines_off(data / "attain"):
            size.faults.append(f"{off} earnings are not the sum of their lines")
    if size.total != size.exact:
        size.faults.append(f"the total is {size.total}, in integers {size.exact}")
    return size


def _explained(millions: float, asked: argparse.Namespace) -> list[Explained]:
    data, found = make_data(millions, folder=asked.folder), []
    for who, what in (("s0100", "a seller"), ("m050", "a manager of about ten sellers")):
        task = Task("explain", str(data), "", str(PLAN), memory=asked.memory, participant=who, period="2026-Q2")
        times = take_turns({"explain": task}, repeat=asked.repeat, told=what)["explain"]
        found.append(Explained(what, millions, times))
    return found


def _in_python(asked: argparse.Namespace) -> Size:
    """Plain Python beside Attain, and whether they earn the same."""
    data = make_data(IN_PYTHON, folder=asked.folder)
    attain = _tasks(IN_PYTHON, asked, lines=False)["attain"]
    tasks = {"attain": attain, "in_python": Task("in_python", str(data), str(data / "in_python"), str(PLAN))}
    size = Size(IN_PYTHON, take_turns(tasks, repeat=asked.repeat, told=f"{IN_PYTHON:g} million"))
    if not same_as_csv(data / "attain", data / "in_python"):
        size.faults.append("Plain Python earns something else.")
    return size


if __name__ == "__main__":
    raise SystemExit(main())
