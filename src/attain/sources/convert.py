"""Rows of text become typed rows as a mapping says: names, formats, aliases and joins of names to keys."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from sqlglot import exp

from attain.columns import Column, ColumnType, Table
from attain.errors import AttainError, Fault
from attain.expressions import FormulaError, ValueType, parse
from attain.sources import texts
from attain.sources.files import ROW, read_text
from attain.sources.mapping import ColumnMapping, Lookup, TableMapping
from attain.sources.severities import fault
from attain.tables import MAX_DIGITS

_BLANKS = " \t\r\n\u00a0\ufeff"
"""What may stand around a value without being part of it."""


@dataclass(frozen=True)
class _Target:
    """A column to fill: its name, type (None: whichever fits every value) and where it comes from.

    ``before`` names the column with the text as it stands in the file, before aliases and lookups.
    """

    name: str
    type: ColumnType | None
    origin: ColumnMapping
    before: str


@dataclass(frozen=True)
class _Conversion:
    """What a conversion works on: the folder and the mapping, the table to fill, and where its texts are held."""

    folder: Path
    mapping: TableMapping
    table: Table
    connection: duckdb.DuckDBPyConnection
    digits: int

    def digits_after(self, target: _Target) -> int:
        """How many digits after the point a number may have as it is written, in one of the table's own columns."""
        if target.type == "integer":
            return 0
        is_own = any(column.name == target.name for column in self.table.columns)
        return (self.digits if is_own else MAX_DIGITS) - (2 if target.origin.percent else 0)

    def fault(self, check: str, **more: Any) -> Fault:
        """A fault of the table's file."""
        return fault(check, **{"table": self.table.name, "file": self.mapping.file, **more})

    def column(self, text: str, names: Sequence[str], *, file: str, target: str) -> str:
        """A column of a file as it is written there; raises AttainError where the file has none of that name."""
        if text in names:
            return text
        alike = [name for name in names if name.lower() == text.lower()]
        if len(alike) == 1:
            return alike[0]
        near = difflib.get_close_matches(text, names, n=1)
        advice = f"Did you mean '{near[0]}'?" if near else f"It has {', '.join(name for name in names if name != ROW)}."
        message = f"{file} has no column '{text}'"
        raise AttainError([self.fault("missing-column", column=target, file=file, message=message, advice=advice)])

    def told(self, condition: str, value: str, *, source: str = "texts", **more: Any) -> Iterator[Fault]:
        """One fault for each value that meets the condition, with the rows that hold it."""
        found = self.connection.execute(
            f"SELECT {value}, list(texts.{texts.name(ROW)} ORDER BY texts.{texts.name(ROW)}) "
            f"FROM {source} WHERE {condition} GROUP BY 1 ORDER BY 2"
        ).fetchall()
        for written, rows in found:
            message = more["message"] + ("" if f"'{written}'" in more["message"] else f": '{written}'")
            where = {"value": written, "row": rows[0], "rows": len(rows), "row_numbers": tuple(rows)}
            yield self.fault(**{**more, **where, "message": message})


def identity(table: Table, header: list[str], file: str) -> TableMapping:
    """The mapping of a file that already has Attain's column names, in any case; further columns are attributes."""
    declared = {column.name.lower(): column.name for column in table.columns}
    columns = {declared.get(name.lower(), name): ColumnMapping(column=name) for name in header if name != ROW}
    return TableMapping(file=file, columns=columns)


def convert(
    raw: pa.Table, folder: Path, mapping: TableMapping, table: Table, *, digits: int = MAX_DIGITS
) -> tuple[pa.Table, list[Fault]]:
    """The typed rows of a file read as text, with ``_row``, and every fault; what cannot be read is empty in them.

    Lookups are read from the ``folder``. The table's own numbers may have so many ``digits`` after the point. Raises
    AttainError where a column that the mapping or the table needs is not there.
    """
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        conversion = _Conversion(folder, mapping, table, connection, digits)
        targets, wrong = _targets(conversion, raw.column_names)
        if wrong:
            raise AttainError(wrong)
        connection.register("raw", raw)
        faults = _hold_texts(conversion, targets, raw.column_names)
        faults += _hold_types(conversion, targets)
        held = connection.sql(f"SELECT * FROM typed ORDER BY {texts.name(ROW)}").to_arrow_table()
    return held, faults


def _targets(conversion: _Conversion, names: Sequence[str]) -> tuple[list[_Target], list[Fault]]:
    """The columns to fill, and a fault for each that the file or the mapping does not give."""
    mapping, table = conversion.mapping, conversion.table
    declared = {column.name.lower(): column for column in table.columns}
    targets: list[_Target] = []
    faults: list[Fault] = []
    for number, (name, origin) in enumerate(mapping.columns.items()):
        own = declared.get(name.lower()) or Column(name, "text", "")
        known = own.type if name.lower() in declared else None
        try:
            if origin.column is not None:
                found = conversion.column(origin.column, names, file=mapping.file, target=own.name)
                origin = origin.model_copy(update={"column": found})  # noqa: PLW2901  # as the file writes it
        except AttainError as error:
            faults += error.faults
        targets.append(_Target(own.name, known or origin.type, origin, f"_written_{number}"))
    filled = {target.name for target in targets}
    for column in table.columns:
        if column.required and column.name not in filled:
            message = f"nothing fills the column '{column.name}' ({column.meaning})"
            advice = f"Name the column of {mapping.file} that holds it."
            more = {"column": column.name, "message": message, "expected": texts.EXPECTED[column.type]}
            faults.append(conversion.fault("missing-column", advice=advice, **more))
    return targets, faults


