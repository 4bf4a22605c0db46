"""Measures become SQL: sums per person and stretch of days first, then one number per person and period."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from sqlglot import exp

from attain import money
from attain.credits.direct import CreditedRows, credited_rows
from attain.engines.engine import ColumnInfo, Engine, Step, template
from attain.errors import Fault
from attain.expressions import Formula, FormulaError, ValueType, names_in, parse, scale_of
from attain.measures.measure import Measure
from attain.tables import TABLES, columns_for_measures

Aggregate = Literal["sum", "count", "distinct"]
Operation = Literal["term", "ratio", "difference", "formula"]


@dataclass(frozen=True)
class Term:
    """One thing that is added up or counted over the rows of one fact table; measures are made of terms.

    ``measure`` is the measure whose definition it follows; ``rolled_up`` terms credit everyone above instead.
    """

    measure: str
    aggregate: Aggregate
    rolled_up: bool = False

    @property
    def direct(self) -> Term:
        """The same term, credited to the owners."""
        return Term(self.measure, self.aggregate)

    @property
    def step(self) -> str:
        """The name of the step that holds its sums."""
        return f"{'team_' if self.rolled_up else ''}{self.aggregate}_of_{self.measure}"


@dataclass(frozen=True)
class Recipe:
    """How a measure's value comes from terms: a term itself, two recipes divided or subtracted, or a formula.

    A ``formula`` calls its operands by ``names``.
    """

    operation: Operation
    term: Term | None = None
    operands: tuple[Recipe, ...] = ()
    label: str = ""
    formula: str = ""
    names: tuple[str, ...] = ()

    def terms(self) -> Iterator[tuple[Term, str, int]]:
        """Every term in it with the name its credits go by, and its sign in a difference (1 or -1)."""
        if self.term:
            yield self.term, self.label, 1
        for number, operand in enumerate(self.operands):
            sign = -1 if self.operation == "difference" and number else 1
            for term, label, inner in operand.terms():
                yield term, label, sign * inner


def recipe_of(name: str, measures: Mapping[str, Measure], *, rolled_up: bool = False, label: str = "") -> Recipe:
    """The recipe of a measure (whose operands are known to exist and not to go in a ring)."""
    measure, label = measures[name], label or name
    if measure.rollup:
        below = measures[measure.rollup]
        single = below.kind in ("sum", "count", "count_distinct", "average")
        return recipe_of(
            measure.rollup, measures, rolled_up=True, label=label if single else f"{label}: {measure.rollup}"
        )
    if measure.operands:
        kind: Operation = "ratio" if measure.ratio else "difference" if measure.difference else "formula"
        operands = tuple(
            recipe_of(one, measures, rolled_up=rolled_up, label=f"{label}: {one}" if rolled_up else one)
            for one in measure.operands
        )
        return Recipe(kind, None, operands, label, measure.formula or "", measure.operands)
    if measure.average:
        above = Recipe("term", Term(name, "sum", rolled_up), label=label)
        below_ = Recipe("term", Term(name, "count", rolled_up), label=f"{label}: count")
        return Recipe("ratio", operands=(above, below_), label=label)
    aggregate: Aggregate = "sum" if measure.sum else "count" if measure.count else "distinct"
    return Recipe("term", Term(name, aggregate, rolled_up), label=label)


@dataclass(frozen=True)
class Compiler:
    """Compiles measures over what an engine holds: the columns of its tables, and the digits of its splits' shares.

    ``share_scale`` is None where no fact is split.
    With ``only_credited`` the facts of nobody but the participants in the table ``credited`` are read.
    """

    measures: Mapping[str, Measure]
    columns: Mapping[str, Mapping[str, ColumnInfo]]
    share_scale: int | None = None
    only_credited: bool = False

    @classmethod
    def over(cls, engine: Engine, measures: Mapping[str, Measure], *, only_credited: bool = False) -> Compiler:
        """A compiler over the tables an engine holds."""
        tables = {
            name for one in measures.values() if one.table for name in (one.table, TABLES[one.table].parent) if name
        }
        is_split = bool(engine.rows("SELECT 1 FROM splits LIMIT 1"))
        share_scale = engine.columns("splits")["share"].scale if is_split else None
        return cls(measures, {name: engine.columns(name) for name in tables}, share_scale, only_credited)

    def formula(self, measure: Measure, text: str | None, wanted: ValueType) -> Formula | None:
        """A formula of the measure, checked over the columns that are really there."""
        return parse(text, self._types(measure), of=measure.table or "", wanted=wanted) if text else None

    def _types(self, measure: Measure) -> dict[str, ValueType]:
        return self.types(measure.table or "")

    def types(self, table: str) -> dict[str, ValueType]:
        """The types of all columns that a measure over the table may use."""
        return {name: info.type for name, info in self._infos(table).items()}

    def source(self, measure: Measure) -> str:
        """What stands behind FROM for the measure's facts (``f``) and their parent (``p``)."""
        owner = self.place(measure.table or "", measure.credited)
        return credited_rows(measure.table or "", owner=owner, whose=measure.credited, share_scale=None).source

    def _infos(self, table: str) -> dict[str, ColumnInfo]:
        parent = TABLES[table].parent
        return {**(self._infos(parent) if parent else {}), **self.columns[table]}

    def _share_scale(self, measure: Measure) -> int | None:
        return self.share_scale if measure.splits == "follow" else None

    def scale(self, term: Term) -> int:
        """Digits after the point of a term's sums."""
        measure = self.measures[term.measure]
        share = self._share_scale(measure)
        shared = 0 if share is None or term.aggregate == "distinct" else share + 2
        formula = self.formula(measure, measure.sum or measure.average, "number") if term.aggregate == "sum" else None
        own = scale_of(formula.tree, self._scales(measure)) if formula else 0
        return own + shared

    def _scales(self, measure: Measure) -> dict[str, int]:
        return {name: info.scale for name, info in self._infos(measure.table or "").items()}

    def rows(self, term: Term) -> CreditedRows:
        """The credited rows of a term's fact table."""
        measure = self.measures[term.measure]
        owner = self.place(measure.table or "", measure.credited)
        whose = "owner" if measure.credited == "participant" else measure.credited
        return credited_rows(measure.table or "", owner=owner, whose=whose, share_scale=self._share_scale(measure))

    def amount(self, term: Term, rows: CreditedRows) -> money.Exact:
        """What one row adds to a term."""
        measure = self.measures[term.measure]
        if term.aggregate == "sum":
            formula = self.formula(measure, measure.sum or measure.average, "number")
            assert formula is not None
            scales = self._scales(measure)
            whole = money.Exact(formula.over(self._place(measure), scales), scale_of(formula.tree, scales))
        else:
            whole = money.Exact(exp.Literal.number(1), 0)
        return whole if rows.share is None else money.product(whole, rows.share)

    def date(self, measure: Measure) -> exp.Expr:
        """The date on which a row of the measure counts."""
        return self.place(measure.table or "", measure.date_column)

    def condition(self, term: Term, rows: CreditedRows) -> exp.Expr:
        """Which rows count: the measure's condition, somebody to credit, and for averages a value."""
        measure = self.measures[term.measure]
        conditions: list[exp.Expr] = [exp.not_(exp.Is(this=rows.participant.copy(), expression=exp.Null()))]
        if self.only_credited:
            credited = exp.select("participant").from_("credited").subquery(copy=False)
            conditions = [exp.In(this=rows.participant.copy(), query=credited)]
        if where := self.formula(measure, measure.where, "flag"):
            conditions.append(where.over(self._place(measure), self._scales(measure)))
        if measure.average and (averaged := self.formula(measure, measure.average, "number")):
            value = averaged.over(self._place(measure), self._scales(measure))
            conditions.append(exp.not_(exp.Is(this=exp.Paren(this=value), expression=exp.Null())))
        return exp.and_(*conditions)

    def item(self, term: Term) -> exp.Expr:
        """What a ``count_distinct`` measure tells apart."""
        measure = self.measures[term.measure]
        formula = parse(measure.count_distinct or "", self._types(measure), of=measure.table or "")
        return formula.over(self._place(measure), self._scales(measure))

    def place(self, table: str, name: str) -> exp.Column:
        """Where a column stands: in the facts themselves (``f``), else in their parent (``p``)."""
        return exp.column(name, table="f" if name in self.columns[table] else "p", quoted=True)

    def _place(self, measure: Measure) -> Callable[[str], exp.Column]:
        return partial(self.place, measure.table or "")

    def steps(self, terms: list[Term]) -> list[Step]:
        """The steps that hold the sums of terms, one row per participant and slice (and item); direct ones first."""
        wanted = dict.fromkeys([term.direct for term in terms])
        rolled = dict.fromkeys(term for term in terms if term.rolled_up)
        return [self._direct_step(term) for term in wanted] + [self._rolled_step(term) for term in rolled]

    def _direct_step(self, term: Term) -> Step:
        measure, rows = self.measures[term.measure], self.rows(term)
        who, when = rows.participant.sql("duckdb"), self.date(measure)
        source = f"{rows.source} JOIN days AS d ON d.day = :date"
        if term.aggregate == "distinct":
            query = template(
                f"SELECT DISTINCT {who} AS participant, d.slice AS slice, :item AS item FROM {source} WHERE :condition",
                date=when,
                item=self.item(term),
                condition=self.condition(term, rows),
            )
            return Step(term.step, query, f"what {term.measure} tells apart, by participant and slice")
        amount = self.amount(term, rows)
        added = money.decimal(exp.Sum(this=amount.tree), amount.scale)
        query = template(
            f"SELECT {who} AS participant, d.slice AS slice, :added AS value FROM {source} "
            "WHERE :condition GROUP BY 1, 2",
            date=when,
            added=added,
            condition=self.condition(term, rows),
        )
        return Step(term.step, query, f"{term.aggregate} of {term.measure}: one row per participant and slice")

    def _rolled_step(self, term: Term) -> Step:
        distinct = term.aggregate == "distinct"
        added = money.decimal(exp.Sum(this=exp.column("value", table="s")), self.scale(term))
        query = template(
            f"SELECT {'DISTINCT ' if distinct else ''}c.above AS participant, s.slice AS slice, "
            f'{"s.item AS item" if distinct else ":added AS value"} FROM "{term.direct.step}" AS s '
            'JOIN chain AS c ON c.participant = s.participant AND c."start" <= s.slice AND s.slice < c."end" '
            f"{'' if distinct else 'GROUP BY 1, 2'}",
            **({} if distinct else {"added": added}),
        )
        return Step(term.step, query, "the same for everyone above, by the reporting lines of each slice")

    def value(self, recipe: Recipe, columns: Mapping[Term, str]) -> money.Exact:
        """The value of a recipe over a row that holds its terms in the named columns."""
        if recipe.term:
            scale = self.scale(recipe.term)
            column = exp.column(columns[recipe.term], quoted=True)
            return money.Exact(money.decimal(exp.func("COALESCE", column, exp.Literal.number(0)), scale), scale)
        return calculated(recipe, [self.value(operand, columns) for operand in recipe.operands])


