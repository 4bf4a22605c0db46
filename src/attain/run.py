"""A run: a plan over data for the periods asked for, from files to attainment, earnings and payouts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
from sqlglot import exp

from attain.calendar import kinds, parse_span, period_at
from attain.engines.duckdb import DuckDB
from attain.engines.engine import Engine, Step, template
from attain.errors import AttainError, Fault, UsageError, raise_errors
from attain.measures.compile import Compiler
from attain.measures.credited import credit_faults
from attain.measures.hold import hold_steps
from attain.measures.inputs import fact_dates, give_days, give_people
from attain.money import TooManyDigitsError
from attain.plans.closed import IS_CLOSED
from attain.plans.compile import PlanCompiler, day
from attain.plans.currencies import conversion_of, converted_quotas, currency_faults, missing_rates
from attain.plans.document import ASSIGNED, CheckedPlan, Plan
from attain.plans.faults import (
    formula_faults,
    hold_faults,
    measures_read,
    missing_for_pay,
    open_quota_faults,
    tables_read,
    unknown_names,
)
from attain.plans.held import BY_FACT
from attain.plans.lint import check_plan
from attain.plans.lint_formulas import KnownAttributes
from attain.plans.paid import PAID, pay_out
from attain.plans.pay import plan_steps
from attain.plans.periods import from_the_start, give_periods, held_periods
from attain.plans.proration import give_shares
from attain.sources.load import Data, InEngine, Loaded, load, needed_tables, settle
from attain.sources.mapping import Mapping
from attain.sources.severities import fault
from attain.tables import EVER, NEVER

Progress = Callable[[str, int], None]
"""Told what is being done, and how many per cent of the whole are done."""

PEOPLE = (
    "participants",
    "reporting_lines",
    "coverage",
    "quotas",
    "quota_adjustments",
    "exchange_rates",
    "splits",
    "adjustments",
    "paid",
    "holds",
    "cancellations",
)


@dataclass
class Run:
    """A run whose results an engine holds under the names of its steps."""

    checked: CheckedPlan
    engine: Engine
    compiler: PlanCompiler
    loaded: Loaded
    span: tuple[date, date]
    faults: list[Fault]
    steps: list[Step] = field(default_factory=list)

    @property
    def stores_lines(self) -> bool:
        """Whether the plan says that each deal's part is stored with every run."""
        return any(
            getattr(component.params, "processing", None) == "deal_by_deal" for component in self.checked.components
        )

    def table(self, name: str) -> pa.Table:
        """The rows of a result table, in the order in which it is written."""
        return self.engine.fetch(result_query(self, name))

    def paid(self) -> dict[str, Decimal]:
        """What is paid to each participant in the time asked for; nobody where the plan pays nothing."""
        if not self.checked.components:
            return {}
        sql = "SELECT participant, SUM(amount) AS amount FROM found AS p GROUP BY 1"
        rows = self.engine.rows(template(sql, found=self.compiler.asked("payouts")))
        return {row["participant"]: row["amount"] for row in rows}


CHECKS = {
    "overflow": "error: a number has more digits than exact arithmetic has room for",
    "engine": "error: the engine has no memory or disk left",
    "not-on-plan": "error: who is to be explained is not on the plan in that time",
    "dimension": "error: a measure is to be laid out by what its facts do not have",
}
"""Every check of a calculation by its name."""

RESULTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "measures": ("measured", ("participant", "measure", "period_start", "period_end", "value")),
    "attainment": (
        "attainment",
        ("participant", "measure", "period_start", "period_end", "value", "quota", "attainment"),
    ),
    "earnings": (
        "earnings",
        (
            "participant",
            "component",
            "period_start",
            "period_end",
            "measure_value",
            "quota",
            "rate",
            "amount",
            "currency",
        ),
    ),
    **{name: (name, columns) for name, columns in PAID.items()},
}
"""The result tables: the step each comes from and its columns."""


_ORDER = ("participant", "measure", "component", "account", "period_start", "period_end")


def result_query(run: Run, name: str) -> exp.Expr:
    """The rows of a result table, ordered by participant, what it is about, and period."""
    step, columns = RESULTS[name]
    order = (
        ["participant", "period_start", "number"] if "number" in columns else [one for one in _ORDER if one in columns]
    )
    return (
        exp.select(*(exp.column(column, quoted=True) for column in columns))
        .from_(run.compiler.asked(step).subquery("r"))
        .order_by(*(exp.column(column, quoted=True) for column in order))
    )


