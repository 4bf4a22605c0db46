"""Rows of text become typed rows as a mapping says: names, formats, aliases and joins of names to keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
from sqlglot import exp

from attain.errors import AttainError, Fault
from attain.expressions import FormulaError, parse
from attain.sources.files import ROW, read_text
from attain.sources.mapping import ColumnMapping, TableMapping
from attain.tables import MAX_DIGITS, Column, ColumnType, Table

_NUMBER = r"^[+-]?(\d+(\.\d*)?|\.\d+)$"
_ISO_DATE = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$"

EXPECTED: dict[ColumnType, str] = {
    "text": "text", "date": "a date such as 2026-01-31", "decimal": f"a number with at most {MAX_DIGITS} decimals",
    "integer": "a whole number",
}


@dataclass(frozen=True)
class _Target:
    """A column to fill: its name, type (None: whichever fits every value) and where it comes from."""

    name: str
    type: ColumnType | None
    required: bool
    origin: ColumnMapping


def identity(table: Table, header: list[str], file: str) -> TableMapping:
    """The mapping of a file that already has Attain's column names; further columns are attributes."""
    return TableMapping(file=file, columns={name: ColumnMapping(column=name) for name in header if name != ROW})


def convert(folder: Path, mapping: TableMapping, table: Table) -> tuple[pa.Table, list[Fault]]:
    """The typed rows of a mapped table with ``_row``, and every fault; a value that cannot be read is empty in them."""
    raw, faults = read_text(folder / mapping.file, encoding=mapping.encoding, delimiter=mapping.delimiter)
    targets = [_target(name, origin, table) for name, origin in mapping.columns.items()]
    wrong = [*_unknown_columns(targets, raw, mapping, table), *_missing_columns(targets, table, mapping)]
    if wrong:
        raise AttainError([*faults, *wrong])
    with duckdb.connect() as connection:
        connection.register("raw", raw)
        texts, lookup_faults = _texts(connection, folder, mapping, targets, table)
        connection.execute(f"CREATE TEMP TABLE texts AS {texts}")
        faults += lookup_faults + list(_alias_faults(connection, mapping, targets, table))
        selected = [_typed(connection, target) for target in targets]
        query = f'SELECT {", ".join(f"{sql} AS {_q(target.name)}" for sql, target in selected)}, {_q(ROW)} FROM texts'
        connection.execute(f"CREATE TEMP TABLE typed AS {query}")
        for _, target in selected:
            faults += _type_faults(connection, target, table, mapping)
        return connection.sql(f"SELECT * FROM typed ORDER BY {_q(ROW)}").to_arrow_table(), faults


def _target(name: str, origin: ColumnMapping, table: Table) -> _Target:
    declared = table.column(name) or Column(name, "text", "")
    kind = origin.type or (declared.type if table.column(name) else None)
    return _Target(name, kind, declared.required, origin)


def _unknown_columns(targets: list[_Target], raw: pa.Table, mapping: TableMapping, table: Table) -> Iterator[Fault]:
    for target in targets:
        if target.origin.column and target.origin.column not in raw.column_names:
            yield Fault(
                check="missing-column", table=table.name, column=target.name, file=mapping.file,
                message=f"{mapping.file} has no column '{target.origin.column}'",
                advice=f"It has {', '.join(name for name in raw.column_names if name != ROW)}.",
            )


def _missing_columns(targets: list[_Target], table: Table, mapping: TableMapping) -> Iterator[Fault]:
    named = {target.name for target in targets}
    for column in table.columns:
        if column.required and column.name not in named:
            yield Fault(
                check="missing-column", table=table.name, column=column.name, file=mapping.file,
                message=f"nothing fills the column '{column.name}' ({column.meaning})", expected=EXPECTED[column.type],
                advice=f"Name the column of {mapping.file} that holds it.",
            )


