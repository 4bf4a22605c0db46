"""What was chosen in the form of columns becomes the mapping document: only what differs is written anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from pydantic import ValidationError

from attain.columns import Column
from attain.errors import AttainError
from attain.sources.mapping import ColumnMapping, read_mapping
from attain.tables import TABLES
from attain_web.imports import shown
from attain_web.imports.columns import EMPTY, HEADER, KEPT, OWN, SAME, TYPES, origin_of, read_aliases, told_aliases
from attain_web.imports.heads import head
from attain_web.imports.suggest import suggested_table, written_as
from attain_web.imports.written import dumped, round_trip
from attain_web.rows.table import row_tables
from attain_web.rows.words import title_of

WRITTEN = {"delimiter": ",", "encoding": "utf-8"}
"""How a text file is written, unless its mapping says otherwise."""
_WRITINGS = ("format", "decimal", "thousands")
"""How the values of a column are written."""


@dataclass
class Chosen:
    """The mapping as chosen, by which columns rows are found again, what is wrong, and whether a table is another."""

    mapping: str
    match: dict[str, tuple[str, ...]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    is_other: bool = False


def chosen(posted: QueryDict, folder: Path) -> Chosen:
    """The mapping that a form describes; raises AttainError where the one it was drawn from cannot be read."""
    text = posted.get("mapping", "").replace("\r\n", "\n")
    plain = read_mapping(text).model_dump(mode="json", exclude_defaults=True)
    told = Chosen(text)
    edit = _Edit(posted, folder, told)
    if not edit(plain):
        return told
    told.faults.clear()
    kept = round_trip().load(text)
    edit(kept)
    wanted, told.mapping = dumped(plain), dumped(kept)
    if not told.faults and read_mapping(told.mapping) != read_mapping(wanted):
        told.mapping = wanted  # what was written once was meant for two places
    return told


@dataclass(frozen=True)
class _Edit:
    """Brings what was chosen into a document; says whether anything is different."""

    posted: QueryDict
    folder: Path
    told: Chosen

    def __call__(self, content: Any) -> bool:
        tables: dict[str, Any] = content["tables"]
        self.told.match = {}
        is_changed, taken = False, set()
        for number in range(_number(self.posted.get("sections", "0"))):
            prefix = f"s{number}"
            file, was, table = (self.posted.get(f"{prefix}:{what}", "") for what in ("file", "was", "table"))
            if table and table in taken:
                self._fault(_("Only one file can fill %(table)s.") % {"table": shown.title_of(table)})
                continue
            if table == was:
                is_changed |= table in tables and (
                    self._rewritten(prefix, table, tables) or self._section(prefix, table, tables[table])
                )
            else:
                is_changed = True
                before = {}
                if was in tables and was not in taken:
                    self._section(prefix, was, tables[was])
                    before = tables.pop(was)["columns"]
                self._new(tables, file, table, before)
            taken.add(table)
        if table := self.posted.get("more-table", ""):
            is_changed = True
            if table in tables:
                self._fault(_("Only one file can fill %(table)s.") % {"table": shown.title_of(table)})
            else:
                self._new(tables, self.posted.get("more-file", ""), table)
        return is_changed

    def _fault(self, told: str) -> None:
        self.told.faults.append(told)

    def _new(self, tables: dict[str, Any], file: str, table: str, before: Mapping[str, Any] | None = None) -> None:
        """Let a file fill another table: what is suggested, and what was mapped before to a column of the same name."""
        self.told.is_other = True
        if table in row_tables() and "/" not in file:
            tables[table] = suggested_table(self.folder, file, table)
            columns, own = tables[table]["columns"], {column.name for column in TABLES[table].columns}
            kept = {name: one for name, one in (before or {}).items() if name in own and name not in columns}
            columns.update(kept)
            for name in _repeating(columns, own, _headers(kept, own)):
                del columns[name]

    def _rewritten(self, prefix: str, table: str, tables: dict[str, Any]) -> bool:
        """Read a file with the delimiter and encoding that were chosen anew: its headers are others then."""
        mapped = tables[table]
        was = {name: mapped.get(name, usual) for name, usual in WRITTEN.items()}
        now = {name: self.posted.get(f"{prefix}:{name}") or was[name] for name in was}
        if now == was:
            return False
        told = {name: value for name, value in now.items() if value != WRITTEN[name]}
        self.told.is_other = True
        try:
            tables[table] = suggested_table(self.folder, mapped["file"], table, **now) | told
        except AttainError as error:
            self._fault(str(error.faults[0]))
            tables[table] = {**mapped, **now}
        for name in now.keys() - told:
            tables[table].pop(name, None)
        return True

    def _section(self, prefix: str, table: str, mapped: dict[str, Any]) -> bool:
        """Bring in what was chosen for a file and its table."""
        if match := self.posted.get(f"{prefix}:match"):
            self.told.match[table] = tuple(match.split(", "))
        columns: dict[str, Any] = mapped["columns"]
        own = {column.name for column in TABLES[table].columns}
        before = _headers(columns, own)
        is_changed = False
        for column in TABLES[table].columns:
            place = next((name for name in columns if name.lower() == column.name), column.name)
            old = _plain(columns.get(place))
            new = self._column(f"{prefix}-{column.name}", column, old)
            if new != old:
                is_changed = True
                _put(columns, place, new)
        for name in _repeating(columns, own, _headers(columns, own) - before):
            del columns[name]
        return self._further(prefix, own, mapped) or is_changed

    def _column(self, name: str, column: Column, old: dict[str, Any] | None) -> dict[str, Any] | None:
        """Where a column comes from now."""
        was = origin_of(ColumnMapping.model_validate(old) if old else None)
        origin = self.posted.get(f"{name}:from", was)
        if origin == KEPT:
            return old
        if origin == EMPTY:
            return None
        if origin == SAME:
            return {"value": self.posted.get(f"{name}:same", "").strip()}
        new = {key: value for key, value in (old or {}).items() if key not in ("value", "formula", "lookup")}
        new |= {"column": origin.removeprefix(HEADER)} | self._writing(name, column, old or {})
        new = _without_defaults(new)
        try:
            ColumnMapping.model_validate(new)
        except ValidationError as error:
            self._fault(f"{title_of(column.name)}: {error.errors()[0]['msg'].removeprefix('Value error, ')}")
            return old
        return new

    def _writing(self, name: str, column: Column, old: dict[str, Any]) -> dict[str, Any]:
        """How the values of a column are written."""
        posted = self.posted
        if column.type == "date":
            written = posted.get(f"{name}:date", old.get("format") or "")
            told = {"format": posted.get(f"{name}:own", "").strip() if written == OWN else written}
            return told | ({"inclusive": f"{name}:last" in posted} if column.name == "end" else {})
        if column.type in ("decimal", "integer"):
            marks = posted.get(f"{name}:number") or "."
            return {"decimal": marks[0], "thousands": marks[1:]}
        if told_aliases(old.get("aliases", {})) is None or f"{name}:aliases" not in posted:
            return {}
        aliases = read_aliases(posted.get(f"{name}:aliases", ""))
        if aliases is None:
            told = {"column": title_of(column.name)}
            self._fault(_("%(column)s: write each line as value in the file = value.") % told)
            return {}
        return {"aliases": aliases}

    def _further(self, prefix: str, names: set[str], mapped: dict[str, Any]) -> bool:
        """Keep and take in the further columns that were chosen, each as what it holds."""
        columns = mapped["columns"]
        wanted = {*self.posted.getlist(f"{prefix}:further")}
        gone = [name for name in columns if name.lower() not in names and f"kept:{name}" not in wanted]
        for name in gone:
            del columns[name]
        there = {name.lower() for name in columns} | names
        new = [one.removeprefix("new:") for one in sorted(wanted) if one.startswith("new:")]
        new = [name for name in new if name.lower() not in there]
        kept = [name for name in columns if name.lower() not in names]
        columns.update({name: name for name in new})
        kinds = {name: self.posted.get(f"{prefix}:type:kept:{name}") for name in kept}
        kinds |= {name: self.posted.get(f"{prefix}:type:new:{name}") for name in new}
        other = [name for name, kind in kinds.items() if kind in TYPES and self._typed(mapped, name, kind)]
        return bool(gone or new or other)

    def _typed(self, mapped: dict[str, Any], name: str, kind: str) -> bool:
        """Let a further column hold what was chosen as its first rows write it."""
        entry = _plain(mapped["columns"][name]) or {}
        if entry.get("type", "text") == kind:
            return False
        entry = {key: value for key, value in entry.items() if key not in ("type", *_WRITINGS)}
        if kind != "text":
            entry["type"] = kind
        if kind != "text" and "column" in entry:
            written = {key: mapped.get(key, usual) for key, usual in WRITTEN.items()}
            rows = head(self.folder / mapped["file"], **written)
            if entry["column"] in rows.column_names:
                entry |= written_as(rows, entry["column"], kind)
        _put(mapped["columns"], name, entry)
        return True


def _number(told: str) -> int:
    return min(int(told), 2 * len(TABLES) + 1000) if told.isdecimal() and len(told) < 6 else 0


def _plain(entry: Any) -> dict[str, Any] | None:
    """An origin in its long form, without what it need not say; None where there is none."""
    if entry is None:
        return None
    if not isinstance(entry, Mapping):
        return {"column": str(entry)}
    return ColumnMapping.model_validate(dict(entry)).model_dump(mode="json", exclude_defaults=True)


def _headers(columns: dict[str, Any], own: set[str]) -> set[str]:
    """The headers from which a table's own columns come."""
    found = {(_plain(entry) or {}).get("column") for name, entry in columns.items() if name.lower() in own}
    return {header for header in found if header}


def _repeating(columns: dict[str, Any], own: set[str], taken: set[str]) -> list[str]:
    """Further columns that only repeat a header which one of the table's own has taken now."""
    return [
        name
        for name, entry in columns.items()
        if name.lower() not in own and (_plain(entry) or {}).get("column") in taken
    ]


def _without_defaults(entry: dict[str, Any]) -> dict[str, Any]:
    usual: Callable[[str], Any] = lambda name: ColumnMapping.model_fields[name].get_default()  # noqa: E731
    return {name: value for name, value in entry.items() if value not in (usual(name), None, "", {})}


def _put(columns: dict[str, Any], name: str, entry: dict[str, Any] | None) -> None:
    if entry is None:
        columns.pop(name, None)
    else:
        columns[name] = entry["column"] if [*entry] == ["column"] else entry
