"""What is suggested for a file's headers."""

from __future__ import annotations

from pathlib import Path

import pytest

from attain.sources.mapping import read_mapping
from attain_web.imports.suggest import suggested, suggested_table


@pytest.mark.parametrize(
    "header",
    [
        "participant_id",
        "participant id",
        "ParticipantID",
        "rep_id",
        "owner_id",
        "owner",
        "sales_rep",
        "seller",
        "employee_id",
    ],
)
@pytest.mark.parametrize("table", ["orders", "accounts", "opportunities", "activities", "leads", "quotas", "splits"])
def test_the_one_participant_of_a_row_is_found_by_any_of_its_names(tmp_path: Path, header: str, table: str) -> None:
    (tmp_path / "rows.csv").write_text(f"order_id,account_id,{header},amount\nO-1,A-1,alice,1\n", encoding="utf-8")
    columns = suggested_table(tmp_path, "rows.csv", table)["columns"]
    assert columns["participant"] == header
    assert table != "orders" or (columns["order"], columns["account"]) == ("order_id", "account_id")


def test_of_two_participants_each_is_told_by_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "lines.csv").write_text("participant_id,manager_id,owner\nalice,ann,x\n", encoding="utf-8")
    columns = suggested_table(tmp_path, "lines.csv", "reporting_lines")["columns"]
    assert columns == {"participant": "participant_id", "manager": "manager_id", "owner": "owner"}


@pytest.mark.parametrize(
    ("headers", "table", "columns"),
    [
        (
            "Order No,Rep,Customer,Day,Value,Curr",
            "orders",
            {
                "order": "Order No",
                "participant": "Rep",
                "account": "Customer",
                "date": "Day",
                "amount": "Value",
                "currency": "Curr",
            },
        ),
        (
            "Deal ID,Owner,Stage,Amount,Close Date",
            "opportunities",
            {
                "opportunity": "Deal ID",
                "participant": "Owner",
                "stage": "Stage",
                "amount": "Amount",
                "close_date": "Close Date",
            },
        ),
    ],
)
def test_a_file_without_a_telling_name_fills_the_table_that_its_headers_complete(
    tmp_path: Path, headers: str, table: str, columns: dict[str, str]
) -> None:
    (tmp_path / "export.csv").write_text(f"{headers}\n{',' * headers.count(',')}\n", encoding="utf-8")
    tables = read_mapping(suggested(tmp_path, ["export.csv"])).tables
    assert [*tables] == [table]
    assert {name: one.column for name, one in tables[table].columns.items()} == columns
