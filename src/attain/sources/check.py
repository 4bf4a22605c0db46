"""Checks of data that is already typed: keys, empties, references, dates, overlaps, shares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from attain.columns import RELATED_TO, Column, Table
from attain.engines.engine import Engine
from attain.errors import Fault
from attain.sources.files import ROW
from attain.sources.severities import SEVERITIES, fault
from attain.tables import TABLES

__all__ = ["SEVERITIES", "check_table", "fault", "territory_contradictions"]


def check_table(engine: Engine, table: Table, *, loaded: Iterable[str], keys: bool = True) -> list[Fault]:
    """Every fault of one table that the engine holds; references are checked to tables that are ``loaded``.

    Without ``keys`` it is left open whether a key stands twice, for who finds that out beside (``duplicate_keys``).
    """
    held = set(loaded)
    faults = [*_empties(engine, table, held), *(duplicate_keys(engine, table) if keys else ())]
    for column in table.columns:
        if column.refers_to in held:
            faults += _unresolved(engine, table, column)
        if column.choices:
            faults += _unknown_choices(engine, table, column)
    if table.column("start") and table.column("end"):
        faults += _reversed(engine, table)
    if table.versions_of:
        faults += _overlaps(engine, table)
    if table.name == "splits":
        faults += [*_split_totals(engine), *_unknown_facts(engine, held)]
    if table.name == "relationships":
        faults += _unknown_others(engine, held)
    return faults


def _counted(engine: Engine, table: str) -> str:
    """The count of rows and, where the table's rows are numbered, their numbers."""
    numbered = ROW in engine.columns(table)
    return "COUNT(*) AS rows" + (f', LIST("{ROW}" ORDER BY "{ROW}") AS numbers' if numbered else "")


def _place(row: dict[str, Any]) -> dict[str, Any]:
    """What a fault tells of the rows behind it."""
    numbers = row.get("numbers")
    return {"rows": row["rows"]} | ({"row": numbers[0], "row_numbers": tuple(numbers)} if numbers else {})


def _value(row: dict[str, Any], names: Iterable[str]) -> str:
    """A key as one text."""
    return "/".join(str(row[name]) for name in names if row[name] is not None)


def _empties(engine: Engine, table: Table, held: set[str]) -> Iterator[Fault]:
    """Empty values where none may be, and empty references that should be known of."""
    watched = [c for c in table.columns if c.required or (c.told_when_empty and c.refers_to in held)]
    counts = ", ".join(f'COUNT(*) - COUNT("{column.name}") AS c{number}' for number, column in enumerate(watched))
    empty = engine.rows(f'SELECT {counts} FROM "{table.name}"')[0] if watched else {}
    for number, column in enumerate(watched):
        if not empty[f"c{number}"]:
            continue
        counted = _counted(engine, table.name)
        found = engine.rows(f'SELECT {counted} FROM "{table.name}" WHERE "{column.name}" IS NULL')[0]
        more = {"table": table.name, "column": column.name, "expected": column.meaning, **_place(found)}
        if column.required:
            yield fault(
                "empty-value", message=f"{column.name} is empty", advice="Fill it in: every row has it.", **more
            )
        else:
            what = "nobody is credited" if column.name == "participant" else f"it counts for no {column.name}"
            message = f"{column.name} is empty, so {what}"
            yield fault("empty-reference", message=message, advice="Fill it in if it is known.", **more)


def duplicate_keys(engine: Engine, table: Table) -> Iterator[Fault]:
    """Rows with the same key."""
    keys = ", ".join(f'"{name}"' for name in table.key)
    required = [column.name for column in table.columns if column.required and column.name in table.key]
    filled = " AND ".join(f'NOT "{name}" IS NULL' for name in required)
    found = engine.rows(
        f'SELECT {keys}, {_counted(engine, table.name)} FROM "{table.name}" WHERE {filled} '
        f"GROUP BY {keys} HAVING COUNT(*) > 1 ORDER BY {keys}",
    )
    for row in found:
        value = _value(row, table.key)
        yield fault(
            "duplicate-key",
            table=table.name,
            column=", ".join(table.key),
            value=value,
            message=f"'{value}' stands more than once",
            expected=table.grain,
            advice="Keep one of the rows, or correct the key.",
            **_place(row),
        )


