"""The plan document: who is on it, which measures and quotas it reads, and what it pays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from attain import money
from attain.calendar import KINDS, CalendarSpec, MonthCalendar, PeriodKind
from attain.documents import Document, faults_of, read_document, validate
from attain.errors import Fault, raise_errors
from attain.measures.measure import Measure
from attain.parts import parts_in, sentence
from attain.plans.component import Component, Params
from attain.plans.dimensions import Dimension
from attain.plans.factors import Deciding, Factor, Gate, Multiplier
from attain.plans.intervals import Against, Interval, Over
from attain.plans.payment import Payment
from attain.plans.pool import Pool
from attain.plans.proration import Proration, Ramp
from attain.plans.values import Rate
from attain.quotas.cells import QuotaSource
from attain.spans import Span, WrittenSpan
from attain.tables import CURRENCY_CODE

COMPONENTS = "attain.plans.components"
ASSIGNED = "assigned"
"""Written for ``participants``: those on the plan stand in the table ``assignments``."""

_STRICT = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class RoundingSpec(BaseModel):
    """How each result line (participant × component × period) is rounded, once."""

    model_config = _STRICT

    digits: int | None = Field(None, ge=0, le=6, description="digits after the point; default: those of the currency")
    mode: money.Mode = Field("half_up", description="half_up rounds halves away from zero")


class Assignment(BaseModel):
    """A participant who is on the plan by name, in [from, until)."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    participant: str
    start: date | None = Field(None, alias="from")
    end: date | None = Field(None, alias="until")

    @field_validator("participant", mode="before")
    @classmethod
    def _as_text(cls, participant: Any) -> Any:
        return str(participant) if isinstance(participant, int) else participant

    @model_validator(mode="after")
    def _in_order(self) -> Assignment:
        if self.start and self.end and self.end <= self.start:
            raise ValueError("'until' is the first day no longer on the plan, so it comes after 'from'")
        return self


class Target(BaseModel):
    """A measure that is compared with its quota."""

    model_config = _STRICT

    measure: str
    every: PeriodKind = "quarter"
    over: Over | None = Field(None, description="added up from the first day of the quarter, year or plan on")
    against: Against = Field("whole", description="the quota of what it is added up over: the whole, or up to date")
    quota: QuotaSource = "own"
    effective: WrittenSpan | None = Field(None, description="with 'over': the dates that are added up; default: all")

    @property
    def interval(self) -> Interval:
        """What the measure is added up over."""
        return Interval.of(self.every, self.over, self.against, self.effective)


class ComponentSpec(BaseModel):
    """A component of a plan; the settings of its kind (``pays``) stand beside these."""

    model_config = ConfigDict(extra="allow", frozen=True, arbitrary_types_allowed=True)

    name: str = Field(min_length=1)
    measure: str
    every: PeriodKind = "quarter"
    over: Over | None = Field(
        None, description="reads the quarter, year or plan to date and pays what is more than was paid of it before"
    )
    against: Against = Field("whole", description="with 'over': the quota of the whole, or of its periods up to date")
    quota: QuotaSource | None = Field(None, description="own: the participant's; sum of reports: of everyone below")
    pays: str = Field(description="kind of the component")
    per: Literal["period", "deal"] = Field(
        "period", description="what goes through its table: all of the period together, or each deal by itself"
    )
    by: tuple[Dimension, ...] = Field(
        (), description="measures that choose between columns: each rate is then a list of one for each column"
    )
    gate: Gate | None = Field(None, description="pays nothing until another measure is there")
    multiplier: Multiplier | None = Field(None, description="pays so many times more or less, by another measure")
    pool: Pool | None = Field(None, description="what its people earn together is shared out between them")
    cap: Decimal | None = Field(None, ge=0, description="the most that a period earns; what is above is lost")
    cap_per_deal: Decimal | None = Field(
        None, ge=0, description="with 'per: deal': the most that a deal earns; what is above is lost"
    )
    effective: WrittenSpan | None = Field(None, description="when it counts; whole periods; default: as the plan")

    @property
    def interval(self) -> Interval:
        """What its measures are added up over."""
        return Interval.of(self.every, self.over, self.against, self.effective)

    def target(self, measure: str, quota: QuotaSource) -> Target:
        """A measure that is compared with a quota over the same interval."""
        within = self.effective if self.over else None
        return Target(
            measure=measure, every=self.every, over=self.over, against=self.against, quota=quota, effective=within
        )


class Example(BaseModel):
    """A worked example: measures, quota and attributes given, and what each component then pays."""

    model_config = _STRICT

    given: dict[str, Decimal | dict[str, Decimal]]
    expect: dict[str, Decimal]


