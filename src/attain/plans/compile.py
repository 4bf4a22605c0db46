"""A plan becomes named SQL steps: members, sums, measured, quotas, attainment, what each component earns, payouts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from sqlglot import exp

from attain import money
from attain.calendar import KINDS, PeriodKind
from attain.engines.engine import ColumnInfo, Step, template
from attain.expressions import Formula, parse, scale_of
from attain.measures.compile import Compiler, Recipe, Term, recipe_of
from attain.measures.measure import is_additive
from attain.plans.component import Given
from attain.plans.document import CheckedPlan, PlanComponent, Target
from attain.plans.values import Rate
from attain.tables import NEVER


def day(value: date) -> exp.Expr:
    """A date as SQL."""
    return exp.cast(exp.Literal.string(value.isoformat()), "DATE")


def union(queries: list[exp.Expr]) -> exp.Expr:
    """All rows of several SELECTs with the same columns."""
    first, *others = queries
    for other in others:
        first = exp.union(first, other, distinct=False)
    return first


@dataclass(frozen=True)
class PlanCompiler:
    """Compiles one plan over the columns an engine holds: ``attributes`` of participants, and what measures read.

    With ``given_scale`` the measured values are given with that many digits (worked examples), each for a whole period.
    """

    checked: CheckedPlan
    measures: Compiler
    attributes: Mapping[str, ColumnInfo]
    quota_scale: int
    given_scale: int | None = None

    @cached_property
    def rounding(self) -> money.Rounding:
        """The rounding of the plan's money."""
        return self.checked.plan.money_rounding()

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
        return self.measures.value(self.recipes[name], {term: term.step for term in self.terms})

    def scale_of_measure(self, name: str) -> int:
        """Digits after the point of a measure's values."""
        return self.value_of(name).scale

    # members ---------------------------------------------------------------------------------------------------------

    def attribute_formula(self, rate: Rate) -> Formula | None:
        """A rate's formula over the participant's attributes, checked; None for a plain number."""
        if rate.formula is None:
            return None
        types = {name: info.type for name, info in self.attributes.items()}
        return parse(rate.formula, types, of="participants", wanted="number")

    @cached_property
    def used_attributes(self) -> list[str]:
        """The participants' attributes that the plan's rates read."""
        return sorted({name for component in self.checked.components for name in self.attributes_of(component)})

    def attributes_of(self, component: PlanComponent) -> list[str]:
        """The participants' attributes that a component's rates read."""
        formulas = [self.attribute_formula(rate) for rate in component.part.rates(component.params)]
        return sorted({name for formula in formulas if formula for name in formula.columns})

    def members(self) -> Step:
        """Who is on the plan: one row per participant and stretch in which their attributes do not change."""
        plan = self.checked.plan
        start, end = day(plan.effective.start), day(plan.effective.end or NEVER)
        attributes = "".join(f', v."{name}" AS "{name}"' for name in self.used_attributes)
        if isinstance(plan.participants, str):
            types = {name: info.type for name, info in self.attributes.items()}
            formula = parse(plan.participants, types, of="participants", wanted="flag")
            scales = {name: info.scale for name, info in self.attributes.items()}
            condition = formula.over(lambda name: exp.column(name, table="v", quoted=True), scales)
            since, until, joined = 'v."start"', 'v."end"', ""
        else:
            condition = exp.true()
            since, until = 'GREATEST(v."start", a."start")', 'LEAST(v."end", a."end")'
            joined = (' JOIN assignments AS a ON a.participant = v.participant'
                      ' AND a."start" < v."end" AND v."start" < a."end"')
        query = template(
            f"SELECT v.participant AS participant, GREATEST({since}, :start) AS from_day, LEAST({until}, :end) AS until_day"
            f"{attributes} FROM versions AS v{joined} WHERE :condition AND {since} < :end AND {until} > :start",
            start=start, end=end, condition=condition,
        )
        return Step("members", query, "who is on the plan: one row per participant and stretch without a change")

    def segments(self) -> Iterator[Step]:
        """The members' stretches cut at the periods, and the periods each of them has."""
        attributes = "".join(f', m."{name}" AS "{name}"' for name in self.used_attributes)
        yield Step("segments", template(
            "SELECT m.participant AS participant, p.every AS every, p.period_start AS period_start, "
            "p.period_end AS period_end, GREATEST(m.from_day, p.period_start) AS from_day, "
            f"LEAST(m.until_day, p.period_end) AS until_day{attributes} FROM members AS m "
            "JOIN periods AS p ON m.from_day < p.period_end AND p.period_start < m.until_day"
        ), "stretches of members within periods, each with one set of attributes")
        yield Step("member_periods", template(
            "SELECT DISTINCT participant, every, period_start, period_end FROM segments"
        ), "the periods in which somebody is on the plan: one row per participant and period")

    # measured, attainment ---------------------------------------------------------------------------------------------

    def steps(self) -> Iterator[Step]:
        """Every step behind the members, in order."""
        yield from self.segments()
        yield from self.measures.steps(self.terms)
        for term in self.terms:
            yield self._by_period(term)
        yield Step("measured", union([self._measured(name, every) for name, every in self.checked.measured]),
                   "one row per participant, measure and period")
        if self.checked.targets:
            yield Step("quota_cells", union([self._quota(target) for target in self.checked.targets]),
                       "one row per participant, measure and period that has a quota")
            yield self._attainment()
        for component in self.checked.components:
            yield self.basis(component)
            yield self.earned_step(component)
        if self.checked.components:
            yield self._earnings()
            yield self._payouts()

    def _by_period(self, term: Term) -> Step:
        scale = self.measures.scale(term)
        added = "COUNT(DISTINCT s.item)" if term.aggregate == "distinct" else "SUM(s.value)"
        query = template(
            f"SELECT g.participant AS participant, g.every AS every, g.period_start AS period_start, "
            f"CAST({added} AS DECIMAL(38, {scale})) AS value FROM segments AS g JOIN \"{term.step}\" AS s "
            "ON s.participant = g.participant AND g.from_day <= s.slice AND s.slice < g.until_day GROUP BY 1, 2, 3"
        )
        return Step(f"{term.step}_by_period", query, "the same per participant and period")

    def _measured(self, name: str, every: PeriodKind) -> exp.Expr:
        terms = list(dict.fromkeys(term for term, _, _ in self.recipes[name].terms()))
        joins = "".join(
            f' LEFT JOIN "{term.step}_by_period" AS t{n} ON t{n}.participant = m.participant AND t{n}.every = m.every '
            f"AND t{n}.period_start = m.period_start" for n, term in enumerate(terms)
        )
        columns = ", ".join(f't{n}.value AS "{term.step}"' for n, term in enumerate(terms))
        rows = (f"SELECT m.participant, m.every, m.period_start, m.period_end, {columns} "
                f"FROM member_periods AS m{joins} WHERE m.every = '{every}'")
        value = self.value_of(name).at(self.value_scale)
        return template(f"SELECT participant, :name AS measure, every, period_start, period_end, :value AS value "
                        f"FROM ({rows}) AS r", name=exp.Literal.string(name), value=value)

    def _quota(self, target: Target) -> exp.Expr:
        """Quotas of a target by period: the row of exactly the period, else the sum of the rows inside it."""
        exact = ('q."start" = m.period_start AND COALESCE(q."end", m.period_end) = m.period_end')
        if target.quota == "own":
            source, whose = "quotas AS q", "q.participant = m.participant"
            measure = target.measure
        else:
            source = ('(SELECT c.above AS participant, q.measure, q."start", q."end", q.quota FROM quotas AS q JOIN chain AS c '
                      'ON c.participant = q.participant AND c."start" <= q."start" AND q."start" < c."end") AS q')
            whose, measure = "q.participant = m.participant", self.checked.measures[target.measure].rollup or ""
        summed = f"COALESCE(SUM(CASE WHEN {exact} THEN q.quota END), SUM(q.quota))"
        return template(
            f"SELECT m.participant, :measure AS measure, m.every, :source AS source, m.period_start, m.period_end, "
            f"CAST({summed} AS DECIMAL(38, {self.quota_scale})) AS quota "
            f"FROM member_periods AS m JOIN {source} ON {whose} AND q.measure = :own AND m.period_start <= q.\"start\" "
            f'AND CASE WHEN q."end" IS NULL THEN q."start" = m.period_start ELSE q."end" <= m.period_end END '
            f"WHERE m.every = '{target.every}' GROUP BY m.participant, m.every, m.period_start, m.period_end",
            measure=exp.Literal.string(target.measure), source=exp.Literal.string(target.quota),
            own=exp.Literal.string(measure),
        )

    def _attainment(self) -> Step:
        value, quota = money.column("value", self.value_scale, table="v"), money.column("quota", self.quota_scale, table="q")
        return Step("attainment", template(
            "SELECT v.participant, v.measure, v.period_start, v.period_end, v.value, q.quota, :attained AS attainment "
            "FROM measured AS v JOIN quota_cells AS q ON q.participant = v.participant AND q.measure = v.measure "
            "AND q.every = v.every AND q.period_start = v.period_start", attained=money.quotient(value, quota).tree,
        ), "measure ÷ quota: one row per participant, measure and period that has a quota")

    # earnings ---------------------------------------------------------------------------------------------------------

    def basis(self, component: PlanComponent) -> Step:
        """What a component pays on: one row per participant and period, or stretch of it where rates change inside."""
        spec = component.spec
        attributes = self.attributes_of(component)
        selected = "".join(f', g."{name}" AS "{name}"' for name in attributes)
        quota = "CAST(NULL AS DECIMAL(38, 0)) AS quota"
        joined = ""
        if spec.quota:
            quota = "q.quota AS quota"
            joined = (" LEFT JOIN quota_cells AS q ON q.participant = v.participant AND q.measure = v.measure "
                      f"AND q.every = v.every AND q.period_start = v.period_start AND q.source = '{spec.quota}'")
        if self.is_cut(component):
            stretch = "g.from_day, g.until_day, s.value AS value, s.running AS running"
            joined += f" JOIN ({self._stretches(component)}) AS s ON s.participant = v.participant AND s.period_start = v.period_start"
            joined += (" JOIN segments AS g ON g.participant = v.participant AND g.every = v.every "
                       "AND g.period_start = v.period_start AND g.from_day = s.from_day")
        elif attributes:
            stretch = "v.period_start AS from_day, v.period_end AS until_day, v.value AS value, v.value AS running"
            joined += (" JOIN (SELECT *, ROW_NUMBER() OVER (PARTITION BY participant, every, period_start ORDER BY from_day DESC) "
                       "AS nth FROM segments) AS g ON g.participant = v.participant AND g.every = v.every "
                       "AND g.period_start = v.period_start AND g.nth = 1")
        else:
            stretch = "v.period_start AS from_day, v.period_end AS until_day, v.value AS value, v.value AS running"
        span = self._component_span(component)
        query = template(
            f"SELECT v.participant, v.period_start, v.period_end, {stretch}, v.value AS total, {quota}{selected} "
            f"FROM measured AS v{joined} WHERE v.measure = :measure AND v.every = '{spec.every}' {span}",
            measure=exp.Literal.string(spec.measure),
        )
        return Step(self.step_of(component, "basis"), query, f"what {spec.name} pays on")

    def _component_span(self, component: PlanComponent) -> str:
        own = component.spec.effective
        if own is None:
            return ""
        told = f"AND v.period_start >= DATE '{own.start}'"
        return told + (f" AND v.period_end <= DATE '{own.end}'" if own.end else "")

    def _stretches(self, component: PlanComponent) -> str:
        """Sum of an additive measure by stretch, with the running total of the period behind it."""
        scale = self.value_scale
        signed = " UNION ALL ".join(
            f'SELECT participant, slice, {"-" if sign < 0 else ""}value AS value FROM "{term.step}"'
            for term, _, sign in self.recipes[component.spec.measure].terms()
        )
        summed = (f"SELECT g.participant, g.period_start, g.from_day, CAST(COALESCE(SUM(s.value), 0) AS DECIMAL(38, {scale})) "
                  f"AS value FROM segments AS g LEFT JOIN ({signed}) AS s ON s.participant = g.participant "
                  f"AND g.from_day <= s.slice AND s.slice < g.until_day WHERE g.every = '{component.spec.every}' GROUP BY 1, 2, 3")
        return (f"SELECT *, CAST(SUM(value) OVER (PARTITION BY participant, period_start ORDER BY from_day) "
                f"AS DECIMAL(38, {scale})) AS running FROM ({summed}) AS w")

    def is_cut(self, component: PlanComponent) -> bool:
        """Whether a period is cut where the participant's attributes change, each part at its own rate."""
        return (self.given_scale is None and component.part.rates_by_day and bool(self.attributes_of(component))
                and is_additive(component.spec.measure, self.checked.measures))

    def step_of(self, component: PlanComponent, what: str) -> str:
        """The name of a component's step."""
        return f"{what}_{component.number + 1}"

    def given(self, component: PlanComponent, *, value: str, table: str, total: str = "total") -> Given:
        """What the component's rule reads, as columns of a table; ``value`` names the running total's column."""
        scale = self.value_scale

        def rate(written: Rate) -> money.Exact:
            if written.value is not None:
                return money.number(written.value)
            formula = self.attribute_formula(written)
            assert formula is not None
            scales = {name: info.scale for name, info in self.attributes.items()}
            tree = formula.over(lambda name: exp.column(name, table=table, quoted=True), scales)
            digits = scale_of(formula.tree, scales)
            return money.Exact(money.decimal(tree, digits), digits)

        quota = money.column("quota", self.quota_scale, table=table) if component.spec.quota else None
        return Given(money.column(value, scale, table=table), money.column(total, scale, table=table), quota, rate)

    def earned(self, component: PlanComponent, given: Given) -> money.Exact:
        """The exact earning at a running total: the sum of the pieces, 0 without the quota it needs."""
        amount = money.total([piece.amount for piece in component.part.pieces(component.params, given)])
        return self.guarded(component, given, amount)

    def guarded(self, component: PlanComponent, given: Given, amount: money.Exact) -> money.Exact:
        """An amount, or 0 where there is no quota to measure it by (or no measure at all)."""
        if component.uses_quota and given.quota:
            has_quota = money.reaches(given.quota, money.number(0), exclusive=True)
            amount = money.choose([(has_quota, amount)], money.number(0))
        return money.Exact(exp.func("COALESCE", amount.tree, money.decimal(exp.Literal.number(0), amount.scale)), amount.scale)

    def earned_step(self, component: PlanComponent) -> Step:
        given = self.given(component, value="running", table="b")
        behind = self.earned(component, given)
        reached = component.part.rate(component.params, given)
        rate = self.guarded(component, given, reached).at(reached.scale) if reached else exp.cast(exp.Null(), "DECIMAL(38, 0)")
        name = exp.Literal.string(component.spec.name)
        if not self.is_cut(component):
            query = template(
                "SELECT b.participant, :name AS component, b.period_start, b.period_end, b.total AS measure_value, b.quota, "
                f':rate AS rate, :amount AS amount FROM "{self.step_of(component, "basis")}" AS b',
                name=name, rate=rate, amount=money.rounded(behind, self.rounding).tree,
            )
        else:
            exact = money.difference(behind, self.earned(component, self._before(component)))
            summed = money.Exact(money.decimal(exp.Sum(this=exact.tree), exact.scale), exact.scale)
            query = template(
                "SELECT b.participant, :name AS component, b.period_start, b.period_end, MAX(b.total) AS measure_value, "
                "MAX(b.quota) AS quota, CASE WHEN MIN(:rate) = MAX(:rate) THEN MAX(:rate) END AS rate, :amount AS amount "
                f'FROM "{self.step_of(component, "basis")}" AS b GROUP BY b.participant, b.period_start, b.period_end',
                name=name, rate=rate, amount=money.rounded(summed, self.rounding).tree,
            )
        return Step(self.step_of(component, "earned"), query, f"what {component.spec.name} earns")

    def _before(self, component: PlanComponent) -> Given:
        """What the rule reads at the start of a stretch."""
        given = self.given(component, value="running", table="b")
        before = money.difference(given.value, money.column("value", self.value_scale, table="b"))
        return Given(before, given.total, given.quota, given.rates)

    def _earnings(self) -> Step:
        rates = max((reached.scale for component in self.checked.components
                     if (reached := component.part.rate(component.params, self.given(component, value="running", table="b")))),
                    default=0)
        digits = self.rounding.digits
        queries = [template(
            f"SELECT participant, component, period_start, period_end, CAST(measure_value AS DECIMAL(38, {self.value_scale})) "
            f"AS measure_value, CAST(quota AS DECIMAL(38, {self.quota_scale})) AS quota, CAST(rate AS DECIMAL(38, {rates})) AS rate, "
            f"CAST(amount AS DECIMAL(38, {digits})) AS amount, '{self.checked.plan.currency}' AS currency "
            f'FROM "{self.step_of(component, "earned")}"'
        ) for component in self.checked.components]
        return Step("earnings", union(queries), "one row per participant, component and period, rounded once")

    def _payouts(self) -> Step:
        digits = self.rounding.digits
        return Step("payouts", template(
            "SELECT e.participant, COALESCE(p.period_start, e.period_start) AS period_start, e.period_end AS period_end, "
            f"CAST(SUM(e.amount) AS DECIMAL(38, {digits})) AS amount, e.currency FROM earnings AS e "
            f"LEFT JOIN periods AS p ON p.every = '{self.paid_every}' AND p.period_end = e.period_end GROUP BY 1, 2, 3, 5"
        ), "one row per participant and period of payment; an earning is paid when its own period ends")

    @property
    def paid_every(self) -> PeriodKind:
        """The kind of period in which the plan pays: the shortest of its components'."""
        used = {component.spec.every for component in self.checked.components}
        return next(kind for kind in KINDS if kind in used)

