"""How text is read as a number or a date: the SQL of each, which gives nothing where the text is none."""

from __future__ import annotations

import string

from sqlglot import exp

from attain.columns import ColumnType
from attain.sources.mapping import EXCEL, ColumnMapping
from attain.tables import MAX_DIGITS

MAX_WHOLE_DIGITS = 18
"""Digits before the point that a number in the data may have."""

EXPECTED: dict[ColumnType, str] = {
    "text": "text",
    "date": "a date such as 2026-01-31",
    "decimal": "a number such as 1234.56",
    "integer": f"a whole number of at most {MAX_WHOLE_DIGITS} digits",
}
"""What each type of column takes, in words."""

ADVICE: dict[ColumnType, str] = {
    "text": "Correct the value.",
    "date": "Correct the value, or write in the mapping how dates are written: format: '%d/%m/%Y'.",
    "decimal": "Correct the value, or say in the mapping how numbers are written: decimal, thousands, strip, percent.",
    "integer": "Correct the value, or write in the mapping how numbers are written: thousands, strip.",
}
"""What to do about a text that is not of its type."""

_PLAIN_NUMBER = rf"^[+-]?(0|[1-9]\d{{0,{MAX_WHOLE_DIGITS - 1}}})(\.\d{{1,{MAX_DIGITS}}})?$"
_ISO_DATE = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s?(Z|UTC)?([+-]\d{2}(:?\d{2})?)?)?$"
_SERIAL = r"^\d{1,7}(\.\d+)?$"


def name(text: str) -> str:
    """A name in SQL, in quotes."""
    return exp.to_identifier(text, quoted=True).sql("duckdb")


def literal(text: str) -> str:
    """A text in SQL, in quotes."""
    return exp.Literal.string(text).sql("duckdb")


def date_of(text: str, origin: ColumnMapping) -> str:
    """The day in a text; of a date with time and zone the day as it is written."""
    if origin.format == EXCEL:
        serial = f"CAST(FLOOR(TRY_CAST({text} AS DECIMAL(18, 9))) AS INTEGER)"
        return f"CASE WHEN regexp_matches({text}, '{_SERIAL}') THEN DATE '1899-12-30' + {serial} END"
    if origin.format:
        return f"CAST(try_strptime({text}, {literal(origin.format)}) AS DATE)"
    return f"CASE WHEN {is_iso_date(text)} THEN TRY_CAST(left({text}, 10) AS DATE) END"


def date_in_range(day: str, origin: ColumnMapping) -> str:
    """A day of the years 1 to 9999; for a last day the one after it."""
    # The last day there is stands for "until further notice" already.
    after = f"CASE WHEN {day} < DATE '9999-12-31' THEN {day} + 1 ELSE {day} END" if origin.inclusive else day
    return f"CASE WHEN {day} BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN {after} END"


def number_of(text: str, origin: ColumnMapping) -> str:
    """The number in a text as digits with a sign and a point; nothing where it is none, or is grouped wrongly."""
    for piece in (*origin.strip, *(["%"] if origin.percent else [])):
        text = f"replace({text}, {literal(piece)}, '')"
    text = f"trim({text})"
    if origin.parentheses:
        text = f"regexp_replace({text}, '^\\((.*)\\)$', '-\\1')"
    point = _escaped(origin.decimal)
    if origin.thousands:
        mark = _escaped(origin.thousands)
        grouped = literal(rf"^[+-]?\d{{1,3}}({mark}\d{{2,3}})*{mark}\d{{3}}({point}\d*)?$")
        ungrouped = f"replace({text}, {literal(origin.thousands)}, '')"
        text = f"CASE WHEN regexp_matches({text}, {grouped}) THEN {ungrouped} ELSE {text} END"
    plain = literal(rf"^[+-]?(\d+({point}\d*)?|{point}\d+)$")
    return f"CASE WHEN regexp_matches({text}, {plain}) THEN replace({text}, {literal(origin.decimal)}, '.') END"


def _escaped(mark: str) -> str:
    return f"\\{mark}" if mark in string.punctuation else mark


def digits_of(number: str) -> tuple[str, str]:
    """The digits of a number before its point and after it, without zeros in front and at the end."""
    return f"ltrim(split_part({number}, '.', 1), '+-0')", f"rtrim(split_part({number}, '.', 2), '0')"


def is_plain_number(text: str) -> str:
    """Whether a text is a number that is no code: without zeros in front, marks or too many digits."""
    return f"regexp_matches({text}, {literal(_PLAIN_NUMBER)})"


def is_iso_date(text: str) -> str:
    """Whether a text is a date, with or without a time, as ISO 8601 writes it."""
    return f"regexp_matches({text}, {literal(_ISO_DATE)})"
