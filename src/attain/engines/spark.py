"""Apache Spark: the same steps over facts that have outgrown one machine, as temporary views of one session."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet as pq
from pyspark.errors import PySparkException, PySparkRuntimeError
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import to_arrow_schema
from sqlglot import exp

from attain.engines.duckdb import write_rows
from attain.engines.engine import ColumnInfo, Format, Step
from attain.engines.outline import Outline, as_rows, conformed, plain
from attain.engines.portable import Rules, all_spaces, read_from, rewritten, typed, wide_integer
from attain.errors import AttainError, Fault, UsageError

_SETTINGS = {
    "spark.sql.ansi.enabled": "true",  # what has no room is an error, and not null
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",  # a product keeps all of its digits
    "spark.sql.legacy.decimal.retainFractionDigitsOnTruncate": "true",  # and so do two decimals beside one another
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
}

_QUIET = {
    "spark.log.level": "OFF",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.ui.retainedJobs": "1",  # what its pages would show of what is done would fill the memory of the driver
    "spark.ui.retainedStages": "1",
    "spark.ui.retainedTasks": "1",
    "spark.sql.ui.retainedExecutions": "1",
}

_PARTS = "spark.sql.shuffle.partitions"
_PARTS_OF_A_CORE = 4
"""Parts that rows are divided into on one machine, for each of its cores; Spark's own 200 are meant for many."""

_ROWS_AT_ONCE = 50_000

_TYPES: dict[pa.DataType, str] = {
    pa.string(): "STRING",
    pa.date32(): "DATE",
    pa.bool_(): "BOOLEAN",
    pa.int8(): "TINYINT",
    pa.int16(): "SMALLINT",
    pa.int32(): "INT",
    pa.int64(): "BIGINT",
    pa.float32(): "FLOAT",
    pa.float64(): "DOUBLE",
    pa.timestamp("us"): "TIMESTAMP_NTZ",
    pa.timestamp("us", "UTC"): "TIMESTAMP",
}

_DIVISOR = 28
"""Digits that a divisor may have; a quotient has room for 24, which is twelve before the point and twelve after it."""


