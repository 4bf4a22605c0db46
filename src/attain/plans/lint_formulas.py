"""Checks of the formulas over participants' attributes in a plan, each fault at its own place in the document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from attain.engines.engine import ColumnInfo
from attain.errors import Fault
from attain.expressions import FormulaError, ValueType, names_in, parse
from attain.plans.document import CheckedPlan
from attain.plans.values import Rate
from attain.tables import TABLES

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class KnownAttributes:
    """What is known about the participants' columns: all of them where there is data, else only the declared ones."""

    columns: Mapping[str, ColumnInfo] | None = None

    def types(self, text: str) -> dict[str, ValueType]:
        """Types for checking a formula; without data, a name that is not declared may be an attribute of any type."""
        if self.columns is not None:
            return {name: info.type for name, info in self.columns.items()}
        declared: dict[str, ValueType] = {
            column.name: "date" if column.type == "date" else "text" for column in TABLES["participants"].columns
        }
        return {**dict.fromkeys(names_in(text), "null"), **declared}


def rate_faults(checked: CheckedPlan, rate: Rate, path: Path, known: KnownAttributes) -> Iterator[Fault]:
    """The fault of a rate or an amount that is a formula, wherever it stands below a path."""
    if rate.formula is None:
        return
    try:
        parse(rate.formula, known.types(rate.formula), of="participants", wanted="number")
    except FormulaError as error:
        yield formula_fault(checked, _path_of(checked, path, rate.formula), error)


def formula_fault(checked: CheckedPlan, path: Path, error: FormulaError) -> Fault:
    """A formula's fault at its own place inside the document."""
    line, position = checked.document.position(path)
    lines = checked.document.text.splitlines()
    quoted = line <= len(lines) and lines[line - 1][position - 1 : position] in ("'", '"')
    return Fault(
        check="formula",
        message=error.message,
        advice=error.advice,
        file=checked.document.name,
        line=line + error.line - 1,
        position=error.position + (position - 1 + quoted if error.line == 1 else 0),
    )


def _path_of(checked: CheckedPlan, path: Path, text: str) -> Path:
    """The path below ``path`` at which a text stands."""
    node = checked.document.content
    for key in path:
        node = node[key]

    def search(part: object, at: Path) -> Path | None:
        pairs = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
        for key, value in pairs:
            if value == text and key not in ("name", "measure"):
                return (*at, key)
            if found := search(value, (*at, key)):
                return found
        return None

    return search(node, path) or path
