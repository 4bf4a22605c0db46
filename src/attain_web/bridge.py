"""Between the database and the library's tables: rows go out as Arrow, and come in by COPY; nobody else knows both."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.db import connection
from django.db.models import F, Func, Model, QuerySet, TextField, Value
from django.db.models.functions import Coalesce
from psycopg.sql import SQL, Identifier
from pyarrow import csv
from pyarrow import parquet as pq

from attain.columns import Column, Table
from attain.sources.files import ROW

_BLOCK = 16 * 1024 * 1024
"""Bytes of text that are turned into Arrow at once."""
_ROWS = 50_000
"""Rows that are sent to the database at once."""
_BOOKKEEPING = {"id", "batch_id", "changed_by_id", "changed_at", "attributes"}
_DATE = r"^\d{4}-\d{2}-\d{2}$"
_TYPES = {"text": pa.string(), "date": pa.date32(), "decimal": pa.decimal128(24, 6), "integer": pa.decimal128(18, 0)}


def arrow_of(table: Table, rows: QuerySet[Any]) -> pa.Table:
    """The rows of a query as the library's table: each declared column, then what else is known as attributes.

    One row per row of the query, in its order. Attributes get the type that every value has: number, date, flag, else
    text; numbers stay exact. Those that differ in case alone are one, as the library reads names; one that is called
    like a column stays out. Nothing but the columns is held while the rows stream in.
    """
    own = columns_of(table, rows.model)
    selected: dict[str, Any] = {name: F(field) for name, field in own.items()}
    types = {name: _type_of(table.column(name)) for name in own}
    known = {name.lower(): name for name in own} | {"": "", ROW: ""}
    for name, kind in attribute_types(rows).items():
        first = known.setdefault(name.strip().lower(), name.strip())
        if first in selected and first not in own:
            selected[first] = Coalesce(selected[first], _attribute(name))
            types[first] = kind if kind == types[first] else pa.string()
        elif first and first not in own:
            selected[first], types[first] = _attribute(name), kind
    # Names of their own, as Django refuses those of fields and those with blanks.
    query = rows.annotate(**{f"out_{number}": one for number, one in enumerate(selected.values())})
    return _copied_out(query.values_list(*(f"out_{number}" for number in range(len(selected)))), types)


def columns_of(table: Table, model: type[Model]) -> dict[str, str]:
    """The columns that a model has a field for, by name: the declared ones, then its own."""
    fields = {str(field.column): field.attname for field in model._meta.concrete_fields}
    own = {name: attname for name, attname in fields.items() if name not in _BOOKKEEPING}
    declared = [column.name for column in table.columns if column.name in own]
    return {name: own[name] for name in [*declared, *(name for name in own if name not in declared)]}


def keys_of(table: Table, rows: QuerySet[Any]) -> pa.Table:
    """The different keys (first column of the key) that the rows of a query have."""
    key = table.key[0]
    field = columns_of(table, rows.model)[key]
    return _copied_out(rows.order_by().values_list(field).distinct(), {key: pa.string()})


def _attribute(name: str) -> Func:
    """An attribute as text; Django's own transform takes a name of digits for a place in a list."""
    return Func(F("attributes"), Value(name), function="jsonb_extract_path_text", output_field=TextField())


def attribute_types(rows: QuerySet[Any]) -> dict[str, pa.DataType]:
    """The attributes that the rows of a query have, by name, each with the type that fits every value."""
    inner, params = rows.order_by().values("attributes").query.sql_with_params()
    query = f"""
        SELECT key, bool_and(kind = 'number'), bool_and(kind = 'boolean'),
               bool_and(kind = 'string' AND text ~ '{_DATE}' AND pg_input_is_valid(text, 'date')),
               max(CASE WHEN kind = 'number' THEN scale(text::numeric) END)
        FROM (SELECT one.key, jsonb_typeof(one.value) AS kind, one.value #>> '{{}}' AS text
              FROM ({inner}) AS held, jsonb_each(held.attributes) AS one) AS each
        WHERE kind <> 'null' GROUP BY key ORDER BY key
    """
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return {row[0]: _fitting(*row[1:]) for row in cursor.fetchall()}


def _fitting(is_number: bool, is_flag: bool, is_date: bool, digits: int | None) -> pa.DataType:  # noqa: FBT001 - a row
    if is_number and (digits or 0) <= 9:
        return pa.decimal128(38, digits or 0)
    return pa.bool_() if is_flag else pa.date32() if is_date else pa.string()


def _type_of(column: Column | None) -> pa.DataType:
    return _TYPES[column.type] if column else pa.string()


def _copied_out(rows: QuerySet[Any, Any], types: dict[str, pa.DataType]) -> pa.Table:
    """The rows of a query by COPY, block by block."""
    sql, params = rows.query.sql_with_params()
    schema = pa.schema(list(types.items()))
    tables: list[pa.Table] = []
    with connection.cursor() as cursor, _copy(cursor, f"COPY ({sql}) TO STDOUT (FORMAT csv)", params) as copy:
        for block in _blocks(copy):
            tables.append(_parsed(block, schema))  # noqa: PERF401 - the block is let go before the next one comes
    return pa.concat_tables(tables) if tables else schema.empty_table()


def _copy(cursor: Any, sql: str, params: Any) -> Any:
    """COPY by the driver's own cursor: Django's for debugging takes no parameters."""
    return getattr(cursor, "cursor", cursor).copy(sql, params)


def _blocks(copy: Iterable[Any]) -> Iterator[bytes]:
    """What COPY sends, whole rows together in large blocks."""
    held = io.BytesIO()
    for row in copy:
        held.write(row)
        if held.tell() >= _BLOCK:
            yield held.getvalue()
            held = io.BytesIO()
    if held.tell():
        yield held.getvalue()


def _parsed(block: bytes, schema: pa.Schema) -> pa.Table:
    return csv.read_csv(
        pa.py_buffer(block),
        csv.ReadOptions(column_names=schema.names, block_size=max(len(block), 1), use_threads=False),
        csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        csv.ConvertOptions(
            column_types=schema,
            null_values=[""],
            true_values=["true", "t"],
            false_values=["false", "f"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,  # COPY writes an empty text as "", and what is missing as nothing
        ),
    )


def copy_in(target: str, file: Path, told: Callable[[int], None]) -> int:
    """Send the rows of a Parquet file into a table by COPY, telling how many are there; columns are met by name."""
    source = pq.ParquetFile(file)
    names = SQL(", ").join(Identifier(name) for name in source.schema_arrow.names)
    query = SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(Identifier(target), names)
    count = 0
    options = csv.WriteOptions(include_header=False)
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for batch in source.iter_batches(_ROWS):
            written = io.BytesIO()
            csv.write_csv(pa.table(batch), written, options)
            copy.write(written.getvalue())
            count += len(batch)
            told(count)
    return count
