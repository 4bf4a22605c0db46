"""The document of a measure: what is wrong in it and where, and the form that shows and changes the same text."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa
from django.utils.translation import gettext as _
from pyarrow import parquet as pq
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq

from attain.credits.facts import Facts
from attain.documents import Document, plain, read_document, validate
from attain.engines.engine import ColumnInfo
from attain.errors import AttainError, Fault
from attain.expressions import ValueType
from attain.measures.check import check_measure
from attain.measures.measure import Measure, with_operands
from attain.tables import TABLES
from attain_web.rows.snapshots import snapshot

FORMULAS = ("sum", "average", "count_distinct")
PAIRS = ("ratio", "difference")
KINDS = (*FORMULAS, "count", *PAIRS, "formula", "rollup")
PLAIN = ("title", "where", "date", "credited", "splits", "unit")
"""Keys that stand in a form as they stand in the text."""
KEYS = ("title", *KINDS, "of", "where", "date", "credited", "splits", "unit")
NAME = "measure"
"""What the document is called where a fault is told."""


def checked(name: str, text: str, others: Mapping[str, Measure]) -> tuple[Measure | None, list[Fault]]:
    """The measure that a text defines, where it can be read, and every fault: of form, of operands, of formulas."""
    try:
        document = read_document(text, name=NAME)
        measure = validate(document, Measure)
    except AttainError as error:
        return None, list(error.faults)
    known = {**others, name: measure}
    try:
        with_operands((name,), known)
    except ValueError as error:
        told = document.fault(
            (measure.kind,),
            check="operands",
            message=str(error),
            advice=_("Name measures of the catalogue or of the company."),
        )
        return measure, [told]
    return measure, list(_formula_faults(name, document, known))


def _formula_faults(name: str, document: Document, known: Mapping[str, Measure]) -> Iterator[Fault]:
    """The library's faults of a measure's formulas over the columns that the data has, each at its place."""
    measure = known[name]
    if not measure.table:
        return
    for fault in check_measure(name, known, columns_of(measure.table)):
        message = fault.message.removeprefix(f"measure {name}: ")
        line, column = _place(document, measure, message.partition("'")[2].partition("'")[0])
        yield replace(fault, message=message, file=NAME, line=line, position=column)


def _place(document: Document, measure: Measure, told: str) -> tuple[int, int]:
    """Line and column of the part of a formula that a fault tells, else of the formula."""
    keys = [key for key in ("date", "credited", "where", *FORMULAS) if getattr(measure, key)]
    fitting = [key for key in keys if told and told in str(getattr(measure, key))]
    key = min(fitting, key=lambda one: len(str(getattr(measure, one))), default=measure.kind)
    line, column = document.position((key,))
    found = document.text.splitlines()[line - 1].find(told, column - 1)
    return line, found + 1 if found >= 0 else column


def columns_of(table: str) -> dict[str, ValueType]:
    """Every column and path that a measure over a table may use, with those that the company's data adds."""
    names = [name for name, one in TABLES.items() if name in (TABLES[table].parent, table) or not one.is_fact]
    files = snapshot(names)
    columns: dict[str, dict[str, ColumnInfo]] = {}
    for name in names:
        declared = {column.name: _declared(column.type) for column in TABLES[name].columns}
        held = {one.name: _held(one.type) for one in pq.read_schema(files[name])} if name in files else {}
        columns[name] = {column: ColumnInfo(kind) for column, kind in (held | declared).items()}
    return {name: info.type for name, info in Facts(table, columns).infos.items()}


def _declared(kind: str) -> ValueType:
    return "date" if kind == "date" else "text" if kind == "text" else "number"


def _held(kind: pa.DataType) -> ValueType:
    if pa.types.is_boolean(kind):
        return "flag"
    if pa.types.is_date(kind):
        return "date"
    return "number" if pa.types.is_decimal(kind) or pa.types.is_integer(kind) else "text"


def fields_of(text: str) -> dict[str, str]:
    """What a form shows of a text; whatever cannot be read is left empty."""
    try:
        content = plain(read_document(text).content)
    except AttainError:
        content = None
    if not isinstance(content, dict):
        return {}
    found = {name: str(content[name]) for name in PLAIN if content.get(name) is not None}
    kind = next((kind for kind in KINDS if content.get(kind) is not None), "")
    value = content.get(kind)
    found |= {"kind": kind, "table": str(content.get("of") or "")}
    if kind == "count":
        found["table"] = str(value)
    elif kind in PAIRS and isinstance(value, list) and len(value) == 2:
        found |= {"first": str(value[0]), "second": str(value[1])}
    elif kind:
        found["first" if kind == "rollup" else "formula"] = str(value)
    return found


def with_fields(text: str, fields: Mapping[str, str]) -> str:
    """The text with what a form says in it; comments, and the order of keys, stay as they are."""
    yaml = YAML(typ="rt")
    yaml.width = 10_000
    yaml.indent(mapping=2, sequence=4, offset=2)
    try:
        content: Any = read_document(text).content or {}
    except AttainError:
        content = {}
    if not isinstance(content, dict):
        content = {}
    for key, value in _written(fields).items():
        if value is None:
            content.pop(key, None)
        elif plain(content.get(key)) != value:
            content[key] = _in_a_row(value) if isinstance(value, list) else value
    file = io.StringIO()
    yaml.dump(content, file)
    return file.getvalue() if content else ""


def _written(fields: Mapping[str, str]) -> dict[str, Any]:
    """Every key of the document by what a form says; None: it is not there."""
    told: dict[str, Any] = {key: fields.get(key) or None for key in PLAIN}
    kind = fields.get("kind", "")
    values: dict[str, Any] = {
        **dict.fromkeys((*FORMULAS, "formula"), fields.get("formula")),
        "count": fields.get("table"),
        **{key: [fields.get("first", ""), fields.get("second", "")] for key in PAIRS},
        "rollup": fields.get("first"),
    }
    if kind not in (*FORMULAS, "count"):
        told |= {"where": None, "date": None}
    found = {key: told.get(key) for key in KEYS}
    found |= {one: (values[one] or None) if one == kind else None for one in KINDS}
    found["of"] = (fields.get("table") or None) if kind in FORMULAS else None
    if found["credited"] == "participant":
        found["credited"] = None
    if found["splits"] == "follow":
        found["splits"] = None
    return found


def _in_a_row(values: list[str]) -> CommentedSeq:
    row = CommentedSeq(values)
    row.fa.set_flow_style()
    return row
