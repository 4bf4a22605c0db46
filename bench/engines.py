"""``python -m bench.engines``: the same plan on every engine; writes docs/reference/engines.md.

Each measurement is a fresh process, timed after the engine is there: what is told is the run, not the start of Spark.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psycopg
from pyarrow import BufferOutputStream, csv
from pyarrow import parquet as pq

from attain.engines.duckdb import DuckDB
from attain.engines.engine import Engine
from attain.engines.postgres import Postgres
from attain.plans.document import read_plan
from attain.run import run_plan
from attain.sources.load import Data, InEngine
from attain_web.database import embedded
from bench.data import PLAN, ROOT, make_data
from bench.machine import machine

PAGE = ROOT / "docs" / "reference" / "engines.md"
SCHEMA = "bench"

_WORDS = {
    "duckdb": "DuckDB, from Parquet",
    "postgres files": "PostgreSQL, from Parquet (copied into it)",
    "postgres": "PostgreSQL, from its own tables",
    "spark": "Spark in local mode, from Parquet",
}

_TEXT = """\
<!-- Made by `python -m bench.engines`. -->

# The same plan on every engine

Seconds for one run, from data to results in memory: a graduated plan with rollup for 2,000 participants in five levels,
eight quarters. Each turn is a fresh process, timed after its engine has started; medians of {n} turns, with
the least and most behind. All engines pay the same total to the cent: {total} at the largest size.

{machine}

| million orders | engine | seconds | × DuckDB |
|---|---|---|---|
{rows}

Spark and PostgreSQL stand here on one machine with {cores} cores, where DuckDB is at home: the figures say what their
own ways cost, not what a cluster or a large server brings.
"""


def main() -> int:
    """Measure what is asked for; 1 where engines pay different totals."""
    parser = argparse.ArgumentParser("python -m bench.engines", description="Measure the engines.")
    parser.add_argument("--sizes", type=float, nargs="+", default=[1, 10], help="millions of orders")
    parser.add_argument("--repeat", type=int, default=3, help="turns of each (default: 3)")
    parser.add_argument("--one", nargs=3, metavar=("VARIANT", "DATA", "URL"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(_one(*asked.one)))
        return 0
    rows: list[str] = []
    totals: dict[float, str | None] = {}
    with TemporaryDirectory(prefix="attain-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        with embedded(Path(folder) / "postgres") as url:
            for millions in asked.sizes:
                found, totals[millions] = _size(millions, url, asked.repeat)
                rows += found
    print(text := _page(rows, totals[asked.sizes[-1]], asked.repeat))
    if any(total is None for total in totals.values()):
        return 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


def _size(millions: float, url: str, repeat: int) -> tuple[list[str], str | None]:
    """A row for each engine, and what all of them pay; None where they differ."""
    data = make_data(millions)
    _fill(url, data)
    times: dict[str, list[float]] = {name: [] for name in _WORDS}
    totals = set()
    for _ in range(repeat):
        for name, seconds in times.items():
            told = subprocess.run(  # noqa: S603 - this very program
                [sys.executable, "-m", "bench.engines", "--one", name, str(data), url],
                check=True,
                capture_output=True,
                text=True,
            )
            found = json.loads(told.stdout.splitlines()[-1])
            seconds.append(found["seconds"])
            totals.add(found["total"])
    ours = median(times["duckdb"])
    rows = [
        f"| {millions:g} | {_WORDS[name]} | {_spread(one)} | {median(one) / ours:.1f} |" for name, one in times.items()
    ]
    return rows, totals.pop() if len(totals) == 1 else None


def _spread(seconds: list[float]) -> str:
    return f"{median(seconds):.2f} ({min(seconds):.2f} to {max(seconds):.2f})"


def _fill(url: str, data: Path) -> None:
    """The tables as a server keeps them."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA}")
        for file in sorted(data.glob("*.parquet")):
            schema = pq.read_schema(file)
            columns = ", ".join(f'"{one.name}" {_kind(str(one.type))}' for one in schema)
            connection.execute(f"CREATE TABLE {SCHEMA}.{file.stem} ({columns})")
            _copy(connection, file)
            connection.execute(f"ANALYZE {SCHEMA}.{file.stem}")


def _copy(connection: psycopg.Connection, file: Path) -> None:
    with connection.cursor().copy(f"COPY {SCHEMA}.{file.stem} FROM STDIN (FORMAT csv)") as copy:
        for batch in pq.ParquetFile(file).iter_batches():
            csv.write_csv(batch, out := BufferOutputStream(), csv.WriteOptions(include_header=False))
            copy.write(memoryview(out.getvalue()))


def _kind(kind: str) -> str:
    return {"string": "text", "date32[day]": "date"}.get(kind) or kind.replace("decimal128", "numeric")


def _one(variant: str, data: str, url: str) -> dict[str, object]:
    """One run: its seconds and what it pays."""
    engine, place = _engine(variant, url), InEngine(SCHEMA) if variant == "postgres" else Path(data)
    seconds = time.perf_counter()
    total = _paid(engine, place)
    return {"seconds": time.perf_counter() - seconds, "total": total}


def _engine(variant: str, url: str) -> Engine:
    if variant == "duckdb":
        return DuckDB()
    if variant.startswith("postgres"):
        return Postgres(url)
    from attain.engines.spark import Spark  # noqa: PLC0415 - an extra

    engine = Spark(settings={"spark.driver.memory": "8g"})
    engine.rows("SELECT 1 AS one")  # its first query starts what all others use
    return engine


def _paid(engine: Engine, data: Data) -> str:
    run = run_plan(read_plan(PLAN), data, engine=engine)
    return str(sum(run.table("payouts")["amount"].to_pylist()))


def _page(rows: list[str], total: str | None, repeat: int) -> str:
    told = machine()
    lines = "\n".join(f"| {name} | {value} |" for name, value in told.items())
    return _TEXT.format(
        n=repeat,
        total=total,
        rows="\n".join(rows),
        cores=told["cores"],
        machine=f"|  |  |\n|---|---|\n{lines}",
    )


if __name__ == "__main__":
    raise SystemExit(main())
