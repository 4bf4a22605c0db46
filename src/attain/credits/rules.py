"""Crediting rules: whose a fact is, by condition, rank and date, with the reason on each credit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from sqlglot import exp

from attain import money
from attain.credits.direct import CreditedRows, fact_key, splits_joined
from attain.credits.facts import PEOPLE, Facts, digits_of, held_on
from attain.engines.engine import template
from attain.expressions import names_in
from attain.spans import WrittenSpan
from attain.tables import TABLES, reached

OWNER = "participant"


class Covers(BaseModel):
    """Those who cover the territory that a column or path names, on the day of the fact."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    covers: str = Field(description="column or path with a territory: territory, account.territory")


class Related(BaseModel):
    """Those who stand in a named relationship to what a column or path names, on the day of the fact."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    relation: str = Field(description="relation, as the table relationships has it: specialist")
    of: str = Field(description="column or path with a participant, account, territory or product")


def _per_cent(written: Any) -> Any:
    """What stands before the sign; whether it is a number is found out behind this."""
    return written.strip().removesuffix("%").strip() if isinstance(written, str) else written


Percent = Annotated[
    Decimal,
    BeforeValidator(_per_cent),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}], "description": "per cent: 50 % or 50"}),
]


class CreditRule(BaseModel):
    """A rule that says who is credited with a fact.

    Of the rules without ``overlay`` the first that finds somebody gives the credit; each rule with ``overlay`` gives
    further credit beside it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, description="name of the rule, which stands on each credit as its reason")
    to: str | Covers | Related = Field(description="column or path with a participant, or who covers or is related")
    where: str | None = Field(None, description="condition on the fact: product.family = 'Software'")
    share: Percent = Field(Decimal(100), gt=0, description="per cent of the fact that each one found is credited with")
    overlay: bool = Field(default=False, description="whether the credit is given beside that of the other rules")
    effective: WrittenSpan | None = Field(None, description="days of the facts that it is for; default: all")

    @property
    def path(self) -> str:
        """The column or path that it starts from."""
        if isinstance(self.to, Covers):
            return self.to.covers
        return self.to.of if isinstance(self.to, Related) else self.to

    @model_validator(mode="after")
    def _is_shared(self) -> CreditRule:
        if self.share > 100 and not self.overlay:
            raise ValueError("a fact is not credited more than whole; say 'overlay: true' for credit beside it")
        return self


@dataclass(frozen=True)
class RuledFacts:
    """The facts to which rules are put: how they are read, their day, and the digits of what shares their credit.

    ``counts`` are the conditions on facts that count at all, over the columns and paths in ``names``; ``formula`` puts
    a rule's condition where its columns stand. ``split_scale`` is None where the owner's credit is not split.
    """

    facts: Facts
    day: exp.Expr
    counts: Sequence[exp.Expr]
    names: frozenset[str]
    formula: Callable[[str], exp.Expr]
    split_scale: int | None
    related_scale: int

    def reads(self, rule: CreditRule) -> str:
        """What stands behind FROM for what a rule reads of the facts."""
        return self.facts.source({*self.names, rule.path, *names_in(rule.where or "")}, self.day)


def credits_by_rules(rules: Sequence[CreditRule], ruled: RuledFacts) -> exp.Query:
    """The credits of all rules: one row per fact, rule and participant, with share (per cent), kind and reason."""
    scale = share_scale(rules, ruled)
    found = [_credits_of(rule, place, ruled, scale) for place, rule in enumerate(rules)]
    return template(
        "SELECT c.fact, c.participant, c.share, c.kind, c.reason FROM (SELECT e.*, MIN(e.place) OVER "
        "(PARTITION BY e.fact) AS first FROM every AS e) AS c WHERE c.place IS NULL OR c.place = c.first",
        every=reduce(lambda above, below: exp.union(above, below, distinct=False, copy=False), found),
    )


def share_scale(rules: Sequence[CreditRule], ruled: RuledFacts) -> int:
    """Digits after the point of the shares that rules give, in per cent."""
    return max(_share(rule, ruled).scale for rule in rules)


def _share(rule: CreditRule, ruled: RuledFacts) -> money.Exact:
    """The per cent that each one found is credited with."""
    share, further = money.number(rule.share), _further_share(rule, ruled)
    if further is None:
        return share
    alias, scale = further
    whole = money.decimal(exp.Literal.number(100), scale)
    part = money.Exact(exp.func("COALESCE", exp.column("share", table=alias), whole), scale)
    return part if rule.share == 100 else money.product(money.product(share, part), money.number(Decimal("0.01")))


def _further_share(rule: CreditRule, ruled: RuledFacts) -> tuple[str, int] | None:
    """Where a further share of a rule's credit stands, and its digits: of a relationship, or of the owner's split."""
    if isinstance(rule.to, Related):
        return "r", ruled.related_scale
    return ("s", ruled.split_scale) if rule.to == OWNER and ruled.split_scale is not None else None


