"""Files become checked rows, in a process of their own: the library reads, converts and checks, every fault is kept.

Started with the path of a job (JSON); it writes one Parquet file for each table and what it found beside the job.
"""

from __future__ import annotations

import json
import sys
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet as pq
from sqlglot import exp

from attain.columns import Table
from attain.credits.rollup import manager_chains, reporting_lines
from attain.engines.duckdb import DuckDB
from attain.errors import AttainError, Fault
from attain.sources.check import check_table, territory_contradictions
from attain.sources.convert import convert
from attain.sources.files import ROW, read_text, unreadable
from attain.sources.mapping import ColumnMapping, TableMapping, read_mapping
from attain.sources.severities import fault
from attain.sources.texts import literal, name
from attain.sources.typed import conform
from attain.tables import CURRENCY_CODE, TABLES
from attain_web.imports.limits import Limits, check_shape, limits_of_process, obey, unpacked

PREVIEW = 20
"""Rows shown before an import."""
SCALE = 6
"""Digits after the point that the database keeps of a number."""
NUMBERS_KEPT = 100
"""Row numbers told of each fault; the rows themselves are all told in the file of results."""
VALUES_KEPT = 2_000
"""Different values told of each check of a column."""


@dataclass
class Read:
    """A table's rows as read, what was found in them, and whether that stops the import."""

    table: Table
    mapped: TableMapping
    rows: pa.Table | None = None
    faults: list[Fault] = field(default_factory=list)
    refused: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    is_stopped: bool = False

    def add(self, faults: Iterable[Fault]) -> None:
        """Keep faults: an error refuses the rows it names, or stops the import where it names none."""
        for one in faults:
            numbers = tuple(number for number in one.row_numbers if number)
            if one.row_numbers and not numbers:
                continue  # only rows that are there already
            self.faults.append(replace(one, row_numbers=numbers, row=numbers[0] if numbers else one.row))
            if one.severity == "error":
                is_own = one.file in (None, self.mapped.file)
                self.is_stopped |= not (numbers and is_own)
                for number in numbers if is_own else ():
                    self.refused[number].append(f"{one.column or one.check}: {one.message}")

    def accepted(self) -> pa.Table:
        """The rows that are not refused."""
        assert self.rows is not None
        if not self.refused:
            return self.rows
        return self.rows.filter(pc.invert(pc.is_in(self.rows[ROW], pa.array(self.refused, pa.int64()))))


@dataclass(frozen=True)
class Job:
    """What is to be read: a folder of files by a mapping, beside what the database holds already.

    ``known`` has the keys of tables, ``there`` the rows of those whose rows are checked together, as Parquet files.
    ``fields`` are columns of the database beyond the library's; ``free`` are key columns that need not be filled.
    """

    folder: Path
    out: Path
    mapping: str
    fields: dict[str, list[str]]
    free: dict[str, list[str]]

    def held(self, kind: str, table: str) -> pa.Table | None:
        """A table that was written beside the job."""
        file = self.out / kind / f"{table}.parquet"
        return pq.read_table(file) if file.exists() else None


