"""Real exports of CRM systems are read whole, with mappings of a few lines."""

import gzip
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from attain.engines.duckdb import DuckDB
from attain.engines.engine import template
from attain.errors import AttainError
from attain.sources.files import ROW, read_text
from attain.sources.load import Loaded, load, settle
from attain.sources.mapping import read_mapping


def loaded(folder: Path, mapping: str, *tables: str) -> tuple[DuckDB, Loaded]:
    engine = DuckDB()
    found = load(engine, folder, tables, mapping=read_mapping(mapping))
    settle(engine, found)
    return engine, found


def ask(engine: DuckDB, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = engine.fetch(template(query)).to_pylist()
    return found


def test_every_csv_of_every_set_can_be_read(shared: Path) -> None:
    refused = {}
    for file in sorted([*(shared / "data").rglob("*.csv"), *(shared / "data").rglob("*.csv.gz")]):
        encoding = "latin-1" if file.name == "accountData.csv" else "utf-8"
        delimiter = "!" if file.name == "csvSeparator.csv" else ","
        try:
            table, faults = read_text(file, encoding=encoding, delimiter=delimiter)
        except AttainError as error:
            refused[file.name] = error.faults[0].message
            continue
        assert table.num_rows, file
        assert not faults, file
    # Marked as UTF-16 and written in UTF-32: nobody can know.
    assert refused == dict.fromkeys(("csvtext_BOM_UTF32BE.csv", "csvtext_BOM_UTF32LE.csv"), "it holds a NUL character")


ZOHO = """
mapping: Zoho CRM
tables:
  opportunities:
    file: Potentials.csv.gz
    columns:
      opportunity: {formula: "\\"Potential Name\\" || ' ' || \\"Created Time\\" || ' ' || LEADID"}
      participant: Potential Owner
      stage: {column: Stage, aliases: {Closed Won: won, Closed Lost: lost}}
      amount: {column: Amount, thousands: ',', strip: [$]}
      created_date: {column: Created Time, format: '%d %b, %Y %H:%M:%S'}
      close_date: {column: Closing Date, format: '%d %b, %Y %H:%M:%S'}
      probability: {column: Probability, type: integer}
  activities:
    file: Calls.csv.gz
    columns:
      activity: TASKID
      participant: Call Owner
      kind: {value: call}
      date: Call Start Time
      minutes: Call Duration (in minutes)
  orders:
    file: Sales_Orders.csv.gz
    columns:
      order: SALESORDERID
      participant: Sales Order Owner
      date: {column: Created Time, format: '%d-%m-%Y %H:%M'}
      amount: {column: Sub Total, thousands: ','}
"""


def test_zoho(shared: Path) -> None:
    engine, found = loaded(shared / "data/zoho_crm", ZOHO, "opportunities", "activities", "orders")
    assert found.rows["opportunities"] == 3632
    (first,) = ask(engine, f"SELECT * FROM opportunities WHERE {ROW} = 2")
    assert first["amount"] == Decimal(22700)
    assert (first["created_date"], first["close_date"]) == (date(2021, 4, 15), date(2021, 4, 16))
    assert {one.check for one in found.faults if one.severity == "error"} <= {
        "duplicate-key",
        "empty-value",
        "wrong-type",
    }
    assert {one.check for one in found.faults if one.table == "activities"} <= {"empty-reference"}
    for one in found.faults:
        assert one.row, one
        assert one.advice, one


NORTHWIND = """
mapping: Northwind
tables:
  participants:
    file: Employees.csv
    columns:
      participant: EmployeeID
      name: {formula: "FirstName || ' ' || LastName"}
      title: Title
      hired: {column: HireDate, type: date, format: '%m/%d/%Y'}
  reporting_lines:
    file: Employees.csv
    columns: {participant: EmployeeID, manager: ReportsTo}
  accounts:
    file: Customers.csv
    columns: {account: CustomerID, name: CompanyName}
  products:
    file: Products.csv
    columns: {product: ProductID, name: ProductName, list_price: UnitPrice}
  orders:
    file: Orders.csv
    columns:
      order: OrderID
      participant: EmployeeID
      account: CustomerID
      date: {column: OrderDate, format: '%m/%d/%Y'}
      amount: Freight
  order_lines:
    file: OrderDetails.csv
    columns:
      order: OrderID
      line: ProductID
      product: ProductID
      quantity: Quantity
      amount: UnitPrice
      discount: {column: Discount, type: decimal}
"""


def test_northwind(shared: Path) -> None:
    tables = ("participants", "reporting_lines", "accounts", "products", "orders", "order_lines")
    engine, found = loaded(shared / "data/northwind", NORTHWIND, *tables)
    assert found.rows["orders"] == 830
    assert found.rows["order_lines"] == 2155
    assert not [one for one in found.faults if one.severity == "error"]
    (first,) = ask(engine, "SELECT * FROM orders WHERE \"order\" = '10248'")
    assert (first["date"], first["amount"], first["account"]) == (date(1996, 7, 4), Decimal("32.38"), "VINET")


def test_the_wide_targets_of_adventureworks(shared: Path) -> None:
    table, faults = read_text(shared / "data/adventureworks_dw/ResellerSalesTargets.csv")
    assert table.column_names[:4] == ["Year", "EmployeeID", "M01", "M02"]
    assert table.slice(0, 1).select(["M01", "M02", "M12", ROW]).to_pylist() == [
        {"M01": "", "M02": "NULL", "M12": "800", ROW: 2}
    ]
    assert not faults


@pytest.mark.parametrize("name", ["csvtext", "csvtext_BOM_UTF8", "csvtext_BOM_UTF16LE", "csvtext_BOM_UTF16BE"])
def test_the_edge_cases_of_data_loader(shared: Path, name: str) -> None:
    table, faults = read_text(shared / f"data/salesforce_dataloader/edge_cases/{name}.csv")
    assert table.to_pylist()[0] == {"column1": "row1-1", "column2": "row1-2", "column3": "row1-3", ROW: 2}
    assert not faults


def test_quotes_and_separators_of_data_loader(shared: Path) -> None:
    folder = shared / "data/salesforce_dataloader/edge_cases"
    table, _ = read_text(folder / "csvEscapedQuotes.csv")
    assert table["column1"].to_pylist() == ['"The Best" Account', 'The "Best" Account']
    table, _ = read_text(folder / "csvSeparator.csv", delimiter="!")
    assert table.column_names == ["column1,column2", "some,column3", ROW]


@pytest.mark.parametrize(
    "name", ["dateEndingInZ", "dateOnlyWithTimeZone", "dateUsingDefaultTimeZone", "dateWithTimeZone"]
)
def test_dates_of_data_loader(shared: Path, name: str) -> None:
    mapping = (
        "mapping: Data Loader\ntables:\n  accounts:\n    file: " + name + ".csv\n"
        "    columns: {account: ACCOUNTNUMBER__C, name: NAME, since: {column: DATE_ONLY, type: date}}\n"
    )
    engine, found = loaded(shared / "data/salesforce_dataloader/edge_cases", mapping, "accounts")
    assert {row["since"] for row in ask(engine, "SELECT since FROM accounts")} == {date(2010, 10, 14)}
    assert not found.faults


def test_opportunities_of_data_loader_and_accounts_in_latin_1(shared: Path) -> None:
    mapping = """
mapping: Salesforce
tables:
  accounts:
    file: accountData.csv
    encoding: latin-1
    columns: {account: ID, name: NAME}
  opportunities:
    file: opportunityData.csv
    columns:
      opportunity: ID
      participant: OWNERID
      account: ACCOUNTID
      stage: {column: STAGENAME, aliases: {Closed Won: won, Closed Lost: lost}}
      amount: AMOUNT
      created_date: CREATEDDATE
      close_date: CLOSEDATE
"""
    _, found = loaded(shared / "data/salesforce_dataloader", mapping, "accounts", "opportunities")
    assert found.rows == {"accounts": 423, "opportunities": 38}
    assert not [one for one in found.faults if one.severity == "error"]


def test_a_packed_set_is_fingerprinted_as_it_lies(shared: Path) -> None:
    _, found = loaded(shared / "data/zoho_crm", ZOHO, "activities")
    assert list(found.fingerprints) == ["Calls.csv.gz"]
    with gzip.open(shared / "data/zoho_crm/Calls.csv.gz") as opened:
        assert opened.read(6) == b"TASKID"