def run_plan(
    checked: CheckedPlan,
    data: Data,
    *,
    period: str = "all",
    mapping: Mapping | None = None,
    engine: Engine | None = None,
    progress: Progress | None = None,
    participants: Iterable[str] | None = None,
) -> Run:
    """Calculate a plan over data for a period; raises AttainError with every error of plan and data.

    With ``participants`` only they are calculated (all where people share a pool), data is not checked again, and there
    are no fingerprints: for who asks about somebody after a run.
    """
    engine = engine or DuckDB()
    tell = progress or (lambda _what, _done: None)
    raise_errors(check_plan(checked))
    assigned = ("assignments",) if checked.plan.participants == ASSIGNED else ()
    names = needed_tables([*PEOPLE, *assigned, *tables_read(checked)])
    tell("reading the data", 0)
    loaded = load(engine, data, names, mapping=mapping, checked=participants is None)
    loaded.faults += _missing_tables(("participants", *assigned, *tables_read(checked)), data, loaded)
    raise_errors(loaded.faults)
    compiler = _compiler(checked, engine, None if checked.has_pools else participants, is_checked=participants is None)
    tell("calculating", 40)
    span = find_span(checked, engine, compiler.measures, period)
    compiler = from_the_start(compiler, span[0])
    run = Run(checked, engine, compiler, loaded, span, list(loaded.faults))
    run.faults += _prepare(run)
    raise_errors(run.faults)
    _make_steps(run, tell)
    if compiler.is_settled:
        run.steps += pay_out(compiler, engine)
    if participants is None:
        run.faults += _doubts(compiler, engine)
    run.faults += settle(engine, loaded)
    raise_errors(run.faults)
    tell("calculated", 95)
    return run


def _doubts(compiler: PlanCompiler, engine: Engine) -> Iterator[Fault]:
    """What does not stop a run and should be known of: facts that do not count or are nobody's, pay that is 0."""
    yield from missing_rates(engine, compiler.measures)
    yield from credit_faults(engine, compiler.measures)
    yield from missing_for_pay(compiler, engine)


def _steps(run: Run) -> Iterator[Step]:
    """The steps to make, in order: what rules credit, the facts of who is asked about, and the plan's."""
    measures = run.compiler.measures
    # What is asked of the engine comes before anything that it makes beside.
    held = list(hold_steps(run.engine, measures, run.compiler.terms)) if measures.only_credited else []
    yield from (*measures.credit_steps(), *held)
    yield from plan_steps(run.compiler)