class Spark:
    """One session of Spark; its views are its own, the cluster may be others' as well."""

    dialect = "spark"

    def __init__(self, master: str | None = None, *, settings: Mapping[str, str] | None = None) -> None:
        self._session = _session(master, settings or {})
        self._maker = ThreadPoolExecutor(1, thread_name_prefix="steps")
        self._outline = Outline()
        self.version: str = self._session.version
        at_once = self._session.conf.get(_PARTS)
        self._parts = max(int(at_once or 1), self._session.sparkContext.defaultParallelism)

    def load(self, name: str, table: pa.Table) -> None:
        """Take a table from memory."""
        held = plain(table)
        self._outline.load(name, held.schema)
        with _told():
            self._session.createDataFrame(held).createOrReplaceTempView(_quoted(name))

    def load_parquet(
        self, name: str, files: Sequence[Path], query: exp.Expr | None = None, *, stored: bool = False
    ) -> None:
        """Take Parquet files: they are read where they lie, which every worker must be able to."""
        held = f"files of {name}" if query else name
        schema = plain(pq.read_schema(files[0]).empty_table()).schema
        if all(map(_is_readable, files)):
            self._outline.load(held, schema)
            with _told():
                found = self._session.read.parquet(*map(_place, files))
                found.select(*map(_quoted, schema.names)).createOrReplaceTempView(_quoted(held))
        else:
            self.load(held, pa.concat_tables(plain(pq.read_table(file)).select(schema.names) for file in files))
        if query is not None:
            self.make(Step(name, read_from(held, query), "", is_stored=stored))

    def load_own(self, name: str, schema: str, table: str) -> pa.Schema | None:
        """Take a table or view of the catalogue, where it lies; its columns, or None where there is none."""
        place = ".".join(map(_quoted, [*schema.split("."), table]))
        with _told():
            if not self._session.catalog.tableExists(place):
                return None
            found = self._session.table(place)
            held = plain(to_arrow_schema(found.schema).empty_table()).schema
            columns = [found[_quoted(field.name)].cast(_type(field.type)) for field in held]
            found.select(*columns).toDF(*held.names).createOrReplaceTempView(_quoted(name))
        self._outline.load(name, held)
        return held

    def digest(self, name: str) -> str:
        """How many rows there are, and the sum of their numbers by Spark's own hash."""
        rows = f"SELECT count(*), COALESCE(sum(CAST(xxhash64(*) AS DECIMAL(38, 0))), 0) FROM {_quoted(name)}"
        with _told():
            count, total = self._session.sql(rows).collect()[0]
        return f"{count}:{total}"

    def columns(self, name: str) -> Mapping[str, ColumnInfo]:
        """The columns of a table it holds, in their order."""
        return self._outline.columns(name)

    def make(self, step: Step) -> None:
        """Hold a step's rows under its name."""
        self._hold(step, self._typed(step.query, self._outline.make(step)))

    def make_beside(self, step: Step) -> Future[None]:
        """Hold a step's rows under its name while the caller goes on, after the steps before it."""
        return self._maker.submit(self._hold, step, self._typed(step.query, self._outline.make(step)))

    def fetch(self, query: exp.Expr) -> pa.Table:
        """The rows of a SELECT."""
        schema = self._outline.schema(query)
        with _told():
            return conformed(self._asked(query, schema).toArrow(), schema)

    def rows(self, query: exp.Expr | str) -> list[dict[str, Any]]:
        """The few rows of a SELECT, each by column."""
        return as_rows(self.fetch(rewritten(query, {})))

    def write(self, query: exp.Expr, file: Path, kind: Format) -> int:
        """Write the rows of a SELECT to a file; how many there were."""
        schema = self._outline.schema(query)
        return write_rows(schema, self._read(query, schema), file, kind)

    def sql(self, query: exp.Expr, *, pretty: bool = False) -> str:
        """The query as this engine's SQL."""
        return rewritten(query, _RULES).sql(dialect=self.dialect, identify=True, pretty=pretty)

    def _hold(self, step: Step, sql: str) -> None:
        """Hold what a query gives: calculated at once and kept by the workers, or a view.

        A stored step forgets how it was made, so that what is made of it does not grow with every step behind it. It
        has no more parts than Spark works on at once, where every union would add up those of its sides.
        """
        with _told():
            found = self._session.sql(sql)
            if step.is_stored:
                found = found.coalesce(self._parts).localCheckpoint()
            found.createOrReplaceTempView(_quoted(step.name))

    def _typed(self, query: exp.Expr, schema: pa.Schema) -> str:
        """A query whose columns are of the types that they have on every engine."""
        return typed(self.sql(query), schema, cast=_cast, dialect=self.dialect)

    def _asked(self, query: exp.Expr, schema: pa.Schema) -> DataFrame:
        return self._session.sql(self._typed(query, schema))

    def _read(self, query: exp.Expr, schema: pa.Schema) -> Iterator[pa.Table]:
        """The rows of a query, many at a time: never more than one worker's part of them."""
        with _told():
            rows = self._asked(query, schema).toLocalIterator()
            while some := list(islice(rows, _ROWS_AT_ONCE)):
                columns = zip(*some, strict=True)
                arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
                yield pa.Table.from_arrays(arrays, schema=schema)


def _session(master: str | None, settings: Mapping[str, str]) -> SparkSession:
    """A session of its own, which keeps to what the steps rely on; UsageError where Spark does not start."""
    logging.getLogger("SQLQueryContextLogger").disabled = True  # it prints each error as some pages of JSON
    builder = SparkSession.builder.appName("attain")
    if master:
        builder = builder.master(master)
    for name, value in {**_QUIET, **settings}.items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate().newSession()
    except PySparkRuntimeError as error:
        told = str(error).splitlines()[0]
        raise UsageError(f"--engine: Spark does not start, which needs Java 17 or newer: {told}") from None
    for name, value in _SETTINGS.items():
        session.conf.set(name, value)
    context = session.sparkContext
    if context.master.startswith("local") and not context.getConf().contains(_PARTS):
        session.conf.set(_PARTS, str(context.defaultParallelism * _PARTS_OF_A_CORE))
    return session