def _unresolved(engine: Engine, table: Table, column: Column) -> Iterator[Fault]:
    """References to what its own table does not have."""
    target = TABLES[column.refers_to or ""]
    key = f'SELECT 1 FROM "{target.name}" AS t WHERE t."{target.key[0]}" = g.value'
    unknown = f"NOT g.value IS NULL AND NOT EXISTS ({key})"
    values = f'SELECT DISTINCT "{column.name}" AS value FROM "{table.name}"'
    if not engine.rows(f"SELECT 1 FROM ({values}) AS g WHERE {unknown} LIMIT 1"):
        return  # the usual case, and quicker than to count the rows of each value
    counted = f'SELECT "{column.name}" AS value, {_counted(engine, table.name)} FROM "{table.name}" GROUP BY 1'
    found = engine.rows(f"SELECT g.* FROM ({counted}) AS g WHERE {unknown} ORDER BY 1")
    for row in found:
        yield fault(
            "unknown-participant" if target.name == "participants" else "unknown-reference",
            table=table.name,
            column=column.name,
            value=row["value"],
            message=f"'{row['value']}' is not in {target.name}",
            expected=f"a key of {target.name}",
            advice=f"Add it to {target.name}, or give the right one as an alias in the mapping.",
            **_place(row),
        )


def _unknown_choices(engine: Engine, table: Table, column: Column) -> Iterator[Fault]:
    """Values that are none of a column's choices."""
    known = ", ".join(f"'{choice}'" for choice in column.choices)
    found = engine.rows(
        f'SELECT "{column.name}" AS value, {_counted(engine, table.name)} FROM "{table.name}" '
        f'WHERE NOT "{column.name}" IN ({known}) GROUP BY 1 ORDER BY 1'
    )
    for row in found:
        yield fault(
            "unknown-choice",
            table=table.name,
            column=column.name,
            value=row["value"],
            message=f"'{row['value']}' is no {column.name} of {table.name}",
            expected=f"one of {', '.join(column.choices)}",
            advice="Correct it" + ("." if column.required else ", or leave it empty."),
            **_place(row),
        )


def _reversed(engine: Engine, table: Table) -> Iterator[Fault]:
    """Rows whose end is not after their start."""
    owners = table.versions_of or tuple(name for name in table.key if name not in ("start", "end"))
    listed = ", ".join(f'"{name}"' for name in owners)
    found = engine.rows(
        f'SELECT {listed}, "start", "end", {_counted(engine, table.name)} FROM "{table.name}" '
        f'WHERE "end" <= "start" GROUP BY {listed}, "start", "end" ORDER BY {listed}, "start", "end"',
    )
    for row in found:
        yield fault(
            "end-before-start",
            table=table.name,
            column="end",
            value=str(row["end"]),
            message=f"'{_value(row, owners)}' ends on {row['end']}, and begins on {row['start']}",
            expected=f"a day after {row['start']}",
            advice="Write the first day on which it no longer holds.",
            **_place(row),
        )


def _overlaps(engine: Engine, table: Table) -> Iterator[Fault]:
    """Versions of the same thing that share a day (those that begin on the same day have the same key)."""
    owners = ", ".join(f'"{name}"' for name in table.versions_of)
    numbered = ROW in engine.columns(table.name)
    row_number = f', "{ROW}" AS number, LEAD("{ROW}") OVER w AS next_number' if numbered else ""
    found = engine.rows(
        f"SELECT * FROM (SELECT {owners}, COALESCE(\"start\", DATE '0001-01-01') AS since, "
        f"COALESCE(\"end\", DATE '9999-12-31') AS until, "
        f"LEAD(COALESCE(\"start\", DATE '0001-01-01')) OVER w AS next_start{row_number} "
        f'FROM "{table.name}" WINDOW w AS (PARTITION BY {owners} ORDER BY "start" NULLS FIRST)) AS v '
        f"WHERE since < next_start AND next_start < until ORDER BY {owners}, since",
    )
    for row in found:
        value = _value(row, table.versions_of)
        numbers = {"numbers": sorted((row["number"], row["next_number"]))} if numbered else {}
        yield fault(
            "overlap",
            table=table.name,
            column="start",
            value=str(row["next_start"]),
            message=f"two versions of '{value}' both hold on {row['next_start']}",
            expected="one version for each day",
            advice="End the one on the day the other begins.",
            **_place({"rows": 2, **numbers}),
        )


