"""Halden Instruments, a company that does not exist: every table Attain reads, filled with two believable years."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq

from attain.demo import catalogue, orders, pipeline, prospecting, quotas
from attain.demo.people import Row, build_staff
from attain.tables import TABLES

MONEY, RATE = pa.decimal128(18, 2), pa.decimal128(9, 6)
TYPES = {"text": pa.string(), "date": pa.date32(), "decimal": MONEY, "integer": pa.int64()}
ATTRIBUTES = {
    "participants": {"base_salary": MONEY, "target_incentive": MONEY, "commission_rate": RATE}
    | dict.fromkeys(("region", "team", "email", "generated"), pa.string()),
    "products": {"unit_cost": MONEY},
    "orders": {"kind": pa.string(), "corrects": pa.string()},
    "order_lines": {"discount": RATE},
}
"""Columns of the demo company beyond those of `attain.tables`."""

README = """Halden Instruments is a generated company: no person, customer or order in it exists.

Made by attain.demo from seed {seed}; the same seed gives the same bytes. Amounts are in USD; orders, leads and
activities lie in the 24 months from 2025-01-01 up to (not including) 2027-01-01. One file per table:

{files}
"""


def generate(seed: int = 7) -> dict[str, pa.Table]:
    """Every table of `attain.tables` by its name, filled from the seed alone: no clock, nothing read."""
    staff = build_staff(_stream(seed, "people"))
    accounts = catalogue.account_rows(_stream(seed, "accounts"), staff)
    customers = catalogue.by_territory(accounts)
    deals = pipeline.build_deals(_stream(seed, "pipeline"), staff, customers)
    sales = orders.build_sales(_stream(seed, "orders"), staff, deals=deals, customers=customers)
    rows = {
        "participants": sorted(staff.participants, key=_by_participant),
        "reporting_lines": sorted(staff.reporting_lines, key=_by_participant),
        "territories": catalogue.territory_rows(),
        "coverage": sorted(staff.coverage, key=_by_participant),
        "accounts": accounts,
        "products": catalogue.product_rows(),
        "leads": prospecting.lead_rows(_stream(seed, "leads"), staff, deals),
        "opportunities": pipeline.opportunity_rows(deals),
        "stage_history": pipeline.stage_rows(deals),
        "activities": prospecting.activity_rows(_stream(seed, "activities"), staff, deals, customers),
        "orders": orders.order_rows(sales),
        "order_lines": orders.line_rows(sales),
        "splits": orders.split_rows(_stream(seed, "splits"), staff, sales),
        "quotas": quotas.quota_rows(staff),
        "assignments": [],  # its plans say by title who is on them
        "adjustments": [],
        "cancellations": [],
        "relationships": [],
        "exchange_rates": [],
        "holds": [],
        "paid": [],
        "quota_adjustments": [],
        "objectives": [],
    }
    return {name: _table(name, rows[name], seed) for name in TABLES}


def write(folder: Path, *, seed: int = 7) -> None:
    """Write one Parquet file per table and a README.txt; the folder appears whole or not at all.

    An earlier demo in the folder is replaced; a folder that holds anything else is left as it is: FileExistsError.
    """
    tables, folder = generate(seed), folder.resolve()
    if folder.exists() and not _may_be_replaced(folder):
        raise FileExistsError(f"{folder} holds other files than the demo company's. Name a new or an empty folder.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging, earlier = (folder.with_name(f".{folder.name}-{word}-{os.getpid()}") for word in ("new", "earlier"))
    try:
        _fill(staging, tables, seed)
        if folder.exists():
            folder.rename(earlier)
        staging.rename(folder)
    except BaseException:
        if earlier.exists():
            earlier.rename(folder)
        raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    shutil.rmtree(earlier, ignore_errors=True)


def _may_be_replaced(folder: Path) -> bool:
    """Whether the folder is empty, or an earlier demo and nothing else; anyone's own orders.parquet stays."""
    names, readme = {path.name for path in folder.iterdir()}, folder / "README.txt"
    is_demo = readme.is_file() and readme.read_text(encoding="utf-8", errors="replace").startswith(README[:30])
    return not names or (is_demo and names <= {"README.txt", *(f"{name}.parquet" for name in TABLES)})


def _fill(folder: Path, tables: dict[str, pa.Table], seed: int) -> None:
    folder.mkdir()
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
    files = "\n".join(f"{name + '.parquet':24}{table.num_rows:>7,} rows" for name, table in tables.items())
    (folder / "README.txt").write_text(README.format(seed=seed, files=files), encoding="utf-8")


def _stream(seed: int, word: str) -> Random:
    # A stream of its own for each part of the company, so that a change in one does not redraw the others.
    return Random(f"{seed} {word}")  # noqa: S311  # a demo, no secret


def _by_participant(row: Row) -> tuple[object, object]:
    return row["participant"], row["start"]


def _table(name: str, rows: list[Row], seed: int) -> pa.Table:
    types = {column.name: TYPES[column.type] for column in TABLES[name].columns} | ATTRIBUTES.get(name, {})
    if name == "splits":
        types["share"] = RATE
    metadata = {"attain.generated": f"Halden Instruments, seed {seed}"}
    return pa.Table.from_pylist(rows, schema=pa.schema(list(types.items()), metadata=metadata))