class Plan(BaseModel):
    """A plan document as written; ``read_plan`` checks it and gives what the library works with."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    plan: str = Field(min_length=1, description="name of the plan")
    version: int = Field(ge=1)
    currency: str = Field(
        pattern=f"^{CURRENCY_CODE}$", description="ISO 4217 code; amounts in other currencies are a fault"
    )
    effective: WrittenSpan
    calendar: CalendarSpec = MonthCalendar(starts="January")
    participants: str | tuple[Assignment, ...] = Field(
        description="a condition on attributes, participants by name, or the word assigned: as the assignments say"
    )
    rounding: RoundingSpec = RoundingSpec()
    measures: dict[str, Measure] = Field({}, description="measures of this plan beside those of the catalogue")
    attainment: tuple[Target, ...] = Field((), description="measures compared with quotas without pay")
    components: tuple[ComponentSpec, ...] = ()
    proration: Proration = Field(Proration(), description="by which part of a period somebody is on the plan")
    ramp: Ramp | None = Field(None, description="how own quotas grow with the months since somebody joined")
    payment: Payment = Payment()
    examples: tuple[Example, ...] = ()

    @field_validator("participants", mode="before")
    @classmethod
    def _names_are_assignments(cls, written: Any) -> Any:
        if isinstance(written, list):
            return [one if isinstance(one, dict) else {"participant": one} for one in written]
        return written

    @property
    def has_condition(self) -> bool:
        """Whether a condition says who is on the plan; else they are named, in the document or in a table."""
        return isinstance(self.participants, str) and self.participants != ASSIGNED

    @property
    def has_shares(self) -> bool:
        """Whether anything is prorated or ramped."""
        parts = self.proration
        return self.ramp is not None or {parts.quota, parts.target, parts.cap, parts.pool} != {"none"}

    @property
    def changes_quotas(self) -> bool:
        """Whether quotas are prorated or ramped."""
        return self.ramp is not None or self.proration.quota != "none"

    def money_rounding(self) -> money.Rounding:
        """The rounding of the plan's money."""
        digits = self.rounding.digits
        return money.Rounding(money.MINOR_UNITS.get(self.currency, 2) if digits is None else digits, self.rounding.mode)


def dimension_key(number: int) -> str:
    """What the nth dimension of a component's rates is called, from 0."""
    return f"by_{number + 1}"


