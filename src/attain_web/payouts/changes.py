"""Which rows came, went or changed between what two runs read, for each person whose pay they may have changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet as pq

from attain.engines.duckdb import DuckDB
from attain.measures.measure import DEFAULT_DATE
from attain.tables import TABLES
from attain_web.access.models import ChainLink
from attain_web.payouts.models import Run

MOST = 20
"""Rows that are told of one person and reason."""

_TOLD = {
    "splits": "share",
    "quotas": "quota",
    "reporting_lines": "manager",
    "coverage": "territory",
    "participants": "title",
    "assignments": "plan",
    "stage_history": "stage",
    "activities": "kind",
    "leads": "status",
}
"""The value of a row that is told before and after; else the amount."""

Details = dict[str, dict[str, Any]]


def changed_rows(old: Run, new: Run, tables: Collection[str], people: Collection[str]) -> Details:
    """By person: how many rows of some tables that concern them, or somebody below them, differ; and the first of them.

    A fact counts only where its day lies in the days of the newer run.
    """
    engine = DuckDB()
    engine.load("concerns", _concerns(new, people))
    count: dict[str, int] = defaultdict(int)
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for name in TABLES:
        if name not in tables:
            continue
        pair = Pair(engine, name, old.folder / "data", new.folder / "data", (str(new.start), str(new.end)))
        if not pair.is_there:
            continue
        for row in pair.differing():
            count[row["who"]] = count[row["who"]] + row["n"] if row["place"] == 1 else count[row["who"]]
            if len(rows[row["who"]]) < MOST:
                rows[row["who"]].append(_told(name, row))
    return {who: {"count": count[who], "rows": rows[who]} for who in rows}


def _concerns(run: Run, people: Collection[str]) -> pa.Table:
    """Whose rows concern whom: one's own, and those of the people below on some day of the run."""
    links = ChainLink.objects.filter(above__in=people, start__lt=run.end, end__gt=run.start)
    pairs = {(who, who) for who in people} | set(links.values_list("above", "participant"))
    whose = [list(one) for one in zip(*sorted(pairs), strict=True)] or [[], []]
    return pa.table({"who": pa.array(whose[0], pa.string()), "of": pa.array(whose[1], pa.string())})


def _told(table: str, row: dict[str, Any]) -> dict[str, Any]:
    """A row that differs, as it is kept."""
    key = {name: str(row[f"key_{name}"]) for name in TABLES[table].key if row[f"key_{name}"] is not None}
    told = {name: None if row[name] is None else str(row[name]) for name in ("day", "before", "after")}
    return {"table": table, "key": key, "kind": row["kind"], "of": row["of"], **told}


@dataclass(frozen=True)
class Pair:
    """A table as two runs read it: rows that differ by its key."""

    engine: DuckDB
    name: str
    old: Path
    new: Path
    span: tuple[str, str]

    @property
    def is_there(self) -> bool:
        """Whether either run read the table."""
        return any((folder / f"{self.name}.parquet").exists() for folder in (self.old, self.new))

    def differing(self) -> list[dict[str, Any]]:
        """The first rows that came, went or changed of each person whom they concern, and how many there are."""
        old, new = self._source(self.old), self._source(self.new)
        same = " AND ".join(f'o."{one}" IS NOT DISTINCT FROM n."{one}"' for one in TABLES[self.name].key)
        keys = ", ".join(f'COALESCE(n."{one}", o."{one}") AS "key_{one}"' for one in TABLES[self.name].key)
        begin, end = (f"DATE '{day}'" for day in self.span)
        within = " OR ".join(f"(d.{one} >= {begin} AND d.{one} < {end})" for one in ("day_before", "day_after"))
        sql = f"""
            WITH o AS ({old}), n AS ({new}),
            d AS (
                SELECT {keys}, o._day AS day_before, n._day AS day_after, COALESCE(n._day, o._day) AS day,
                    o._told AS before, n._told AS after, o._of AS of_before, n._of AS of_after,
                    CASE WHEN o._row IS NULL THEN 'came' WHEN n._row IS NULL THEN 'went' ELSE 'changed' END AS kind
                FROM o FULL JOIN n ON {same} WHERE o._row IS DISTINCT FROM n._row),
            e AS (
                SELECT DISTINCT c.who, c.of, d.* FROM d JOIN concerns AS c ON c.of = d.of_before OR c.of = d.of_after
                WHERE {within} OR (d.day_before IS NULL AND d.day_after IS NULL)),
            f AS (
                SELECT *, COUNT(*) OVER (PARTITION BY who) AS n,
                    ROW_NUMBER() OVER (PARTITION BY who ORDER BY of <> who, day DESC, kind, of) AS place FROM e)
            SELECT * FROM f WHERE place <= {MOST} ORDER BY who, place
        """
        return self.engine.rows(sql)

    def _source(self, folder: Path) -> str:
        """The rows of the table in a folder, with key, day, owner, and all of the row as one text."""
        table = TABLES[self.name]
        file = folder / f"{self.name}.parquet"
        if not file.exists():
            nothing = ", ".join(f'CAST(NULL AS VARCHAR) AS "{one}"' for one in (*table.key, "_told", "_of", "_row"))
            return f"SELECT {nothing}, CAST(NULL AS DATE) AS _day WHERE FALSE"
        own = set(pq.read_schema(file).names)
        keys = ", ".join(f'CAST(t."{one}" AS VARCHAR) AS "{one}"' for one in table.key)
        day, owner, joined = self._day(own), "t.participant", ""
        if table.parent and (parent := folder / f"{table.parent}.parquet").exists():
            key = TABLES[table.parent].key[0]
            joined = f' LEFT JOIN {_read(parent)} AS p ON p."{key}" = t."{key}"'
            owner, day = "p.participant", day or "p.date"
        elif table.parent:
            owner = "NULL"
        told = next((one for one in (_TOLD.get(self.name), "amount") if one in own), None)
        shown = f'CAST(t."{told}" AS VARCHAR)' if told else "NULL"
        whole = "CAST(ROW(" + ", ".join(f"t.{_quoted(one)}" for one in sorted(own)) + ") AS VARCHAR)"
        return (
            f"SELECT {keys}, {shown} AS _told, CAST({owner} AS VARCHAR) AS _of, {whole} AS _row, "
            f"CAST({day or 'NULL'} AS DATE) AS _day FROM {_read(file)} AS t{joined}"
        )

    def _day(self, own: set[str]) -> str:
        """The column with the day of a row, where it has one."""
        name = DEFAULT_DATE.get(self.name)
        return f't."{name}"' if name in own else ""


def _quoted(name: str) -> str:
    """A column's name in SQL: attributes are called as whoever wrote them liked."""
    return '"' + name.replace('"', '""') + '"'


def _read(file: Path) -> str:
    return "read_parquet('" + str(file).replace("'", "''") + "')"