@contextmanager
def _told() -> Iterator[None]:
    """Turn what stops Spark (too many digits, a worker that is gone) into an error that says what to do."""
    try:
        yield
    except (PySparkException, pa.ArrowInvalid) as error:
        first = next((line for line in str(error).splitlines() if line.strip()), "")
        if isinstance(error, pa.ArrowInvalid) or re.search(r"NUMERIC_VALUE_OUT_OF_RANGE|OVERFLOW", str(error)):
            advice = "Write amounts and rates with fewer digits; an amount has room for about 15 before the point."
            message = f"a number has more digits than exact arithmetic has room for: {first}"
            raise AttainError([Fault(check="overflow", message=message, advice=advice)]) from error
        advice = "See to the cluster: its memory, its workers, and whether each of them can read the files."
        raise AttainError([Fault(check="engine", message=first, advice=advice)]) from error


# files, names and types -----------------------------------------------------------------------------------------------


def _is_readable(file: Path) -> bool:
    """Whether Spark reads a file as it is: it passes over hidden ones, and knows no billionths of a second."""
    kinds = pq.read_schema(file).types
    return file.name[0] not in "._" and all(
        kind in _TYPES or pa.types.is_decimal128(kind) or pa.types.is_integer(kind) for kind in kinds
    )


def _place(file: Path) -> str:
    """A file as Spark names it, where signs that stand for several files are only signs."""
    return "file://" + re.sub(r"([*?\[\]{}\\])", r"\\\1", str(file.resolve()))


def _type(kind: pa.DataType) -> str:
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision}, {kind.scale})"
    return f"ARRAY<{_type(kind.value_type)}>" if pa.types.is_list(kind) else _TYPES[kind]


def _cast(column: str, kind: pa.DataType) -> str:
    return f"CAST({column} AS {_type(kind)})"


def _quoted(name: str) -> str:
    return exp.to_identifier(name, quoted=True).sql("spark")


# what Spark says otherwise --------------------------------------------------------------------------------------------


def _whole_quotient(node: exp.Expr) -> exp.Expr:
    """A division of whole numbers cut towards zero: Spark's own has no more room than an integer of 64 bits.

    What is left over is taken away first, so that nothing is to be rounded. Spark's division of decimals gives its
    result the more digits after the point, where it needs none, the more its divisor has.
    """
    left, right = (exp.Paren(this=part) for part in (node.this, node.expression))
    whole = exp.Paren(this=exp.Sub(this=left, expression=exp.Mod(this=left.copy(), expression=right)))
    narrow = exp.Cast(this=right.copy(), to=exp.DataType.build(f"DECIMAL({_DIVISOR}, 0)"))
    divided = exp.Div(this=whole, expression=narrow, typed=True, safe=True)
    return exp.Cast(this=divided, to=exp.DataType.build("DECIMAL(38, 0)"))


def _sign(node: exp.Expr) -> exp.Expr:
    """The sign as a whole number: Spark's own is a binary fraction."""
    return exp.cast(exp.Sign(this=node.this), "INT")


def _like(node: exp.Expr) -> exp.Expr:
    """A pattern in which the backslash is a letter like any other: what takes its part stands in no text."""
    return exp.Paren(this=exp.Escape(this=node, expression=exp.Literal.string("\x01")))


def _alike(node: exp.Expr) -> exp.Expr:
    both = [exp.Lower(this=part) for part in (node.this, node.expression)]
    return _like(exp.Like(this=both[0], expression=both[1], negate=node.args.get("negate")))


def _difference(node: exp.Expr) -> exp.Expr:
    """The days between two dates, which Spark would give as a span of time."""
    return exp.DateDiff(this=node.this, expression=node.expression) if node.args.get("days") else node


def _listed(node: exp.Expr) -> exp.Expr:
    """A list in the order of what it holds."""
    order = node.this
    if not isinstance(order, exp.Order):
        return node
    rises = exp.false() if order.expressions[0].args.get("desc") else exp.true()
    return exp.Anonymous(this="SORT_ARRAY", expressions=[exp.ArrayAgg(this=order.this), rises])


_RULES: Rules = {
    exp.Cast: wide_integer,
    exp.IntDiv: _whole_quotient,
    exp.Sign: _sign,
    exp.Trim: all_spaces,
    exp.Like: _like,
    exp.ILike: _alike,
    exp.Sub: _difference,
    exp.ArrayAgg: _listed,
    exp.AtTimeZone: lambda node: node.this,  # the session's own zone is the only one that is asked for
}