def calculated(recipe: Recipe, values: Sequence[money.Exact]) -> money.Exact:
    """What a recipe makes of the values of its operands; null where it needs one that is null."""
    if recipe.operation != "formula":
        left, right = values
        return money.quotient(left, right) if recipe.operation == "ratio" else money.difference(left, right)
    named = dict(zip(recipe.names, values, strict=True))
    scales = {name: value.scale for name, value in named.items()}
    formula = parse(recipe.formula, dict.fromkeys(named, "number"), of="measures", wanted="number")
    scale = scale_of(formula.tree, scales)
    value = money.Exact(money.decimal(formula.over(lambda name: named[name].tree.copy(), scales), scale), scale)
    known = [exp.not_(exp.Is(this=named[name].tree.copy(), expression=exp.Null())) for name in formula.needed]
    if not known or not formula.tree.find(exp.Greatest, exp.Least, exp.Case):
        return value  # arithmetic with null is null by itself
    return money.choose([(exp.and_(*known, copy=False), value)], money.Exact(exp.Null(), 0))


def check_measure(
    name: str, measures: Mapping[str, Measure], columns: Mapping[str, ValueType] | None = None
) -> list[Fault]:
    """Faults of a measure's formulas over the ``columns`` that the data has.

    Without data the declared columns are checked, and any further name may be an attribute of any type.
    """
    measure = measures[name]
    if not measure.table:
        return []
    formulas: list[tuple[str | None, ValueType | None]] = [
        (measure.where, "flag"),
        (measure.sum or measure.average, "number"),
        (measure.count_distinct, None),
    ]
    types = dict(columns) if columns is not None else _open_types(measure, [text for text, _ in formulas if text])
    faults = [
        fault
        for text, wanted in formulas
        if text
        for fault in _formula_faults(name, text, types, measure.table, wanted)
    ]
    places: tuple[tuple[str, ValueType], ...] = ((measure.date_column, "date"), (measure.credited, "text"))
    for column, kind in places:
        if types.get(column) not in (kind, "null"):
            known = ", ".join(one for one, found in types.items() if found == kind)
            told = f"measure {name}: '{column}' is no {kind} column of {measure.table}"
            faults.append(Fault(check="formula", message=told, advice=f"Those are {known}."))
    return faults


def _formula_faults(
    name: str, text: str, types: Mapping[str, ValueType], of: str, wanted: ValueType | None
) -> list[Fault]:
    try:
        parse(text, types, of=of, wanted=wanted)
    except FormulaError as error:
        return [Fault(check="formula", message=f"measure {name}: {error.message}", advice=error.advice)]
    return []


def _open_types(measure: Measure, texts: list[str]) -> dict[str, ValueType]:
    """The declared columns' types, and "null" (goes with any) for every other name that the measure uses."""
    named = [name for text in texts for name in names_in(text)]
    declared = columns_for_measures(measure.table or "")
    return {
        **dict.fromkeys([*named, measure.date_column, measure.credited], "null"),
        **{column.name: _value_type(column.type) for column in declared.values()},
    }


def _value_type(kind: str) -> ValueType:
    return "number" if kind in ("decimal", "integer") else kind  # type: ignore[return-value]
