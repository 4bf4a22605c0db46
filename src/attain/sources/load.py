"""Loading: from a folder of files, or tables in memory, to typed and checked tables that an engine holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
from sqlglot import exp

from attain.engines.engine import Engine, template
from attain.errors import AttainError, Fault
from attain.sources import check
from attain.sources.convert import convert, identity
from attain.sources.files import find_files, fingerprint, read_text
from attain.sources.mapping import Mapping as MappingDocument
from attain.tables import TABLES, Column, Table

Data = Path | Mapping[str, pa.Table]
"""A folder of files, or tables by name."""

_ARROW = {"text": pa.string(), "date": pa.date32(), "decimal": pa.decimal128(18, 2), "integer": pa.decimal128(18, 0)}


@dataclass
class Loaded:
    """What was loaded: the tables that were there, rows by table, SHA-256 by file, and every fault."""

    present: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    fingerprints: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def needed_tables(facts: Iterable[str]) -> list[str]:
    """The tables to load for some tables: they, what they refer to and their parents, in the order of references."""
    found: set[str] = set()

    def visit(name: str) -> None:
        if name in found:
            return
        found.add(name)
        table = TABLES[name]
        for other in (table.parent, *(column.refers_to for column in table.columns)):
            if other and not (TABLES[other].is_fact and other != table.parent):
                visit(other)

    for name in facts:
        visit(name)
    return [name for name in TABLES if name in found]


def load(
    engine: Engine, data: Data, names: Iterable[str], *, mapping: MappingDocument | None = None, checked: bool = True
) -> Loaded:
    """Load the named tables into the engine; those that are not in the data are empty there.

    Every declared column is there afterwards, with its type. ``checked=False`` leaves out the checks of facts and the
    fingerprints, for who asks again about data that a run has checked.
    """
    loaded = Loaded()
    for name in names:
        table = TABLES[name]
        try:
            found = _load_one(engine, data, table, mapping, loaded, checked=checked)
        except AttainError as error:
            loaded.faults += error.faults
            found = False
            _load_empty(engine, table)
        if found:
            loaded.present.append(name)
    for name in loaded.present:
        if checked or not TABLES[name].is_fact:
            loaded.faults += check.check_table(engine, TABLES[name], loaded=loaded.present)
            loaded.rows[name] = engine.fetch(template(f'SELECT COUNT(*) AS n FROM "{name}"'))["n"][0].as_py()
    if {"participants", "coverage"} <= set(loaded.present):
        loaded.faults += _territory_contradictions(engine)
    return loaded


def _load_one(
    engine: Engine, data: Data, table: Table, mapping: MappingDocument | None, loaded: Loaded, *, checked: bool
) -> bool:
    """Load one table; whether there was anything to load."""
    if not isinstance(data, Path):
        if table.name not in data:
            _load_empty(engine, table)
            return False
        engine.load(f"raw_{table.name}", data[table.name])
        loaded.faults += _conform(engine, table, None)
        return True
    mapped = mapping.tables.get(table.name) if mapping else None
    files = [data / mapped.file] if mapped else find_files(data, table.name)
    if not files:
        _load_empty(engine, table)
        return False
    if checked:
        used = [*files, *(data / one.lookup.file for one in (mapped.columns.values() if mapped else ()) if one.lookup)]
        loaded.fingerprints |= {str(file.relative_to(data)): fingerprint(file) for file in used if file.is_file()}
    if mapped is None and files[0].suffix == ".parquet":
        loaded.faults += _conform(engine, table, files)
        return True
    if mapped is None:
        header, _ = read_text(files[0])
        mapped = identity(table, header.column_names, files[0].name)
    rows, faults = convert(data, mapped, table)
    loaded.faults += faults
    engine.load(f"raw_{table.name}", rows)
    loaded.faults += _conform(engine, table, None)
    return True


def _load_empty(engine: Engine, table: Table) -> None:
    schema = pa.schema([(column.name, _ARROW[column.type]) for column in table.columns])
    engine.load(table.name, schema.empty_table())


def _conform(engine: Engine, table: Table, files: list[Path] | None) -> list[Fault]:
    """Hold the raw rows under the table's name, with every declared column of its declared type."""
    raw = f"raw_{table.name}"
    if files:
        engine.load_parquet(raw, files)
    schema = engine.fetch(template(f'SELECT * FROM "{raw}" LIMIT 0')).schema
    faults: list[Fault] = []
    selected: list[exp.Expr] = []
    for column in table.columns:
        tree = _as_declared(table, column, schema, faults)
        selected.append(exp.alias_(tree, column.name, quoted=True))
    declared = {column.name for column in table.columns}
    selected += [exp.column(name, quoted=True) for name in schema.names if name not in declared]
    query = exp.select(*selected).from_(exp.to_table(raw, quoted=True) if not files else "source")
    if any(fault.severity == "error" for fault in faults):
        raise AttainError(faults)
    if files:
        engine.load_parquet(table.name, files, query)
    else:
        from attain.engines.engine import Step

        engine.make(Step(table.name, query, table.grain), stored=False)
    return faults


