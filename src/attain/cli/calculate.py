"""``attain run`` and ``attain explain``."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from types import ModuleType

from attain.cli.outputs import sql_text, write_run
from attain.cli.terminal import cell, percent, progress_bar, table, tree, warnings
from attain.engines.duckdb import DuckDB
from attain.engines.engine import Engine, template
from attain.errors import AttainError, Fault, UsageError
from attain.plans.document import read_plan
from attain.plans.explain import Explainer
from attain.run import Run, run_plan
from attain.sources.load import Data, InEngine
from attain.sources.mapping import read_mapping


def engine_of(asked: argparse.Namespace) -> Engine:
    """The engine that the command asks for by ``--engine``; raises UsageError where there is none such."""
    if asked.memory and not re.fullmatch(_SIZE, asked.memory):
        raise UsageError(f"'{asked.memory}' is no size; write --memory 8GiB")
    if asked.engine == "duckdb":
        return DuckDB(memory=asked.memory) if asked.memory else DuckDB()
    scheme = asked.engine.partition("://")[0]  # what stands behind may hold a password
    if scheme not in _ENGINES or (scheme != "spark" and scheme == asked.engine):
        raise UsageError(f"'{scheme}' is no engine; write --engine duckdb, postgresql://user@host/database or spark")
    return _ENGINES[scheme](asked.engine, asked.memory)


_SIZE = r"(\d+(?:\.\d+)?)\s*([KMGT])i?B"


def _postgres(url: str, memory: str | None) -> Engine:
    if memory:
        raise UsageError("--memory is for DuckDB and Spark; PostgreSQL has what its server is given")
    made: Engine = _imported("postgres").Postgres(url)
    return made


def _spark(master: str, memory: str | None) -> Engine:
    settings = {}
    if memory and (found := re.fullmatch(_SIZE, memory)):
        kibibytes = Decimal(found[1]) * 1024 ** "KMGT".index(found[2])
        settings["spark.driver.memory"] = f"{int(kibibytes)}k"
    made: Engine = _imported("spark").Spark(None if master == "spark" else master, settings=settings)
    return made


_ENGINES: dict[str, Callable[[str, str | None], Engine]] = {
    "postgresql": _postgres,
    "postgres": _postgres,
    "spark": _spark,
}
"""The engines that a word, or what stands before ``://``, asks for."""


def _imported(name: str) -> ModuleType:
    """The module of an engine, whose library is an extra; UsageError where that is not installed."""
    try:
        return import_module(f"attain.engines.{name}")
    except ModuleNotFoundError as error:
        raise UsageError(f"--engine: {error.name} is not installed: pip install 'attain[{name}]'") from None


def data_of(asked: argparse.Namespace) -> Data:
    """Where the data lies; raises UsageError where that, or a file that the command names, is not there."""
    for name in ("plan", "other", "mapping"):
        file = getattr(asked, name, None)
        if file is not None and not file.is_file():
            raise UsageError(f"there is no file {file} ({name})")
    kind, _, schema = asked.data.partition(":")
    if kind == "schema" and schema:
        return InEngine(schema)
    if not Path(asked.data).is_dir():
        raise UsageError(f"there is no folder {asked.data} (--data)")
    return Path(asked.data)


def run(asked: argparse.Namespace) -> int:
    """Calculate a plan, write its results, and print a summary."""
    data = data_of(asked)
    engine = engine_of(asked)
    checked = read_plan(asked.plan)
    mapping = read_mapping(asked.mapping) if asked.mapping else None
    with progress_bar() as progress:
        result = run_plan(checked, data, period=asked.period, mapping=mapping, engine=engine, progress=progress)
        progress("writing", 97)
        record = write_run(
            result, asked.out, asked=asked.period, mapping=asked.mapping, csv=asked.csv, lines=asked.lines
        )
    if asked.show_sql:
        text = sql_text(result, result.steps)
        print(text, file=sys.stderr if asked.json else sys.stdout)
    if asked.json:
        print(json.dumps(record, ensure_ascii=False, indent=1, default=str))
        return 0
    print(summary(result))
    written = ", ".join(f"{name} ({cell(rows)} rows)" for name, rows in record["rows_written"].items())
    print(f"\nWritten to {asked.out}: {written}")
    if result.faults:
        print(warnings(result.faults), file=sys.stderr)
    return 0


