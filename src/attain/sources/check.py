"""Checks of data that is already typed: keys, empties, references, dates, overlaps, shares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from attain.engines.engine import Engine, template
from attain.errors import Fault, Severity
from attain.sources.files import ROW
from attain.tables import TABLES, Column, Table

SEVERITIES: dict[str, tuple[Severity, str]] = {
    "missing-file": ("error", "a file that the mapping names, or a table that is needed, is not there"),
    "unreadable-file": ("error", "a file cannot be read: encoding, delimiter"),
    "header": ("error", "a header is empty or names a column twice"),
    "row-length": ("error", "a row has not as many values as the header"),
    "missing-column": ("error", "a column that is needed is not there"),
    "wrong-type": ("error", "a value is not of its column's type"),
    "binary-number": ("warning", "a column holds binary floating point and is read as decimals with six digits"),
    "empty-value": ("error", "a column that may not be empty is empty"),
    "empty-reference": ("warning", "a fact names no participant, account or product"),
    "duplicate-key": ("error", "two rows have the same key"),
    "unknown-participant": ("error", "a row names a participant that the participants do not have"),
    "unknown-reference": ("warning", "a row names an account, product or territory that its own table does not have"),
    "end-before-start": ("error", "a version ends before it begins"),
    "overlap": ("error", "two versions hold on the same day"),
    "split-total": ("error", "the shares of a fact do not total 100"),
    "reporting-ring": ("error", "people report to one another in a ring"),
    "unknown-currency": ("error", "a row is in a currency that the plan does not know"),
    "territory-contradiction": ("warning", "a participant's own territory is not the one that coverage has today"),
    "alias": ("warning", "a value was read as another, as the mapping says"),
    "lookup-empty": ("warning", "a name was not found where the mapping looks it up"),
    "lookup-not-unique": ("error", "a name has more than one key where the mapping looks it up"),
    "quota-period": ("error", "a quota has no end and begins on no period of the plan's calendar"),
    "quota-missing": ("warning", "a participant has no quota in a period where a component needs one, and is paid 0"),
    "attribute-missing": ("warning", "a participant has no value for an attribute that a rate is taken from, and is paid 0"),
    "not-paid": ("warning", "a component of the plan has no period that ends in the time asked for"),
}
"""Every check of data by its name: whether it stops a calculation, and what it finds."""


def check_table(engine: Engine, table: Table, *, loaded: Iterable[str]) -> list[Fault]:
    """Every fault of one table that the engine holds; references are checked to tables that are ``loaded``."""
    numbered = ROW in engine.columns(table.name)
    held = set(loaded)
    faults = [*_empties(engine, table, numbered, held), *_duplicates(engine, table, numbered)]
    for column in table.columns:
        if column.refers_to in held:
            faults += _unresolved(engine, table, column, numbered)
    if table.versions_of:
        faults += [*_reversed(engine, table, numbered), *_overlaps(engine, table)]
    if table.name == "splits":
        faults += _split_totals(engine)
    return faults


def fault(check: str, **more: Any) -> Fault:
    """A fault of a check by its name, with the severity that is stated for it."""
    return Fault(check=check, severity=SEVERITIES[check][0], **more)


def _rows(engine: Engine, sql: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = engine.fetch(template(sql)).to_pylist()
    return rows


def _numbers(numbered: bool) -> str:  # noqa: FBT001  # a private word of this module
    return f', list("{ROW}" ORDER BY "{ROW}") AS numbers' if numbered else ""


def _place(row: dict[str, Any]) -> dict[str, Any]:
    numbers = row.get("numbers")
    return {"row": numbers[0], "row_numbers": tuple(numbers)} if numbers else {}


def _empties(engine: Engine, table: Table, numbered: bool, held: set[str]) -> Iterator[Fault]:  # noqa: FBT001
    """Empty values where none may be, and empty references that should be known of."""
    watched = [c for c in table.columns if c.required or (c.told_when_empty and c.refers_to in held)]
    counted = ", ".join(f'COUNT(*) - COUNT("{column.name}") AS c{number}' for number, column in enumerate(watched))
    if not watched:
        return
    counts = _rows(engine, f'SELECT {counted} FROM "{table.name}"')[0]
    for number, column in enumerate(watched):
        if not counts[f"c{number}"]:
            continue
        where = f'SELECT COUNT(*) AS rows{_numbers(numbered)} FROM "{table.name}" WHERE "{column.name}" IS NULL'
        found = _rows(engine, where)[0]
        if column.required:
            yield fault("empty-value", table=table.name, column=column.name, rows=found["rows"], expected=column.meaning,
                        message=f"{column.name} is empty", advice="Every row needs it.", **_place(found))
        else:
            what = "nobody is credited" if column.name == "participant" else f"it counts for no {column.name}"
            yield fault("empty-reference", table=table.name, column=column.name, rows=found["rows"],
                        message=f"{column.name} is empty, so {what}", advice="Fill it in if it is known.", **_place(found))


def _duplicates(engine: Engine, table: Table, numbered: bool) -> Iterator[Fault]:  # noqa: FBT001
    keys = ", ".join(f'"{name}"' for name in table.key)
    found = _rows(engine, f'SELECT {keys}, COUNT(*) AS rows{_numbers(numbered)} FROM "{table.name}" '
                          f"GROUP BY {keys} HAVING COUNT(*) > 1 ORDER BY {keys}")
    for row in found:
        value = "/".join(str(row[name]) for name in table.key if row[name] is not None)
        yield fault("duplicate-key", table=table.name, column=", ".join(table.key), value=value, rows=row["rows"],
                    message=f"'{value}' stands more than once", expected=table.grain,
                    advice="Keep one of the rows, or correct the key.", **_place(row))


def _unresolved(engine: Engine, table: Table, column: Column, numbered: bool) -> Iterator[Fault]:  # noqa: FBT001
    target = TABLES[column.refers_to or ""]
    found = _rows(
        engine,
        f'SELECT f."{column.name}" AS value, COUNT(*) AS rows{_numbers(numbered)} FROM "{table.name}" AS f '
        f'WHERE NOT f."{column.name}" IS NULL AND NOT EXISTS (SELECT 1 FROM "{target.name}" AS t '
        f'WHERE t."{target.key[0]}" = f."{column.name}") GROUP BY 1 ORDER BY 1',
    )
    check = "unknown-participant" if target.name == "participants" else "unknown-reference"
    for row in found:
        yield fault(check, table=table.name, column=column.name, value=row["value"], rows=row["rows"],
                    message=f"'{row['value']}' is not in {target.name}", expected=f"a key of {target.name}",
                    advice=f"Add it to {target.name}, or give the right one as an alias in the mapping.", **_place(row))


def _reversed(engine: Engine, table: Table, numbered: bool) -> Iterator[Fault]:  # noqa: FBT001
    owner = table.versions_of[0]
    found = _rows(engine, f'SELECT "{owner}" AS value, COUNT(*) AS rows{_numbers(numbered)} FROM "{table.name}" '
                          f'WHERE "end" <= "start" GROUP BY 1 ORDER BY 1')
    for row in found:
        yield fault("end-before-start", table=table.name, column="end", value=row["value"], rows=row["rows"],
                    message=f"a version of '{row['value']}' ends on or before the day it begins",
                    advice="The end is the first day on which it no longer holds.", **_place(row))


def _overlaps(engine: Engine, table: Table) -> Iterator[Fault]:
    """Versions of the same thing that share a day."""
    owners = ", ".join(f'"{name}"' for name in table.versions_of)
    found = _rows(
        engine,
        f'SELECT * FROM (SELECT {owners}, "start", "end", LEAD(COALESCE("start", DATE \'0001-01-01\')) OVER '
        f'(PARTITION BY {owners} ORDER BY "start" NULLS FIRST) AS next_start FROM "{table.name}") AS v '
        f"WHERE next_start < COALESCE(\"end\", DATE '9999-12-31') ORDER BY {owners}, \"start\"",
    )
    for row in found:
        value = "/".join(str(row[name]) for name in table.versions_of)
        yield fault("overlap", table=table.name, column="start", value=value,
                    message=f"two versions of '{value}' both hold on {row['next_start']}",
                    advice="End the one on the day the other begins.")


def _split_totals(engine: Engine) -> Iterator[Fault]:
    found = _rows(engine, "SELECT fact_table, fact, SUM(share) AS total, COUNT(*) AS rows FROM splits "
                          "GROUP BY 1, 2 HAVING SUM(share) <> 100 ORDER BY 1, 2")
    for row in found:
        yield fault("split-total", table="splits", column="share", value=str(row["total"]), rows=row["rows"],
                    message=f"the shares of {row['fact_table']} '{row['fact']}' total {row['total'].normalize():f}",
                    expected="100", advice="Correct the shares; what is not shared out would be nobody's.")
