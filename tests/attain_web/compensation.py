"""What the small organisation is paid: a measure of its own, a plan, its runs and their statements."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from attain_web.access.models import User
from attain_web.measures.models import CompanyMeasure
from attain_web.payouts.models import Attainment, Earning, Payout, Run
from attain_web.plans.models import Plan, PlanVersion
from attain_web.statements.models import Statement, StatementLine


def paid(users: dict[str, User], names: dict[str, str]) -> tuple[dict[str, PlanVersion], dict[str, Run]]:
    """Make it for everybody named, by key: the versions of the plan, and its runs."""
    CompanyMeasure.objects.create(name="large_orders", text=LARGE_ORDERS, changed_by=users["designer"])
    versions = _plan(users)
    runs = _runs(users, versions["published"], names)
    _statements(runs["approved"], names)
    return versions, runs


LARGE_ORDERS = "title: Large orders\ncount: orders\nwhere: amount >= 100\n"
"""The company's own measure: everybody's one order counts, the one of 75.50 does not."""

PLAN = """\
plan: Sellers
version: {version}
currency: EUR
effective: 2026-01-01 .. 2027-01-01
participants: assigned
components:
  - name: Bookings
    measure: bookings
    quota: own
    pays: graduated_tiers
    tiers: [{{from: 0 %, rate: 10 %}}, {{from: 100 %, rate: 15 %}}]
examples:
  - given: {{bookings: 12000, quota: 10000}}
    expect: {{Bookings: 1300.00}}
"""
"""Everybody's quota is 10,000 and their one order 100.25, so that each earns 10.03."""


def _plan(users: dict[str, User]) -> dict[str, PlanVersion]:
    plan = Plan.objects.create(name="Sellers")
    published = PlanVersion.objects.create(
        plan=plan,
        number=1,
        text=PLAN.format(version=1),
        state=PlanVersion.State.PUBLISHED,
        start=date(2026, 1, 1),
        end=date(2027, 1, 1),
        made_by=users["designer"],
        published_by=users["designer"],
        published_at=timezone.now(),
    )
    draft = PlanVersion.objects.create(plan=plan, number=2, text=PLAN.format(version=2), made_by=users["designer"])
    return {"published": published, "draft": draft}


def _runs(users: dict[str, User], version: PlanVersion, people: Iterable[str]) -> dict[str, Run]:
    """Two runs of the first quarter, each with what it found about everybody who owns rows."""
    quarter = {"start": date(2026, 1, 1), "end": date(2026, 4, 1)}
    told = {"period": "2026-Q1", **quarter, "started_by": users["designer"], "ended_at": timezone.now()}
    decided = {"decided_by": users["finance"], "decided_at": timezone.now()}
    approved = Run.objects.create(version=version, state=Run.State.APPROVED, **told, **decided)
    calculated = Run.objects.create(version=version, state=Run.State.CALCULATED, previous=approved, **told)
    for run in (approved, calculated):
        for key in people:
            row = {"run": run, "participant_id": key, "period_start": quarter["start"], "period_end": quarter["end"]}
            value, quota, pay = Decimal("100.25"), Decimal(10_000), Decimal("10.03")
            Attainment.objects.create(**row, measure="bookings", value=value, quota=quota, attainment=value / quota)
            paid = {"amount": pay, "currency": "EUR"}
            Earning.objects.create(
                **row, component="Bookings", measure_value=value, quota=quota, rate=Decimal("0.1"), **paid
            )
            Payout.objects.create(**row, **paid)
    return {"approved": approved, "calculated": calculated}


def _statements(run: Run, names: dict[str, str]) -> None:
    """What the approved run's statements say: the pay of one order at the first tier's rate."""
    for key, name in names.items():
        fact = {"fact": f"O-{key}", "date": date(2026, 3, 2), "paid": Decimal("10.03")}
        statement = Statement.objects.create(
            run=run,
            participant_id=key,
            amount=Decimal("10.03"),
            currency="EUR",
            explained_at=timezone.now(),
            tree=_tree(key, name),
        )
        part = {"amount": Decimal("10.03"), "formula": "100.25 × 10 %"}
        credit = {"amount": Decimal("100.25"), "formula": f"owner of orders O-{key}", "kind": "direct", "split": 100}
        for node, told in ((3, part), (4, credit)):
            StatementLine.objects.create(statement=statement, node=node, place=0, **fact, **told)


def _tree(key: str, name: str) -> dict[str, Any]:
    days = {"period_start": "2026-01-01", "period_end": "2026-04-01"}
    tiers = [
        {"label": "0 % to 100 % of quota", "from": "0 % of quota", "to": "100 % of quota", "rate": "10 %"},
        {"label": "from 100 % of quota", "from": "100 % of quota", "to": "", "rate": "15 %"},
    ]
    piece = {"rule": "10 %", "piece": "0 % to 100 % of quota"}
    children = [
        _node(3, piece["piece"], "10.03", "100.25 × 10 %", piece, facts=1, base="100.25"),
        _node(4, "bookings", "100.25", "sum of amount of orders, by date", {"measure": "bookings"}, 1, table="orders"),
        _node(5, "Quota for bookings", "10000", "own", {"table": "quotas", "measure": "bookings"}),
    ]
    source = {"component": "Bookings", "pays": "graduated_tiers", "document": "plan.yaml", "line": 7, **days}
    formula = "10.03; rounded once, to 2 digits (half_up)"
    earning = _node(2, "Bookings, 2026-Q1", "10.03", formula, source, children=children, tiers=tiers)
    top = {"plan": "Sellers", "version": 1, "participant": key, "period": "2026-Q1"}
    return _node(1, f"Pay of {name} ({key}) in 2026-Q1", "10.03", "10.03", top, children=[earning])


def _node(
    number: int, label: str, amount: str, formula: str, source: dict[str, Any], facts: int = 0, **more: Any
) -> dict[str, Any]:
    kind = "quantity" if "measure" in source else "money"
    told = {"n": number, "label": label, "kind": kind, "amount": amount, "unit": "EUR", "formula": formula}
    return {**told, "source": source, "facts": facts, "table": "", "children": [], **more}
