"""The mapping as a person sees it: each file with its table, each column with the header and the writing of its values.

What the form cannot express (lookups, formulas) is shown as it is written, and kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from attain.columns import Column, Table
from attain.errors import AttainError
from attain.sources.files import CSV_SUFFIXES, ROW
from attain.sources.mapping import EXCEL, ColumnMapping, TableMapping
from attain.sources.mapping import Mapping as MappingDocument
from attain.tables import TABLES
from attain_web.imports.heads import head
from attain_web.imports.suggest import unread
from attain_web.rows.table import row_tables
from attain_web.rows.words import title_of

EMPTY, SAME, KEPT, HEADER = "", "same", "kept", "="
"""Where a column comes from: nowhere, one value for every row, as written, or (with its name) a header."""
OWN = "own"
DATES: dict[str, str | Promise] = {
    "": "2026-01-31",
    "%d/%m/%Y": "31/01/2026",
    "%m/%d/%Y": "01/31/2026",
    "%d.%m.%Y": "31.01.2026",
    "%d-%m-%Y": "31-01-2026",
    "%Y/%m/%d": "2026/01/31",
    "%d %b, %Y": "31 Jan, 2026",
    EXCEL: "46053 (Excel)",
}
NUMBERS: dict[str, str | Promise] = {
    ".": "1234.56",
    ".,": "1,234.56",
    ",": "1234,56",
    ",.": "1.234,56",
    ", ": "1 234,56",
    ".'": "1'234.56",
}
"""How numbers are written, by decimal mark and mark between thousands."""
DELIMITERS: dict[str, str | Promise] = {
    ",": gettext_lazy("comma  ,"),
    ";": gettext_lazy("semicolon  ;"),
    "\t": gettext_lazy("tab"),
    "|": gettext_lazy("bar  |"),
}
ENCODINGS: dict[str, str | Promise] = {
    "utf-8": "UTF-8",
    "cp1252": gettext_lazy("Windows, Western Europe (cp1252)"),
    "cp1250": gettext_lazy("Windows, Central Europe (cp1250)"),
    "latin-1": "ISO 8859-1 (latin-1)",
    "mac-roman": "Macintosh (mac-roman)",
    "utf-16": "UTF-16",
}
TYPES: dict[str, str | Promise] = {
    "text": gettext_lazy("Text"),
    "decimal": gettext_lazy("Number"),
    "integer": gettext_lazy("Whole number"),
    "date": gettext_lazy("Date"),
}
"""What a further column may hold."""
SHOWN = 8
"""Different values of a column that are shown."""


@dataclass(frozen=True)
class Option:
    """What may be chosen."""

    value: str
    text: str | Promise
    is_chosen: bool = False


@dataclass(frozen=True)
class Line:
    """A column of a table: where its values come from, and how they are written there."""

    name: str
    title: str
    meaning: str
    is_required: bool
    origins: list[Option]
    same: str = ""
    kept: str = ""
    dates: list[Option] = field(default_factory=list)
    own: str = ""
    numbers: list[Option] = field(default_factory=list)
    last_day: bool | None = None
    aliases: str | None = None
    """Value in the file = value that it stands for, one per line; None where the form cannot express them."""
    seen: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Further:
    """A column of the file, or as written, beyond the table's own: kept as an attribute where it is chosen."""

    value: str
    title: str
    sample: str
    is_chosen: bool
    types: list[Option]


@dataclass(frozen=True)
class Section:
    """A file, and the table that it fills."""

    file: str
    table: str
    tables: list[Option]
    lines: list[Line] = field(default_factory=list)
    further: list[Further] = field(default_factory=list)
    matches: list[Option] = field(default_factory=list)
    delimiters: list[Option] = field(default_factory=list)
    encodings: list[Option] = field(default_factory=list)
    error: str = ""


