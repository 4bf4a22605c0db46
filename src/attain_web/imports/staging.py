"""A table's new rows, staged beside it: which make, change or leave a row, and how they come in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import connection
from django.utils.translation import gettext as _

from attain_web.access.models import ImportBatch
from attain_web.bridge import columns_of, copy_in
from attain_web.rows.table import RowTable

_TYPES = {"text": "text", "date": "date", "decimal": "numeric", "integer": "numeric"}

OUTCOMES = ("made", "changed", "left", "refused")


@dataclass(frozen=True)
class Staged:
    """New rows of a table in ``stage_…``, each with its outcome in ``outcome_…``.

    ``columns`` are those that the file fills; the others of a row that is there already stay as they are. ``match`` are
    the columns by which a row is found again: the table's key, or others whose values stand once.
    """

    table: RowTable
    columns: tuple[str, ...]
    match: tuple[str, ...]

    @property
    def stage(self) -> str:
        """Name of the table with the new rows."""
        return f"stage_{self.table.name}"

    @property
    def outcome(self) -> str:
        """Name of the table with what becomes of each."""
        return f"outcome_{self.table.name}"

    @property
    def target(self) -> str:
        """Name of the table itself."""
        return self.table.model._meta.db_table


def stage(staged: Staged, file: Path, told: Callable[[int], None]) -> None:
    """Bring the rows of a file beside the table, and find out what becomes of each."""
    columns = ", ".join(f'"{name}" {_type(staged, name)}' for name in staged.columns)
    with connection.cursor() as cursor:
        for name in (staged.stage, staged.outcome):
            cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
        cursor.execute(f"CREATE TEMP TABLE {staged.stage} (_row bigint, {columns}, attributes jsonb) ON COMMIT DROP")
        copy_in(staged.stage, file, told)
        cursor.execute(f"ANALYZE {staged.stage}")
        cursor.execute(_outcomes(staged))
        cursor.execute(f"ANALYZE {staged.outcome}")


def _type(staged: Staged, name: str) -> str:
    column = staged.table.columns.get(name)
    return _TYPES[column.type] if column else "text"


def _outcomes(staged: Staged) -> str:
    """What becomes of each row, and which row it meets."""
    same = " AND ".join(_equal(staged, name, "t", "s") for name in staged.match)
    differs = " OR ".join([*(_differs(name) for name in _values(staged)), "t.attributes IS DISTINCT FROM " + _MERGED])
    by_key = staged.match == staged.table.schema.key
    once = "" if by_key else "DISTINCT ON (s._row)"
    refusals = {} if by_key else _refusals(staged)
    refused = "".join(f"WHEN {condition} THEN 'refused' " for condition in refusals)
    told = "".join(f" WHEN {condition} THEN {_text(words)}" for condition, words in refusals.items())
    return f"""
        CREATE TEMP TABLE {staged.outcome} ON COMMIT DROP AS
        SELECT {once} s._row, t.id AS met,
               CASE {refused}WHEN t.id IS NULL THEN 'made' WHEN {differs} THEN 'changed'
                    ELSE 'left' END AS outcome, {f"CASE{told} END" if told else "NULL::text"} AS told
        FROM {staged.stage} AS s LEFT JOIN {staged.target} AS t ON {same}
        {"" if by_key else "ORDER BY s._row"}
    """


def _text(words: str) -> str:
    """Words as they stand in a query."""
    return "'" + words.replace("'", "''") + "'"


_MERGED = "jsonb_strip_nulls(t.attributes || s.attributes)"


def _refusals(staged: Staged) -> dict[str, str]:
    """Conditions under which a row cannot be brought in by columns other than the key, by what is told of each."""
    partition = ", ".join(f's."{name}"' for name in staged.match)
    by = ", ".join(staged.match)
    told = {
        f"t.id IS NOT NULL AND count(*) OVER (PARTITION BY {partition}) > 1": _(
            "%(columns)s: more than one row of the file, or of the table, has these values"
        )
        % {"columns": by}
    }
    for column in staged.table.schema.columns:
        if column.required and column.name in staged.columns:
            told[f't.id IS NULL AND s."{column.name}" IS NULL'] = _(
                "%(columns)s: no row of the table has these values, and a new one needs %(column)s"
            ) % {"columns": by, "column": column.name}
    key = " AND ".join(_equal(staged, name, "o", "s") for name in staged.table.schema.key if name in staged.columns)
    if key:
        told[
            f"t.id IS DISTINCT FROM (SELECT o.id FROM {staged.target} AS o WHERE {key}) "
            f"AND EXISTS (SELECT 1 FROM {staged.target} AS o WHERE {key})"
        ] = _("%(key)s: it is the key of another row than the one found by %(columns)s") % {
            "columns": by,
            "key": ", ".join(staged.table.schema.key),
        }
    return told


def _equal(staged: Staged, name: str, one: str, other: str) -> str:
    column = staged.table.columns.get(name)
    is_plain = column is None or column.required or name not in staged.table.schema.key
    return f'{one}."{name}" {"=" if is_plain else "IS NOT DISTINCT FROM"} {other}."{name}"'


def _values(staged: Staged) -> list[str]:
    """The columns whose values a file gives to a row that is there; its key stays its own where others found it."""
    key = staged.table.schema.key
    return [name for name in staged.columns if name not in (*staged.match, *key)]


def _differs(name: str) -> str:
    return f't."{name}" IS DISTINCT FROM s."{name}"'


def counts(staged: Staged) -> dict[str, int]:
    """How many rows are made, changed, left and refused."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT outcome, count(*) FROM {staged.outcome} GROUP BY 1")
        return dict.fromkeys(OUTCOMES, 0) | dict(cursor.fetchall())


