"""The numbers of a plan as people write them: ``6 %``, ``250``, ``commission_rate * 1.5``, ``120 %`` of quota."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

_NUMBER = re.compile(r"[+-]?\d[\d_]*(\.\d+)?")
_PERCENT = re.compile(rf"({_NUMBER.pattern})\s*%")


@dataclass(frozen=True)
class Rate:
    """A rate or an amount: a number, a formula over the participant's attributes, or one for each column of a table."""

    value: Decimal | None = None
    formula: str | None = None
    columns: tuple[Rate, ...] = ()

    def __str__(self) -> str:
        """As people write it."""
        if self.columns:
            return f"[{', '.join(map(str, self.columns))}]"
        return self.formula if self.value is None else format(self.value, "f")  # type: ignore[return-value]

    @property
    def cells(self) -> tuple[Rate, ...]:
        """The numbers and formulas of all columns; of a plain one, itself."""
        return tuple(cell for column in self.columns for cell in column.cells) or (self,)


@dataclass(frozen=True)
class Bound:
    """Where a tier begins or a threshold lies: an amount of the measure, or a part of the quota."""

    value: Decimal
    of_quota: bool = False

    def __str__(self) -> str:
        """As people write it."""
        return f"{percent(self.value)} of quota" if self.of_quota else format(self.value, "f")


def percent(value: Decimal) -> str:
    """A part as per cent, without needless digits: 0.06 is ``6 %``."""
    return f"{(value * 100).normalize():f} %"


def number_words(rate: Decimal | None) -> str:
    """A rate for reading: a part of one as per cent (``6 %``), more than that as it is (``250`` for each)."""
    if rate is None:
        return "no rate"
    return percent(rate) if abs(rate) < 1 else f"{rate.normalize():,f}"


def _number(text: str) -> Decimal | None:
    if match := _PERCENT.fullmatch(text.strip()):
        return Decimal(match[1].replace("_", "")) / 100
    return Decimal(text.strip().replace("_", "")) if _NUMBER.fullmatch(text.strip()) else None


def read_rate(written: Any) -> Any:
    """What is written as a rate: a number, a list of rates, else a formula; what is none of these stays as it is."""
    if isinstance(written, (list, tuple)) and written:
        columns = tuple(read_rate(one) for one in written)
        return Rate(columns=columns) if all(isinstance(one, Rate) for one in columns) else written
    if isinstance(written, (Rate, bool)) or not isinstance(written, (str, int, Decimal)):
        return written
    value = _number(str(written))
    return Rate(value=value) if value is not None else Rate(formula=str(written))


def _bound(written: Any) -> Any:
    if isinstance(written, (Bound, bool)) or not isinstance(written, (str, int, Decimal)):
        return written
    try:
        value = _number(str(written))
    except InvalidOperation:
        value = None
    if value is None:
        raise ValueError("write a number of the measure, or a per cent of the quota such as 120 %")
    return Bound(value, of_quota="%" in str(written))


_WRITTEN_NUMBER: dict[str, Any] = {"anyOf": [{"type": "number"}, {"type": "string"}]}
_WRITTEN_RATE: dict[str, Any] = {"anyOf": [*_WRITTEN_NUMBER["anyOf"], {"type": "array"}]}

WrittenRate = Annotated[
    Rate,
    BeforeValidator(read_rate),
    WithJsonSchema(
        _WRITTEN_RATE
        | {"description": "a number, per cent such as 6 %, formula over attributes, or one of these for each column"}
    ),
]
WrittenBound = Annotated[
    Bound,
    BeforeValidator(_bound),
    WithJsonSchema(
        _WRITTEN_NUMBER | {"description": "a number of the measure, or per cent of the quota such as 120 %"}
    ),
]
