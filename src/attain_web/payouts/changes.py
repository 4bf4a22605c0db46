"""Which rows came, went or changed between what two runs read, for each person whose pay they may have changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
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
    "territories": "region",
    "participants": "title",
    "accounts": "name",
    "products": "list_price",
    "assignments": "plan",
    "stage_history": "stage",
    "activities": "kind",
    "leads": "status",
    "objectives": "score",
    "cancellations": "share",
    "relationships": "share",
    "exchange_rates": "rate",
    "holds": "released",
}
"""The value of a row that is told before and after; else the amount."""

_REFERRED = ("accounts", "products", "territories")
"""Tables whose rows concern those whose rows refer to them; told behind the others."""

Details = dict[str, dict[str, Any]]
Counts = dict[str, int]


def changed_rows(old: Run, new: Run, tables: Collection[str], people: Collection[str]) -> tuple[Details, Counts]:
    """How many rows of each table differ, and by person how many of them concern them, or somebody below them.

    The first of these are told. A fact counts only where a day of it lies in the days of the newer run.
    """
    engine = DuckDB()
    engine.load("concerns", _concerns(new, people))
    count: dict[str, int] = defaultdict(int)
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    counts: Counts = {}
    for name in sorted(tables, key=lambda one: (one in _REFERRED, list(TABLES).index(one))):
        pair = Pair(engine, name, *(Side(run.folder / "data", (str(new.start), str(new.end))) for run in (old, new)))
        if differ := pair.keep():
            counts[name] = differ
        for row in pair.of_people() if differ and people else ():
            count[row["who"]] += row["n"] if row["place"] == 1 else 0
            if len(rows[row["who"]]) < MOST:
                rows[row["who"]].append(_told(name, row))
    return {who: {"count": count[who], "rows": rows[who]} for who in rows}, counts


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
class Side:
    """What one of two runs read, and the days ``[start, end)`` that are compared."""

    folder: Path
    span: tuple[str, str]

    def rows(self, name: str, columns: Collection[str]) -> str:
        """The rows of a table with key, day, owner, whether they lie in the days, and all of the row as one text.

        ``columns`` are those that either side has: one that this side has not is empty in every row of it.
        """
        table, own = TABLES[name], self.columns(name)
        if not own:
            texts = ", ".join(f'CAST(NULL AS VARCHAR) AS "{one}"' for one in (*table.key, "_told", "_of", "_row"))
            return f"SELECT {texts}, CAST(NULL AS DATE) AS _day, FALSE AS _inside WHERE FALSE"
        keys = ", ".join(f'CAST(t."{one}" AS VARCHAR) AS "{one}"' for one in table.key)
        told = next((f't."{one}"' for one in (_TOLD.get(name), "amount") if one in own), "NULL")
        whole = ", ".join(f"t.{_quoted(one)}" if one in own else "NULL" for one in sorted(columns))
        return (
            f"SELECT {keys}, CAST({told} AS VARCHAR) AS _told, CAST({self._column(name, 'participant')} AS VARCHAR) "
            f"AS _of, CAST(ROW({whole}) AS VARCHAR) AS _row, CAST({self._day(name)} AS DATE) AS _day, "
            f"{self._inside(name)} AS _inside FROM {self._read(name)}"
        )

    def referring(self, name: str) -> Iterator[str]:
        """Whom rows of a table concern beside their owners: ``key`` and ``of`` of the rows that refer to them."""
        for other in TABLES.values() if name in _REFERRED else ():
            for column in other.columns:
                if column.refers_to == name and column.name in self.columns(other.name):
                    yield (
                        f'SELECT CAST(t."{column.name}" AS VARCHAR) AS key, {self._column(other.name, "participant")} '
                        f"AS of FROM {self._read(other.name)} WHERE {self._inside(other.name)}"
                    )
        if TABLES[name].is_fact and self.columns("splits"):
            yield (
                f"SELECT t.fact AS key, t.participant AS of FROM {self._read('splits')} "
                f"WHERE t.fact_table IN ('{name}', '{TABLES[name].parent or name}')"
            )

    def columns(self, name: str) -> set[str]:
        """The columns of a table as it was read; none where it was not."""
        file = self.folder / f"{name}.parquet"
        return set(pq.read_schema(file).names) if file.exists() else set()

    def _read(self, name: str) -> str:
        """The rows of a table as ``t``, beside them their parent's as ``p``."""
        parent = TABLES[name].parent
        if not parent or not self.columns(parent):
            return f"{_file(self.folder, name)} AS t"
        key = TABLES[parent].key[0]
        return f'{_file(self.folder, name)} AS t LEFT JOIN {_file(self.folder, parent)} AS p ON p."{key}" = t."{key}"'

    def _column(self, name: str, column: str) -> str:
        """A column of a table's rows, or of their parent's."""
        if column in self.columns(name):
            return f't."{column}"'
        return f'p."{column}"' if column in self.columns(TABLES[name].parent or "") else "NULL"

    def _day(self, name: str) -> str:
        """The day on which a row counts, where it has one."""
        return self._column(name, DEFAULT_DATE.get(name, ""))

    def _inside(self, name: str) -> str:
        """Whether a row may count in the days: it is no fact, has no day yet, or one of its days lies in them."""
        table = TABLES[name]
        if not table.is_fact:
            return "TRUE"
        begin, end = (f"DATE '{day}'" for day in self.span)
        own = [self._column(name, one.name) for one in table.columns if one.type == "date"]
        days = dict.fromkeys(f"CAST({one} AS DATE)" for one in (self._day(name), *own))
        within = [f"COALESCE({day} >= {begin} AND {day} < {end}, FALSE)" for day in days]
        return f"({self._day(name)} IS NULL OR {' OR '.join(within)})"