def written_keys(staged: Staged) -> list[str]:
    """The different values in the first column of the key of rows that will be made or changed."""
    key = staged.table.schema.key[0]
    if key not in staged.columns:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT DISTINCT s."{key}" FROM {staged.stage} AS s JOIN {staged.outcome} AS o USING (_row) '
            "WHERE o.outcome IN ('made', 'changed') ORDER BY 1"
        )
        return [row[0] for row in cursor.fetchall()]


def bring_in(staged: Staged, batch: ImportBatch, user: int | None, told: Callable[[int], None]) -> None:
    """Make the rows that are new and change those that differ; each then holds its batch, and who and when.

    Tells how many per cent are done.
    """
    change, make = _changes(staged), _makes(staged)
    book = [batch.pk, user]
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE INDEX ON {staged.stage} (_row)")
        cursor.execute(f"SELECT coalesce(max(_row), 0) FROM {staged.stage}")
        last = cursor.fetchone()[0]
        for first in range(0, last + 1, _AT_ONCE):
            part = [first, first + _AT_ONCE]
            cursor.execute(change, [*book, *part])
            cursor.execute(make, [*book, *part, *book])
            told(100 * min(first + _AT_ONCE, last) // max(last, 1))


def _changes(staged: Staged) -> str:
    sets = [*(f'"{name}" = s."{name}"' for name in _values(staged)), f"attributes = {_MERGED}", _KEPT]
    return (
        f"UPDATE {staged.target} AS t SET {', '.join(sets)} "
        f"FROM {staged.stage} AS s JOIN {staged.outcome} AS o USING (_row) "
        "WHERE t.id = o.met AND o.outcome = 'changed' AND s._row >= %s AND s._row < %s"
    )


def _makes(staged: Staged) -> str:
    columns = [f'"{name}"' for name in staged.columns]
    key = ", ".join(f'"{name}"' for name in staged.table.schema.key)
    # Somebody may have made the same row in this very moment: then it is changed.
    also = [*(f'"{name}" = EXCLUDED."{name}"' for name in _values(staged)), f"attributes = {_ALSO}", _KEPT]
    return (
        f"INSERT INTO {staged.target} AS t ({', '.join(columns)}, attributes, batch_id, changed_by_id, changed_at) "
        f"SELECT {', '.join(f's.{name}' for name in columns)}, jsonb_strip_nulls(s.attributes), %s, %s, now() "
        f"FROM {staged.stage} AS s JOIN {staged.outcome} AS o USING (_row) "
        "WHERE o.outcome = 'made' AND s._row >= %s AND s._row < %s ORDER BY s._row "
        f"ON CONFLICT ({key}) DO UPDATE SET {', '.join(also)}"
    )


_AT_ONCE = 100_000
"""Rows that one statement brings in."""
_KEPT = "batch_id = %s, changed_by_id = %s, changed_at = now()"
_ALSO = "t.attributes || EXCLUDED.attributes"


def columns_filled(table: RowTable, names: Sequence[str]) -> tuple[str, ...]:
    """The columns of the database that a file fills; what it has not of the key is empty, as in "since ever"."""
    wanted = {*names, *table.schema.key}
    return tuple(name for name in columns_of(table.schema, table.model) if name in wanted)