def _split_totals(engine: Engine) -> Iterator[Fault]:
    found = engine.rows(
        f"SELECT fact_table, fact, SUM(share) AS total, {_counted(engine, 'splits')} FROM splits "
        "WHERE COALESCE(kind, 'revenue') = 'revenue' GROUP BY 1, 2 HAVING SUM(share) <> 100 ORDER BY 1, 2",
    )
    for row in found:
        total = f"{row['total'].normalize():f}"
        yield fault(
            "split-total",
            table="splits",
            column="share",
            value=total,
            message=f"the shares of {row['fact_table']} '{row['fact']}' total {total}",
            expected="100",
            advice="Correct the shares; what is not shared out would be nobody's.",
            **_place(row),
        )


def _unknown_facts(engine: Engine, held: set[str]) -> Iterator[Fault]:
    """Splits of what no split can be of, and of facts that are not there."""
    splittable = [name for name, table in TABLES.items() if table.is_fact and not table.parent]
    listed = ", ".join(f"'{name}'" for name in splittable)
    known = [f"NOT fact_table IN ({listed})"]
    for name in splittable:
        if name in held:
            key = f'SELECT 1 FROM "{name}" AS f WHERE f."{TABLES[name].key[0]}" = splits.fact'
            known.append(f"(fact_table = '{name}' AND NOT EXISTS ({key}))")
    found = engine.rows(
        f"SELECT fact_table, fact, {_counted(engine, 'splits')} FROM splits WHERE {' OR '.join(known)} "
        "GROUP BY 1, 2 ORDER BY 1, 2",
    )
    for row in found:
        is_table = row["fact_table"] in splittable
        where = (
            f"in {row['fact_table']}" if is_table else f"a fact that is split: '{row['fact_table']}' is no such table"
        )
        yield fault(
            "unknown-fact",
            table="splits",
            column="fact" if is_table else "fact_table",
            value=row["fact" if is_table else "fact_table"],
            message=f"'{row['fact']}' is not {where}, so nobody shares in it",
            expected=f"a key of {row['fact_table']}" if is_table else f"one of {', '.join(splittable)}",
            advice="Correct it, or take the row out.",
            **_place(row),
        )


def _unknown_others(engine: Engine, held: set[str]) -> Iterator[Fault]:
    """Relationships to what is not there."""
    unknown = [
        f'(of_table = \'{name}\' AND NOT EXISTS (SELECT 1 FROM "{name}" AS t WHERE t."{TABLES[name].key[0]}" = '
        'relationships."of"))'
        for name in RELATED_TO
        if name in held
    ]
    found = engine.rows(
        f'SELECT of_table, "of", {_counted(engine, "relationships")} FROM relationships '
        f"WHERE {' OR '.join(unknown)} GROUP BY 1, 2 ORDER BY 1, 2"
    )
    for row in found:
        yield fault(
            "unknown-reference",
            table="relationships",
            column="of",
            value=row["of"],
            message=f"'{row['of']}' is not in {row['of_table']}, so nobody is related to it",
            expected=f"a key of {row['of_table']}",
            advice="Correct it, or take the row out.",
            **_place(row),
        )


def territory_contradictions(engine: Engine) -> list[Fault]:
    """Participants whose own territory is not the one that their last coverage has until further notice."""
    rows = engine.rows(
        "SELECT p.participant, p.territory, c.territory AS covered FROM participants AS p "
        'LEFT JOIN (SELECT participant, territory FROM coverage WHERE "end" IS NULL) AS c '
        "ON c.participant = p.participant "
        'WHERE p."end" IS NULL AND p.participant IN (SELECT participant FROM coverage) '
        "AND NOT p.territory IS NULL AND p.territory IS DISTINCT FROM c.territory ORDER BY 1",
    )
    return [
        fault(
            "territory-contradiction",
            table="participants",
            column="territory",
            value=row["territory"],
            message=f"'{row['participant']}' has territory {row['territory']} here and "
            f"{row['covered'] or 'none that is open'} in coverage",
            expected=row["covered"],
            advice="The dated coverage counts; correct the participant's own territory.",
        )
        for row in rows
    ]
