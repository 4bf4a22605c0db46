"""Two real companies come in; the library says of the database's rows what it says of the files."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from attain.plans.document import read_plan
from attain.run import run_plan
from attain.sources.mapping import read_mapping
from attain_web.access.models import ImportBatch
from attain_web.access.viewer import SYSTEM
from attain_web.bridge import arrow_of
from attain_web.imports.services import load_files
from attain_web.rows.queries import visible
from attain_web.rows.table import row_tables

pytestmark = pytest.mark.django_db

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


def bring_in(example: str, data: Path) -> dict[str, ImportBatch]:
    batches = load_files(SYSTEM, data, read_mapping(EXAMPLES / example / "mapping.yaml"))
    return {batch.table: batch for batch in batches}


def database() -> dict[str, pa.Table]:
    return {name: arrow_of(one.schema, visible(one, SYSTEM)) for name, one in row_tables().items()}


def rows_of(example: str, name: str) -> list[dict[str, Any]]:
    data = {table: rows for table, rows in database().items() if rows.num_rows}
    run = run_plan(read_plan(EXAMPLES / example / "plan.yaml"), data)
    rows: list[dict[str, Any]] = run.table(name).to_pylist()
    return rows


def total(rows: list[dict[str, Any]], column: str) -> Decimal:
    return sum((Decimal(row[column] or 0) for row in rows), Decimal(0))


def test_adventureworks_has_the_same_totals_from_the_database(shared: Path) -> None:
    batches = bring_in("adventureworks", shared / "data" / "adventureworks_oltp")
    assert batches["orders"].told["made"] == 3806
    assert batches["quotas"].told["made"] == 163
    assert {batch.told["refused"] for batch in batches.values()} == {0}
    rows = [row for row in rows_of("adventureworks", "attainment") if row["measure"] == "bookings"]
    assert len(rows) == 163
    assert round(total(rows, "value"), 2) == Decimal("80487704.18")
    assert total(rows, "quota") == 95_714_000
    pay = total(rows_of("adventureworks", "earnings"), "amount")
    assert pay == Decimal("511232.16")


def test_maven_has_the_same_totals_from_the_database(shared: Path) -> None:
    batches = bring_in("maven", shared / "data" / "maven_crm")
    assert batches["opportunities"].told["made"] == 8800
    told = {(one["check"], one["column"]): one["rows"] for one in batches["opportunities"].told["faults"]}
    assert told["alias", "product"] == 1480
    assert told["empty-reference", "account"] == 1425
    rows = rows_of("maven", "measures")
    assert total([row for row in rows if row["measure"] == "won_deals"], "value") == 4238
    assert total([row for row in rows if row["measure"] == "won_value"], "value") == 10_005_534
