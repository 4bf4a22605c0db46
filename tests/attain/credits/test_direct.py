"""Direct credit: who shares in a fact, told with the share as people write it."""

from decimal import Decimal

import pyarrow as pa
import pytest

from attain.engines.engine import template
from attain.plans.lines import credits_query
from attain.run import run_plan
from attain.testing import tables
from tests.attain.small import ENGINE, LINES, PEOPLE, order, plan

PAY = {"name": "C", "measure": "bookings", "every": "year", "pays": "flat_rate", "rate": "10 %"}


@pytest.mark.parametrize("kind", [pa.int64(), pa.decimal128(9, 6)])
def test_a_share_keeps_its_zeros(kind: pa.DataType) -> None:
    splits = pa.table(
        {
            "fact_table": ["orders"] * 2,
            "fact": ["1"] * 2,
            "participant": ["ann", "dan"],
            "share": pa.array([Decimal(60), Decimal(40)]).cast(kind),
        }
    )
    orders = [order("1", "ann", "2026-01-05", "100")]
    held = tables({"participants": PEOPLE, "reporting_lines": LINES, "orders": orders})
    result = run_plan(plan(PAY), {**held, "splits": splits}, engine=ENGINE)
    rows = ENGINE.rows(template("SELECT DISTINCT reason FROM credits AS c", credits=credits_query(result.compiler)))
    assert {row["reason"] for row in rows} == {"60 % of orders 1", "40 % of orders 1"}