# Texts: nulls, aliases and lookups -----------------------------------------------------------------------------------


def _hold_texts(conversion: _Conversion, targets: Sequence[_Target], names: Sequence[str]) -> list[Fault]:
    """Hold the text of each column after nulls, aliases and lookups; every fault and warning on the way there."""
    joins, selected, faults = "", [], []
    for number, target in enumerate(targets):
        before = _text_of(conversion, target, names)
        text = _aliased(before, target.origin)
        if target.origin.lookup:
            faults += _hold_lookup(conversion, target, target.origin.lookup, number)
            joins += f" LEFT JOIN lookup{number} ON lookup{number}.match = {text}"
            selected.append(f"lookup{number}.answers AS {texts.name(f'_answers_{number}')}")
            text = f"lookup{number}.take"
        selected += [f"{text} AS {texts.name(target.name)}", f"{before} AS {texts.name(target.before)}"]
    cleaned = ", ".join(f"{_clean(name, conversion)} AS {texts.name(name)}" for name in names if name != ROW)
    row = texts.name(ROW)
    conversion.connection.execute(
        f"CREATE TEMP TABLE texts AS SELECT {', '.join(selected)}, {row} "
        f"FROM (SELECT {cleaned}, {row} FROM raw) AS r{joins}"
    )
    for number, target in enumerate(targets):
        faults += _alias_faults(conversion, target)
        faults += _lookup_faults(conversion, target, number)
    return faults


def _clean(column: str, conversion: _Conversion) -> str:
    """The text of a column without the blanks around it; null where it says so."""
    text = f"trim({texts.name(column)}, {texts.literal(_BLANKS)})"
    nulls = ", ".join(texts.literal(null.strip()) for null in conversion.mapping.nulls)
    return f"CASE WHEN {text} NOT IN ({nulls}) THEN {text} END" if nulls else text


def _text_of(conversion: _Conversion, target: _Target, names: Sequence[str]) -> str:
    origin = target.origin
    if origin.value is not None:
        return texts.literal(origin.value)
    if origin.column is not None:
        return f"r.{texts.name(origin.column)}"
    columns: dict[str, ValueType] = {name: "text" for name in names if name != ROW}
    try:
        formula = parse(origin.formula or "", columns, of=conversion.mapping.file, wanted="text")
    except FormulaError as error:
        message = f"{error.message} (at {error.line}:{error.position} of the formula)"
        raise AttainError(
            [conversion.fault("formula", column=target.name, message=message, advice=error.advice)]
        ) from error
    return formula.over(lambda name: exp.column(name, table="r", quoted=True)).sql("duckdb")


def _aliased(text: str, origin: ColumnMapping) -> str:
    if not origin.aliases:
        return text
    cases = " ".join(f"WHEN {texts.literal(old)} THEN {texts.literal(new)}" for old, new in origin.aliases.items())
    return f"CASE {text} {cases} ELSE {text} END"


def _hold_lookup(conversion: _Conversion, target: _Target, lookup: Lookup, number: int) -> list[Fault]:
    """Hold what a lookup's file gives for each match, and how many different answers; the faults of that file."""
    mapping = conversion.mapping
    rows, faults = read_text(conversion.folder / lookup.file, encoding=mapping.encoding, delimiter=mapping.delimiter)
    match, take = (
        _clean(conversion.column(name, rows.column_names, file=lookup.file, target=target.name), conversion)
        for name in (lookup.match, lookup.take)
    )
    conversion.connection.register("looked_up", rows)
    conversion.connection.execute(
        f"CREATE TEMP TABLE lookup{number} AS SELECT {match} AS match, arg_min({take}, {texts.name(ROW)}) AS take, "
        f"count(DISTINCT {take}) AS answers FROM looked_up WHERE ({match}) IS NOT NULL GROUP BY 1"
    )
    return faults


def _alias_faults(conversion: _Conversion, target: _Target) -> Iterator[Fault]:
    """What was read as something else (not only in other case): told, never silent."""
    before = texts.name(target.before)
    for old, new in target.origin.aliases.items():
        if old.lower() != new.lower():
            yield from conversion.told(
                f"{before} = {texts.literal(old)}",
                before,
                check="alias",
                column=target.name,
                message=f"'{old}' was read as '{new}'",
                advice="The mapping says so; nothing is to be done.",
            )


