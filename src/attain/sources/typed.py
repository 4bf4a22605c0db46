"""Tables that have types already (Parquet, Arrow): their columns become the declared ones, or it is told why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet as pq
from sqlglot import exp

from attain import money
from attain.columns import Column, Table
from attain.engines.engine import Engine, template
from attain.errors import AttainError, Fault
from attain.sources.files import ROW, checked_names, unreadable
from attain.sources.severities import fault
from attain.tables import MAX_DIGITS

_FLOAT_SCALE, _FLOAT_PRECISION = 6, 24
_IS = pa.types


@dataclass
class Conformed:
    """The columns of a table as trees over what was loaded, conditions that no row may meet, and the faults found."""

    table: Table
    columns: dict[str, exp.Expr] = field(default_factory=dict)
    conditions: list[tuple[str, exp.Expr, exp.Expr, str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def query(self, source: str) -> exp.Expr:
        """The SELECT of all columns from where they are."""
        selected = [exp.alias_(tree, name, quoted=True) for name, tree in self.columns.items()]
        return exp.select(*selected).from_(exp.to_table(source, quoted=True))

    def add_fault(self, check: str, column: str, message: str, advice: str, **more: Any) -> None:
        """Keep a fault of a column."""
        self.faults.append(fault(check, table=self.table.name, column=column, message=message, advice=advice, **more))


def empty(table: Table) -> exp.Expr:
    """The SELECT of no row of a table."""
    return exp.select(*(exp.alias_(_nothing(one), one.name, quoted=True) for one in table.columns)).where(exp.false())


def conform(table: Table, schema: pa.Schema) -> Conformed:
    """Every declared column of its declared type, then what else there is as attributes; names go without case.

    Numbers in binary floating point are read with six digits and told; a time is read as its day (in UTC where it has
    a zone).
    """
    conformed = Conformed(table)
    held = {name.lower(): name for name in schema.names}
    for column in table.columns:
        name = held.pop(column.name.lower(), None)
        if name is not None:
            conformed.columns[column.name] = _declared(conformed, column, name, schema.field(name).type)
            continue
        if column.required:
            advice = f"Add it, or map one to it. There are {', '.join(name for name in schema.names if name != ROW)}."
            message = f"there is no column '{column.name}'"
            conformed.add_fault("missing-column", column.name, message, advice, expected=column.meaning)
        conformed.columns[column.name] = _nothing(column)
    for name in held.values():
        conformed.columns[name] = _attribute(conformed, name, schema.field(name).type)
    return conformed


def check_values(engine: Engine, conformed: Conformed, source: str) -> None:
    """Raise AttainError with a fault for each condition that a row of the loaded table meets."""
    faults = []
    inside = _lie_inside(engine, conformed, source)
    for column, condition, value, expected in conformed.conditions:
        if column in inside:
            continue
        # Counted by CASE and not by WHERE, which reads the statistics of Parquet files: those leave out NaN.
        query = template(
            "SELECT COUNT(CASE WHEN :condition THEN 1 END) AS rows, "
            f'MIN(CASE WHEN :condition THEN CAST(:value AS VARCHAR) END) AS value FROM "{source}"',
            value=value.copy(),
            condition=condition.copy(),
        )
        found = engine.rows(query)[0]
        if found["rows"]:
            more = {**found, "expected": expected, "message": f"this is not {expected}: '{found['value']}'"}
            faults.append(
                fault("wrong-type", table=conformed.table.name, column=column, advice="Correct the value.", **more)
            )
    if faults:
        raise AttainError(faults)


def _lie_inside(engine: Engine, conformed: Conformed, source: str) -> set[str]:
    """The columns of dates whose least and greatest value lie in their bounds; Parquet files often know both."""
    query = exp.select().from_(exp.to_table(source, quoted=True))
    for column, condition, day, _ in conformed.conditions:
        if isinstance(condition, exp.Not):
            low, high = (condition.this.args[bound].copy() for bound in ("low", "high"))
            least, greatest = exp.Min(this=day.copy()), exp.Max(this=day.copy())
            query.select(exp.alias_((least >= low).and_(greatest <= high), column, quoted=True), copy=False)
    if not query.selects:
        return set()
    return {column for column, is_inside in engine.rows(query)[0].items() if is_inside is not False}


def _nothing(column: Column) -> exp.Expr:
    return exp.cast(exp.Null(), {"text": "VARCHAR", "date": "DATE"}.get(column.type, "DECIMAL(18, 2)"))


def _declared(conformed: Conformed, column: Column, name: str, kind: pa.DataType) -> exp.Expr:
    """A column as its declared type; what cannot become that is a fault."""
    tree = exp.column(name, quoted=True)
    if _IS.is_null(kind):
        return _nothing(column)
    if column.type == "text" and (_is_text(kind) or _IS.is_integer(kind) or _IS.is_boolean(kind)):
        return tree if _is_text(kind) else exp.cast(tree, "VARCHAR")
    if column.type == "date" and (_IS.is_date(kind) or _IS.is_timestamp(kind)):
        return _day(conformed, column.name, tree, kind)
    if column.type in ("decimal", "integer") and _is_number(kind):
        return _number(conformed, column.name, tree, kind, digits=0 if column.type == "integer" else MAX_DIGITS)
    advice = f"Write it as {column.type}, or name the file in a mapping, which reads its values as text."
    message = f"the column is of type {kind}, where {column.type} is expected"
    conformed.add_fault("wrong-type", column.name, message, advice, value=str(kind), expected=column.type)
    return _nothing(column)


def _attribute(conformed: Conformed, name: str, kind: pa.DataType) -> exp.Expr:
    """A further column as one of the types that formulas know."""
    tree = exp.column(name, quoted=True)
    if name == ROW or _is_text(kind) or _IS.is_boolean(kind):
        return tree
    if _IS.is_date(kind) or _IS.is_timestamp(kind):
        return _day(conformed, name, tree, kind)
    if _is_number(kind):
        return _number(conformed, name, tree, kind, digits=MAX_DIGITS)
    return exp.cast(tree, "VARCHAR")


def _is_text(kind: pa.DataType) -> bool:
    return bool(_IS.is_string(kind) or _IS.is_large_string(kind) or _IS.is_string_view(kind))


def _is_number(kind: pa.DataType) -> bool:
    return bool(_IS.is_decimal(kind) or _IS.is_integer(kind) or _IS.is_floating(kind))


def _day(conformed: Conformed, name: str, tree: exp.Expr, kind: pa.DataType) -> exp.Expr:
    if _IS.is_timestamp(kind):
        zoned = exp.AtTimeZone(this=tree, zone=exp.Literal.string("UTC")) if kind.tz else tree
        tree = exp.cast(exp.Paren(this=zoned), "DATE")
    days = exp.Between(this=tree.copy(), low=_date("0001-01-01"), high=_date("9999-12-31"))
    conformed.conditions.append((name, exp.not_(days), tree.copy(), "a date from year 1 to 9999"))
    return tree


def _date(text: str) -> exp.Expr:
    return exp.cast(exp.Literal.string(text), "DATE")


def _number(conformed: Conformed, name: str, tree: exp.Expr, kind: pa.DataType, *, digits: int) -> exp.Expr:
    """A number as a decimal of at most so many digits after the point; what has more is a fault."""
    if _IS.is_integer(kind):
        return exp.cast(tree, "DECIMAL(20, 0)")
    if _IS.is_decimal(kind) and kind.scale <= digits:
        return tree
    scale, expected = digits, f"a number with at most {digits} decimals" if digits else "a whole number"
    if _IS.is_floating(kind):
        scale = min(digits, _FLOAT_SCALE)
        read = f"decimals with {scale} digits" if scale else "whole numbers"
        message = f"the column holds binary floating point, read as {read}"
        advice = "Write it as a decimal, so that every cent is certain."
        conformed.add_fault("binary-number", name, message, advice, expected="decimal")
    kept = f"DECIMAL({_FLOAT_PRECISION if _IS.is_floating(kind) else money.PRECISION}, {scale})"
    cast = exp.TryCast(this=tree.copy(), to=exp.DataType.build(kept))
    is_lost = exp.Is(this=cast, expression=exp.Null())
    lost: exp.Expr = exp.and_(exp.not_(exp.Is(this=tree.copy(), expression=exp.Null())), is_lost)
    if _IS.is_floating(
        kind
    ):  # DuckDB takes the statistics of a Parquet file for the whole truth, and they leave out NaN
        lost = exp.or_(lost, exp.IsNan(this=tree.copy()))
    if not (_IS.is_floating(kind) and scale):
        lost = exp.or_(lost, exp.NEQ(this=cast.copy(), expression=tree.copy()))
    conformed.conditions.append((name, lost, tree.copy(), expected))
    return exp.cast(tree, kept)


# What is read --------------------------------------------------------------------------------------------------------


def checked_schema(files: list[Path]) -> pa.Schema:
    """The one schema of all Parquet files of a table; raises AttainError where one cannot be read or differs."""
    schemas = {file: _schema(file) for file in files}
    first, *others = schemas
    for other in others:
        differing = _differing(schemas[first], schemas[other])
        if differing:
            message = f"its columns differ from those of {first.name}: {', '.join(differing)}"
            raise unreadable(other.name, message, advice="Write all files of a table with the same columns and types.")
    names = checked_names(first.name, schemas[first].names)
    if names != schemas[first].names:
        raise unreadable(first.name, "a column has no name", advice="Give each column a name.")
    return pa.schema([pa.field(field.name, _as_read(field.type)) for field in schemas[first]])


def _as_read(kind: pa.DataType) -> pa.DataType:
    """The type that engines read a column of a Parquet file as."""
    if _IS.is_dictionary(kind):
        return _as_read(kind.value_type)
    return pa.float64() if _IS.is_decimal256(kind) else kind


def _schema(file: Path) -> pa.Schema:
    try:
        return pq.read_schema(file)
    except (pa.ArrowException, OSError) as error:
        raise unreadable(file.name, f"it cannot be read: {str(error).splitlines()[0]}") from None


def _differing(one: pa.Schema, other: pa.Schema) -> list[str]:
    """The columns that only one of two schemas has, or each with another type."""
    types: list[Mapping[str, pa.DataType]] = [{field.name: field.type for field in schema} for schema in (one, other)]
    names = dict.fromkeys([*one.names, *other.names])
    return [name for name in names if types[0].get(name) != types[1].get(name)]


def loadable(table: pa.Table, name: str) -> pa.Table:
    """An Arrow table as engines take it: named columns, no dictionaries, decimals of 38 digits; raises AttainError."""
    names = checked_names(name, table.column_names)
    columns, faults = [], []
    for column, values in zip(names, table.columns, strict=True):
        try:
            columns.append(_plain(values))
        except pa.ArrowInvalid:
            message = f"the column is of type {values.type}, and its values have more than {money.PRECISION} digits"
            advice = "Write it with fewer digits."
            faults.append(fault("wrong-type", table=name, column=column, message=message, advice=advice))
    if faults:
        raise AttainError(faults)
    return pa.table(columns, names=names)


def _plain(values: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = values.type
    if _IS.is_dictionary(kind):
        return _plain(pc.cast(values, kind.value_type))
    if _IS.is_float16(kind):
        return pc.cast(values, pa.float32())
    if _IS.is_decimal256(kind):
        return pc.cast(values, pa.decimal128(money.PRECISION, kind.scale))
    return values
