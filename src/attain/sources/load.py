"""Loading: from a folder of files, or tables in memory, to typed and checked tables that an engine holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from attain.columns import Table
from attain.engines.engine import Engine, Step, Warehouse
from attain.errors import AttainError, Fault, UsageError, errors_in
from attain.sources.check import check_table, duplicate_keys, territory_contradictions
from attain.sources.convert import convert, identity
from attain.sources.files import find_files, fingerprint, read_text, rises
from attain.sources.mapping import Mapping as MappingDocument
from attain.sources.mapping import TableMapping
from attain.sources.typed import Conformed, check_values, checked_schema, conform, empty, loadable
from attain.tables import TABLES


@dataclass(frozen=True)
class InEngine:
    """The tables of a schema that the engine itself keeps."""

    schema: str

    def __str__(self) -> str:
        """As messages name it."""
        return f"the schema {self.schema}"


Data = Path | InEngine | Mapping[str, pa.Table]
"""A folder of files, a schema of the engine's own, or tables by name."""


@dataclass
class Loaded:
    """What was loaded: the tables that were there, rows by table, SHA-256 by file, and every fault."""

    present: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    fingerprints: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    hashing: dict[str, Future[str]] = field(default_factory=dict)
    rising: dict[str, Future[bool]] = field(default_factory=dict)
    """Fingerprints, and whether the keys of tables rise, which are found out beside everything else: see ``settle``."""


_HASHER = ThreadPoolExecutor(1, thread_name_prefix="fingerprint")
_COMPARER = ThreadPoolExecutor(1, thread_name_prefix="keys")


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

    Every declared column is there afterwards, with its type. ``checked=False`` leaves out the checks of keys and
    references and the fingerprints, for who asks again about data that a run has checked. Whoever loads calls
    ``settle`` before anything of it is written or shown.
    """
    if isinstance(data, InEngine) and mapping:
        raise UsageError(f"a mapping is for files; {data} needs tables or views with Attain's columns")
    loaded, wanted = Loaded(), list(names)
    for name in sorted(wanted, key=lambda name: not TABLES[name].is_fact):  # what takes longest begins first
        table = TABLES[name]
        try:
            found = _load_one(engine, data, table, mapping, loaded, checked=checked)
        except AttainError as error:
            loaded.faults += error.faults
            found = False
        if found:
            loaded.present.append(name)
        else:
            _load_empty(engine, table)
    loaded.present.sort(key=wanted.index)
    if checked:
        for name in loaded.present:
            keys = name not in loaded.rising
            loaded.faults += check_table(engine, TABLES[name], loaded=loaded.present, keys=keys)
            loaded.rows[name] = engine.rows(f'SELECT COUNT(*) AS n FROM "{name}"')[0]["n"]
        if {"participants", "coverage"} <= set(loaded.present):
            loaded.faults += territory_contradictions(engine)
    return loaded


def settle(engine: Engine, loaded: Loaded) -> list[Fault]:
    """Wait for what is found out beside the work: fingerprints are kept, keys that stand twice are faults."""
    loaded.fingerprints |= {told: made.result() for told, made in loaded.hashing.items()}
    doubtful = [name for name, rises in loaded.rising.items() if not rises.result()]
    faults = [fault for name in doubtful for fault in duplicate_keys(engine, TABLES[name])]
    loaded.faults += faults
    return faults


def _load_one(
    engine: Engine, data: Data, table: Table, mapping: MappingDocument | None, loaded: Loaded, *, checked: bool
) -> bool:
    """Load one table; whether there was anything to load. Raises AttainError where it cannot be loaded at all."""
    if isinstance(data, InEngine):
        return _hold_own(engine, table, data, loaded, checked=checked)
    if not isinstance(data, Path):
        if table.name in data:
            _hold(engine, table, loadable(data[table.name], table.name), loaded)
        return table.name in data
    mapped = mapping.tables.get(table.name) if mapping else None
    files = [data / mapped.file] if mapped else find_files(data, table.name)
    if checked:
        _fingerprint(data, files, mapped, loaded)
    if files and mapped is None and files[0].suffix == ".parquet":
        _hold_files(engine, table, files, loaded, checked=checked)
    elif files:
        _hold(engine, table, _converted(data, files[0], mapped, table, loaded), loaded)
    return bool(files)


def _fingerprint(folder: Path, files: list[Path], mapped: TableMapping | None, loaded: Loaded) -> None:
    """Begin with the fingerprints of a table's files and of those it is looked up in."""
    lookups = [folder / one.lookup.file for one in mapped.columns.values() if one.lookup] if mapped else []
    for file in dict.fromkeys([*files, *lookups]):
        told = str(file.relative_to(folder))
        if file.is_file() and told not in loaded.hashing:
            loaded.hashing[told] = _HASHER.submit(fingerprint, file)


