"""A fact table as queries read it: its rows, their parents, and what the columns of both refer to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from sqlglot import exp

from attain.engines.engine import ColumnInfo
from attain.tables import EVER, NEVER, TABLES, columns_for_measures, reached

PEOPLE = "people"
"""The table with every participant's versions, which a path to a participant reads on the day of the fact."""

_MOST_STEPS = 2


@dataclass(frozen=True)
class Facts:
    """The facts of a table (``f``), their parents (``p``) and what they refer to, over the columns that an engine has.

    A path such as ``account.industry`` reads what a column refers to, ``account.territory.region`` what that refers to;
    what is dated is read as it stood on the day of the fact.
    """

    table: str
    columns: Mapping[str, Mapping[str, ColumnInfo]]

    @cached_property
    def infos(self) -> dict[str, ColumnInfo]:
        """Every column and path that a formula over the facts may read."""
        parent = TABLES[self.table].parent
        own = {**(self.columns[parent] if parent else {}), **self.columns[self.table]}
        return own | {
            name: info for path, table in self._paths(self.table, _MOST_STEPS) for name, info in self._of(path, table)
        }

    def _paths(self, table: str, steps: int) -> Iterator[tuple[str, str]]:
        """The paths from a table to those that it refers to, and that these refer to."""
        for name in columns_for_measures(table) if steps else ():
            target = _target(table, name)
            if target and target in self.columns:
                yield name, target
                yield from ((f"{name}.{path}", last) for path, last in self._paths(target, steps - 1))

    def _of(self, path: str, table: str) -> Iterator[tuple[str, ColumnInfo]]:
        return ((f"{path}.{name}", info) for name, info in self.columns[table].items())

    def place(self, name: str) -> exp.Column:
        """Where a column or path stands."""
        path, _, column = name.rpartition(".")
        table = _alias(path) if path else "f" if name in self.columns[self.table] else "p"
        return exp.column(column, table=table, quoted=True)

    def source(self, names: Iterable[str] = (), day: exp.Expr | None = None) -> str:
        """What stands behind FROM for these columns and paths; ``day`` is that of the fact."""
        own = TABLES[self.table]
        source = f'"{self.table}" AS f'
        if own.parent:
            keys = " AND ".join(f'p."{key}" = f."{key}"' for key in TABLES[own.parent].key)
            source += f' JOIN "{own.parent}" AS p ON {keys}'
        paths = {name.rpartition(".")[0] for name in names} - {""}
        paths |= {path.rpartition(".")[0] for path in paths} - {""}
        return source + "".join(self._join(path, day) for path in sorted(paths, key=lambda one: (one.count("."), one)))

    def _join(self, path: str, day: exp.Expr | None) -> str:
        found = reached(self.table, f"{path}.key")
        assert found is not None, "formulas are checked before they are compiled"
        target, alias = found[0], _alias(path)
        joined = f'"{alias}"."{TABLES[target].key[0]}" = {self.place(path).sql("duckdb")}'
        if target != "participants":
            return f' LEFT JOIN "{target}" AS "{alias}" ON {joined}'
        assert day is not None, "what is dated is read on the day of the fact"
        return f' LEFT JOIN {PEOPLE} AS "{alias}" ON {joined} AND {held_on(alias, day)}'


def held_on(alias: str, day: exp.Expr, *, is_open: bool = False) -> str:
    """The condition that a dated row holds on a day; ``is_open`` where its dates may be empty."""
    told, start, end = day.sql("duckdb"), f'"{alias}"."start"', f'"{alias}"."end"'
    if is_open:
        start, end = f"COALESCE({start}, DATE '{EVER}')", f"COALESCE({end}, DATE '{NEVER}')"
    return f"{start} <= {told} AND {told} < {end}"


def _alias(path: str) -> str:
    return path.replace(".", "_")


def _target(table: str, column: str) -> str | None:
    """The table that a column refers to, if it is none of facts."""
    target = columns_for_measures(table)[column].refers_to
    return None if target is None or TABLES[target].is_fact else target


def tables_on(table: str, names: Iterable[str]) -> set[str]:
    """The tables that paths from a table of facts lead through."""
    found = set()
    for name in names:
        path = name.split(".")
        found |= {held[0] for end in range(2, len(path) + 1) if (held := reached(table, ".".join(path[:end])))}
    return found
