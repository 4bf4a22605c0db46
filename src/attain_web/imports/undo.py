"""A batch goes back out: rows it made are removed, rows it changed are as before, what others changed since is left."""

from __future__ import annotations

from django.db import connection

from attain_web.access.models import ImportBatch
from attain_web.bridge import columns_of
from attain_web.rows.table import RowTable, row_tables

LISTED = 1_000
"""Rows that are told one by one of those that were left."""


def take_back(table: RowTable, batch: ImportBatch, user: int | None) -> dict[str, int | list[str]]:
    """Undo what a batch did to a table; how many rows were removed, restored and left, and which were left."""
    model, events = table.model._meta.db_table, table.events._meta.db_table
    fields = [f'"{name}"' for name in columns_of(table.schema, table.model)]
    key = " || '/' || ".join(f"coalesce(t.\"{name}\"::text, '')" for name in table.schema.key)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.touched")
        # The first version of a row that holds the batch says what the batch did; later ones may be restorings of it.
        cursor.execute(
            "CREATE TEMP TABLE touched ON COMMIT DROP AS SELECT DISTINCT ON (pgh_obj_id) pgh_obj_id AS id, "
            f"pgh_id, pgh_label FROM {events} WHERE batch_id = %s AND pgh_label <> 'removed' "
            "ORDER BY pgh_obj_id, pgh_id",
            [batch.pk],
        )
        cursor.execute("ANALYZE touched")
        kept = _still_named(table)
        cursor.execute(
            f"SELECT {key} FROM {model} AS t JOIN touched USING (id) WHERE t.batch_id IS DISTINCT FROM %s "
            f"OR (pgh_label = 'made' AND ({kept})) ORDER BY 1",
            [batch.pk],
        )
        left = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            f"DELETE FROM {model} AS t USING touched WHERE t.id = touched.id AND t.batch_id = %s "
            f"AND pgh_label = 'made' AND NOT ({kept})",
            [batch.pk],
        )
        removed = cursor.rowcount
        sets = ", ".join(f"{name} = e.{name}" for name in [*fields, "attributes", "batch_id"])
        cursor.execute(
            f"UPDATE {model} AS t SET {sets}, changed_by_id = %s, changed_at = now() FROM touched "
            f"CROSS JOIN LATERAL (SELECT * FROM {events} AS before WHERE before.pgh_obj_id = touched.id "
            "AND before.pgh_id < touched.pgh_id ORDER BY before.pgh_id DESC LIMIT 1) AS e "
            "WHERE t.id = touched.id AND t.batch_id = %s AND touched.pgh_label = 'changed'",
            [user, batch.pk],
        )
        return {"removed": removed, "restored": cursor.rowcount, "kept": len(left), "kept_rows": left[:LISTED]}


def _still_named(table: RowTable) -> str:
    """Whether other tables name a participant who would be gone: the rows that do would be nobody's."""
    if table.name != "participants":
        return "false"
    model = table.model._meta.db_table
    named = [
        f'SELECT 1 FROM {other.model._meta.db_table} AS o WHERE o."{column.name}" = t.participant'
        for other in row_tables().values()
        for column in other.schema.columns
        if column.refers_to == "participants"
    ]
    stays = f"SELECT 1 FROM {model} AS v WHERE v.participant = t.participant AND v.id NOT IN (SELECT id FROM touched)"
    return f"NOT EXISTS ({stays}) AND ({' OR '.join(f'EXISTS ({one})' for one in named)})"
