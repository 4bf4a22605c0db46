"""The company as it stood on the evening of a day: nothing later is known, and deals decided later are open still."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

HAPPENS = {
    "leads": "created_date",
    "opportunities": "created_date",
    "stage_history": "date",
    "activities": "date",
    "orders": "date",
}
"""The day on which a row becomes known, by table; the other tables are known beforehand, or follow their orders."""


def as_of(tables: dict[str, pa.Table], day: date) -> dict[str, pa.Table]:
    """Every table without what came after the day; an opportunity is in the last stage that it had reached."""
    known = {
        name: table.filter(pc.field(HAPPENS[name]) <= day) if name in HAPPENS else table
        for name, table in tables.items()
    }
    orders = known["orders"]["order"]
    known["order_lines"] = known["order_lines"].filter(pc.field("order").isin(orders))
    known["splits"] = known["splits"].filter(pc.field("fact").isin(orders) | (pc.field("fact_table") != "orders"))
    history = known["stage_history"]
    reached = dict(zip(history["opportunity"].to_pylist(), history["stage"].to_pylist(), strict=True))
    deals = known["opportunities"]
    stages = pa.array([reached[key] for key in deals["opportunity"].to_pylist()], pa.string())
    known["opportunities"] = deals.set_column(deals.column_names.index("stage"), "stage", stages)
    known["leads"] = _unconverted(known["leads"], day)
    return known


def _unconverted(leads: pa.Table, day: date) -> pa.Table:
    """Leads that were converted after the day are being worked on."""
    later = pc.fill_null(pc.greater(leads["converted_date"], day), fill_value=False)
    for name, value in (("status", "working"), ("converted_date", None), ("opportunity", None)):
        column = leads[name]
        told = pc.if_else(later, pa.scalar(value, column.type), column)
        leads = leads.set_column(leads.column_names.index(name), leads.schema.field(name), told)
    return leads


def write_as_of(company: Path, folder: Path, day: date) -> None:
    """Write a company that lies in one folder, as it stood on a day, into another, which must exist."""
    tables = {file.stem: pq.read_table(file) for file in sorted(company.glob("*.parquet"))}
    for name, table in as_of(tables, day).items():
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