def summary(result: Run) -> str:
    """A run in a few lines: attainment by measure, pay by component."""
    plan, engine = result.checked.plan, result.engine
    people = engine.rows("SELECT COUNT(DISTINCT participant) AS n FROM member_periods")[0]["n"]
    parts = [f"{plan.plan}, version {plan.version} · {result.span[0]} to {result.span[1]} · {people} participants"]
    if result.checked.targets:
        sql = (
            "SELECT measure, COUNT(*) AS cells, SUM(value) AS value, SUM(quota) AS quota, "
            "SUM(CASE WHEN attainment >= 1 THEN 1 ELSE 0 END) AS reached FROM found AS a GROUP BY 1 ORDER BY 1"
        )
        rows = engine.rows(template(sql, found=result.compiler.asked("attainment")))
        parts.append(
            table(
                ("measure", "value", "quota", "attainment", "reached quota"),
                [
                    (
                        row["measure"],
                        _short(row["value"]),
                        _short(row["quota"]),
                        percent(row["value"] / row["quota"] if row["quota"] else None),
                        f"{row['reached']} of {row['cells']}",
                    )
                    for row in rows
                ],
            )
        )
    if result.checked.components:
        parts.append(_earned_and_paid(result))
    return "\n\n".join(parts)


def _earned_and_paid(result: Run) -> str:
    """The earnings by component and, where that is more than their sum, what leads from them to what is paid."""
    engine, compiler = result.engine, result.compiler
    sql = "SELECT component, COUNT(*) AS lines, SUM(amount) AS amount FROM found AS e GROUP BY 1 ORDER BY 1"
    rows = engine.rows(template(sql, found=compiler.asked("earnings")))
    total = sum((row["amount"] for row in rows), Decimal(0))
    told = [*((row["component"], row["lines"], row["amount"]) for row in rows), ("all", None, total)]
    text = table(("component", "earnings", f"amount {result.checked.plan.currency}"), told)
    if not compiler.is_settled:
        return text
    items = engine.rows(
        template(
            "SELECT kind, item, COUNT(*) AS items, SUM(amount) AS amount FROM found AS s "
            "WHERE kind NOT IN ('earned', 'advance') GROUP BY 1, 2 ORDER BY 1, 2",
            found=compiler.asked("settlement"),
        )
    )
    (paid,) = engine.rows(template("SELECT SUM(amount) AS amount FROM found AS p", found=compiler.asked("payouts")))
    settled = [(f"{row['item']}: {row['kind']}", row["items"], row["amount"]) for row in items]
    return f"{text}\n\n{table(('from earned to paid', 'items', 'amount'), [*settled, ('paid', None, paid['amount'])])}"


def _short(value: Decimal) -> Decimal:
    """A sum for reading: to the hundredth."""
    return round(value, 2)


def explain(asked: argparse.Namespace) -> int:
    """Print the tree of what one participant earns."""
    data = data_of(asked)
    engine = engine_of(asked)
    checked = read_plan(asked.plan)
    mapping = read_mapping(asked.mapping) if asked.mapping else None
    people = [asked.participant]
    result = run_plan(checked, data, period=asked.period, mapping=mapping, engine=engine, participants=people)
    on_plan = template("SELECT 1 FROM member_periods WHERE participant = :participant LIMIT 1", participant=people[0])
    if not result.engine.rows(on_plan):
        raise AttainError(
            [
                Fault(
                    check="not-on-plan",
                    message=f"'{asked.participant}' is not on the plan in {asked.period}",
                    advice="Check the key, the plan's condition and the period.",
                )
            ]
        )
    node = Explainer(result.engine, result.compiler, asked.participant).explain(asked.period)
    if asked.json:
        print(json.dumps(node.as_record(), ensure_ascii=False, indent=1))
    else:
        print(tree(node, facts=asked.facts))
    return 0
