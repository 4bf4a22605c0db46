"""What files hold, checked beside what the database holds: rows on disk, ready to be staged, and every fault."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyarrow import parquet as pq

from attain.sources.mapping import Mapping as MappingDocument
from attain.tables import TABLES
from attain_web.bridge import arrow_of, columns_of, keys_of
from attain_web.imports.limits import read_apart
from attain_web.rows.table import row_tables

Match = Mapping[str, tuple[str, ...]]
"""By table the columns by which rows are found again, where that is not the key."""
Told = Callable[[str, int], None]
"""Told what is being done, and how many per cent are done."""


@dataclass(frozen=True)
class Found:
    """What was read of one table: counts, faults as records, the first rows, and where the rows lie."""

    table: str
    file: str
    rows: int
    refused: int
    stopped: bool
    columns: list[str]
    attributes: list[str]
    faults: list[dict[str, Any]]
    preview: list[dict[str, Any]]
    accepted: Path
    left_out: Path


def check_files(folder: Path, out: Path, document: MappingDocument, *, match: Match, told: Told) -> dict[str, Found]:
    """Every table of a mapping by name, in the order of references, as read from the files of a folder.

    ``out`` is an empty folder for what is read. Raises AttainError where the files are too large to be read.
    """
    names = [name for name in TABLES if name in document.tables]
    told("looking up what is known", 0)
    _write_known(names, out)
    mapping = document.model_dump_json(exclude_none=True)
    schemas = {name: row_tables()[name] for name in names}
    own = {
        name: [column for column in columns_of(one.schema, one.model) if column not in one.columns]
        for name, one in schemas.items()
    }
    free = {
        name: [key for key in TABLES[name].key if not _fills(document, name, key)]
        for name in names
        if match.get(name, TABLES[name].key) != TABLES[name].key
    }
    job = out / "job.json"
    job.write_text(
        json.dumps({"folder": str(folder), "mapping": mapping, "fields": own, "free": free}), encoding="utf-8"
    )

    def tell(line: str) -> None:
        done, _, what = line.partition(" ")
        if done.isdigit():
            told(what, int(done))

    read_apart("attain_web.imports.reading", job, ", ".join(one.file for one in document.tables.values()), tell)
    found = json.loads((out / "found.json").read_text(encoding="utf-8"))
    return {
        name: Found(
            table=name, accepted=out / f"{name}.parquet", left_out=out / f"{name}.refused.parquet", **found[name]
        )
        for name in names
    }


def _fills(document: MappingDocument, table: str, column: str) -> bool:
    return column in {name.lower() for name in document.tables[table].columns}


def _write_known(names: list[str], out: Path) -> None:
    """Write down the keys that rows may refer to, and the rows that new ones must fit beside."""
    schemas = [TABLES[name] for name in names]
    referred = {column.refers_to for schema in schemas for column in schema.columns if column.refers_to}
    if "splits" in names:
        referred |= {name for name, table in TABLES.items() if table.is_fact and not table.parent}
    there = {name for name in names if TABLES[name].versions_of or name == "splits"}
    if there & {"participants", "coverage"}:
        there |= {"participants", "coverage"}
    tables = row_tables()
    for kind, wanted, read in (("known", referred, keys_of), ("there", there, arrow_of)):
        (out / kind).mkdir()
        for name in sorted(wanted & set(tables)):
            one = tables[name]
            pq.write_table(read(one.schema, one.model._default_manager.all()), out / kind / f"{name}.parquet")
