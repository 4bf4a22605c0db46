"""Folders in the library's own form: the mapping that reads each file by its name and columns."""

from __future__ import annotations

from pathlib import Path

from pyarrow import parquet as pq

from attain.columns import ColumnType, Table
from attain.errors import AttainError, Fault
from attain.sources.convert import identity
from attain.sources.files import find_files, read_text
from attain.sources.mapping import Mapping, TableMapping
from attain.tables import TABLES
from attain_web.rows.table import row_tables


def by_names(folder: Path) -> Mapping:
    """The mapping of a folder whose files have the names of tables, and whose columns have the names of columns."""
    found = {name: find_files(folder, name) for name in TABLES if name in row_tables()}
    tables = {name: _own_names(TABLES[name], folder, files) for name, files in found.items() if files}
    return Mapping(mapping=folder.name, tables=tables)


def _own_names(table: Table, folder: Path, files: list[Path]) -> TableMapping:
    """The mapping of one file; further columns of a Parquet file keep their types."""
    if len(files) > 1:
        advice = "Write the table as one file."
        message = f"there are {len(files)} files of {table.name}"
        raise AttainError([Fault(check="unreadable-file", file=files[0].name, message=message, advice=advice)])
    file = files[0].relative_to(folder).as_posix()
    if files[0].suffix != ".parquet":
        return identity(table, read_text(files[0])[0].column_names, file)
    schema = pq.read_schema(files[0])
    mapped = identity(table, schema.names, file)
    kinds = {each.name: _kind(str(each.type)) for each in schema}
    columns = {
        name: origin if table.column(name) else origin.model_copy(update={"type": kinds[origin.column or ""]})
        for name, origin in mapped.columns.items()
    }
    return mapped.model_copy(update={"columns": columns})


def _kind(written: str) -> ColumnType:
    if written.startswith(("decimal", "int", "uint", "float", "double")):
        return "decimal"
    return "date" if written.startswith(("date", "timestamp")) else "text"
