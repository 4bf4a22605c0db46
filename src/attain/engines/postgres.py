"""PostgreSQL 16 or newer: the same steps inside a database server, in temporary tables of one connection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any
from weakref import finalize

import psycopg
import pyarrow as pa
from psycopg import errors
from pyarrow import csv as arrow_csv
from pyarrow import parquet as pq
from sqlglot import exp

from attain.engines.duckdb import write_rows
from attain.engines.engine import ColumnInfo, Format, Step
from attain.engines.outline import Outline, as_rows, plain
from attain.engines.portable import Rules, all_spaces, read_from, rewritten, typed, wide_integer
from attain.errors import AttainError, Fault, UsageError

OLDEST = 16
"""The first version of PostgreSQL whose SQL the steps are written in."""

_SETTINGS = (
    "SET client_min_messages = warning",
    "SET datestyle = 'ISO, YMD'",
    "SET timezone = 'UTC'",
    "SET extra_float_digits = 1",
    "SET jit = off",  # a step holds large expressions, which take longer to compile than to calculate
)

_ROWS_AT_ONCE = 65_536
_BYTES_AT_ONCE = 8_000_000

_LONGEST_NAME = 63
"""Bytes of a name; PostgreSQL cuts off the rest in silence, so that two names may become one."""

_TYPES: dict[pa.DataType, str] = {
    pa.string(): 'TEXT COLLATE "C"',  # ordered by its characters' numbers, whatever the database's own order is
    pa.date32(): "DATE",
    pa.bool_(): "BOOLEAN",
    pa.int8(): "SMALLINT",
    pa.int16(): "SMALLINT",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.float32(): "NUMERIC",  # by its shortest digits; a cast from DOUBLE PRECISION would keep only fifteen
    pa.float64(): "NUMERIC",
    pa.timestamp("us"): "TIMESTAMP",
    pa.timestamp("us", "UTC"): "TIMESTAMPTZ",
}

_NUMERIC, _ANY_SCALE = 1700, 20

_KINDS: dict[int, pa.DataType] = {
    16: pa.bool_(),
    20: pa.int64(),
    21: pa.int16(),
    23: pa.int32(),
    700: pa.float32(),
    701: pa.float64(),
    1082: pa.date32(),
    1114: pa.timestamp("us"),
    1184: pa.timestamp("us", "UTC"),
}
"""The types of PostgreSQL by their numbers, which never change; all others are read as text."""


class Postgres:
    """One connection to a PostgreSQL server; what it holds is gone when the connection ends."""

    dialect = "postgres"

    def __init__(self, url: str) -> None:
        self._connection = _connected(url)
        finalize(self, self._connection.close)
        self._maker = ThreadPoolExecutor(1, thread_name_prefix="steps")
        self._outline = Outline()
        self._files: dict[tuple[Path, ...], str] = {}
        self.version = self._connection.info.parameter_status("server_version") or ""
        self._rules = _rules(self._connection.info.server_version)

    def load(self, name: str, table: pa.Table) -> None:
        """Take a table from memory."""
        held = plain(table)
        self._outline.load(name, held.schema)
        self._load(name, held.schema, held.to_batches(max_chunksize=_ROWS_AT_ONCE))

    def load_parquet(
        self, name: str, files: Sequence[Path], query: exp.Expr | None = None, *, stored: bool = False
    ) -> None:
        """Take Parquet files: they are copied to the server once, whatever is then made of them."""
        held = self._files.pop(tuple(files), None) if query else None
        if held is None:
            held = f"files of {name}" if query else name
            first, *_ = schemas = [plain(pq.read_schema(file).empty_table()).schema for file in files]
            assert all(one.names == first.names for one in schemas), "the files of a table have the same columns"
            self._outline.load(held, first)
            self._load(held, first, _batches_of(files, first.names))
        if query is None:
            self._files[tuple(files)] = held
            return
        self.make(Step(name, read_from(held, query), "", is_stored=stored))

    def load_own(self, name: str, schema: str, table: str) -> pa.Schema | None:
        """Take a table or view of a schema, where it lies; its columns, or None where there is none."""
        place = exp.to_table(table, db=schema, quoted=True).sql(self.dialect, identify=True)
        with _told():
            try:
                found = self._connection.execute(f"SELECT * FROM {place} LIMIT 0").description or []
            except (errors.UndefinedTable, errors.InvalidSchemaName):
                return None
            held = pa.schema([(column.name, _kind(column)) for column in found])
            columns = ", ".join(_read_as(column) for column in found)
            self._hold([_dropped(name), f"CREATE TEMP VIEW {_quoted(name)} AS SELECT {columns} FROM {place}"])
        self._outline.load(name, held)
        return held

    def digest(self, name: str) -> str:
        """How many rows there are, and the sum of their numbers by PostgreSQL's own hash."""
        rows = f"SELECT count(*), COALESCE(sum(hashtextextended(r::text, 0)), 0) FROM {_quoted(name)} AS r"
        with _told():
            count, total = self._connection.execute(rows).fetchone() or (0, 0)
        return f"{count}:{total}"

    def columns(self, name: str) -> Mapping[str, ColumnInfo]:
        """The columns of a table it holds, in their order."""
        return self._outline.columns(name)

    def make(self, step: Step) -> None:
        """Hold a step's rows under its name."""
        self._hold(self._statements(step))

    def make_beside(self, step: Step) -> Future[None]:
        """Hold a step's rows under its name while the caller goes on, after the steps before it."""
        return self._maker.submit(self._hold, self._statements(step))

    def fetch(self, query: exp.Expr) -> pa.Table:
        """The rows of a SELECT."""
        schema = self._outline.schema(query)
        return pa.concat_tables([schema.empty_table(), *self._read(self._typed(query, schema), schema)])

    def rows(self, query: exp.Expr | str) -> list[dict[str, Any]]:
        """The few rows of a SELECT, each by column."""
        return as_rows(self.fetch(rewritten(query, {})))

    def write(self, query: exp.Expr, file: Path, kind: Format) -> int:
        """Write the rows of a SELECT to a file; how many there were."""
        schema = self._outline.schema(query)
        return write_rows(schema, self._read(self._typed(query, schema), schema), file, kind)

    def sql(self, query: exp.Expr, *, pretty: bool = False) -> str:
        """The query as this engine's SQL."""
        return rewritten(query, self._rules).sql(dialect=self.dialect, identify=True, pretty=pretty)

    # to the server ----------------------------------------------------------------------------------------------------

    def _statements(self, step: Step) -> list[str]:
        """What makes a step, each of its columns being of the very type that it has on every engine."""
        kind = "TABLE" if step.is_stored else "VIEW"
        rows = self._typed(step.query, self._outline.make(step))
        made = f"CREATE TEMP {kind} {_quoted(step.name)} AS {rows}"
        # Of a temporary table the server knows nothing until it is asked to look.
        looked = [f"ANALYZE {_quoted(step.name)}"] if step.is_stored else []
        return [_dropped(step.name), made, *looked]

    def _typed(self, query: exp.Expr, schema: pa.Schema) -> str:
        """A query whose columns are of the types that they have on every engine."""
        short = pa.schema([field.with_name(_short(field.name)) for field in schema])
        return typed(self.sql(query), short, cast=_cast, dialect=self.dialect)

    def _hold(self, statements: Sequence[str]) -> None:
        with _told():
            for statement in statements:
                self._connection.execute(statement)

    def _load(self, name: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
        """Copy rows into a new table."""
        columns = ", ".join(f"{_quoted(field.name)} {_type(field.type)}" for field in schema)
        self._hold([_dropped(name), f"CREATE TEMP TABLE {_quoted(name)} ({columns})"])
        options = arrow_csv.WriteOptions(include_header=False)
        with _told(), self._connection.cursor().copy(f"COPY {_quoted(name)} FROM STDIN (FORMAT csv)") as copy:
            for batch in batches:
                written = pa.BufferOutputStream()
                arrow_csv.write_csv(batch, written, options)
                copy.write(memoryview(written.getvalue()))
        self._hold([f"ANALYZE {_quoted(name)}"])

    # from the server --------------------------------------------------------------------------------------------------

    def _read(self, query: str, schema: pa.Schema) -> Iterator[pa.Table]:
        """The rows of a query, many at a time."""
        with _told(), self._connection.cursor().copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as copy:
            rows: list[bytes] = []
            size = 0
            for row in copy:
                rows.append(bytes(row))
                size += len(row)
                if size >= _BYTES_AT_ONCE:
                    yield _parsed(rows, schema)
                    rows, size = [], 0
            if rows:
                yield _parsed(rows, schema)


def _connected(url: str) -> psycopg.Connection[Any]:
    """A connection that keeps to what the steps rely on; UsageError where there is no such server."""
    try:
        connection = psycopg.connect(url, autocommit=True, client_encoding="utf8", application_name="attain")
    except psycopg.Error as error:
        raise UsageError(f"--engine: the database does not answer: {str(error).strip().splitlines()[0]}") from None
    if connection.info.server_version < OLDEST * 10_000:
        found = connection.info.parameter_status("server_version")
        connection.close()
        raise UsageError(f"--engine: the server is PostgreSQL {found}; {OLDEST} is the oldest that works")
    for setting in _SETTINGS:
        connection.execute(setting)
    return connection


@contextmanager
def _told() -> Iterator[None]:
    """Turn what stops the server (too many digits, a full disk) into an error that says what to do."""
    try:
        yield
    except (errors.NumericValueOutOfRange, pa.ArrowInvalid) as error:
        advice = "Write amounts and rates with fewer digits; an amount has room for about 15 before the point."
        message = f"a number has more digits than exact arithmetic has room for: {str(error).splitlines()[0]}"
        raise AttainError([Fault(check="overflow", message=message, advice=advice)]) from error
    except (errors.OperationalError, errors.DataError, errors.InsufficientPrivilege) as error:
        advice = "See to the database server: its disk, its memory, and whether its user may make temporary tables."
        raise AttainError([Fault(check="engine", message=str(error).splitlines()[0], advice=advice)]) from error


def _batches_of(files: Sequence[Path], names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The rows of Parquet files, many at a time."""
    for file in files:
        for batch in pq.ParquetFile(file).iter_batches(_ROWS_AT_ONCE, columns=list(names)):
            yield from plain(pa.Table.from_batches([batch]).select(list(names))).to_batches()


def _parsed(rows: Sequence[bytes], schema: pa.Schema) -> pa.Table:
    """Rows of CSV, as PostgreSQL writes it, as a table of exactly these columns."""
    text = b"".join(rows)
    names = [str(number) for number in range(len(schema))]
    types = [pa.string() if pa.types.is_list(field.type) else field.type for field in schema]
    table = arrow_csv.read_csv(
        pa.BufferReader(text),
        arrow_csv.ReadOptions(use_threads=False, column_names=names, block_size=len(text) + 1),
        arrow_csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        arrow_csv.ConvertOptions(
            column_types=dict(zip(names, types, strict=True)),
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    columns = [
        pa.array([_numbers(one) for one in values.to_pylist()], field.type) if pa.types.is_list(field.type) else values
        for values, field in zip(table.columns, schema, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _numbers(written: str | None) -> list[int] | None:
    """The whole numbers of an array: ``{1,2}``."""
    return None if written is None else [int(one) for one in written.strip("{}").split(",") if one]


# names and types ------------------------------------------------------------------------------------------------------


def _type(kind: pa.DataType) -> str:
    if pa.types.is_decimal(kind):
        return f"NUMERIC({kind.precision}, {kind.scale})"
    return f"{_type(kind.value_type)}[]" if pa.types.is_list(kind) else _TYPES[kind]


def _kind(column: psycopg.Column) -> pa.DataType:
    """The type that a column of a table of the server is read as."""
    if column.type_code == _NUMERIC:
        # A number may have any digits: the loader asks of each whether it has more than there is room for.
        scale = _ANY_SCALE if column.scale is None else min(column.scale, _ANY_SCALE)
        return pa.decimal128(min(column.precision or 38, 38), scale)
    return _KINDS.get(column.type_code, pa.string())


def _read_as(column: psycopg.Column) -> str:
    """A column of a table of the server as steps read it."""
    kind, name = _kind(column), exp.to_identifier(column.name, quoted=True).sql("postgres")
    if pa.types.is_floating(kind):
        name = f"CAST({name} AS TEXT)"  # its shortest digits
    read = name if pa.types.is_decimal(kind) else _cast(name, kind)
    return f"{read} AS {_quoted(column.name)}"


def _cast(column: str, kind: pa.DataType) -> str:
    """A column as one of a type, with the order of its texts behind it."""
    name, _, order = _type(kind).partition(" COLLATE ")
    return f"CAST({column} AS {name})" + (f" COLLATE {order}" if order else "")


def _dropped(name: str) -> str:
    """What takes away a table or a view of ours, with the views that read it: they are made anew after it."""
    quoted = exp.Literal.string(_quoted(name)).sql("postgres")
    word = "(SELECT CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END FROM pg_class WHERE oid = found)"
    return (
        f"DO $$ DECLARE found oid := to_regclass('pg_temp.' || {quoted}); BEGIN IF found IS NOT NULL THEN "
        f"EXECUTE 'DROP ' || {word} || ' pg_temp.' || {quoted} || ' CASCADE'; END IF; END $$"
    )


def _short(name: str) -> str:
    """A name that PostgreSQL keeps whole."""
    if len(name.encode()) <= _LONGEST_NAME:
        return name
    return f"{name.encode()[:40].decode(errors='ignore')}_{sha256(name.encode()).hexdigest()[:16]}"


def _quoted(name: str) -> str:
    return exp.to_identifier(_short(name), quoted=True).sql("postgres")


# what PostgreSQL says otherwise ---------------------------------------------------------------------------------------


def _rules(version: int) -> Rules:
    """The rules for a server's version."""
    letters = "pg_c_utf8" if version >= 170_000 else "und-x-icu"

    def folded(node: exp.Expr) -> exp.Expr:
        """Letters of every script: in the order "C" PostgreSQL would fold those of ASCII only."""
        return _collated(type(node)(this=_collated(node.this, letters)), "C")

    def alike(node: exp.Expr) -> exp.Expr:
        both = [folded(exp.Lower(this=part)) for part in (node.this, node.expression)]
        return _like(exp.Like(this=both[0], expression=both[1], negate=node.args.get("negate")))

    return {
        exp.Cast: wide_integer,
        exp.Identifier: lambda node: exp.to_identifier(_short(node.name), quoted=node.args.get("quoted")),
        exp.Trim: all_spaces,
        exp.Lower: folded,
        exp.Upper: folded,
        exp.Like: _like,
        exp.ILike: alike,
        exp.Alias: _ordered_text,
        exp.IsNan: lambda node: exp.EQ(this=exp.cast(node.this, "TEXT"), expression=exp.Literal.string("NaN")),
        exp.TryCast: _tried,
    }


def _collated(tree: exp.Expr, order: str) -> exp.Expr:
    return exp.Paren(this=exp.Collate(this=exp.Paren(this=tree), expression=exp.to_identifier(order, quoted=True)))


def _like(node: exp.Expr) -> exp.Expr:
    """A pattern in which the backslash is a letter like any other."""
    return exp.Paren(this=exp.Escape(this=node, expression=exp.Literal.string("")))


def _ordered_text(node: exp.Expr) -> exp.Expr:
    """A text that is given a name, in the order of all others."""
    text = node.this
    if isinstance(text, exp.Literal) and text.is_string:
        node.set("this", _collated(exp.cast(text, "TEXT"), "C"))
    return node


def _tried(node: exp.Expr) -> exp.Expr:
    """A cast to a decimal where there is room for the number, else null; what is no number has none."""
    assert isinstance(node, exp.TryCast)
    precision, scale = (int(part.name) for part in node.to.expressions)
    room = exp.LT(this=exp.Abs(this=node.this), expression=exp.Literal.number(10 ** (precision - scale)))
    return exp.Paren(this=exp.Case().when(room, exp.Cast(this=node.this.copy(), to=node.to)))
