"""A plan becomes named SQL steps: members, sums, measured, quotas, attainment, what each component earns, payouts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from sqlglot import exp

from attain import money
from attain.engines.engine import ColumnInfo, Step, template
from attain.expressions import Formula, parse
from attain.measures.compile import Compiler, Recipe, Term, recipe_of
from attain.plans.document import CheckedPlan, PlanComponent, Target
from attain.plans.values import Rate
from attain.quotas.cells import changed_cells, quota_cells
from attain.tables import NEVER


def day(value: date) -> exp.Expr:
    """A date as SQL."""
    return exp.cast(exp.Literal.string(value.isoformat()), "DATE")


def union(queries: Sequence[exp.Expr]) -> exp.Expr:
    """All rows of several SELECTs with the same columns."""
    first, *others = queries
    for other in others:
        first = exp.union(first, other, distinct=False, copy=False)
    return first


@dataclass(frozen=True)
class PlanCompiler:
    """Compiles one plan over the columns an engine holds: ``attributes`` of participants, and what measures read.

    ``value_digits`` and ``quota_digits`` are the most that a running total and a quota have before the point;
    ``members_throughout`` says that every member is on the plan on each of the days (both from ``narrowed``).
    With ``since`` more is calculated than was asked for, as what is paid runs on: asked are periods that end after it.
    With ``given_scale`` the measured values are given with that many digits (worked examples), each for a whole period.
    """

    checked: CheckedPlan
    measures: Compiler
    attributes: Mapping[str, ColumnInfo]
    quota_scale: int
    given_scale: int | None = None
    value_digits: int = money.PRECISION
    quota_digits: int = money.PRECISION
    members_throughout: bool = False
    since: date | None = None
    changes_pay: bool = False
    has_relief: bool = False

    @cached_property
    def rounding(self) -> money.Rounding:
        """The rounding of the plan's money."""
        return self.checked.plan.money_rounding()

    @property
    def is_settled(self) -> bool:
        """Whether there is more to what is paid than the sum of what was earned."""
        payment = self.checked.plan.payment
        return bool(self.checked.components) and (payment.runs_on or self.changes_pay)

    @property
    def where_asked(self) -> str:
        """The WHERE that leaves the rows of a step that were asked for; empty where all were."""
        return f" WHERE period_end > DATE '{self.since}'" if self.since else ""

    def asked(self, step: str) -> exp.Query:
        """The rows of a step that were asked for."""
        return template(f'SELECT * FROM "{step}"{self.where_asked}')

    @cached_property
    def recipes(self) -> dict[str, Recipe]:
        """The recipe of every measure the plan reads."""
        return {name: recipe_of(name, self.checked.measures) for name, _ in self.checked.measured}

    @cached_property
    def terms(self) -> list[Term]:
        """Every term of the plan's measures, each once."""
        return list(dict.fromkeys(term for recipe in self.recipes.values() for term, _, _ in recipe.terms()))

    @cached_property
    def value_scale(self) -> int:
        """Digits after the point of all measured values beside one another."""
        if self.given_scale is not None:
            return self.given_scale
        return max((self.value_of(name).scale for name in self.recipes), default=0)

    def value_of(self, name: str) -> money.Exact:
        """The value of a measure over a row with one column for each of its terms."""
        attained = enumerate(self.checked.attained(name))
        quotas = {one: money.column(f"quota_{number}", self.quota_scale) for number, one in attained}
        return self.measures.value(self.recipes[name], {term: term.step for term in self.terms}, quotas)

    def attribute_formula(self, rate: Rate) -> Formula | None:
        """A rate's formula over the participant's attributes, checked; None for a plain number."""
        if rate.formula is None:
            return None
        types = {name: info.type for name, info in self.attributes.items()}
        return parse(rate.formula, types, of="participants", wanted="number")

    @cached_property
    def used_attributes(self) -> list[str]:
        """The participants' attributes that the plan's rates and the amounts of its payment read."""
        amounts = [self.attribute_formula(amount) for _, amount, _ in self.checked.plan.payment.amounts()]
        return sorted(
            {name for component in self.checked.components for name in self.attributes_of(component)}
            | {name for formula in amounts if formula for name in formula.columns}
        )

    def attributes_of(self, component: PlanComponent) -> list[str]:
        """The participants' attributes that a component's rates read, and its pool."""
        formulas = [self.attribute_formula(rate) for rate in component.rates]
        pool = component.spec.pool
        own = {pool.of} if pool and pool.of else set()
        return sorted(own | {name for formula in formulas if formula for name in formula.columns})

    def members(self) -> Step:
        """Who is on the plan: one row per participant and stretch in which their attributes do not change."""
        plan = self.checked.plan
        start, end = day(plan.effective.start), day(plan.effective.end or NEVER)
        attributes = "".join(f', v."{name}" AS "{name}"' for name in self.used_attributes)
        if isinstance(plan.participants, str) and plan.has_condition:
            types = {name: info.type for name, info in self.attributes.items()}
            formula = parse(plan.participants, types, of="participants", wanted="flag")
            scales = {name: info.scale for name, info in self.attributes.items()}
            condition = formula.over(lambda name: exp.column(name, table="v", quoted=True), scales)
            since, until, joined = 'v."start"', 'v."end"', ""
        else:
            condition = exp.true()
            since, until = 'GREATEST(v."start", a."start")', 'LEAST(v."end", a."end")'
            joined = (
                ' JOIN assigned AS a ON a.participant = v.participant AND a."start" < v."end" AND v."start" < a."end"'
            )
        query = template(
            f"SELECT v.participant AS participant, GREATEST({since}, :start) AS from_day, "
            f"LEAST({until}, :end) AS until_day"
            f"{attributes} FROM versions AS v{joined} WHERE :condition AND {since} < :end AND {until} > :start",
            start=start,
            end=end,
            condition=condition,
        )
        return Step("members", query, "who is on the plan: one row per participant and stretch without a change")

    def segments(self) -> Iterator[Step]:
        """The members' stretches cut at the periods, and the periods each of them has."""
        attributes = "".join(f', m."{name}" AS "{name}"' for name in self.used_attributes)
        yield Step(
            "segments",
            template(
                "SELECT m.participant AS participant, p.every AS every, p.period_start AS period_start, "
                "p.period_end AS period_end, p.quota_end AS quota_end, "
                "GREATEST(m.from_day, p.period_start) AS from_day, "
                f"LEAST(m.until_day, p.period_end) AS until_day{attributes} FROM members AS m "
                "JOIN periods AS p ON m.from_day < p.period_end AND p.period_start < m.until_day"
            ),
            "stretches of members within periods, each with one set of attributes",
        )
        yield Step(
            "member_periods",
            template("SELECT DISTINCT participant, every, period_start, period_end, quota_end FROM segments"),
            "the periods in which somebody is on the plan: one row per participant and period",
        )

    def steps(self) -> Iterator[Step]:
        """The steps from segments to attainment, in order."""
        yield from self.segments()
        yield from self.measures.steps(self.terms)
        for term in self.terms:
            yield self._by_period(term)
        if self.checked.targets:
            yield Step(
                "quota_cells",
                union([self._quota(target) for target in self.checked.targets]),
                "one row per participant, measure and period that has a quota",
            )
        yield Step(
            "measured",
            union([self._measured(name, interval.kind) for name, interval in self.checked.measured]),
            "one row per participant, measure and period",
        )
        if self.checked.targets:
            yield self._attainment()

    def _by_period(self, term: Term) -> Step:
        scale = self.measures.scale(term)
        added = "COUNT(DISTINCT s.item)" if term.aggregate == "distinct" else "SUM(s.value)"
        query = template(
            f"SELECT g.participant AS participant, g.every AS every, g.period_end AS period_end, "
            f'CAST({added} AS DECIMAL(38, {scale})) AS value FROM segments AS g JOIN "{term.step}" AS s '
            "ON s.participant = g.participant AND g.from_day <= s.slice AND s.slice < g.until_day GROUP BY 1, 2, 3"
        )
        return Step(f"{term.step}_by_period", query, "the same per participant and period")

    def _measured(self, name: str, every: str) -> exp.Expr:
        terms = list(dict.fromkeys(term for term, _, _ in self.recipes[name].terms()))
        joins = "".join(
            f' LEFT JOIN "{term.step}_by_period" AS t{n} ON t{n}.participant = m.participant AND t{n}.every = m.every '
            f"AND t{n}.period_end = m.period_end"
            for n, term in enumerate(terms)
        )
        columns = ", ".join(f't{n}.value AS "{term.step}"' for n, term in enumerate(terms))
        for n, one in enumerate(self.checked.attained(name)):
            columns += f', q{n}.quota AS "quota_{n}"'
            told = exp.Literal.string(one).sql("duckdb")
            joins += (
                f" LEFT JOIN quota_cells AS q{n} ON q{n}.participant = m.participant AND q{n}.measure = {told} "
                f"AND q{n}.every = m.every AND q{n}.period_end = m.period_end"
            )
        rows = (
            f"SELECT m.participant, m.every, m.period_start, m.period_end, {columns} "
            f"FROM member_periods AS m{joins} WHERE m.every = '{every}'"
        )
        value = self.value_of(name).at(self.value_scale)
        return template(
            f"SELECT participant, :name AS measure, every, period_start, period_end, :value AS value "
            f"FROM ({rows}) AS r",
            name=exp.Literal.string(name),
            value=value,
        )

    def _quota(self, target: Target) -> exp.Expr:
        own = target.quota == "own"
        quota_of = target.measure if own else self.checked.measures[target.measure].rollup or ""
        every, source, scale = target.interval.kind, target.quota, self.quota_scale
        cells = quota_cells(target.measure, quota_of=quota_of, every=every, source=source, scale=scale)
        if not self.changes_quotas:
            return cells
        shared = self.checked.plan.changes_quotas
        return changed_cells(
            cells, quota_of=quota_of, every=every, source=source, scale=scale, shared=shared, relieved=self.has_relief
        )

    @property
    def changes_quotas(self) -> bool:
        """Whether quotas are other than those of the whole period, by time on the plan, a ramp or adjustments."""
        return self.has_relief or self.checked.plan.changes_quotas

    def _attainment(self) -> Step:
        value, quota = (
            money.column("value", self.value_scale, table="v"),
            money.column("quota", self.quota_scale, table="q"),
        )
        return Step(
            "attainment",
            template(
                "SELECT v.participant, v.measure, v.period_start, v.period_end, v.value, q.quota, "
                ":attained AS attainment "
                "FROM measured AS v JOIN quota_cells AS q ON q.participant = v.participant AND q.measure = v.measure "
                "AND q.every = v.every AND q.period_end = v.period_end",
                attained=money.quotient(value, quota).tree,
            ),
            "measure ÷ quota: one row per participant, measure and period that has a quota",
        )