def main(path: Path) -> None:
    """Read everything a job asks for."""
    limits = limits_of_process()
    obey(limits, limits.memory)
    written = json.loads(path.read_text(encoding="utf-8"))
    job = Job(**{**written, "folder": Path(written["folder"]), "out": path.parent})
    found = read_all(job, limits)
    for number, one in enumerate(found.values()):
        tell("writing", 80 + 20 * number // len(found))
        write(one, job)
    told = {name: _told(one, job) for name, one in found.items()}
    (job.out / "found.json").write_text(json.dumps(told, default=str), encoding="utf-8")


def tell(what: str, done: int) -> None:
    """Say how far it has come, to who started the process."""
    print(f"{done} {what}", flush=True)  # noqa: T201 - how the process talks


def read_all(job: Job, limits: Limits) -> dict[str, Read]:
    """Every table of the mapping, read and checked, in the order in which they refer to one another."""
    mapping = read_mapping(job.mapping)
    names = [name for name in TABLES if name in mapping.tables]
    found = {name: Read(TABLES[name], mapping.tables[name]) for name in names}
    for number, one in enumerate(found.values()):
        try:
            one.rows = _rows(one, job, limits, (60 * number // len(found), 60 // len(found)))
        except AttainError as error:
            one.add(error.faults)
    engine = DuckDB(memory="2GiB")
    for number, one in enumerate(found.values()):
        tell(f"checking {one.table.name}", 60 + 20 * number // len(found))
        if one.rows is not None:
            _check(engine, one, job, found)
    _check_people(engine, job, found)
    return found


def _rows(one: Read, job: Job, limits: Limits, share: tuple[int, int]) -> pa.Table:
    """The typed rows of a file, which is a share of all work; raises AttainError where it cannot be read."""
    mapped, table = one.mapped, one.table
    start, length = share
    tell(f"reading {mapped.file}", start)
    raw, faults = _text(job.folder / mapped.file, mapped, limits)
    check_shape(mapped.file, rows=raw.num_rows, columns=raw.num_columns, limits=limits)
    one.add(faults)
    tell(f"converting {mapped.file}", start + length // 3)
    free = {key: ColumnMapping(value="") for key in job.free.get(table.name, ())}
    mapped = mapped.model_copy(update={"columns": {**mapped.columns, **free}})
    rows, faults = convert(raw, job.folder, mapped, table, digits=SCALE)
    one.add(faults)
    for key in free:
        rows = rows.set_column(rows.schema.get_field_index(key), key, pa.nulls(len(rows), pa.string()))
    if "currency" in rows.column_names and table.column("currency"):
        one.add(_no_currencies(rows, table.name))
    return rows


def _text(file: Path, mapped: TableMapping, limits: Limits) -> tuple[pa.Table, list[Fault]]:
    """A file as text, once it is known to be no larger than may be."""
    if file.is_file():
        unpacked(file, limits)
    try:
        return read_text(file, encoding=mapped.encoding, delimiter=mapped.delimiter)
    except (UnicodeError, ValueError, zlib.error) as error:  # of an encoding that is none of text, or broken files
        raise unreadable(file.name, f"it cannot be read: {str(error).splitlines()[0]}") from None


def _no_currencies(rows: pa.Table, table: str) -> Iterator[Fault]:
    """A fault for each value that is not the code of a currency, before it stops each run of a plan."""
    odd = pc.invert(pc.fill_null(pc.match_substring_regex(rows["currency"], f"^{CURRENCY_CODE}$"), fill_value=True))
    found = rows.filter(odd)
    by_value: dict[str, list[int]] = defaultdict(list)
    for value, number in zip(found["currency"].to_pylist(), found[ROW].to_pylist(), strict=True):
        by_value[value].append(number)
    for value, numbers in sorted(by_value.items()):
        yield fault(
            "wrong-type",
            table=table,
            column="currency",
            value=value,
            rows=len(numbers),
            row_numbers=tuple(numbers),
            row=numbers[0],
            message=f"'{value}' is not the code of a currency",
            expected="three capital letters, such as USD",
            advice="Write its ISO 4217 code, or give that as an alias in the mapping.",
        )


# Checks --------------------------------------------------------------------------------------------------------------


def _check(engine: DuckDB, one: Read, job: Job, found: dict[str, Read]) -> None:
    """The library's checks of a table, beside what the database holds of it and of what it refers to."""
    table = one.table
    _hold(engine, one, job)
    referred = {column.refers_to for column in table.columns if column.refers_to}
    if table.name == "splits":
        referred |= {name for name, other in TABLES.items() if other.is_fact and not other.parent}
    loaded = [name for name in sorted(referred) if _hold_keys(engine, name, job, found)]
    free = job.free.get(table.name, ())
    faults = check_table(engine, table, loaded=[table.name, *loaded])
    one.add(each for each in faults if not (each.column in free and each.check == "empty-value"))


def _hold(engine: DuckDB, one: Read, job: Job) -> None:
    """Hold a table's new rows and, where its rows are checked together, those there already that they leave."""
    table, accepted = one.table, one.accepted()
    there = job.held("there", table.name)
    declared = [column.name for column in table.columns]
    engine.load("new", accepted)
    query = conform(table, accepted.schema).query("new")
    rows = engine.fetch(query).select([*declared, ROW])
    if there is None:
        engine.load(table.name, rows)
        return
    engine.load("new", rows)
    engine.load("there", there.select(declared))
    same = " AND ".join(f'n."{key}" IS NOT DISTINCT FROM t."{key}"' for key in table.key)
    kept = f"SELECT * FROM there AS t WHERE NOT EXISTS (SELECT 1 FROM new AS n WHERE {same})"
    if table.name == "splits":
        kept += " AND EXISTS (SELECT 1 FROM new AS n WHERE n.fact_table = t.fact_table AND n.fact = t.fact)"
    with duckdb.connect() as connection:
        connection.register("new", rows)
        connection.register("there", there.select(declared))
        union = f'SELECT * FROM new UNION ALL BY NAME SELECT *, 0::BIGINT AS "{ROW}" FROM ({kept})'
        engine.load(table.name, connection.sql(union).to_arrow_table())


def _hold_keys(engine: DuckDB, table: str, job: Job, found: dict[str, Read]) -> bool:
    """Hold the keys of a table that others refer to: those that are known, and those that come in; whether any may."""
    key = TABLES[table].key[0]
    known = job.held("known", table)
    if known is None:
        return False
    keys = [known[key].cast(pa.string())]
    if table in found and found[table].rows is not None:
        keys.append(found[table].accepted()[key])
    chunks = [chunk for one in keys for chunk in one.chunks]
    engine.load(table, pa.table({key: pa.chunked_array(chunks, pa.string())}))
    return True


def _check_people(engine: DuckDB, job: Job, found: dict[str, Read]) -> None:
    """What people's tables must fit together: no ring of managers, one territory on each day."""
    lines = found.get("reporting_lines")
    if lines and lines.rows is not None:
        _hold(engine, lines, job)
        lines.add(manager_chains(reporting_lines(_all(engine, "reporting_lines")))[1])
    people = [found[name] for name in ("participants", "coverage") if name in found]
    if not people or any(one.rows is None for one in people):
        return
    for table in ("participants", "coverage"):
        if table in found:
            _hold(engine, found[table], job)
        elif (there := job.held("there", table)) is not None:
            engine.load(table, there)
        else:
            return
    keys = {key for one in people if one.rows is not None for key in one.rows["participant"].to_pylist()}
    engine.load("asked", pa.table({"participant": pa.array(sorted(keys - {None}), pa.string())}))
    for table in ("participants", "coverage"):  # what is wrong with others is not this file's
        query = exp.select("*").from_(table).where("participant IN (SELECT participant FROM asked)")
        engine.load(table, engine.fetch(query))
    people[-1].add(territory_contradictions(engine))


def _all(engine: DuckDB, table: str) -> pa.Table:
    columns = ", ".join(name(column) for column in engine.columns(table))
    return pa.Table.from_pylist(
        engine.rows(f"SELECT {columns} FROM {name(table)}"),
        schema=pa.schema(
            [("participant", pa.string()), ("manager", pa.string()), ("start", pa.date32()), ("end", pa.date32())]
        ),
    )


# What is written -----------------------------------------------------------------------------------------------------


def write(one: Read, job: Job) -> None:
    """Write the accepted rows, with their attributes as JSON, and the refused ones with the reasons."""
    table = one.table
    if one.rows is not None:
        own = [column.name for column in table.columns] + job.fields.get(table.name, [])
        columns = [name(column) for column in own if column in one.rows.column_names]
        others = {each.name: each.type for each in one.rows.schema if each.name not in (*own, ROW)}
        query = f"SELECT {name(ROW)}, {', '.join(columns)}, {_json(others)} AS attributes FROM rows"
        with duckdb.connect() as connection:
            connection.execute("SET enable_progress_bar = false")
            connection.register("rows", one.accepted())
            connection.execute(f"COPY ({query}) TO {literal(str(job.out / f'{table.name}.parquet'))} (FORMAT parquet)")
    pq.write_table(_refused(one), job.out / f"{table.name}.refused.parquet")


def _refused(one: Read) -> pa.Table:
    """One row per refused row: its number, why it is refused, and its key as text, as far as that could be read."""
    numbers = sorted(one.refused)
    said = ["; ".join(dict.fromkeys(one.refused[number])) for number in numbers]
    refused = pa.table({ROW: pa.array(numbers, pa.int64()), "told": pa.array(said, pa.string())})
    rows = one.rows if one.rows is not None else pa.table({ROW: pa.array([], pa.int64())})
    places = pc.index_in(refused[ROW], rows[ROW])
    for key in one.table.key:
        if key in rows.column_names:
            refused = refused.append_column(key, rows[key].take(places).cast(pa.string()))
    return refused


def _json(columns: dict[str, pa.DataType]) -> str:
    """SQL of the object of some columns; numbers keep each digit, as JSON's own numbers."""
    members = []
    for column, kind in columns.items():
        value = f"CAST({name(column)} AS VARCHAR)"
        text = value if pa.types.is_decimal(kind) or pa.types.is_boolean(kind) else f"CAST(to_json({value}) AS VARCHAR)"
        key = json.dumps(column, ensure_ascii=False)
        members.append(f"{literal(key + ':')} || coalesce({text}, 'null')")
    return f"'{{' || concat_ws(',', {', '.join(members)}) || '}}'" if members else "'{}'"


def _told(one: Read, job: Job) -> dict[str, Any]:
    """What was found of a table, as JSON."""
    rows = one.rows.num_rows if one.rows is not None else 0
    missing = len(one.refused.keys() - _numbers(one))
    own = [column.name for column in one.table.columns] + job.fields.get(one.table.name, [])
    names = one.rows.column_names if one.rows is not None else []
    return {
        "file": one.mapped.file,
        "rows": rows + missing,
        "refused": len(one.refused),
        "stopped": one.is_stopped,
        "columns": [column for column in own if column in names],
        "attributes": [column for column in names if column not in (*own, ROW)],
        "faults": [_record(each) for each in _capped(one.faults)],
        "preview": one.accepted().slice(0, PREVIEW).to_pylist() if one.rows is not None else [],
    }


def _numbers(one: Read) -> set[int]:
    """The numbers of those refused rows that could be read."""
    if one.rows is None:
        return set()
    wanted = pa.array(one.refused, pa.int64())
    return set(one.rows[ROW].filter(pc.is_in(one.rows[ROW], wanted)).to_pylist())


def _record(each: Fault) -> dict[str, object]:
    return replace(each, row_numbers=each.row_numbers[:NUMBERS_KEPT]).as_record()


def _capped(faults: list[Fault]) -> list[Fault]:
    """The faults, those of one check and column beyond a number of values taken together."""
    groups: dict[tuple[str, str | None], list[Fault]] = defaultdict(list)
    for one in faults:
        groups[one.check, one.column].append(one)
    kept: list[Fault] = []
    for group in groups.values():
        kept += group[:VALUES_KEPT]
        if more := group[VALUES_KEPT:]:
            message = f"{len(more):,} further values with the same fault"
            kept.append(replace(more[0], value=None, message=message, rows=sum(one.rows for one in more)))
    return kept


if __name__ == "__main__":
    main(Path(sys.argv[1]))
