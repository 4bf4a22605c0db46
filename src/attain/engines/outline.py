"""The outline of what an engine holds: its tables without rows, in a DuckDB, which says what every SELECT gives.

Engines differ in the types that they give to sums, products and dates. The types of every step, and of every result,
are those that DuckDB gives them, so that results are the same tables on all engines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from attain.engines.duckdb import DuckDB
from attain.engines.engine import ColumnInfo, Step

_TYPES: dict[str, pa.DataType] = {
    "VARCHAR": pa.string(),
    "DATE": pa.date32(),
    "BOOLEAN": pa.bool_(),
    "TINYINT": pa.int8(),
    "SMALLINT": pa.int16(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "UTINYINT": pa.int16(),
    "USMALLINT": pa.int32(),
    "UINTEGER": pa.int64(),
    "UBIGINT": pa.decimal128(20, 0),
    "HUGEINT": pa.decimal128(38, 0),
    "FLOAT": pa.float32(),
    "DOUBLE": pa.float64(),
    "TIMESTAMP": pa.timestamp("us"),
    "TIMESTAMP WITH TIME ZONE": pa.timestamp("us", "UTC"),
}

_WHOLE = {b"whole": b"yes"}
"""What marks the column of a sum of whole numbers, which is wider than any integer of Arrow."""

_IS = pa.types


class Outline:
    """The tables of another engine, without rows."""

    def __init__(self) -> None:
        self._engine = DuckDB.for_few_rows()

    def load(self, name: str, schema: pa.Schema) -> None:
        """Take the columns of a table."""
        self._engine.load(name, schema.empty_table())

    def make(self, step: Step) -> pa.Schema:
        """Take a step; the columns that it gives."""
        self._engine.make(Step(step.name, step.query, step.note))
        return self.schema(exp.select("*").from_(exp.to_table(step.name, quoted=True)))

    def columns(self, name: str) -> Mapping[str, ColumnInfo]:
        """The columns of a table, in their order."""
        return self._engine.columns(name)

    def schema(self, query: exp.Expr) -> pa.Schema:
        """The columns that a SELECT gives."""
        described = self._engine.rows(f"DESCRIBE {self._engine.sql(query)}")
        return pa.schema([_field(row["column_name"], row["column_type"]) for row in described])


def _field(name: str, kind: str) -> pa.Field:
    if found := re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", kind):
        return pa.field(name, pa.decimal128(int(found[1]), int(found[2])))
    if kind.endswith("[]"):
        return pa.field(name, pa.list_(_field(name, kind.removesuffix("[]")).type))
    return pa.field(name, _TYPES.get(kind, pa.string()), metadata=_WHOLE if kind == "HUGEINT" else None)


def plain(table: pa.Table) -> pa.Table:
    """A table with nothing but the types that every engine has; all others become text, as DuckDB writes them."""
    columns = [_plain(values) for values in table.columns]
    return pa.table(columns, names=table.column_names)


def _plain(values: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = values.type
    if _IS.is_dictionary(kind):
        return _plain(pc.cast(values, kind.value_type))
    if _IS.is_timestamp(kind):
        # Of a time only its day is read, so nothing is lost below the millionth of a second.
        return pc.cast(values, pa.timestamp("us", "UTC" if kind.tz else None), safe=False)
    if _IS.is_unsigned_integer(kind):
        return pc.cast(values, pa.decimal128(20, 0) if _IS.is_uint64(kind) else pa.int64())
    if _IS.is_date64(kind):
        return pc.cast(values, pa.date32())
    if _IS.is_decimal(kind):
        wide = pa.float64() if _IS.is_decimal256(kind) else pa.decimal128(kind.precision, kind.scale)
        return values if kind == wide else pc.cast(values, wide)
    is_known = _IS.is_boolean(kind) or _IS.is_signed_integer(kind) or _IS.is_string(kind)
    return values if is_known or kind in (pa.float32(), pa.float64(), pa.date32()) else _as_text(values)


def _as_text(values: pa.ChunkedArray) -> pa.ChunkedArray:
    try:
        return pc.cast(values, pa.string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        texts = [None if value is None else str(value) for value in values.to_pylist()]
        return pa.chunked_array([pa.array(texts, pa.string())])


def as_rows(table: pa.Table) -> list[dict[str, Any]]:
    """The rows of a table, each by column; sums of whole numbers are whole numbers."""
    rows: list[dict[str, Any]] = table.to_pylist()
    for field in table.schema:
        if field.metadata == _WHOLE:
            for row in rows:
                row[field.name] = None if row[field.name] is None else int(row[field.name])
    return rows


def conformed(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """A table with the columns of a schema, place by place; raises pyarrow.ArrowInvalid where a digit has no room."""
    columns: Sequence[pa.ChunkedArray] = [
        values if values.type == field.type else pc.cast(values, field.type)
        for values, field in zip(table.columns, schema, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=schema)
