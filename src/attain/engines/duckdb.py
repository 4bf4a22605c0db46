"""DuckDB, in process: the default engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from weakref import finalize

import duckdb
import pyarrow as pa
from sqlglot import exp

from attain.engines.engine import ColumnInfo, Format, Step
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


class DuckDB:
    """One DuckDB in memory, which spills into a folder of its own when the memory it may use is full."""

    dialect = "duckdb"
    version = duckdb.__version__

    def __init__(self, *, memory: str | None = None) -> None:
        folder = mkdtemp(prefix="attain-")
        finalize(self, rmtree, folder, ignore_errors=True)
        self._connection = duckdb.connect(config={"temp_directory": folder, "autoinstall_known_extensions": False})
        self._connection.execute("SET preserve_insertion_order = false")
        self._kinds: dict[str, str] = {}
        if memory:
            self._connection.execute("SET memory_limit = ?", [memory])

    def load(self, name: str, table: pa.Table) -> None:
        """Take a table from memory."""
        self._connection.register("loading", table)
        self._hold(name, "TABLE", "SELECT * FROM loading")
        self._connection.unregister("loading")

    def load_parquet(self, name: str, files: Sequence[Path], query: exp.Expr | None = None) -> None:
        """Take Parquet files where they lie: a view, so that each step reads only the columns it needs."""
        listed = ", ".join(exp.Literal.string(str(file)).sql("duckdb") for file in files)
        source = f"SELECT * FROM read_parquet([{listed}])"
        body = f"WITH source AS ({source}) {self.sql(query)}" if query else source
        self._hold(name, "VIEW", body)

    def columns(self, name: str) -> Mapping[str, ColumnInfo]:
        """The columns of a table it holds, in their order."""
        rows = self._connection.execute(f"DESCRIBE {_quoted(name)}").fetchall()
        return {row[0]: _info(row[1]) for row in rows}

    def rises(self, name: str, column: str) -> bool:
        """Whether a column's values rise from row to row, which proves quickly that none stands twice."""
        value = _quoted(column)
        query = f"SELECT {value} <= lag({value}) OVER () AS falls FROM {_quoted(name)}"
        return not self._connection.execute(f"SELECT 1 FROM ({query}) WHERE falls LIMIT 1").fetchall()

    def make(self, step: Step, *, stored: bool = True) -> None:
        """Hold a step's rows under its name."""
        self._hold(step.name, "TABLE" if stored else "VIEW", self.sql(step.query))

    def _hold(self, name: str, kind: str, query: str) -> None:
        """Put rows under a name, in place of what stood there before, which may have been of the other kind."""
        if self._kinds.get(name, kind) != kind:
            self._connection.execute(f"DROP {self._kinds[name]} {_quoted(name)}")
        self._connection.execute(f"CREATE OR REPLACE TEMP {kind} {_quoted(name)} AS {query}")
        self._kinds[name] = kind

    def fetch(self, query: exp.Expr) -> pa.Table:
        """The rows of a SELECT."""
        return self._connection.sql(self.sql(query)).to_arrow_table()

    def write(self, query: exp.Expr, file: Path, kind: Format) -> int:
        """Write the rows of a SELECT to a file; how many there were."""
        options = "FORMAT parquet, COMPRESSION zstd" if kind == "parquet" else "FORMAT csv, HEADER"
        target = exp.Literal.string(str(file)).sql("duckdb")
        result = self._connection.execute(f"COPY ({self.sql(query)}) TO {target} ({options})").fetchone()
        return int(result[0]) if result else 0

    def sql(self, query: exp.Expr) -> str:
        """The query as this engine's SQL."""
        return query.sql(dialect=self.dialect, identify=True, copy=False)


def _info(kind: str) -> ColumnInfo:
    if kind.startswith("DECIMAL"):
        return ColumnInfo("number", int(kind.split(",")[1].strip(" )")))
    return ColumnInfo(_TYPES.get(kind, "text"))


def _quoted(name: str) -> str:
    return exp.to_identifier(name, quoted=True).sql("duckdb")
