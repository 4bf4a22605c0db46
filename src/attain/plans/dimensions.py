"""Dimensions of a rate table: the columns between which another measure chooses, beside the tiers of its own.

With ``by`` each rate of a component is a list with one rate for each column; with a second dimension each of these is a
list again. A column is chosen as the tier of a multiplier is: by its measure over the whole period, the first one also
where the measure has no value.
"""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field, field_validator

from attain.plans.factors import Deciding
from attain.plans.tiers import must_rise
from attain.plans.values import Bound, Rate, WrittenBound


class Dimension(Deciding):
    """``columns``: rising starts, the first at 0; from each on the rate of that place in the list is paid."""

    columns: tuple[WrittenBound, ...] = Field(min_length=2, description="where each column begins: 0 %, 20 %, 30 %")

    @field_validator("columns")
    @classmethod
    def _rise(cls, columns: tuple[Bound, ...]) -> tuple[Bound, ...]:
        must_rise("column", columns)
        if columns[0].value:
            raise ValueError("the first column begins at 0, so that it is clear what is paid below the others")
        return columns

    @property
    def cases(self) -> tuple[tuple[Bound, Decimal], ...]:
        """The columns, numbered from 0."""
        return tuple((start, Decimal(number)) for number, start in enumerate(self.columns))

    def words(self, times: Decimal, measure: str) -> str:
        """Which column is paid."""
        return f"column {int(times) + 1}, from {self.bound_words(self.columns[int(times)])} of {measure}"

    def rule(self, measure: str) -> str:
        """The columns in one line."""
        return f"columns from {', '.join(self.bound_words(start) for start in self.columns)} of {measure}"


def fits(rate: Rate, dimensions: tuple[Dimension, ...]) -> bool:
    """Whether a rate is the same for all columns, or has one of each."""
    if not rate.columns:
        return True
    if not dimensions or len(rate.columns) != len(dimensions[0].columns):
        return False
    return all(fits(column, dimensions[1:]) for column in rate.columns)
