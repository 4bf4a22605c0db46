"""What every engine can do: take tables, run named SELECTs, hand results back as Arrow or files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

import pyarrow as pa
import sqlglot
from sqlglot import exp

from attain.expressions import ValueType

Format = Literal["parquet", "csv"]


@dataclass(frozen=True)
class Step:
    """One named SELECT of a calculation; ``note`` says in a sentence what its rows are.

    They are stored at once, or else computed anew by whoever reads them.
    """

    name: str
    query: exp.Expr
    note: str
    is_stored: bool = True


@dataclass(frozen=True)
class ColumnInfo:
    """What an engine holds in a column: its type for formulas and, for numbers, the digits after the point."""

    type: ValueType
    scale: int = 0


class Engine(Protocol):
    """An engine holds tables by name, and runs SELECTs over them."""

    dialect: str
    version: str

    def load(self, name: str, table: pa.Table) -> None:
        """Take a table from memory."""

    def load_parquet(
        self, name: str, files: Sequence[Path], query: exp.Expr | None = None, *, stored: bool = False
    ) -> None:
        """Take Parquet files; ``query`` (a SELECT from ``source``) renames and types their columns.

        They are read where they lie, by each step anew, or ``stored`` at once.
        """

    def columns(self, name: str) -> Mapping[str, ColumnInfo]:
        """The columns of a table it holds, in their order."""

    def make(self, step: Step) -> None:
        """Hold a step's rows under its name."""

    def make_beside(self, step: Step) -> Future[None]:
        """The same while the caller goes on; steps are made in the order in which they are asked for.

        Whoever asks waits for all of them before anything else is asked of the engine.
        """

    def fetch(self, query: exp.Expr) -> pa.Table:
        """The rows of a SELECT."""

    def rows(self, query: exp.Expr | str) -> list[dict[str, Any]]:
        """The few rows of a SELECT, each by column; as text it must be SQL that all engines read alike."""

    def write(self, query: exp.Expr, file: Path, kind: Format) -> int:
        """Write the rows of a SELECT to a file without holding them in memory; how many there were."""

    def sql(self, query: exp.Expr, *, pretty: bool = False) -> str:
        """The query as this engine's SQL."""


@runtime_checkable
class Warehouse(Engine, Protocol):
    """An engine that keeps tables of its own, where facts can stay."""

    def load_own(self, name: str, schema: str, table: str) -> pa.Schema | None:
        """Take a table that stands in one of its schemas, where it lies; its columns, or None where there is none."""

    def digest(self, name: str) -> str:
        """A number that tells the rows of a table, in any order, from other rows."""


def template(sql: str, /, **parts: exp.Expr | str | int) -> exp.Query:
    """A SELECT from text, in which ``:name`` stands for a syntax tree or a literal, and ``FROM name`` for a SELECT."""
    tree = _filled(_parsed(sql), {name: exp.convert(part) for name, part in parts.items()})
    assert isinstance(tree, exp.Query), "a template is a SELECT"
    return tree


@cache
def _parsed(sql: str) -> exp.Expr:
    return sqlglot.parse_one(sql, read="postgres")


_OPERATORS = (exp.Binary, exp.Between, exp.In, exp.Neg, exp.Not)


def _filled(part: Any, given: Mapping[str, exp.Expr]) -> Any:
    """A part of a parsed template anew, with what is given in its places."""
    if isinstance(part, list):
        return [_filled(one, given) for one in part]
    if isinstance(part, exp.Placeholder):
        tree = given[part.name]
        return exp.Paren(this=tree) if isinstance(tree, _OPERATORS) and isinstance(part.parent, _OPERATORS) else tree
    if isinstance(part, exp.Table) and isinstance(query := given.get(part.name), exp.Query):
        return query.subquery(part.alias, copy=False)
    if isinstance(part, exp.Expr):
        return type(part)(**{name: _filled(one, given) for name, one in part.args.items()})
    return part