def _lookup_faults(conversion: _Conversion, target: _Target, number: int) -> Iterator[Fault]:
    """What a lookup did not find, and what it found more than once."""
    lookup, before, answers = target.origin.lookup, texts.name(target.before), texts.name(f"_answers_{number}")
    if lookup is None:
        return
    yield from conversion.told(
        f"{before} IS NOT NULL AND {texts.name(target.name)} IS NULL",
        before,
        check="lookup-empty",
        column=target.name,
        message=f"{lookup.file} gives no {lookup.take} for this {lookup.match}",
        advice="Add the row that is missing there; until then the value stays empty.",
    )
    yield from conversion.told(
        f"{answers} > 1",
        before,
        check="lookup-not-unique",
        column=target.name,
        message=f"{lookup.file} gives more than one {lookup.take} for this {lookup.match}",
        expected=f"one {lookup.take}",
        advice="Keep one row there for each value that is looked up.",
    )


# Types ---------------------------------------------------------------------------------------------------------------


def _hold_types(conversion: _Conversion, targets: Sequence[_Target]) -> list[Fault]:
    """Hold the typed value of each text; a fault for each text that has none."""
    connection, row = conversion.connection, texts.name(ROW)
    known = [replace(target, type=target.type or _fitting_type(connection, target)) for target in targets]
    parsed = ", ".join(f"{_parsed(target)} AS {texts.name(target.name)}" for target in known)
    connection.execute(f"CREATE TEMP TABLE parsed AS SELECT {parsed}, {row} FROM texts")
    typed = ", ".join(f"{_typed(conversion, target)} AS {texts.name(target.name)}" for target in known)
    connection.execute(f"CREATE TEMP TABLE typed AS SELECT {typed}, {row} FROM parsed")
    return [one for target in known if target.type != "text" for one in _type_faults(conversion, target)]


def _parsed(target: _Target) -> str:
    """SQL of a text as its digits, or as its day."""
    text = texts.name(target.name)
    if target.type == "date":
        return texts.date_of(text, target.origin)
    return text if target.type == "text" else texts.number_of(text, target.origin)


def _typed(conversion: _Conversion, target: _Target) -> str:
    """SQL of the typed value of what was parsed; numbers are as wide as the values need."""
    parsed = texts.name(target.name)
    if target.type == "date":
        return texts.date_in_range(parsed, target.origin)
    if target.type == "text":
        return parsed
    before, after = (f"length({part})" for part in texts.digits_of(parsed))
    most = conversion.connection.execute(f"SELECT max({before}), max({after}) FROM parsed").fetchone()
    whole, digits = (count or 0 for count in most or (0, 0))
    shift = 2 if target.origin.percent else 0
    digits = min(digits, conversion.digits_after(target))
    width = 18 if whole + digits + shift <= 18 else 38
    fits = f"{before} <= {texts.MAX_WHOLE_DIGITS} AND {after} <= {digits}"
    value = f"CASE WHEN {fits} THEN CAST({parsed} AS DECIMAL(38, {digits})) END"
    value = f"({value}) * CAST(0.01 AS DECIMAL(3, 2))" if shift else value
    return f"CAST({value} AS DECIMAL({width}, {digits + shift}))"


def _fitting_type(connection: duckdb.DuckDBPyConnection, target: _Target) -> ColumnType:
    """The type of an attribute that Attain does not know: number or date where every value is one, else text.

    Text with leading zeros (a code) is text.
    """
    text = texts.name(target.name)
    row = connection.execute(
        f"SELECT count({text}), count(*) FILTER ({texts.is_plain_number(text)}), "
        f"count({texts.date_of(text, target.origin)}) FROM texts"
    ).fetchone()
    filled, numbers, dates = row or (0, 0, 0)
    return "text" if not filled else "decimal" if numbers == filled else "date" if dates == filled else "text"


def _type_faults(conversion: _Conversion, target: _Target) -> Iterator[Fault]:
    """Values that are not of their column's type."""
    kind = target.type or "text"
    text, parsed, typed = (f"{step}.{texts.name(target.name)}" for step in ("texts", "parsed", "typed"))
    more = {"column": target.name, "source": "texts POSITIONAL JOIN parsed POSITIONAL JOIN typed"}
    is_long = f"{parsed} IS NOT NULL" if kind == "decimal" else "false"
    wrong = f"{text} IS NOT NULL AND {typed} IS NULL AND"
    yield from conversion.told(
        f"{wrong} NOT ({is_long})",
        text,
        check="wrong-type",
        message=f"this is not {texts.EXPECTED[kind]}",
        expected=texts.EXPECTED[kind],
        advice=texts.ADVICE[kind],
        **more,
    )
    room = f"at most {texts.MAX_WHOLE_DIGITS} digits before the point and {conversion.digits_after(target)} after it"
    yield from conversion.told(
        f"{wrong} {is_long}",
        text,
        check="too-many-digits",
        message="this number has more digits than there is room for",
        expected=room,
        advice=f"Write it with {room}.",
        **more,
    )
