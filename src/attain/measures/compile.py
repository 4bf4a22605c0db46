"""Measures become SQL: sums per person and stretch of days first, then one number per person and period."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Literal

from sqlglot import exp

from attain import money
from attain.credits.direct import CreditedRows, credited_rows, overlay_rows
from attain.credits.facts import Conversion, Facts
from attain.credits.rules import RuledFacts, credits_by_rules, ruled_rows, share_scale
from attain.engines.engine import ColumnInfo, Engine, Step, template
from attain.expressions import Formula, ValueType, names_in, parse, scale_of
from attain.measures.measure import ATTAINED, Measure
from attain.tables import TABLES

Aggregate = Literal["sum", "count", "distinct"]
Operation = Literal["term", "ratio", "difference", "formula", "attainment"]


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

    A ``formula`` calls its operands by ``names``; the ``attainment`` of one operand is it ÷ the quota of its measure.
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


def credits_step(measure: str) -> str:
    """The step that holds what the crediting rules of a measure give."""
    return f"credits_of_{measure}"


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
        if measure.formula:
            return _formula_recipe(measure, measures, rolled_up=rolled_up, label=label)
        kind: Operation = "ratio" if measure.ratio else "difference"
        operands = tuple(
            recipe_of(one, measures, rolled_up=rolled_up, label=f"{label}: {one}" if rolled_up else one)
            for one in measure.operands
        )
        return Recipe(kind, None, operands, label)
    if measure.average:
        above = Recipe("term", Term(name, "sum", rolled_up), label=label)
        below_ = Recipe("term", Term(name, "count", rolled_up), label=f"{label}: count")
        return Recipe("ratio", operands=(above, below_), label=label)
    aggregate: Aggregate = "sum" if measure.sum else "count" if measure.count else "distinct"
    return Recipe("term", Term(name, aggregate, rolled_up), label=label)


def _formula_recipe(measure: Measure, measures: Mapping[str, Measure], *, rolled_up: bool, label: str) -> Recipe:
    """The recipe of a formula over measures, and over the attainment of measures."""
    operands: dict[str, Recipe] = {}
    for name in names_in(measure.formula or ""):
        of = name.removesuffix(ATTAINED)
        value = recipe_of(of, measures, rolled_up=rolled_up, label=f"{label}: {of}" if rolled_up else of)
        operands[name] = value if of == name else Recipe("attainment", None, (value,), name, names=(of,))
    return Recipe("formula", None, tuple(operands.values()), label, measure.formula or "", tuple(operands))


@dataclass(frozen=True)
class Compiler:
    """Compiles measures over what an engine holds: the columns of its tables, and the digits of its splits' shares.

    ``share_scale`` is None where no fact is split.
    With ``only_credited`` the facts of nobody but the participants in the table ``credited`` are read, and of them
    what measures read and the columns in ``kept``. With a ``conversion`` all money is in its currency.
    """

    measures: Mapping[str, Measure]
    columns: Mapping[str, Mapping[str, ColumnInfo]]
    share_scale: int | None = None
    only_credited: bool = False
    kept: frozenset[str] = frozenset()
    conversion: Conversion | None = None

    @classmethod
    def over(
        cls,
        engine: Engine,
        measures: Mapping[str, Measure],
        *,
        only_credited: bool = False,
        kept: frozenset[str] = frozenset(),
        conversion: Conversion | None = None,
    ) -> Compiler:
        """A compiler over the tables an engine holds."""
        tables = {
            name for one in measures.values() if one.table for name in (one.table, TABLES[one.table].parent) if name
        }
        tables |= {name for one in measures.values() if one.table for name in one.tables_beside}
        is_split = bool(engine.rows("SELECT 1 FROM splits LIMIT 1"))
        share_scale = engine.columns("splits")["share"].scale if is_split else None
        columns = {name: engine.columns(name) for name in tables}
        return cls(measures, columns, share_scale, only_credited, kept, conversion)

    @cached_property
    def _facts(self) -> dict[str, Facts]:
        return {name: Facts(name, self.columns, self.conversion) for name in self.columns if TABLES[name].is_fact}

    def formula(self, measure: Measure, text: str | None, wanted: ValueType) -> Formula | None:
        """A formula of the measure, checked over the columns that are really there."""
        return parse(text, self.types(measure.table or ""), of=measure.table or "", wanted=wanted) if text else None

    def types(self, table: str) -> dict[str, ValueType]:
        """The types of all columns and paths that a measure over the table may use."""
        return {name: info.type for name, info in self._facts[table].infos.items()}

    def source(self, measure: Measure) -> str:
        """What stands behind FROM for the measure's facts (``f``), their parent (``p``) and its paths."""
        return self._facts[measure.table or ""].source(measure.names, self.date(measure))

    def _share_scale(self, measure: Measure) -> int | None:
        if measure.splits == "overlay":
            return self.share_scale or 0
        return self.share_scale if measure.splits == "follow" else None

    def _shared(self, measure: Measure) -> int | None:
        """Digits of the shares in which facts are credited; None where they are credited whole."""
        if measure.credits:
            return share_scale(measure.credits, self._ruled(measure))
        return self._share_scale(measure)

    def scale(self, term: Term) -> int:
        """Digits after the point of a term's sums."""
        measure = self.measures[term.measure]
        share = self._shared(measure)
        shared = 0 if share is None or term.aggregate == "distinct" else share + 2
        formula = self.formula(measure, measure.sum or measure.average, "number") if term.aggregate == "sum" else None
        own = scale_of(formula.tree, self._scales(measure)) if formula else 0
        return own + shared

    def _scales(self, measure: Measure) -> dict[str, int]:
        return {name: info.scale for name, info in self._facts[measure.table or ""].infos.items()}

    def rows(self, term: Term) -> CreditedRows:
        """The credited rows of a term's fact table."""
        measure = self.measures[term.measure]
        rows = self._credited(term, measure)
        if converted := self._facts[measure.table or ""].words(measure.names):
            return replace(rows, reason=exp.DPipe(this=rows.reason, expression=converted))
        return rows

    def _credited(self, term: Term, measure: Measure) -> CreditedRows:
        table, source = measure.table or "", self.source(measure)
        if measure.credits:
            return ruled_rows(table, source, credits_step(term.measure), self._shared(measure) or 0)
        if measure.splits == "overlay":
            return overlay_rows(table, source, self.share_scale or 0)
        whose = "owner" if measure.credited == "participant" else measure.credited
        owner = self.place(table, measure.credited)
        return credited_rows(table, source, owner=owner, whose=whose, share_scale=self._share_scale(measure))

    def credit_steps(self) -> Iterator[Step]:
        """The steps that hold what crediting rules give, one row per fact, rule and participant, over ``days``."""
        for name, measure in self.measures.items():
            if measure.credits:
                query = credits_by_rules(measure.credits, self._ruled(measure))
                yield Step(credits_step(name), query, f"who is credited with the facts of {name}, and why")

    def _ruled(self, measure: Measure) -> RuledFacts:
        related = self.columns.get("relationships")
        return RuledFacts(
            self._facts[measure.table or ""],
            self.date(measure),
            self.counts(measure),
            measure.names,
            lambda text: self._over(measure, text, "flag"),
            self._share_scale(measure),
            related["share"].scale if related else 0,
        )

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
        """Which credited rows count: those of somebody, and of facts that count (which rules were put to alone)."""
        measure = self.measures[term.measure]
        somebody: exp.Expr = exp.not_(exp.Is(this=rows.participant.copy(), expression=exp.Null()))
        if self.only_credited:
            credited = exp.select("participant").from_("credited").subquery(copy=False)
            somebody = exp.In(this=rows.participant.copy(), query=credited)
        return somebody if measure.credits else exp.and_(somebody, *self.counts(measure))

    def counts(self, measure: Measure) -> list[exp.Expr]:
        """Which facts count: by the measure's condition, with a rate for their money, and for averages with a value."""
        conditions: list[exp.Expr] = [self._over(measure, measure.where, "flag")] if measure.where else []
        if measure.average:
            value = self._over(measure, measure.average, "number")
            conditions.append(exp.not_(exp.Is(this=exp.Paren(this=value), expression=exp.Null())))
        if is_known := self._facts[measure.table or ""].convertible(measure.all_names):
            conditions.append(is_known)
        return conditions

    def unconvertible(self, measure: Measure) -> exp.Expr | None:
        """The condition on facts whose money no rate converts; None where nothing is converted."""
        is_known = self._facts[measure.table or ""].convertible(measure.all_names)
        return exp.not_(is_known) if is_known else None

    def _over(self, measure: Measure, text: str, wanted: ValueType) -> exp.Expr:
        """A formula of the measure where its columns stand."""
        formula = self.formula(measure, text, wanted)
        assert formula is not None
        return formula.over(self._place(measure), self._scales(measure))

    def item(self, term: Term) -> exp.Expr:
        """What a ``count_distinct`` measure tells apart."""
        measure = self.measures[term.measure]
        formula = parse(measure.count_distinct or "", self.types(measure.table or ""), of=measure.table or "")
        return formula.over(self._place(measure), self._scales(measure))

    def place(self, table: str, name: str) -> exp.Expr:
        """Where a column or path stands: in the facts (``f``), in their parent (``p``), or in what they refer to."""
        return self._facts[table].place(name)

    def _place(self, measure: Measure) -> Callable[[str], exp.Expr]:
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

    def value(
        self, recipe: Recipe, columns: Mapping[Term, str], quotas: Mapping[str, money.Exact] | None = None
    ) -> money.Exact:
        """The value of a recipe over a row that holds its terms in the named columns, and ``quotas`` by measure."""
        if recipe.term:
            scale = self.scale(recipe.term)
            column = exp.column(columns[recipe.term], quoted=True)
            return money.Exact(money.decimal(exp.func("COALESCE", column, exp.Literal.number(0)), scale), scale)
        values = [self.value(operand, columns, quotas) for operand in recipe.operands]
        if recipe.operation == "attainment":
            values.append((quotas or {})[recipe.names[0]])
        return calculated(recipe, values)


def calculated(recipe: Recipe, values: Sequence[money.Exact]) -> money.Exact:
    """What a recipe makes of values (of an attainment: measure and quota); null where it needs one that is null."""
    if recipe.operation != "formula":
        left, right = values
        return money.difference(left, right) if recipe.operation == "difference" else money.quotient(left, right)
    named = dict(zip(recipe.names, values, strict=True))
    scales = {name: value.scale for name, value in named.items()}
    formula = parse(recipe.formula, dict.fromkeys(named, "number"), of="measures", wanted="number")
    scale = scale_of(formula.tree, scales)
    value = money.Exact(money.decimal(formula.over(lambda name: named[name].tree.copy(), scales), scale), scale)
    known = [exp.not_(exp.Is(this=named[name].tree.copy(), expression=exp.Null())) for name in formula.needed]
    if not known or not formula.tree.find(exp.Greatest, exp.Least, exp.Case):
        return value  # arithmetic with null is null by itself
    return money.choose([(exp.and_(*known, copy=False), value)], money.Exact(exp.Null(), 0))