def _credits_of(rule: CreditRule, place: int, ruled: RuledFacts, scale: int) -> exp.Query:
    """The credits that one rule gives, with its place among those of which the first counts."""
    found, share = _found(rule, ruled), _share(rule, ruled)
    fact = fact_key(TABLES[ruled.facts.table])
    whole = exp.EQ(this=share.tree.copy(), expression=exp.Literal.number(100))
    told_share = exp.DPipe(this=digits_of(share.tree, share.scale), expression=exp.Literal.string(" % of "))
    is_known = exp.not_(exp.Is(this=found.who.copy(), expression=exp.Null()))
    conditions = [is_known, *ruled.counts, *_dates(rule, ruled.day)]
    if rule.where:
        conditions.append(ruled.formula(rule.where))
    return template(
        f"SELECT :fact AS fact, {'NULL' if rule.overlay else place} AS place, :who AS participant, :share AS share, "
        f":kind AS kind, :words || CASE WHEN :whole THEN '' ELSE :told_share END || '{ruled.facts.table} ' || :fact "
        f"AS reason FROM {found.source} JOIN days AS d ON d.day = :day WHERE :condition",
        fact=fact,
        who=found.who,
        share=money.decimal(share.tree, scale),
        kind=exp.Literal.string("overlay") if rule.overlay else found.kind,
        words=exp.DPipe(this=found.words, expression=exp.Literal.string(", ")),
        whole=whole,
        told_share=told_share,
        day=ruled.day,
        condition=exp.and_(*conditions),
    )


@dataclass(frozen=True)
class _Found:
    """Whom a rule finds: what stands behind FROM, who they are there, the kind of credit and the words for it."""

    source: str
    who: exp.Expr
    kind: exp.Expr
    words: exp.Expr


def _found(rule: CreditRule, ruled: RuledFacts) -> _Found:
    source, start = ruled.reads(rule), ruled.facts.place(rule.path)
    at = start.sql("duckdb")
    if isinstance(rule.to, Covers):
        source += f' JOIN {PEOPLE} AS r ON r."territory" = {at} AND {held_on("r", ruled.day)}'
        return _of_other(source, f"{rule.name}: covers {rule.path} ", start, "territory")
    if isinstance(rule.to, Related):
        table, _ = reached(ruled.facts.table, f"{rule.path}.key") or ("", "")
        relation = exp.Literal.string(rule.to.relation).sql("duckdb")
        source += (
            f" JOIN relationships AS r ON r.\"of\" = {at} AND r.of_table = '{table}' AND r.relation = {relation} "
            f"AND {held_on('r', ruled.day, is_open=True)}"
        )
        return _of_other(source, f"{rule.name}: {rule.to.relation} of {rule.path} ", start, "relationship")
    words, kind = exp.Literal.string(f"{rule.name}: {rule.path}"), exp.Literal.string("direct")
    if _further_share(rule, ruled) is None:
        return _Found(source, start, kind, words)
    parent = TABLES[ruled.facts.table].parent
    key = fact_key(TABLES[parent], "p") if parent else fact_key(TABLES[ruled.facts.table])
    source += splits_joined(parent or ruled.facts.table, key)
    sharer = exp.column("participant", table="s", quoted=True)
    is_split = exp.not_(exp.Is(this=sharer, expression=exp.Null()))
    kinds = exp.Case().when(is_split, exp.Literal.string("split")).else_(kind)
    return _Found(source, exp.func("COALESCE", sharer.copy(), start), kinds, words)


def _of_other(source: str, words: str, start: exp.Expr, kind: str) -> _Found:
    """Somebody who is found by what a fact refers to."""
    told = exp.DPipe(this=exp.Literal.string(words), expression=start.copy())
    return _Found(source, exp.column("participant", table="r", quoted=True), exp.Literal.string(kind), told)


def _dates(rule: CreditRule, day: exp.Expr) -> Iterator[exp.Expr]:
    """The conditions that a fact lies in a rule's dates."""
    if rule.effective:
        yield exp.GTE(this=day.copy(), expression=_day(rule.effective.start))
        if rule.effective.end:
            yield exp.LT(this=day.copy(), expression=_day(rule.effective.end))


def _day(value: date) -> exp.Expr:
    return exp.cast(exp.Literal.string(value.isoformat()), "DATE")


def ruled_rows(table: str, source: str, step: str, scale: int) -> CreditedRows:
    """The rows of a fact table with the credits that rules gave, which a step holds."""
    fact = fact_key(TABLES[table])
    share = money.Exact(exp.column("share", table="s"), scale)
    return CreditedRows(
        f'{source} JOIN "{step}" AS s ON s.fact = {fact.sql("duckdb")}',
        exp.column("participant", table="s", quoted=True),
        money.product(share, money.number(Decimal("0.01"))),
        fact,
        exp.column("kind", table="s"),
        exp.column("reason", table="s"),
    )
