"""``python -m bench.platform_run``: a run through the platform beside the library's on the same facts.

Writes docs/reference/platform_run.md. Reading the facts from PostgreSQL is told apart: a run reads only tables that
have changed since they were last read.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import django

from attain_web.database import embedded
from bench.data import ROOT
from bench.machine import machine

PAGE = ROOT / "docs" / "reference" / "platform_run.md"
BAR = 1.5
"""How many times the library's time a run through the platform may take, with the tables read already."""

_TEXT = """\
<!-- Made by `make bench`. -->

# A run through the platform

Seconds for one run of a plan with graduated tiers, rollups and quotas over {orders:,} orders of {people:,} people: by
the library from its files to its result files (`attain run`), and by the platform from the start of its job to results
in PostgreSQL, with audit event, progress and notices. Median of {n} turns, one after the other in one process. Reading
the tables from PostgreSQL into the files that runs share is told apart: it is done only for tables that have changed.

{machine}

| what | seconds |
|---|---|
| the library: `attain run` | {library:.2f} |
| the platform: a run | {platform:.2f} |
| ratio (bar {bar} ×) | {ratio:.2f}, {told} |
| reading all tables from PostgreSQL | {reading:.2f} |
"""


def main() -> int:
    """Measure; 1 where the ratio is above the bar."""
    parser = argparse.ArgumentParser("python -m bench.platform_run", description="Measure how fast a run is.")
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=2_000)
    parser.add_argument("--repeat", type=int, default=5)
    asked = parser.parse_args()
    with TemporaryDirectory(prefix="attain-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        os.environ |= {"ATTAIN_VAR": f"{folder}/var", "DJANGO_SETTINGS_MODULE": "attain_web.settings"}
        with embedded(Path(folder) / "postgres") as url:
            os.environ["DATABASE_URL"] = url
            django.setup()
            text, ratio = _measured(asked, Path(folder))
    print(text)
    PAGE.write_text(text, encoding="utf-8")
    return 1 if ratio > BAR else 0


def _measured(asked: argparse.Namespace, folder: Path) -> tuple[str, float]:
    from django.core.management import call_command  # noqa: PLC0415 - Django is set up only now

    from bench.pages.company import make_company  # noqa: PLC0415
    from bench.pages.plan import make_plan  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    make_company(orders=asked.orders, people=asked.people)
    version, designer = make_plan()
    library, platform, reading = [], [], 0.0
    for turn in range(asked.repeat + 1):
        run, seconds = _platform(designer, version)
        if turn:  # the first reads the tables
            platform.append(seconds)
            library.append(_library(run, folder / "out"))
        else:
            reading = _reading(version)
    rows = "\n".join(["|  |  |", "|---|---|", *(f"| {name} | {value} |" for name, value in machine().items())])
    ratio = median(platform) / median(library)
    told = {"orders": asked.orders, "people": asked.people, "n": asked.repeat, "machine": rows, "bar": BAR}
    found = {"library": median(library), "platform": median(platform), "ratio": ratio, "reading": reading}
    return _TEXT.format(**told, **found, told="met" if ratio <= BAR else "**missed**"), ratio


def _platform(designer: Any, version: Any) -> tuple[Any, float]:
    """A run of the plan through the platform, and its seconds."""
    from attain_web.payouts.models import Run  # noqa: PLC0415
    from attain_web.payouts.services import start_run  # noqa: PLC0415
    from attain_web.payouts.work import calculate  # noqa: PLC0415

    run = start_run(designer, version, "2026-Q1")
    start = time.perf_counter()
    calculate(run.pk)
    seconds = time.perf_counter() - start
    run = Run.objects.get(pk=run.pk)
    if run.state != Run.State.CALCULATED:
        raise SystemExit(f"the run ended as {run.state}: {run.told}")
    return run, seconds


def _library(run: Any, out: Path) -> float:
    """Seconds of the library for the same files."""
    from attain.cli.outputs import write_run  # noqa: PLC0415
    from attain.plans.document import read_plan  # noqa: PLC0415
    from attain.run import run_plan  # noqa: PLC0415

    start = time.perf_counter()
    result = run_plan(read_plan(run.folder / "plan.yaml"), run.folder / "data", period=run.period)
    write_run(result, out, asked=run.period, mapping=None, csv=False, lines=False)
    return time.perf_counter() - start


def _reading(version: Any) -> float:
    """Seconds to read the plan's tables from PostgreSQL anew."""
    from shutil import rmtree  # noqa: PLC0415

    from django.conf import settings  # noqa: PLC0415

    from attain_web.plans.queries import checked_version  # noqa: PLC0415
    from attain_web.rows.snapshots import data_of  # noqa: PLC0415

    rmtree(Path(settings.MEDIA_ROOT) / "snapshots")
    start = time.perf_counter()
    data_of(checked_version(version))
    return time.perf_counter() - start


if __name__ == "__main__":
    raise SystemExit(main())