def _texts(
    connection: duckdb.DuckDBPyConnection, folder: Path, mapping: TableMapping, targets: list[_Target], table: Table
) -> tuple[str, list[Fault]]:
    """A SELECT of the text of each column after nulls, aliases and lookups, and the faults of the lookups."""
    nulls = ", ".join(_s(null) for null in mapping.nulls)
    names = [row[0] for row in connection.execute("DESCRIBE raw").fetchall()]
    cleaned = [f"CASE WHEN trim({_q(name)}) IN ({nulls}) THEN NULL ELSE trim({_q(name)}) END AS {_q(name)}"
               for name in names if name != ROW] if nulls else [_q(name) for name in names if name != ROW]
    joins, selected, faults = "", [], []
    for number, target in enumerate(targets):
        before = _text_of(target, names, table)
        text = _aliased(before, target.origin.aliases)
        if target.origin.lookup:
            faults += _load_lookup(connection, folder, mapping, target, number, table)
            joins += f" LEFT JOIN lookup{number} ON lookup{number}.match = {text}"
            selected.append(f"lookup{number}.take AS {_q(target.name)}")
        else:
            selected.append(f"{text} AS {_q(target.name)}")
        selected.append(f"{before} AS {_q(_before(target))}")
    return f"SELECT {', '.join(selected)}, {_q(ROW)} FROM (SELECT {', '.join(cleaned)}, {_q(ROW)} FROM raw) AS r{joins}", faults


def _text_of(target: _Target, names: list[str], table: Table) -> str:
    origin = target.origin
    if origin.value is not None:
        return _s(origin.value)
    if origin.column is not None:
        return f"r.{_q(origin.column)}"
    try:
        columns = {name: "text" for name in names if name != ROW}
        formula = parse(origin.formula or "", columns, of=target.origin.formula or "", wanted="text")  # type: ignore[arg-type]
    except FormulaError as error:
        raise AttainError([Fault(check="formula", table=table.name, column=target.name, message=error.message,
                                 advice=error.advice)]) from error
    return formula.over(lambda name: exp.column(name, table="r", quoted=True)).sql("duckdb")


def _aliased(text: str, aliases: Mapping[str, str]) -> str:
    if not aliases:
        return text
    cases = " ".join(f"WHEN {_s(old)} THEN {_s(new)}" for old, new in aliases.items())
    return f"CASE {text} {cases} ELSE {text} END"


def _load_lookup(
    connection: duckdb.DuckDBPyConnection, folder: Path, mapping: TableMapping, target: _Target, number: int, table: Table
) -> list[Fault]:
    """Put the lookup's file beside the rows; two rows with the same match are a fault, and the first one counts."""
    lookup = target.origin.lookup
    assert lookup is not None
    rows, faults = read_text(folder / lookup.file, encoding=mapping.encoding, delimiter=mapping.delimiter)
    for name in (lookup.match, lookup.take):
        if name not in rows.column_names:
            advice = f"It has {', '.join(one for one in rows.column_names if one != ROW)}."
            raise AttainError([Fault(check="missing-column", table=table.name, column=target.name, file=lookup.file,
                                     message=f"{lookup.file} has no column '{name}'", advice=advice)])
    connection.register("looked_up", rows)
    nulls = ", ".join(_s(null) for null in mapping.nulls) or "NULL"
    connection.execute(
        f"CREATE TEMP TABLE lookup{number} AS SELECT trim({_q(lookup.match)}) AS match,"
        f" arg_min(CASE WHEN trim({_q(lookup.take)}) IN ({nulls}) THEN NULL ELSE trim({_q(lookup.take)}) END, {_q(ROW)})"
        f" AS take, count(DISTINCT {_q(lookup.take)}) AS answers FROM looked_up GROUP BY 1"
    )
    for (value,) in connection.execute(f"SELECT match FROM lookup{number} WHERE answers > 1 ORDER BY 1").fetchall():
        faults.append(Fault(check="lookup-not-unique", table=table.name, column=target.name, value=value, file=lookup.file,
                            message=f"{lookup.file} gives more than one {lookup.take} for '{value}'",
                            advice="Keep one row for each value that is looked up."))
    return faults


def _alias_faults(
    connection: duckdb.DuckDBPyConnection, mapping: TableMapping, targets: list[_Target], table: Table
) -> Iterator[Fault]:
    """What was read as something else (not only in other case), and what a lookup did not find: told, never silent."""
    for target in targets:
        origin, before = target.origin, _q(_before(target))
        for old, new in origin.aliases.items():
            if old.lower() == new.lower():
                continue
            yield from _told(
                connection, f"{before} = {_s(old)}", before, check="alias", table=table.name, column=target.name,
                message=f"'{old}' was read as '{new}'", advice="The mapping says so; nothing is to be done.",
                file=mapping.file, severity="warning",
            )
        if origin.lookup:
            yield from _told(
                connection, f"{before} IS NOT NULL AND {_q(target.name)} IS NULL", before, check="lookup-empty",
                table=table.name, column=target.name, file=mapping.file, severity="warning",
                message=f"{origin.lookup.file} gives no {origin.lookup.take} for this {origin.lookup.match}",
                advice="Add the row that is missing there; until then the value stays empty.",
            )