def _make_steps(run: Run, tell: Progress) -> None:
    """Make the plan's steps one after the other in the engine, while the next ones are written beside it.

    Digits that no decimal has room for are an error in the plan or its data.
    """
    made: list[tuple[Step, Future[None]]] = []
    try:
        made.extend((step, run.engine.make_beside(step)) for step in _steps(run))
        for number, (step, done) in enumerate(made):
            tell(f"calculating {step.name}", 40 + 55 * number // len(made))
            done.result()
            run.steps.append(step)
    except TooManyDigitsError as error:
        advice = "Write rates and tiers with fewer digits, or round formulas: round(amount * share, 6)."
        raise AttainError([Fault(check="overflow", message=str(error), advice=advice)]) from error
    finally:
        wait(done for _, done in made if not done.cancel())  # the engine is the caller's again


def _missing_tables(needed: Iterable[str], data: Data, loaded: Loaded) -> list[Fault]:
    """The tables that the plan reads and the data does not have (unless that was told already)."""
    told = {one.table for one in loaded.faults}
    where = f" in {data}" if isinstance(data, Path | InEngine) else ""
    return [
        fault(
            "missing-file",
            table=name,
            message=f"there is no table {name}{where}, which the plan needs",
            advice=f"Make a table or view {name} there."
            if isinstance(data, InEngine)
            else f"Put {name}.csv or {name}.parquet there, or map a file to it.",
        )
        for name in needed
        if name not in loaded.present and name not in told
    ]


def _compiler(
    checked: CheckedPlan, engine: Engine, participants: Iterable[str] | None, *, is_checked: bool
) -> PlanCompiler:
    """The compiler over the data, once the plan's formulas are checked against the columns that are there.

    ``participants`` are those who are calculated; ``is_checked`` says that the currencies of the data are as well.
    """
    measures = {name: checked.measures[name] for name in measures_read(checked)}
    everyone = any(measure.reads_people for measure in measures.values())
    raise_errors(give_people(engine, only=None if participants is None else set(participants), everyone=everyone))
    attributes = engine.columns("versions")
    faults = check_plan(checked, attributes=KnownAttributes(attributes))
    raise_errors(faults)
    kept = frozenset(one.until for one in checked.plan.payment.holds)
    conversion = conversion_of(checked, engine)
    compiler = Compiler.over(engine, measures, only_credited=participants is not None, kept=kept, conversion=conversion)
    raise_errors([*formula_faults(compiler), *hold_faults(checked, compiler), *unknown_names(checked, engine)])
    if is_checked:
        raise_errors(currency_faults(checked, engine))
    for step in converted_quotas(engine, conversion) if conversion else ():
        engine.make(step)
    relief = bool(engine.rows("SELECT 1 AS one FROM quota_adjustments LIMIT 1"))
    scale, changes_pay = _quota_scale(checked, engine, relief=relief), _changes_pay(checked, engine)
    return PlanCompiler(checked, compiler, attributes, scale, changes_pay=changes_pay, has_relief=relief)


def _changes_pay(checked: CheckedPlan, engine: Engine) -> bool:
    """Whether the data has anything that makes what is paid another than what is earned."""
    by_hand = template("SELECT 1 AS one FROM adjustments WHERE plan = :plan LIMIT 1", plan=checked.plan.plan)
    is_closed = template(IS_CLOSED, plan=checked.plan.plan)
    return any(engine.rows(query) for query in (by_hand, is_closed, *BY_FACT))


def _quota_scale(checked: CheckedPlan, engine: Engine, *, relief: bool) -> int:
    """Digits after the point of quotas."""
    scales = [engine.columns("quotas")["quota"].scale]
    scales += [engine.columns("quota_adjustments")["amount"].scale] if relief else []
    scales += [checked.plan.money_rounding().digits] if checked.plan.changes_quotas else []
    return max(scales)


def find_span(checked: CheckedPlan, engine: Engine, compiler: Compiler, period: str) -> tuple[date, date]:
    """The dates asked for: periods are calculated that end in ``(start, end]``. Raises UsageError for a wrong one."""
    plan = checked.plan
    if period != "all":
        try:
            return parse_span(plan.calendar, text=period)
        except ValueError as error:
            raise UsageError(str(error)) from None
    used = {interval.every for _, interval in checked.measured}
    longest = [kind for kind in kinds(plan.calendar) if kind in used][-1]
    end = plan.effective.end
    if end is None:
        # Also a plan that begins after the last fact has the period of its first day.
        last = max([plan.effective.start, *(fact_dates(engine, compiler) or ())])
        end = min(last, date.max - timedelta(days=1)) + timedelta(days=1)
    found = period_at(plan.calendar, kind=longest, day=end - timedelta(days=1))
    return plan.effective.start, found.end if found else end


def _prepare(run: Run) -> list[Fault]:
    """Give the engine the small tables that the steps read: periods, assignments, chain, members, days."""
    engine, plan = run.engine, run.checked.plan
    found = held_periods(run.compiler, run.span)
    until = NEVER if run.compiler.is_settled else plan.effective.end or NEVER  # balances run on behind its end
    if not any(period.end > run.span[0] and period.start < until for period in found):
        used = ", ".join(sorted({interval.every for _, interval in run.checked.measured}))
        raise UsageError(
            f"no {used} of the plan '{plan.plan}' ends between {run.span[0]} and {run.span[1]}; "
            f"the plan is effective from {plan.effective.start}"
            + (f" to {plan.effective.end}" if plan.effective.end else "")
        )
    give_periods(engine, run.checked, found)
    _give_assigned(engine, plan)
    members = run.compiler.members()
    engine.make(members)
    run.steps.append(members)
    if plan.has_shares:
        give_shares(engine, plan.proration, plan.ramp)
    give_days(engine, found, cuts=_cuts(run))
    return [] if run.compiler.measures.only_credited else open_quota_faults(run.checked, engine)


def _give_assigned(engine: Engine, plan: Plan) -> None:
    """Give the engine ``assigned``: who is named for a plan, and when; a plan with a condition needs none."""
    if not isinstance(plan.participants, str):
        rows = {
            "participant": pa.array([one.participant for one in plan.participants], pa.string()),
            "start": pa.array([one.start or EVER for one in plan.participants], pa.date32()),
            "end": pa.array([one.end or NEVER for one in plan.participants], pa.date32()),
        }
        engine.load("assigned", pa.table(rows))
    elif plan.participants == ASSIGNED:
        query = template(
            'SELECT participant, COALESCE("start", :ever) AS "start", COALESCE("end", :never) AS "end" '
            "FROM assignments WHERE plan = :plan",
            ever=day(EVER),
            never=day(NEVER),
            plan=plan.plan,
        )
        engine.make(Step("assigned", query, "who is assigned to the plan"))


def _cuts(run: Run) -> set[date]:
    """The days on which somebody joins, leaves or changes, and with rollups those on which reporting lines change."""
    queries = ["SELECT DISTINCT from_day AS a, until_day AS b FROM members"]
    if any(term.rolled_up for term in run.compiler.terms):
        queries.append('SELECT DISTINCT "start" AS a, "end" AS b FROM chain')
    return {day for sql in queries for row in run.engine.rows(sql) for day in row.values()}
