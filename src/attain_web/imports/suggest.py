"""A mapping suggested from headers: names as CRM exports write them, and how dates are written in the first rows."""

from __future__ import annotations

import gzip
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from pathlib import Path
from typing import Any
from zlib import error

import duckdb

from attain.columns import Table
from attain.errors import AttainError
from attain.sources.files import ROW
from attain.sources.texts import is_iso_date, literal
from attain.tables import TABLES
from attain_web.imports.heads import head
from attain_web.imports.written import dumped
from attain_web.rows.table import row_tables

_FORMATS = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d", "%d %b, %Y %H:%M:%S", "%m/%d/%Y %H:%M")

_ALIASES: dict[str, dict[str, str]] = {
    "participants": {
        "participant": "id userid employeeid employeekey businessentityid salesagent agent rep salesrep seller",
        "name": "fullname username displayname salesagent",
        "title": "jobtitle position",
        "territory": "territoryid",
    },
    "reporting_lines": {
        "participant": "employee employeeid repid userid",
        "manager": "managerid reportsto reportstoid parentemployeekey",
    },
    "territories": {"territory": "territoryid id", "name": "territoryname", "region": "group"},
    "coverage": {
        "participant": "businessentityid userid",
        "territory": "territoryid",
        "start": "startdate",
        "end": "enddate",
    },
    "accounts": {
        "account": "id accountid recordid companyid organizationid customerid accountnumber accountname",
        "name": "accountname companyname organization nombredelaempresa",
        "industry": "sector",
        "participant": "ownerid owner accountowner companyowner",
        "territory": "territoryid territory2id",
    },
    "products": {
        "product": "id productid productcode sku productname",
        "name": "productname",
        "family": "series category productfamily",
        "list_price": "listprice unitprice salesprice price",
    },
    "opportunities": {
        "opportunity": "id opportunityid recordid dealid dealtitle dealname opportunityname potentialname idderegistro",
        "participant": "ownerid owner opportunityowner dealowner potentialowner salesagent hubspotownerid",
        "account": "accountid accountname organization organizationid associatedcompanyprimary dealorganization",
        "product": "productid productname",
        "stage": "stagename dealstage status",
        "amount": "value dealvalue closevalue totalamount",
        "currency": "currencyisocode amountcurrency dealcurrencyofvalue currencyofvalue dealcurrencycode",
        "created_date": "createddate createdate createdtime engagedate dealdealcreated fechadecreacion",
        "close_date": "closedate closingdate expectedclosedate dealexpectedclosedate dealclosedon dealdealclosedon",
        "territory": "territory2id territoryid",
    },
    "activities": {
        "activity": "id activityid taskid eventid",
        "participant": "ownerid owner assignedtouser activityassignedtouser",
        "kind": "type tasksubtype eventsubtype activitytype",
        "date": "activitydate duedate activityduedate startdatetime completeddatetime",
        "account": "accountid",
        "opportunity": "whatid opportunityid",
    },
    "orders": {
        "order": "id orderid ordernumber salesordernumber invoiceid",
        "participant": "ownerid owner salespersonid salesperson employeeid salesrep",
        "account": "accountid customerid customer client accountname customername",
        "territory": "territoryid",
        "date": "orderdate invoicedate bookingdate day",
        "amount": "subtotal total totalamount netamount ordervalue value revenue net",
        "cost": "totalcost",
        "currency": "currencycode curr",
        "opportunity": "opportunityid",
    },
    "order_lines": {
        "order": "orderid salesordernumber ordernumber",
        "line": "lineid linenumber salesorderlinenumber productid",
        "product": "productid productkey",
        "quantity": "qty orderquantity",
        "amount": "linetotal sales extendedprice",
        "cost": "totalproductcost",
    },
    "quotas": {
        "participant": "businessentityid ownerid userid employeeid",
        "measure": "measurename",
        "start": "quotadate startdate periodstart",
        "end": "enddate periodend",
        "quota": "salesquota target targetamount",
    },
}
"""Headers as exports write them, by table and column, in small letters without signs."""

_PARTICIPANT = (
    "ownerid owner repid rep salesrepid salesrep salespersonid salesperson sellerid seller agentid employeeid employee"
)
"""Headers of the one participant that a row has, in any table, behind the table's own."""


_NUMBERED = re.compile(r"(?<=..)(no|nr|num|number|ref|reference)$")
"""How exports write what others call an id, as in “Order No”."""


def suggested(folder: Path, files: list[str]) -> str:
    """A mapping document for files as text: each to the table its headers fit best, each column to its like."""
    tables: dict[str, Any] = {}
    for file in files:
        try:
            told, rows = _start(folder / file)
        except AttainError:
            continue
        names = _names(rows)
        scored = {name: _score(TABLES[name], names, file) for name in row_tables() if name not in tables}
        if any(scored.values()):
            best = max(scored, key=lambda name: (scored[name], -list(TABLES).index(name)))
            tables[best] = _table(TABLES[best], file, told, rows)
    return dumped({"mapping": Path(files[0]).stem if files else "mapping", "tables": tables})


def suggested_table(folder: Path, file: str, table: str, **told: str) -> dict[str, Any]:
    """How a file could fill a table, its delimiter and encoding as told; raises AttainError where it cannot be read."""
    if told:
        return _table(TABLES[table], file, told, head(folder / file, **told))
    return _table(TABLES[table], file, *_start(folder / file))