def sections(
    document: MappingDocument,
    folder: Path,
    files: list[str],
    match: Mapping[str, Sequence[str]],
    allowed: Collection[str],
) -> list[Section]:
    """Each file that was handed in with each table it fills; those that fill none last."""
    filled = [(table.file, name) for name, table in document.tables.items()]
    rest = [(file, "") for file in files if file not in {one for one, _table in filled}]
    found = []
    for number, (file, table) in enumerate([*filled, *rest]):
        names = [name for name in TABLES if name in row_tables() and (name in allowed or name == table)]
        tables = [Option("", gettext_lazy("Do not bring in"), is_chosen=not table)]
        tables += [Option(name, row_tables()[name].title, name == table) for name in names]
        if not table:
            found.append(Section(file, "", tables, error=_told(unread(folder / file))))
            continue
        mapped = document.tables[table]
        try:
            rows = head(folder / file, encoding=mapped.encoding, delimiter=mapped.delimiter)
            error = ""
        except AttainError as fault:
            rows, error = pa.table({}), _told(fault)
        section = _Drawn(f"s{number}", TABLES[table], mapped, rows)
        chosen = tuple(match.get(table, ()))
        written = {}
        if file.lower().endswith(CSV_SUFFIXES):
            written["delimiters"] = _options(DELIMITERS, mapped.delimiter)
            written["encodings"] = _options(ENCODINGS, mapped.encoding)
        matches = _matches(section.table, chosen)
        found.append(Section(file, table, tables, section.lines(), section.further(), matches, **written, error=error))
    return found


def _told(error: AttainError | None) -> str:
    """What is wrong with a file that cannot be read, and what to do."""
    return f"{error.faults[0].message}. {error.faults[0].advice}" if error else ""


def _options(known: Mapping[str, str | Promise], chosen: str) -> list[Option]:
    """What may be chosen, and what was chosen otherwise."""
    return [Option(value, text, value == chosen) for value, text in ({chosen: chosen} | dict(known)).items()]


def _matches(table: Table, chosen: tuple[str, ...]) -> list[Option]:
    """The columns by which rows may be found again."""
    key = tuple(table.key)
    others: list[tuple[str, ...]] = []
    others += [(one.name,) for one in table.columns if one.type == "text" and not one.refers_to and one.name not in key]
    if chosen and chosen != key and chosen not in others:
        others.append(chosen)
    told = [Option("", _("their key: %(key)s") % {"key": _words(key)}, not chosen or chosen == key)]
    return told + [Option(", ".join(one), _words(one), one == chosen) for one in others]


def _words(names: tuple[str, ...]) -> str:
    return ", ".join(title_of(name) for name in names)


def origin_of(mapped: ColumnMapping | None) -> str:
    """Where a column comes from, as the form has it."""
    if mapped is None:
        return EMPTY
    if mapped.formula is not None or mapped.lookup is not None:
        return KEPT
    if mapped.column is not None:
        return HEADER + mapped.column
    is_plain = [*mapped.model_dump(exclude_defaults=True)] == ["value"] and "\n" not in (mapped.value or "")
    return SAME if is_plain else KEPT


def told_aliases(aliases: Mapping[str, str]) -> str | None:
    """Aliases as lines; None where lines cannot express them."""
    lines = [f"{old} = {new}" for old, new in aliases.items()]
    told = "\n".join(lines)
    return told if read_aliases(told) == dict(aliases) and "\r" not in told else None


def read_aliases(told: str) -> dict[str, str] | None:
    """Lines as aliases; None where one is not ``value = value``."""
    found = {}
    for line in filter(None, (one.strip() for one in told.splitlines())):
        old, sign, new = line.partition(" = ") if " = " in line else line.partition("=")
        if not sign or not old.strip() or not new.strip():
            return None
        found[old.strip()] = new.strip()
    return found


