"""The words that each command takes; commands themselves are loaded when they are called, so that help is instant."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

from attain import __version__

Command = Callable[[argparse.Namespace], int]


def _later(module: str, name: str) -> Command:
    """A command that is imported when it is called."""

    def call(asked: argparse.Namespace) -> int:
        command: Command = getattr(import_module(f"attain.cli.{module}"), name)
        return command(asked)

    return call


def parser() -> argparse.ArgumentParser:
    """The parser of the command line; other packages add commands by the entry points ``attain.commands``."""
    top = argparse.ArgumentParser("attain", description="Sales performance management: plans, attainment and pay.")
    top.add_argument("--version", action="version", version=f"attain {__version__}")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    _run(commands)
    _explain(commands)
    check = _command(commands, "check", "check a plan and run its examples", _later("check", "check"))
    check.add_argument("plan", type=Path, metavar="PLAN")
    _compare(commands)
    _measure(commands)
    _command(commands, "tables", "print the tables Attain reads", _later("reference", "tables"))
    _command(commands, "parts", "print the measures and plan components there are", _later("reference", "parts"))
    schema = _command(
        commands, "schema", "print the JSON Schema of a document, for editors", _later("reference", "schema")
    )
    schema.add_argument("document", choices=("plan", "mapping"))
    demo = _command(
        commands, "demo", "make the demo company, run its plans and show what they pay", _later("demo", "demo")
    )
    demo.add_argument("--out", type=Path, default=Path("var/demo"), help="folder for it (default: var/demo)")
    demo.add_argument("--seed", type=int, default=7, help="number that all of it is generated from (default: 7)")
    for found in entry_points(group="attain.commands"):
        found.load()(commands)
    return top


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, told: str, command: Command
) -> argparse.ArgumentParser:
    made = commands.add_parser(name, help=told, description=told[0].upper() + told[1:] + ".")
    made.set_defaults(command=command)
    made.add_argument("--json", action="store_true", help="print JSON, also for errors")
    return made


def _data_arguments(made: argparse.ArgumentParser) -> None:
    made.add_argument("--mapping", type=Path, metavar="FILE", help="how foreign files become Attain's tables")
    made.add_argument("--data", required=True, metavar="DIR", help=_DATA)
    made.add_argument("--engine", default="duckdb", metavar="E", help=_ENGINE)
    made.add_argument(
        "--memory", metavar="SIZE", help="memory that DuckDB (default: 2560MiB) or Spark's driver may use, such as 8GiB"
    )


_DATA = "folder with CSV or Parquet files, or schema:NAME for tables that the engine itself keeps"
_ENGINE = "where it is calculated: duckdb (default), postgresql://user@host/database, spark, or spark://host:port"
_PERIOD = "all, 2026, 2026-Q1, 2026-03, or 2026-01-01..2026-04-01 (end exclusive), by the plan's calendar"


def _run(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    made = _command(commands, "run", "calculate a plan over data", _later("calculate", "run"))
    made.add_argument("plan", type=Path, metavar="PLAN")
    _data_arguments(made)
    made.add_argument("--period", default="all", metavar="P", help=_PERIOD)
    made.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the results")
    made.add_argument(
        "--lines", action="store_true", help="also write every credit and every deal's part of each earning"
    )
    made.add_argument("--csv", action="store_true", help="write CSV beside Parquet")
    made.add_argument("--show-sql", action="store_true", help="print the SQL of every step")


def _explain(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    made = _command(
        commands, "explain", "explain what one participant earns, down to the orders", _later("calculate", "explain")
    )
    made.add_argument("plan", type=Path, metavar="PLAN")
    _data_arguments(made)
    made.add_argument("--participant", required=True, metavar="X", help="key of the participant")
    made.add_argument("--period", required=True, metavar="P", help=_PERIOD)
    made.add_argument(
        "--facts", type=int, default=10, metavar="N", help="facts shown below a number (default: 10; 0: all)"
    )


def _compare(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    told = "compare two plans: their words, their SQL, and what each pays everybody over the same data"
    made = _command(commands, "compare", told, _later("compare", "compare"))
    made.add_argument("plan", type=Path, metavar="BEFORE")
    made.add_argument("other", type=Path, metavar="AFTER")
    _data_arguments(made)
    made.add_argument("--period", default="all", metavar="P", help=_PERIOD)
    made.add_argument("--show-sql", action="store_true", help="print the lines of SQL that differ as well")


def _measure(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    made = _command(
        commands,
        "measure",
        "print a measure by participant, team, territory, product or account",
        _later("measure", "measure"),
    )
    made.add_argument("measure", metavar="MEASURE", help="name of a measure; see: attain parts")
    _data_arguments(made)
    made.add_argument("--plan", type=Path, metavar="PLAN", help="plan whose own measures and calendar are used")
    made.add_argument(
        "--by",
        action="append",
        default=[],
        metavar="WHAT",
        choices=("participant", "team", "territory", "product", "account"),
        help="may be given more than once",
    )
    made.add_argument("--every", choices=("month", "quarter", "year"), help="one value for each such period")
    made.add_argument("--period", default="all", metavar="P", help=_PERIOD)