def _typed(connection: duckdb.DuckDBPyConnection, target: _Target) -> tuple[str, _Target]:
    """SQL of the typed value, and the target with its type known."""
    kind = target.type or _fitting_type(connection, target.name)
    target = _Target(target.name, kind, target.required, target.origin)
    text = _q(target.name)
    if kind == "date":
        formats = f"try_strptime({text}, {_s(target.origin.format)})" if target.origin.format else (
            f"CASE WHEN regexp_matches({text}, '{_ISO_DATE}') THEN try_cast(left({text}, 10) AS DATE) END")
        day = f"CAST({formats} AS DATE)"
        return (f"CAST({day} + INTERVAL 1 DAY AS DATE)" if target.origin.inclusive else day), target
    if kind in ("decimal", "integer"):
        number = _number_text(text, target.origin)
        before, after = connection.execute(
            f"SELECT max(length(ltrim(split_part(n, '.', 1), '+-'))), max(length(rtrim(split_part(n, '.', 2), '0'))) "
            f"FROM (SELECT {number} AS n FROM texts) WHERE regexp_matches(n, '{_NUMBER}')"
        ).fetchone() or (0, 0)
        limit = 0 if kind == "integer" else MAX_DIGITS
        digits = min(after or 0, limit)
        width = 18 if (before or 0) + digits <= 18 else 38
        fits = f"regexp_matches({number}, '{_NUMBER}') AND length(rtrim(split_part({number}, '.', 2), '0')) <= {limit}"
        value = f"CASE WHEN {fits} THEN try_cast({number} AS DECIMAL({width}, {digits})) END"
        return (f"({value}) * 0.01" if target.origin.percent else value), target
    return text, target


def _number_text(text: str, origin: ColumnMapping) -> str:
    for piece in (*origin.strip, *([origin.thousands] if origin.thousands else [])):
        text = f"replace({text}, {_s(piece)}, '')"
    return f"trim(replace({text}, {_s(origin.decimal)}, '.'))" if origin.decimal != "." else f"trim({text})"


def _fitting_type(connection: duckdb.DuckDBPyConnection, name: str) -> ColumnType:
    """The type of an attribute that Attain does not know: number or date where every value is one, else text.

    Text with leading zeros (a code) is text.
    """
    text = _q(name)
    row = connection.execute(
        f"SELECT count({text}), count(*) FILTER (WHERE regexp_matches({text}, '^[+-]?(0|[1-9]\\d*)(\\.\\d{{1,{MAX_DIGITS}}})?$')),"
        f" count(*) FILTER (WHERE regexp_matches({text}, '{_ISO_DATE}')) FROM texts"
    ).fetchone()
    filled, numbers, dates = row or (0, 0, 0)
    return "text" if not filled else "decimal" if numbers == filled else "date" if dates == filled else "text"


def _type_faults(
    connection: duckdb.DuckDBPyConnection, target: _Target, table: Table, mapping: TableMapping
) -> Iterator[Fault]:
    kind = target.type or "text"
    text = f"texts.{_q(target.name)}"
    yield from _told(
        connection, f"{text} IS NOT NULL AND typed.{_q(target.name)} IS NULL", text, check="wrong-type", table=table.name,
        column=target.name, file=mapping.file, message=f"this is not {EXPECTED[kind]}", expected=EXPECTED[kind],
        advice="Correct the value, or say in the mapping how it is written.",
        source=f"texts JOIN typed USING ({_q(ROW)})",
    )


def _told(
    connection: duckdb.DuckDBPyConnection, condition: str, value: str, *, source: str = "texts", **fault: object
) -> Iterator[Fault]:
    """One fault for each value that meets the condition, with the rows that hold it."""
    rows = connection.execute(
        f"SELECT {value}, list({_q(ROW)} ORDER BY {_q(ROW)}) FROM {source} WHERE {condition} GROUP BY 1 ORDER BY 2"
    ).fetchall()
    for found, numbers in rows:
        message = f"{fault['message']}: '{found}'" if found is not None and f"'{found}'" not in str(fault["message"]) else fault["message"]
        yield Fault(**{**fault, "message": message}, value=found, row=numbers[0], rows=len(numbers),  # type: ignore[arg-type]
                    row_numbers=tuple(numbers))


def _before(target: _Target) -> str:
    return f"{target.name} as written"


def _q(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _s(text: str | None) -> str:
    return "'" + (text or "").replace("'", "''") + "'"
