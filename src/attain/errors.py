"""Faults found in plans and data: what is wrong, where, why, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing wrong in an input.

    An ``error`` stops the calculation; a ``warning`` is told and the calculation goes on. ``check`` is the name of the
    rule that found it. The place is a file with a line and column (plans, mappings) or a table with a row and column
    (data, the header of a file being row 1). ``rows`` counts the rows that have the same fault with the same value, and
    ``row_numbers`` names them where the file has numbered rows. ``values`` holds all values where there are several.
    """

    check: str
    message: str
    advice: str
    severity: Severity = "error"
    file: str | None = None
    line: int | None = None
    position: int | None = None
    table: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None
    expected: str | None = None
    rows: int = 1
    row_numbers: tuple[int, ...] = ()
    values: tuple[str, ...] = ()

    def place(self) -> str:
        """Where the fault is, as people write it: ``plan.yaml:12:5`` or ``orders row 17, column amount``."""
        if self.line is not None:
            return f"{self.file}:{self.line}:{self.position or 1}"
        parts = [self.table or self.file or ""]
        if self.row is not None:
            parts.append(f"row {self.row}")
        where = " ".join(part for part in parts if part)
        return ", ".join(part for part in (where, f"column {self.column}" if self.column else "") if part)

    def __str__(self) -> str:
        """The fault in one line: place, severity, message, advice, and the name of the check."""
        place = self.place()
        many = f" ({self.rows:,} rows)" if self.rows > 1 else ""
        return f"{place + ': ' if place else ''}{self.severity}: {self.message}{many}. {self.advice} [{self.check}]"

    def as_record(self) -> dict[str, object]:
        """The fault as one flat record for JSON: only the fields that say something."""
        return {key: value for key, value in vars(self).items() if value not in (None, ())}


class AttainError(Exception):
    """Inputs have errors: carries every fault found, not only the first."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in faults))


class UsageError(Exception):
    """The command was called with words it does not know; the message says which words it takes."""


def errors_in(faults: Iterable[Fault]) -> list[Fault]:
    """Only the faults that stop a calculation."""
    return [fault for fault in faults if fault.severity == "error"]


def raise_errors(faults: Iterable[Fault]) -> None:
    """Raise AttainError with every error among the faults; return when there is none."""
    if errors := errors_in(faults):
        raise AttainError(errors)
