"""DuckDB, in process: the default engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache, cached_property
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any
from weakref import finalize

import duckdb
import pyarrow as pa
from sqlglot import exp

from attain.engines.engine import ColumnInfo, Format, Step
from attain.errors import AttainError, Fault
from attain.expressions import ValueType

_TYPES: dict[str, ValueType] = {
    "VARCHAR": "text",
    "DATE": "date",
    "BOOLEAN": "flag",
    "TINYINT": "number",
    "SMALLINT": "number",
    "INTEGER": "number",
    "BIGINT": "number",
    "HUGEINT": "number",
}


MEMORY = "2560MiB"
"""Memory that DuckDB may use unless told otherwise; what needs more goes to disk, so that a run stays below 4 GiB."""


class DuckDB:
    """One DuckDB in memory, which spills into a folder of its own when the memory it may use is full."""

    dialect = "duckdb"
    version = duckdb.__version__

    def __init__(self, *, memory: str = MEMORY, connection: duckdb.DuckDBPyConnection | None = None) -> None:
        self._maker = ThreadPoolExecutor(1, thread_name_prefix="steps")
        self._given = connection
        if connection is None:
            folder = mkdtemp(prefix="attain-")
            finalize(self, rmtree, folder, ignore_errors=True)
            self._opening = self._maker.submit(_database, folder, memory)  # takes 30 ms, while the plan is read
        self._kinds: dict[str, str] = {}
        self._columns: dict[str, Mapping[str, ColumnInfo]] = {}

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        return self._given or self._opening.result()

    @classmethod
    def for_few_rows(cls) -> DuckDB:
        """One for some rows: its tables are its own, its database the process's, since making one takes 30 ms."""
        return cls(connection=_shared().cursor())

    def load(self, name: str, table: pa.Table) -> None:
        """Take a table from memory."""
        self._connection.register("loading", table)
        self._hold(name, "TABLE", "SELECT * FROM loading")
        self._connection.unregister("loading")

    def load_parquet(
        self, name: str, files: Sequence[Path], query: exp.Expr | None = None, *, stored: bool = False
    ) -> None:
        """Take Parquet files: where they lie as a view, so that each step reads only the columns it needs."""
        self._hold(name, "TABLE" if stored else "VIEW", self._of_files(files, query))

    def columns(self, name: str) -> Mapping[str, ColumnInfo]:
        """The columns of a table it holds, in their order."""
        if name not in self._columns:
            rows = self._connection.execute(f"DESCRIBE {_quoted(name)}").fetchall()
            self._columns[name] = {row[0]: _info(row[1]) for row in rows}
        return self._columns[name]

    def _of_files(self, files: Sequence[Path], query: exp.Expr | None) -> str:
        listed = ", ".join(exp.Literal.string(str(file)).sql("duckdb") for file in files)
        source = f"SELECT * FROM read_parquet([{listed}])"
        return f"WITH source AS ({source}) {self.sql(query)}" if query else source

    def make(self, step: Step) -> None:
        """Hold a step's rows under its name."""
        self._hold(step.name, _kind(step), self.sql(step.query))

    def make_beside(self, step: Step) -> Future[None]:
        """Hold a step's rows under its name while the caller goes on, after the steps before it."""
        return self._maker.submit(self._hold, step.name, _kind(step), self.sql(step.query))

    def _hold(self, name: str, kind: str, query: str) -> None:
        """Put rows under a name, in place of what stood there before, which may have been of the other kind."""
        if self._kinds.get(name, kind) != kind:
            self._connection.execute(f"DROP {self._kinds[name]} {_quoted(name)}").fetchall()
        with _told():
            # Drained: a result that is still open would be in the way of what is registered next.
            self._connection.execute(f"CREATE OR REPLACE TEMP {kind} {_quoted(name)} AS {query}").fetchall()
        self._kinds[name] = kind
        self._columns.pop(name, None)

    def fetch(self, query: exp.Expr) -> pa.Table:
        """The rows of a SELECT."""
        with _told():
            return self._connection.sql(self.sql(query)).to_arrow_table()

    def rows(self, query: exp.Expr | str) -> list[dict[str, Any]]:
        """The few rows of a SELECT, each by column."""
        with _told():
            result = self._connection.execute(query if isinstance(query, str) else self.sql(query))
            names = [column[0] for column in result.description or ()]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def write(self, query: exp.Expr, file: Path, kind: Format) -> int:
        """Write the rows of a SELECT to a file; how many there were."""
        with _told():
            return _copied(self._connection, self.sql(query), file, kind)

    def sql(self, query: exp.Expr, *, pretty: bool = False) -> str:
        """The query as this engine's SQL."""
        return query.sql(dialect=self.dialect, identify=True, pretty=pretty, copy=False)


def write_rows(schema: pa.Schema, tables: Iterable[pa.Table], file: Path, kind: Format) -> int:
    """Write what another engine gives, table by table, as DuckDB writes its own results; how many rows there were."""
    failed: list[Exception] = []

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            for table in tables:
                yield from table.to_batches()
        except Exception as error:
            failed.append(error)
            raise

    with duckdb.connect() as connection:
        connection.register("given", pa.RecordBatchReader.from_batches(schema, batches()))
        try:
            return _copied(connection, "SELECT * FROM given", file, kind)
        except duckdb.Error:
            if failed:
                raise failed[0] from None  # in its own words, which DuckDB would wrap up in others
            raise


def _copied(connection: duckdb.DuckDBPyConnection, query: str, file: Path, kind: Format) -> int:
    """Write the rows of a query to a file; how many there were."""
    options = "FORMAT parquet, COMPRESSION zstd" if kind == "parquet" else "FORMAT csv, HEADER"
    target = exp.Literal.string(str(file)).sql("duckdb")
    result = connection.execute(f"COPY ({query}) TO {target} ({options})").fetchone()
    return int(result[0]) if result else 0


def _database(folder: str, memory: str) -> duckdb.DuckDBPyConnection:
    """A database in memory that spills into a folder."""
    connection = duckdb.connect(config={"temp_directory": folder, "autoinstall_known_extensions": False})
    connection.execute("SET preserve_insertion_order = false").fetchall()
    connection.execute("SET memory_limit = ?", [memory]).fetchall()
    return connection


@cache
def _shared() -> duckdb.DuckDBPyConnection:
    """The database of few rows, which this process keeps; it spills nothing."""
    return _database("", "256MiB")


@contextmanager
def _told() -> Iterator[None]:
    """Turn what stops the engine (too many digits, a full disk) into an error that says what to do."""
    try:
        yield
    except (duckdb.OutOfRangeException, duckdb.ConversionException) as error:
        advice = "Write amounts and rates with fewer digits; an amount has room for about 15 before the point."
        message = f"a number has more digits than exact arithmetic has room for: {str(error).splitlines()[0]}"
        raise AttainError([Fault(check="overflow", message=message, advice=advice)]) from error
    except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
        advice = "Give it more memory (--memory 8GiB), or make room on the disk."
        raise AttainError([Fault(check="engine", message=str(error).splitlines()[0], advice=advice)]) from error


def _kind(step: Step) -> str:
    return "TABLE" if step.is_stored else "VIEW"


def _info(kind: str) -> ColumnInfo:
    if kind.startswith("DECIMAL"):
        return ColumnInfo("number", int(kind.split(",")[1].strip(" )")))
    return ColumnInfo(_TYPES.get(kind, "text"))


def _quoted(name: str) -> str:
    return exp.to_identifier(name, quoted=True).sql("duckdb")
