"""What a measure is: which rows of which facts, on which date, what is added up, and who is credited."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from attain.credits.facts import tables_on
from attain.credits.rules import Covers, CreditRule, Related
from attain.expressions import names_in, parse
from attain.tables import TABLES, money_columns

Unit = Literal["money", "count", "ratio", "days"]

_KINDS = ("sum", "count", "average", "count_distinct", "ratio", "difference", "formula", "rollup")

ATTAINED = ".attainment"
"""What stands behind a measure's name in a formula that means its value ÷ its quota."""

DEFAULT_DATE = {
    "orders": "date",
    "order_lines": "date",
    "opportunities": "close_date",
    "stage_history": "date",
    "activities": "date",
    "leads": "created_date",
    "objectives": "date",
}
"""The date on which a fact counts unless the measure names another."""


class Measure(BaseModel):
    """A measure, of exactly one kind.

    ``sum``, ``average`` and ``count_distinct`` hold a formula over the rows ``of`` a fact table; ``count`` names the
    fact table whose rows are counted; ``ratio`` and ``difference`` name two measures; ``formula`` calculates with
    the values of measures, by name; ``rollup`` names a measure of which the credits of everyone below go to the
    managers above. All other measures are direct: the credit goes to
    the fact's owner, to those who share in it (``splits``) or whom rules find (``credits``), on ``date``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str | None = Field(None, description="name on screens")
    sum: str | None = Field(None, description="formula of the amount that each row adds")
    count: str | None = Field(None, description="fact table whose rows are counted")
    average: str | None = Field(
        None, description="formula whose mean over the rows is taken; empty values do not count"
    )
    count_distinct: str | None = Field(None, description="formula whose different values are counted")
    ratio: tuple[str, str] | None = Field(None, description="two measures: the first divided by the second")
    difference: tuple[str, str] | None = Field(None, description="two measures: the first less the second")
    formula: str | None = Field(
        None,
        description="formula over measures, bookings + 0.5 * renewals, and their attainment: 0.6 * bookings.attainment",
    )
    rollup: str | None = Field(None, description="measure whose credits go up the manager chain")
    of: str | None = Field(None, description="fact table")
    where: str | None = Field(None, description="condition that a row must meet")
    date: str | None = Field(None, description="column with the date on which a row counts")
    credited: str = Field("participant", description="column with the participant who is credited")
    splits: Literal["follow", "ignore", "overlay"] = Field(
        "follow",
        description="whether the splits of a fact share its credit; overlay: credit goes to its overlay splits alone",
    )
    credits: tuple[CreditRule, ...] = Field((), description="rules that say who is credited, in order of rank")
    unit: Unit | None = Field(None, description="unit of the number, where it does not follow from the kind")

    @field_validator("formula")
    @classmethod
    def _over_measures(cls, formula: str | None) -> str | None:
        if formula is not None:
            names = names_in(formula)
            parse(formula, dict.fromkeys(names, "number"), of="measures", wanted="number")
            if not names:
                raise ValueError("a formula calculates with measures, by name; this one names none")
            for name in names:
                if "." in name and not (name.endswith(ATTAINED) and name.count(".") == 1):
                    raise ValueError(f"'{name}' is no measure, and no attainment of one such as bookings.attainment")
        return formula

    @model_validator(mode="after")
    def _one_kind(self) -> Measure:
        kinds = [kind for kind in _KINDS if getattr(self, kind) is not None]
        if len(kinds) != 1:
            told = " and ".join(kinds) if kinds else "none"
            raise ValueError(f"a measure is of exactly one kind of {', '.join(_KINDS)}; here: {told}")
        table = self.table
        if kinds[0] in ("ratio", "difference", "formula", "rollup"):
            if table or self.where or self.date or self.credits:
                raise ValueError(f"a {kinds[0]} takes its rows, conditions and dates from the measures that it names")
        elif table is None or table not in TABLES or not TABLES[table].is_fact:
            facts = ", ".join(name for name, one in TABLES.items() if one.is_fact)
            raise ValueError(f"'{table or ''}' is no table of facts; those are {facts} (write it after 'of')")
        if self.credits and self.credited != "participant":
            raise ValueError("'credits' says who is credited; leave 'credited' out")
        if self.splits == "overlay" and (self.credits or self.credited != "participant"):
            raise ValueError("with 'splits: overlay' the splits alone say who is credited; leave 'credits' out")
        return self

    @property
    def kind(self) -> str:
        """The kind: sum, count, average, count_distinct, ratio, difference, formula or rollup."""
        return next(kind for kind in _KINDS if getattr(self, kind) is not None)

    @property
    def table(self) -> str | None:
        """The fact table whose rows it reads itself."""
        return self.count or self.of

    @property
    def row_formula(self) -> str | None:
        """The formula over the rows of its facts that it adds up, averages or counts."""
        return self.sum or self.average or self.count_distinct

    @property
    def names(self) -> frozenset[str]:
        """The columns and paths that say which of its facts count, when, how much and whose they are, without rules."""
        formulas = (*names_in(self.where or ""), *names_in(self.row_formula or ""))
        if self.table is None:
            return frozenset()
        return frozenset({self.date_column, self.credited, *formulas})

    @property
    def all_names(self) -> frozenset[str]:
        """The same with those that its crediting rules read."""
        return self.names.union(*((rule.path, *names_in(rule.where or "")) for rule in self.credits))

    @property
    def tables_beside(self) -> set[str]:
        """The tables that it reads beside its facts: what its paths lead through, and relationships."""
        related = any(isinstance(rule.to, Related) for rule in self.credits)
        return tables_on(self.table or "", self.all_names) | ({"relationships"} if related else set())

    @property
    def reads_people(self) -> bool:
        """Whether it asks what was known of participants on the day of a fact."""
        return "participants" in self.tables_beside or any(isinstance(rule.to, Covers) for rule in self.credits)

    @property
    def operands(self) -> tuple[str, ...]:
        """The measures that it is made of."""
        if self.formula:
            return tuple(dict.fromkeys(name.removesuffix(ATTAINED) for name in names_in(self.formula)))
        return self.ratio or self.difference or ((self.rollup,) if self.rollup else ())

    @property
    def attained(self) -> tuple[str, ...]:
        """The measures of which its formula reads the attainment."""
        names = dict.fromkeys(names_in(self.formula or ""))
        return tuple(name.removesuffix(ATTAINED) for name in names if name.endswith(ATTAINED))

    @property
    def date_column(self) -> str:
        """The column with the date on which a row counts."""
        return self.date or DEFAULT_DATE[self.table or ""]


@dataclass(frozen=True)
class MeasureExample:
    """Rows of tables (one participant or more), and the value that each participant gets from them."""

    rows: Mapping[str, tuple[Mapping[str, Any], ...]]
    expect: Mapping[str, Decimal | None]


@dataclass(frozen=True)
class MeasurePart:
    """A measure of the catalogue with its worked examples."""

    measure: Measure
    examples: tuple[MeasureExample, ...]


def title_of(name: str, measures: Mapping[str, Measure]) -> str:
    """What people call a measure: its title, or its name in words."""
    measure = measures.get(name)
    return (measure.title if measure else None) or name.replace("_", " ").capitalize()


def unit_of(name: str, measures: Mapping[str, Measure]) -> Unit:
    """The unit of a measure: its own word, or what follows from what it adds up."""
    measure = measures[name]
    if measure.unit:
        return measure.unit
    if measure.kind == "ratio":
        above, below = (unit_of(one, measures) for one in measure.operands)
        return above if below == "count" and above == "money" else "ratio"
    if measure.attained:
        return "ratio"
    if measure.operands:
        return unit_of(measure.operands[0], measures)
    if measure.kind in ("sum", "average"):
        table = TABLES[measure.table or ""]
        money = {*money_columns(table.name), *money_columns(table.parent or table.name)}
        return "money" if money & set(re.findall(r"\w+", measure.row_formula or "")) else "count"
    return "count"


def is_additive(name: str, measures: Mapping[str, Measure]) -> bool:
    """Whether the measure of a whole is the sum over its facts (so that each fact has its own part of it)."""
    measure = measures[name]
    if measure.operands and measure.kind not in ("ratio", "formula"):
        return all(is_additive(one, measures) for one in measure.operands)
    return measure.kind in ("sum", "count")


def with_operands(names: tuple[str, ...], measures: Mapping[str, Measure]) -> tuple[str, ...]:
    """The named measures and all that they are made of, operands first, each once.

    Raises ValueError where a measure is made of itself or of one that does not exist.
    """
    found: list[str] = []

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise ValueError(f"measure '{name}' is made of itself: {' → '.join((*above, name))}")
        if name not in measures:
            raise ValueError(f"measure '{name}' is not defined; there are {', '.join(sorted(measures))}")
        for one in measures[name].operands:
            visit(one, (*above, name))
        if name not in found:
            found.append(name)

    for name in names:
        visit(name, ())
    return tuple(found)
