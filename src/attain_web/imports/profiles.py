"""A saved mapping on files of other names: each file is found again by the columns that are read of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attain.errors import AttainError
from attain.sources.mapping import TableMapping, read_mapping
from attain_web.imports.heads import head
from attain_web.imports.written import dumped, round_trip


def fitted(text: str, folder: Path, names: Sequence[str]) -> str | None:
    """A mapping as it reads the files of a folder; None where one of its files is not among them.

    A file of another name is taken for one of the mapping's where it alone has every column that is read of that.
    """
    read = _columns_read(text)
    free = [name for name in names if name not in read]
    renamed: dict[str, str] = {}
    for file in read.keys() - set(names):
        fitting = [name for name in free if all(_has(folder / name, *wanted) for wanted in read[file])]
        if len(fitting) != 1 or fitting[0] in renamed.values():
            return None
        renamed[file] = fitting[0]
    if not renamed:
        return text
    content = round_trip().load(text)
    _rename(content, renamed)
    return dumped(content)


def _columns_read(text: str) -> dict[str, list[tuple[TableMapping, set[str]]]]:
    """By file of a mapping how it is read, and which columns of it; a file to look up in is read as the one beside."""
    read: dict[str, list[tuple[TableMapping, set[str]]]] = defaultdict(list)
    for table in read_mapping(text).tables.values():
        read[table.file].append((table, {one.column for one in table.columns.values() if one.column is not None}))
        for lookup in (one.lookup for one in table.columns.values() if one.lookup):
            read[lookup.file].append((table, {lookup.match, lookup.take}))
    return read


def _has(file: Path, table: TableMapping, columns: set[str]) -> bool:
    """Whether a file, read as a table is, has columns."""
    try:
        return columns <= set(head(file, encoding=table.encoding, delimiter=table.delimiter).column_names)
    except AttainError:
        return False


def _rename(content: Any, renamed: dict[str, str]) -> None:
    """Name other files wherever a mapping names one."""
    for table in content["tables"].values():
        origins = [one for one in table["columns"].values() if isinstance(one, dict)]
        for one in (table, *(origin["lookup"] for origin in origins if origin.get("lookup"))):
            one["file"] = renamed.get(one["file"], one["file"])
