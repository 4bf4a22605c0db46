"""A fact table as queries read it: its rows, their parents, and what the columns of both refer to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, reduce

from sqlglot import exp

from attain import money
from attain.engines.engine import ColumnInfo
from attain.tables import EVER, NEVER, TABLES, columns_for_measures, money_columns, reached

PEOPLE = "people"
"""The table with every participant's versions, which a path to a participant reads on the day of the fact."""

_MOST_STEPS = 2
_RATES = "x"


@dataclass(frozen=True)
class Conversion:
    """What money is converted to, by the ``exchange_rates`` of the day of the fact, and how it is then rounded.

    ``rate_scale`` is the digits after the point of the rates.
    """

    currency: str
    rounding: money.Rounding
    rate_scale: int


@dataclass(frozen=True)
class Facts:
    """The facts of a table (``f``), their parents (``p``) and what they refer to, over the columns that an engine has.

    A path such as ``account.industry`` reads what a column refers to, ``account.territory.region`` what that refers to;
    what is dated is read as it stood on the day of the fact. Money is in one currency where there is a ``conversion``.
    """

    table: str
    columns: Mapping[str, Mapping[str, ColumnInfo]]
    conversion: Conversion | None = None

    @cached_property
    def infos(self) -> dict[str, ColumnInfo]:
        """Every column and path that a formula over the facts may read."""
        parent = TABLES[self.table].parent
        own = {**(self.columns[parent] if parent else {}), **self.columns[self.table]}
        for name in self._money:
            own[name] = replace(own[name], scale=self._converted(name).scale)
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

    def place(self, name: str) -> exp.Expr:
        """Where a column or path stands, and what money there comes to where it is converted."""
        return self._converted(name).tree.copy() if name in self._money else self._column(name)

    @cached_property
    def _money(self) -> frozenset[str]:
        """The columns whose money is converted."""
        if self.conversion is None:
            return frozenset()
        return frozenset({*money_columns(self.table), *money_columns(TABLES[self.table].parent or self.table)})

    def _converted(self, name: str) -> money.Exact:
        """A money column in the one currency, rounded where it was in another; null where there is no rate."""
        assert self.conversion is not None, "only then is anything converted"
        table = self.table if name in self.columns[self.table] else TABLES[self.table].parent or ""
        amount = money.Exact(self._column(name), self.columns[table][name].scale)
        rate = money.column("rate", self.conversion.rate_scale, table=_RATES)
        elsewhere = money.rounded(money.product(amount, rate), self.conversion.rounding)
        return money.choose([(self._is_own(), amount)], elsewhere)

    def _is_own(self) -> exp.Expr:
        """Whether a fact is in the one currency: one without any is."""
        assert self.conversion is not None, "only then is anything converted"
        currency = self._column("currency")
        own = exp.EQ(this=currency, expression=exp.Literal.string(self.conversion.currency))
        return exp.or_(exp.Is(this=currency.copy(), expression=exp.Null()), own)

    def convertible(self, names: Iterable[str]) -> exp.Expr | None:
        """The condition that what these columns need is there to convert them; None where nothing is converted."""
        if self._money.isdisjoint(names):
            return None
        rate = exp.Is(this=exp.column("rate", table=_RATES, quoted=True), expression=exp.Null())
        return exp.or_(self._is_own(), exp.not_(rate))

    def words(self, names: Iterable[str]) -> exp.Expr | None:
        """At which rate a fact's money was converted, to stand behind a reason; None where nothing is."""
        if self.conversion is None or self._money.isdisjoint(names):
            return None
        rate = digits_of(exp.column("rate", table=_RATES, quoted=True), self.conversion.rate_scale)
        told = [exp.Literal.string(", "), self._column("currency"), exp.Literal.string(" at "), rate]
        text = reduce(lambda left, right: exp.DPipe(this=left, expression=right), told)
        return exp.Case().when(self._is_own(), exp.Literal.string("")).else_(text)

    def _column(self, name: str) -> exp.Column:
        path, _, column = name.rpartition(".")
        table = _alias(path) if path else "f" if name in self.columns[self.table] else "p"
        return exp.column(column, table=table, quoted=True)

    def source(self, names: Iterable[str] = (), day: exp.Expr | None = None) -> str:
        """What stands behind FROM for these columns and paths; ``day`` is that of the fact."""
        own, names = TABLES[self.table], {*names}
        source = f'"{self.table}" AS f'
        if own.parent:
            keys = " AND ".join(f'p."{key}" = f."{key}"' for key in TABLES[own.parent].key)
            source += f' JOIN "{own.parent}" AS p ON {keys}'
        paths = {name.rpartition(".")[0] for name in names} - {""}
        paths |= {path.rpartition(".")[0] for path in paths} - {""}
        if self.conversion and not self._money.isdisjoint(names):
            source += self._rates(self.conversion, day)
        return source + "".join(self._join(path, day) for path in sorted(paths, key=lambda one: (one.count("."), one)))

    def _rates(self, conversion: Conversion, day: exp.Expr | None) -> str:
        assert day is not None, "what is dated is read on the day of the fact"
        return (
            f" LEFT JOIN exchange_rates AS {_RATES} ON {_RATES}.currency = {self._column('currency').sql('duckdb')} "
            f"AND {_RATES}.to_currency = '{conversion.currency}' AND {held_on(_RATES, day, is_open=True)}"
        )

    def _join(self, path: str, day: exp.Expr | None) -> str:
        found = reached(self.table, f"{path}.key")
        assert found is not None, "formulas are checked before they are compiled"
        target, alias = found[0], _alias(path)
        joined = f'"{alias}"."{TABLES[target].key[0]}" = {self._column(path).sql("duckdb")}'
        if target != "participants":
            return f' LEFT JOIN "{target}" AS "{alias}" ON {joined}'
        assert day is not None, "what is dated is read on the day of the fact"
        return f' LEFT JOIN {PEOPLE} AS "{alias}" ON {joined} AND {held_on(alias, day)}'


def digits_of(number: exp.Expr, scale: int) -> exp.Expr:
    """A number as text, without needless zeros behind the point."""
    digits: exp.Expr = exp.cast(number.copy(), "VARCHAR")
    if scale:
        digits = exp.func("RTRIM", exp.func("RTRIM", digits, exp.Literal.string("0")), exp.Literal.string("."))
    return digits


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