@dataclass(frozen=True)
class Pair:
    """A table as two runs read it: rows that differ by its key."""

    engine: DuckDB
    name: str
    old: Side
    new: Side

    def keep(self) -> int:
        """Find the rows that came, went or changed; how many there are."""
        key = TABLES[self.name].key
        same = " AND ".join(f'o."{one}" IS NOT DISTINCT FROM n."{one}"' for one in key)
        keys = ", ".join(f'COALESCE(n."{one}", o."{one}") AS "key_{one}"' for one in key)
        columns = self.old.columns(self.name) | self.new.columns(self.name)
        self.engine.rows(f"""
            CREATE OR REPLACE TEMP TABLE differing AS
            WITH o AS ({self.old.rows(self.name, columns)}), n AS ({self.new.rows(self.name, columns)})
            SELECT ROW_NUMBER() OVER () AS id, {keys}, COALESCE(n._day, o._day) AS day, o._told AS before,
                n._told AS after, o._of AS of_before, n._of AS of_after,
                CASE WHEN o._row IS NULL THEN 'came' WHEN n._row IS NULL THEN 'went' ELSE 'changed' END AS kind
            FROM o FULL JOIN n ON {same}
            WHERE o._row IS DISTINCT FROM n._row AND (COALESCE(o._inside, FALSE) OR COALESCE(n._inside, FALSE))
        """)
        return int(self.engine.rows("SELECT COUNT(*) AS n FROM differing")[0]["n"])

    def of_people(self) -> list[dict[str, Any]]:
        """The first of these rows for each person whom they concern, their own before others', and how many."""
        none = "SELECT CAST(NULL AS VARCHAR) AS key, CAST(NULL AS VARCHAR) AS of"
        referring = " UNION ".join([none, *self.old.referring(self.name), *self.new.referring(self.name)])
        return self.engine.rows(f"""
            WITH r AS ({referring}),
            w AS (
                SELECT id, c.who, c.of, CASE WHEN c.of = c.who THEN 1 ELSE 2 END AS rank
                FROM (SELECT id, of_before AS of FROM differing UNION SELECT id, of_after FROM differing) AS d
                JOIN concerns AS c ON c.of = d.of
                UNION ALL
                SELECT id, c.who, COALESCE(of_after, of_before, ''), 3
                FROM differing JOIN r ON r.key = "key_{TABLES[self.name].key[0]}" JOIN concerns AS c ON c.of = r.of),
            e AS (SELECT DISTINCT ON (who, id) * FROM w ORDER BY who, id, rank, of),
            f AS (
                SELECT *, COUNT(*) OVER (PARTITION BY who) AS n,
                    ROW_NUMBER() OVER (PARTITION BY who ORDER BY rank, day DESC, kind, of, id) AS place
                FROM e JOIN differing USING (id))
            SELECT * FROM f WHERE place <= {MOST} ORDER BY who, place
        """)


def _quoted(name: str) -> str:
    """A column's name in SQL: attributes are called as whoever wrote them liked."""
    return '"' + name.replace('"', '""') + '"'


def _file(folder: Path, name: str) -> str:
    return "read_parquet('" + str(folder / f"{name}.parquet").replace("'", "''") + "')"