@dataclass(frozen=True)
class PlanComponent:
    """A component of a checked plan: what stands in the document, its part, and its settings."""

    spec: ComponentSpec
    part: Component
    params: Params
    number: int

    @property
    def uses_quota(self) -> bool:
        """Whether its pay depends on the quota."""
        return self.spec.quota is not None and self.part.speaks_of_quota(self.params)

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures that it reads: what it pays on first, then those that decide beside it."""
        return (self.spec.measure, *(one.measure for one in self.deciding.values()))

    @property
    def weighing(self) -> tuple[str, ...]:
        """The measures that say who shares in its pool, and how much."""
        pool = self.spec.pool
        named = (pool.by, pool.gate and pool.gate.measure) if pool else ()
        return tuple(name for name in named if name)

    @property
    def read(self) -> tuple[str, ...]:
        """All measures that it reads."""
        return (*self.measures, *self.weighing)

    @property
    def rates(self) -> tuple[Rate, ...]:
        """Every number and formula of its rates and amounts, and of the weights in its pool."""
        written = [*self.part.rates(self.params), *([self.spec.pool.weight] if self.spec.pool else [])]
        return tuple(cell for rate in written for cell in rate.cells)

    @property
    def deciding(self) -> dict[str, Deciding]:
        """What other measures decide of its pay, by key: the columns of its rates, and its factors."""
        return {**{dimension_key(number): one for number, one in enumerate(self.spec.by)}, **self.factors}

    @property
    def reached(self) -> tuple[Deciding, ...]:
        """All that another measure decides: of its pay, and of who shares in its pool."""
        pool = self.spec.pool
        return (*self.deciding.values(), *([pool.gate] if pool and pool.gate else []))

    @property
    def factors(self) -> dict[str, Factor]:
        """What its pay is multiplied by, in order, by the key that says so in the plan."""
        written = {"multiplier": self.spec.multiplier, "gate": self.spec.gate}
        return {name: factor for name, factor in written.items() if factor is not None}


@dataclass(frozen=True)
class CheckedPlan:
    """A plan whose document has the right form: the document, the plan, its measures by name and its components."""

    document: Document
    plan: Plan
    measures: dict[str, Measure]
    components: tuple[PlanComponent, ...]

    @property
    def has_pools(self) -> bool:
        """Whether what somebody earns depends on all others."""
        return any(component.spec.pool for component in self.components)

    @property
    def targets(self) -> tuple[Target, ...]:
        """Every measure and kind of period that is compared with a quota, each once."""
        paid = (
            component.spec.target(component.spec.measure, component.spec.quota)
            for component in self.components
            if component.spec.quota
        )
        deciding = (
            component.spec.target(one.measure, one.quota)
            for component in self.components
            for one in component.reached
            if one.quota
        )
        shown = [target.model_copy(update=one) for target in self.plan.attainment for one in self._of(target.measure)]
        within = (
            component.spec.target(**one)
            for component in self.components
            for name in component.read
            for one in self._of(name)
        )
        return tuple(dict.fromkeys([*self.plan.attainment, *paid, *deciding, *shown, *within]))

    def _of(self, name: str) -> Iterator[dict[str, Any]]:
        """The measures whose attainment a measure reads, each with whose quotas count."""
        for one in self.attained(name):
            is_team = one in self.measures and self.measures[one].rollup
            yield {"measure": one, "quota": "sum of reports" if is_team else "own"}

    def attained(self, name: str) -> tuple[str, ...]:
        """The measures whose attainment a measure reads, itself or in what it is made of (once in a ring)."""
        found: dict[str, None] = {}
        seen, waiting = {name}, [name]
        while waiting:
            measure = self.measures.get(waiting.pop())
            if measure and not measure.rollup:
                found |= dict.fromkeys(measure.attained)
                waiting += [one for one in measure.operands if one not in seen]
                seen |= {*measure.operands}
        return tuple(found)

    @property
    def measured(self) -> tuple[tuple[str, Interval], ...]:
        """Every measure that the plan reads and what it is added up over, each once."""
        pairs = [(target.measure, target.interval) for target in self.plan.attainment]
        pairs += [(name, component.spec.interval) for component in self.components for name in component.read]
        shown = [(name, interval) for measure, interval in pairs for name in (*self._operands(measure), measure)]
        return tuple(dict.fromkeys(shown))

    @property
    def pays_every(self) -> PeriodKind | None:
        """The kind of period in which the plan pays: as it says, else the shortest of its components'."""
        used = {component.spec.every for component in self.components}
        return (self.plan.payment.every if used else None) or min(used, key=KINDS.index, default=None)

    def _operands(self, name: str) -> tuple[str, ...]:
        """The measures that a ratio or difference is made of, so that it can be checked from the results."""
        measure = self.measures.get(name)
        if measure is None or measure.rollup or not measure.operands:
            return ()
        return tuple(one for operand in measure.operands for one in (*self._operands(operand), operand))


def catalogue() -> dict[str, Measure]:
    """The measures of the catalogue by name."""
    return {name: module.PART.measure for name, module in parts_in("attain.measures.catalog").items()}


def component_parts() -> dict[str, Component]:
    """The kinds of components by name."""
    return {name: module.PART for name, module in parts_in(COMPONENTS).items()}


def read_plan(
    source: Path | str, *, name: str | None = None, measures: Mapping[str, Measure] | None = None
) -> CheckedPlan:
    """Read a plan from a file (a Path) or text; raises AttainError with every fault of its form and its line.

    It may speak of the catalogue's measures, of further ``measures`` given here, and of those it defines itself.
    """
    document = read_document(source, name=name)
    plan = validate(document, Plan)
    faults: list[Fault] = []
    components = []
    for number, spec in enumerate(plan.components):
        if (component := _component(spec, number, document, faults)) is not None:
            components.append(component)
    raise_errors(faults)
    return CheckedPlan(document, plan, {**catalogue(), **(measures or {}), **plan.measures}, tuple(components))


def _component(spec: ComponentSpec, number: int, document: Document, faults: list[Fault]) -> PlanComponent | None:
    path = ("components", number)
    kinds = component_parts()
    if spec.pays not in kinds:
        told = "; ".join(f"{name} ({sentence(module).rstrip('.')})" for name, module in parts_in(COMPONENTS).items())
        faults.append(
            document.fault(
                (*path, "pays"),
                check="unknown-component",
                message=f"'{spec.pays}' is no kind of component",
                advice=f"There are {told}.",
            )
        )
        return None
    part = kinds[spec.pays]
    try:
        params = part.params.model_validate(spec.model_extra or {})
    except ValidationError as error:
        faults += faults_of(error, document, under=path, model=part.params)
        return None
    return PlanComponent(spec, part, params, number)


def effective_span(plan: Plan, component: ComponentSpec | None = None) -> Span:
    """When a plan, or a component of it, counts."""
    own = component.effective if component else None
    if own is None:
        return plan.effective
    ends = [end for end in (own.end, plan.effective.end) if end]
    return Span(max(own.start, plan.effective.start), min(ends) if ends else None)