def _converted(folder: Path, file: Path, mapped: TableMapping | None, table: Table, loaded: Loaded) -> pa.Table:
    """The typed rows of a file of text."""
    written = {"encoding": mapped.encoding, "delimiter": mapped.delimiter} if mapped else {}
    raw, faults = read_text(file, **written)
    loaded.faults += faults
    rows, faults = convert(raw, folder, mapped or identity(table, raw.column_names, file.name), table)
    loaded.faults += faults
    return rows


def _load_empty(engine: Engine, table: Table) -> None:
    engine.make(Step(table.name, empty(table), table.grain, is_stored=False))


def _hold(engine: Engine, table: Table, rows: pa.Table, loaded: Loaded) -> None:
    """Hold rows from memory under the table's name, with every declared column of its declared type."""
    raw = f"raw_{table.name}"
    conformed = _conformed(table, rows.schema, loaded)
    engine.load(raw, rows)
    check_values(engine, conformed, raw)
    engine.make(Step(table.name, conformed.query(raw), table.grain, is_stored=False))


def _hold_own(engine: Engine, table: Table, data: InEngine, loaded: Loaded, *, checked: bool) -> bool:
    """Hold a table that the engine keeps, where it lies; whether there is one."""
    if not isinstance(engine, Warehouse):
        raise UsageError(f"{engine.dialect} keeps no tables of its own, so there is no {data}; name a folder")
    raw = f"raw_{table.name}"
    schema = engine.load_own(raw, data.schema, table.name)
    if schema is None:
        return False
    conformed = _conformed(table, schema, loaded)
    if checked:
        check_values(engine, conformed, raw)
        loaded.fingerprints[f"{data.schema}.{table.name}"] = engine.digest(raw)
    engine.make(Step(table.name, conformed.query(raw), table.grain, is_stored=checked and not table.is_fact))
    return True


def _hold_files(engine: Engine, table: Table, files: list[Path], loaded: Loaded, *, checked: bool) -> None:
    """The same for Parquet files; facts, which are many, stay where they lie, and so does what is read once."""
    schema = checked_schema(files)
    conformed = _conformed(table, schema, loaded)
    if checked:
        raw = f"raw_{table.name}"
        engine.load_parquet(raw, files)
        check_values(engine, conformed, raw)
    query = conformed.query("source")
    engine.load_parquet(table.name, files, query, stored=checked and not table.is_fact)
    if checked and table.is_fact and len(table.key) == 1:
        column = {name.lower(): name for name in schema.names}[table.key[0]]
        loaded.rising[table.name] = _COMPARER.submit(rises, files, column)


def _conformed(table: Table, schema: pa.Schema, loaded: Loaded) -> Conformed:
    """The columns of a schema as the table declares them; raises AttainError where they are not."""
    conformed = conform(table, schema)
    if errors_in(conformed.faults):
        raise AttainError(conformed.faults)
    loaded.faults += conformed.faults
    return conformed