@dataclass(frozen=True)
class _Drawn:
    """A file as it fills a table, with its first rows."""

    prefix: str
    table: Table
    mapped: TableMapping
    rows: pa.Table

    @property
    def headers(self) -> list[str]:
        return [name for name in self.rows.column_names if name != ROW]

    def values(self, header: str | None) -> Iterator[str]:
        """The values in the first rows of a column, each once."""
        if header in self.headers:
            nulls = {*self.mapped.nulls}
            yield from dict.fromkeys(one for one in self.rows[header].to_pylist() if one and one not in nulls)

    def sample(self, header: str) -> str:
        return next(self.values(header), "")[:40]

    def entry(self, column: str) -> ColumnMapping | None:
        return next((one for name, one in self.mapped.columns.items() if name.lower() == column), None)

    def lines(self) -> list[Line]:
        return [self._line(column, self.entry(column.name)) for column in self.table.columns]

    def _line(self, column: Column, mapped: ColumnMapping | None) -> Line:
        origin = origin_of(mapped)
        return Line(
            f"{self.prefix}-{column.name}",
            title_of(column.name),
            column.meaning,
            column.required,
            self._origins(origin),
            same=(mapped.value or "") if mapped else "",
            kept=_written(mapped) if mapped and origin == KEPT else "",
            **self._writing(column, mapped or ColumnMapping(column="")),
        )

    def _origins(self, origin: str) -> list[Option]:
        told = [Option(EMPTY, _("not from this file")), Option(SAME, _("the same in every row"))]
        if origin == KEPT:
            told.append(Option(KEPT, _("as written below")))
        names = self.headers
        if origin.startswith(HEADER) and origin[1:] not in names:
            names = [*names, origin[1:]]
        for name in names:
            sample = self.sample(name)
            told.append(Option(HEADER + name, f"{name}  ·  {sample}" if sample else name))
        return [Option(one.value, one.text, one.value == origin) for one in told]

    def _writing(self, column: Column, mapped: ColumnMapping) -> dict[str, Any]:
        """What is asked of a column of its type."""
        if column.type == "date":
            written = mapped.format or ""
            is_own = written not in DATES
            dates = [Option(value, text, value == written) for value, text in DATES.items()]
            told = {"dates": [*dates, Option(OWN, _("otherwise"), is_own)], "own": written if is_own else ""}
            return told | ({"last_day": mapped.inclusive} if column.name == "end" else {})
        if column.type in ("decimal", "integer"):
            marks = mapped.decimal + mapped.thousands
            return {"numbers": _options(NUMBERS, marks)}
        seen = list(self.values(mapped.column))
        return {"aliases": told_aliases(mapped.aliases), "seen": seen if len(seen) <= SHOWN else []}

    def further(self) -> list[Further]:
        """The columns beyond the table's own: those that are kept, and headers that nothing takes yet."""
        own = {column.name for column in self.table.columns}
        kept = {name: one for name, one in self.mapped.columns.items() if name.lower() not in own}
        found = [
            Further(f"kept:{name}", name, self._told(name, one), True, _options(TYPES, one.type or "text"))  # noqa: FBT003
            for name, one in kept.items()
        ]
        taken = {one.column for one in self.mapped.columns.values()}
        return found + [
            Further(f"new:{name}", name, self.sample(name), False, _options(TYPES, "text"))  # noqa: FBT003
            for name in self.headers
            if name not in taken and name.lower() not in own
        ]

    def _told(self, name: str, mapped: ColumnMapping) -> str:
        is_plain = mapped.model_copy(update={"type": None, "format": None}) == ColumnMapping(column=name)
        return self.sample(name) if is_plain else _written(mapped)


def _written(mapped: ColumnMapping) -> str:
    """An origin in words that are kept as they are."""
    parts = []
    if mapped.formula is not None:
        parts.append(_("formula: %(formula)s") % {"formula": mapped.formula})
    elif mapped.column is not None:
        parts.append(mapped.column)
    else:
        parts.append(_("always: %(value)s") % {"value": mapped.value})
    if mapped.lookup:
        told = {"file": mapped.lookup.file, "match": mapped.lookup.match, "take": mapped.lookup.take}
        parts.append(_("looked up in %(file)s: where %(match)s is the same, its %(take)s") % told)
    return ", ".join(parts)