def unread(file: Path) -> AttainError | None:
    """Why a file's first rows cannot be read; None where they can."""
    try:
        _start(file)
    except AttainError as error:
        return error
    return None


def _start(file: Path) -> tuple[dict[str, str], Any]:
    """How a file is written, where that is not as usual, and its first rows."""
    if file.suffix == ".parquet":
        return {}, head(file)
    told = _writing(file)
    return told, head(file, **told)


def _table(table: Table, file: str, told: dict[str, str], rows: Any) -> dict[str, Any]:
    return {"file": file, **told, "columns": _mapped(table, _names(rows), rows)}


def _names(rows: Any) -> list[str]:
    return [name for name in rows.column_names if name != ROW]


def _writing(file: Path) -> dict[str, str]:
    """The encoding and delimiter of a file, as its first bytes look."""
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as opened:
            start = opened.read(1_000_000)
    except (OSError, EOFError, error):
        return {}
    line = start.partition(b"\n")[0].decode(errors="replace")
    mark = max(",;\t|", key=line.count)
    told = {} if mark == "," else {"delimiter": mark}
    try:
        getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        if not start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
            told["encoding"] = "cp1252"
    for side, encoding in enumerate(("utf-16-be", "utf-16-le")):
        if start[side::2].count(0) > len(start) // 3:  # every other byte, as of Latin letters
            told["encoding"] = encoding
    return told


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name.lower())


def _named(table: str, file: str) -> bool:
    return _plain(table)[:5] in _plain(Path(file).stem)


def _score(table: Table, names: list[str], file: str) -> int:
    """How well a file fits a table: the columns that it has, and more where none is missing or its name says so."""
    found = _columns(table, names)
    if not found:
        return 0
    is_whole = all(column.name in found for column in table.columns if column.required)
    return len(found) + 2 * is_whole + 3 * _named(table.name, file)


def _columns(table: Table, names: list[str]) -> dict[str, str]:
    """The file's column for each of the table's columns that one is like."""
    plain = {_plain(name): name for name in reversed(names)}
    plain = {_NUMBERED.sub("id", one): name for one, name in plain.items()} | plain
    found = {}
    people = [one.name for one in table.columns if one.name == "participant" or one.refers_to == "participants"]
    for column in table.columns:
        aliases = [_plain(column.name), *_ALIASES.get(table.name, {}).get(column.name, "").split()]
        aliases += [f"{_plain(column.name)}id"] if column.name == "participant" else []
        aliases += _PARTICIPANT.split() if [column.name] == people else []
        if alike := next((plain[one] for one in aliases if one in plain), None):
            found[column.name] = alike
    return found


def _mapped(table: Table, names: list[str], rows: Any) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    found = _columns(table, names)
    for column, name in found.items():
        declared = table.column(column)
        written = written_as(rows, name, declared.type) if declared else {}
        columns[column] = {"column": name, **written} if written else name
        if column == "stage" and (aliases := _closed(rows, name)):
            columns[column] = {"column": name, "aliases": aliases}
    taken = {*found.values()}
    columns |= {
        name: name for name in names if name not in taken and name.lower() not in {one.lower() for one in columns}
    }
    return columns


def _closed(rows: Any, name: str) -> dict[str, str]:
    """The words of a file for stages that are closed."""
    values = {value.strip() for value in rows[name].to_pylist() if value}
    found = {value: _plain(value).removeprefix("closed") for value in sorted(values)}
    return {value: word for value, word in found.items() if word in ("won", "lost") and word != value}


def written_as(rows: Any, name: str, kind: str) -> dict[str, str]:
    """How the first rows write the values of a column, where that is not as usual."""
    if kind == "date":
        written = date_format(rows, name)
        return {"format": written} if written else {}
    return number_marks(rows, name) if kind in ("decimal", "integer") else {}


def date_format(rows: Any, name: str) -> str | None:
    """How most of a column's dates are written, where that is not ISO 8601."""
    fits = [is_iso_date("v"), *(f"try_strptime(v, {literal(written)}) IS NOT NULL" for written in _FORMATS)]
    return (None, *_FORMATS)[_best(rows, name, fits)]


def number_marks(rows: Any, name: str) -> dict[str, str]:
    """The decimal mark and the mark between thousands of most of a column's numbers, where those are not as usual."""
    fits = []
    for decimal, thousands in _MARKS:
        whole = f"([0-9]+|[0-9]{{1,3}}([{thousands}][0-9]{{3}})+)" if thousands else "[0-9]+"
        fits.append(f"regexp_full_match(v, {literal(f'-?{whole}([{decimal}][0-9]+)?')})")
    decimal, thousands = _MARKS[_best(rows, name, fits)]
    return ({"decimal": decimal} if decimal != "." else {}) | ({"thousands": thousands} if thousands else {})


_MARKS = ((".", ""), (".", ","), (",", ""), (",", "."), (",", " "), (".", "'"))


def _best(rows: Any, name: str, fits: list[str]) -> int:
    """Which condition most of a column's values meet; the first of those that are as good."""
    values = [value.strip() for value in rows[name].to_pylist() if value and value.strip()]
    if not values:
        return 0
    counted = ", ".join(f"count(*) FILTER ({one})" for one in fits)
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT {counted} FROM (SELECT unnest(?) AS v)", [values]).fetchone() or (0,)
    return found.index(max(found))
