"""Participants by version: what was known about each on every day, with the territory that coverage gives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Any

import pyarrow as pa

from attain.tables import EVER, NEVER


def participant_versions(participants: pa.Table, coverage: pa.Table) -> pa.Table:
    """One row per participant and stretch ``[start, end)`` in which nothing changes; both dates always filled.

    A participant who has rows in coverage has the territory of the day from there, and none on days without a row.
    """
    covered: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in coverage.to_pylist():
        covered[row["participant"]].append(row)
    dated = [version for row in participants.to_pylist() for version in _cut(row, covered.get(row["participant"]))]
    schema = participants.schema
    for name in ("start", "end"):
        schema = schema.set(schema.get_field_index(name), pa.field(name, pa.date32()))
    return pa.Table.from_pylist(dated, schema=schema)


def _cut(row: dict[str, Any], coverage: list[dict[str, Any]] | None) -> Iterator[dict[str, Any]]:
    """A participant's row, cut where their coverage changes."""
    start, end = row["start"] or EVER, row["end"] or NEVER
    if coverage is None:
        yield {**row, "start": start, "end": end}
        return
    cuts = {day for one in coverage for day in (one["start"] or EVER, one["end"] or NEVER) if start < day < end}
    days = [start, *sorted(cuts), end]
    for since, until in pairwise(days):
        yield {**row, "start": since, "end": until, "territory": _territory(coverage, since)}


def _territory(coverage: list[dict[str, Any]], day: date) -> str | None:
    return next((one["territory"] for one in coverage if (one["start"] or EVER) <= day < (one["end"] or NEVER)), None)