def _as_declared(table: Table, column: Column, schema: pa.Schema, faults: list[Fault]) -> exp.Expr:
    """The tree of a column as its declared type; what cannot become that is a fault."""
    null = exp.cast(exp.Null(), {"text": "VARCHAR", "date": "DATE"}.get(column.type, "DECIMAL(18, 2)"))
    if column.name not in schema.names:
        if column.required:
            faults.append(check.fault("missing-column", table=table.name, column=column.name, expected=column.meaning,
                                      message=f"there is no column '{column.name}'", advice="Add it, or map one to it."))
        return null
    kind, tree = schema.field(column.name).type, exp.column(column.name, quoted=True)
    if pa.types.is_null(kind):
        return null
    if column.type == "text" and not pa.types.is_floating(kind):
        return tree if pa.types.is_string(kind) or pa.types.is_large_string(kind) else exp.cast(tree, "VARCHAR")
    if column.type == "date" and (pa.types.is_date(kind) or pa.types.is_timestamp(kind)):
        return tree if pa.types.is_date32(kind) else exp.cast(tree, "DATE")
    if column.type in ("decimal", "integer"):
        if pa.types.is_decimal(kind) and kind.scale <= check_digits(column):
            return tree
        if pa.types.is_integer(kind):
            return exp.cast(tree, "DECIMAL(20, 0)")
        if pa.types.is_floating(kind) and column.type == "decimal":
            faults.append(check.fault("binary-number", table=table.name, column=column.name,
                                      message="the column holds binary floating point, read as decimals with six digits",
                                      advice="Write it as a decimal, so that every cent is certain."))
            return exp.cast(tree, "DECIMAL(24, 6)")
    faults.append(check.fault("wrong-type", table=table.name, column=column.name, value=str(kind), expected=column.type,
                              message=f"the column is of type {kind}", advice=f"Write it as {column.type}."))
    return null


def check_digits(column: Column) -> int:
    """Digits after the point that a column of numbers may have."""
    from attain.tables import MAX_DIGITS

    return 0 if column.type == "integer" else MAX_DIGITS


def _territory_contradictions(engine: Engine) -> list[Fault]:
    """Participants whose own territory is not the one that their last coverage has until further notice."""
    rows = engine.fetch(template(
        "SELECT p.participant, p.territory, c.territory AS covered FROM participants AS p "
        "LEFT JOIN (SELECT participant, territory FROM coverage WHERE \"end\" IS NULL) AS c "
        "ON c.participant = p.participant "
        "WHERE p.\"end\" IS NULL AND p.participant IN (SELECT participant FROM coverage) "
        "AND NOT p.territory IS NULL AND p.territory IS DISTINCT FROM c.territory ORDER BY 1"
    )).to_pylist()
    return [
        check.fault(
            "territory-contradiction", table="participants", column="territory", value=row["territory"],
            message=f"'{row['participant']}' has territory {row['territory']} here and "
                    f"{row['covered'] or 'none that is open'} in coverage",
            expected=row["covered"], advice="The dated coverage counts; correct the participant's own territory.",
        )
        for row in rows
    ]
