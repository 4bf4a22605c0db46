"""A small organisation that every test of the platform may use.

Alice sells; she and Adam report to Ann, and Ann to Bea. Charlie sells in Dan's team, apart from Ann's.
Until ``MOVED`` Alice reported to Dan. There is one user for each role (Ann is the manager, Alice the participant), and
Bea, Dan and Charlie sign in as well, as managers and as a participant. Ann, Alice, Adam and Charlie each own one row of
every table that has owners; the order ``O-alice-before`` is from before Alice moved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Model
from django.test import Client
from pytest_django import DjangoDbBlocker

from attain.credits.rollup import Line, manager_chains
from attain.tables import EVER, NEVER
from attain_web.access.models import ChainLink, ImportBatch, RoleGrant, User
from attain_web.access.queries import scopes_open_to
from attain_web.access.queries import viewer_of as viewer_of_user
from attain_web.access.rights import Role
from attain_web.access.services import make_token
from attain_web.access.viewer import SYSTEM, Viewer
from attain_web.crm.models import (
    Account,
    Activity,
    Cancellation,
    ExchangeRate,
    Opportunity,
    Order,
    OrderLine,
    Product,
    Split,
    StageChange,
)
from attain_web.notices.models import Notice
from attain_web.payouts.models import Adjustment, Hold, Run
from attain_web.people.models import Participant, ParticipantVersion, ReportingLine
from attain_web.plans.models import Assignment, PlanVersion
from attain_web.quotas.models import Objective, Quota, QuotaAdjustment
from attain_web.rows.base import Row
from attain_web.rows.services import save_row
from attain_web.rows.table import row_tables
from attain_web.territories.models import Coverage, Relationship, Territory
from tests.attain_web.compensation import paid

MOVED = date(2025, 7, 1)
"""The day since which Alice reports to Ann."""
LATER = date(2026, 3, 2)
"""The day of everything that is not said to be from before."""

OWNERS = ("ann", "alice", "adam", "charlie")
PEOPLE = {
    "bea": ("Bea Berg", "Sales director", "Sales", None),
    "ann": ("Ann Arbor", "Sales manager", "North", "north"),
    "alice": ("Alice Adler", "Account executive", "North", "north"),
    "adam": ("Adam Abel", "Account executive", "North", "north"),
    "dan": ("Dan Drake", "Sales manager", "South", "south"),
    "charlie": ("Charlie Cole", "Account executive", "South", "south"),
}
USERS = {
    "administrator": ("Ada Admin", Role.ADMINISTRATOR, None),
    "designer": ("Dora Design", Role.DESIGNER, None),
    "operations": ("Olga Ops", Role.OPERATIONS, None),
    "finance": ("Finn Ledger", Role.FINANCE, None),
    "manager": ("Ann Arbor", Role.MANAGER, "ann"),
    "participant": ("Alice Adler", Role.PARTICIPANT, "alice"),
    "executive": ("Ella Chief", Role.EXECUTIVE, None),
    "auditor": ("Audrey Audit", Role.AUDITOR, None),
    "bea": ("Bea Berg", Role.MANAGER, "bea"),
    "dan": ("Dan Drake", Role.MANAGER, "dan"),
    "charlie": ("Charlie Cole", Role.PARTICIPANT, "charlie"),
}
"""Who signs in, by role or first name: name, role, and the participant they are."""


@dataclass(frozen=True)
class Everyone:
    """The organisation: users by role or first name, rows by table and owner (``""``: nobody's)."""

    users: dict[str, User]
    rows: dict[str, dict[str, Row]] = field(default_factory=dict)
    moved: date = MOVED
    batch: ImportBatch | None = None
    """An import that is done and can be undone: it made the account ``A-imported``."""
    upload: int = 0
    """Files on their way in, by a test that hands them in."""
    versions: dict[str, PlanVersion] = field(default_factory=dict)
    """Versions of the plan of all who own rows: ``published`` and ``draft``."""
    runs: dict[str, Run] = field(default_factory=dict)
    """Runs of the first quarter of 2026: ``approved``, and ``calculated``, which nobody has approved yet."""

    def viewer(self, name: str) -> Viewer:
        """The viewer that a user is, by role or first name."""
        return viewer_of_user(User.objects.get(pk=self.users[name].pk))

    def row(self, table: str, owner: str = "") -> Any:
        """Somebody's row of a table."""
        return self.rows[table][owner]


@pytest.fixture
def committed(transactional_db: None) -> Iterator[None]:  # noqa: ARG001 - it is emptied by that one
    """A database in which transactions end; afterwards it is emptied, which the trail's triggers would refuse."""
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # until the connection is closed


@pytest.fixture
def everyone(db: None) -> Everyone:  # noqa: ARG001 - the rows need it
    """The organisation, in the database."""
    return _organisation()


@pytest.fixture(scope="module")
def lasting_everyone(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Everyone]:  # noqa: ARG001
    """The organisation for all tests of a module, which put back what they change."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield _organisation()
        transaction.set_rollback(True)


@pytest.fixture
def viewer_of(everyone: Everyone) -> Callable[[str], Viewer]:
    """The viewer that somebody is: ``viewer_of("operations")``, ``viewer_of("charlie")``."""
    return everyone.viewer


@pytest.fixture
def client_of(everyone: Everyone) -> Callable[[str], Client]:
    """A browser in which somebody is signed in; ``client_of("")`` is anonymous."""

    def signed_in(name: str) -> Client:
        client = Client()
        if name:
            client.force_login(everyone.users[name])
        return client

    return signed_in


@pytest.fixture
def token_of(everyone: Everyone) -> Callable[..., str]:
    """A token of somebody: ``token_of("auditor")`` may all they may, ``token_of("bea", "records:read")`` only that."""

    def made(name: str, *scopes: str) -> str:
        viewer = everyone.viewer(name)
        return make_token(viewer, name="test", scopes=scopes or scopes_open_to(viewer), days=1)[1]

    return made


@pytest.fixture
def api_of(token_of: Callable[..., str]) -> Callable[..., Client]:
    """A program that sends somebody's token with every request; ``api_of("")`` sends none."""

    def program(name: str, *scopes: str) -> Client:
        return Client(headers={"Authorization": f"Bearer {token_of(name, *scopes)}"} if name else {})

    return program


def _organisation() -> Everyone:
    users = _users()
    rows = _people(users) | _records()
    rows["orders"]["system"] = save_row(
        row_tables()["orders"],
        SYSTEM,
        {"order": "O-recorded", "participant": "adam", "date": LATER, "amount": Decimal("75.50"), "currency": "EUR"},
    )  # through the service, so that the audit trail tells something
    batch = ImportBatch.objects.create(
        made_by=users["operations"],
        file_name="accounts.csv",
        fingerprint="0" * 64,
        table="accounts",
        state=ImportBatch.State.DONE,
        told={"made": 1, "changed": 0, "left": 0},
    )
    rows["accounts"]["imported"] = Account.objects.create(account="A-imported", name="Imported Ltd", batch=batch)
    Notice.objects.bulk_create(
        Notice(user=user, kind="plan_published", url="/", about={"by": "Dora Design", "version": 1, "plan": "Sellers"})
        for user in users.values()
    )
    versions, runs = paid(users, {key: PEOPLE[key][0] for key in OWNERS})
    return Everyone(users, rows, batch=batch, versions=versions, runs=runs)


def _users() -> dict[str, User]:
    made = User.objects.bulk_create(User(email=f"{name}@example.com", name=USERS[name][0]) for name in USERS)
    users = dict(zip(USERS, made, strict=True))
    RoleGrant.objects.bulk_create(RoleGrant(user=users[name], role=USERS[name][1]) for name in USERS)
    return users


def _people(users: dict[str, User]) -> dict[str, dict[str, Row]]:
    signing_in = {participant: users[name] for name, (_, _, participant) in USERS.items() if participant}
    Participant.objects.bulk_create(Participant(participant=key, user=signing_in.get(key)) for key in PEOPLE)
    territories = {key: Territory(territory=key, name=key.title(), region="Europe") for key in ("north", "south")}
    versions = {
        key: ParticipantVersion(participant_id=key, name=name, title=title, team=team, territory_id=territory)
        for key, (name, title, team, territory) in PEOPLE.items()
    }
    lines = {
        "ann": ReportingLine(participant_id="ann", manager_id="bea"),
        "before": ReportingLine(participant_id="alice", manager_id="dan", end=MOVED),
        "alice": ReportingLine(participant_id="alice", manager_id="ann", start=MOVED),
        "adam": ReportingLine(participant_id="adam", manager_id="ann"),
        "charlie": ReportingLine(participant_id="charlie", manager_id="dan"),
    }
    _make(territories, versions, lines)
    known = (
        Line(one.participant_id, str(one.manager_id), one.start or EVER, one.end or NEVER) for one in lines.values()
    )
    links, _ = manager_chains(known)
    ChainLink.objects.bulk_create(
        ChainLink(participant=one.participant, above=one.above, start=one.start, end=one.end) for one in links
    )
    coverage = {
        key: Coverage(participant_id=key, territory_id=PEOPLE[key][3] or "", start=date(2026, 1, 1)) for key in OWNERS
    }
    quotas = {
        key: Quota(
            participant_id=key,
            measure="bookings",
            start=date(2026, 1, 1),
            end=date(2026, 4, 1),
            quota=Decimal(10_000),
            currency="EUR",
        )
        for key in OWNERS
    }
    assignments = {key: Assignment(participant_id=key, plan="Sellers", start=date(2026, 1, 1)) for key in OWNERS}
    relationships = {
        key: Relationship(participant_id=key, relation="specialist", of_table="accounts", of="A-ann") for key in OWNERS
    }
    reason = {"reason": "leave", "approver": "bea"}
    relief = {
        key: QuotaAdjustment(
            adjustment=f"Q-{key}",
            participant_id=key,
            measure="calls",
            start=date(2026, 1, 1),
            end=date(2026, 2, 1),
            amount=Decimal(-5),
            **reason,
        )
        for key in OWNERS
    }
    objectives = {
        key: Objective(objective=f"M-{key}", participant_id=key, date=LATER, weight=Decimal("0.5")) for key in OWNERS
    }
    adjustments = {
        key: Adjustment(adjustment=f"C-{key}", participant_id=key, plan="None", date=LATER, amount=Decimal(5), **reason)
        for key in OWNERS
    }
    holds = {
        key: Hold(hold=f"H-{key}", fact_table="orders", fact="O-none", participant_id=key, **reason) for key in OWNERS
    }
    _make(coverage, quotas, assignments, relationships, relief, objectives, adjustments, holds)
    return {
        "relationships": {**relationships},
        "quota_adjustments": {**relief},
        "objectives": {**objectives},
        "adjustments": {**adjustments},
        "holds": {**holds},
        "territories": {**territories, "": territories["north"]},
        "participants": {**versions},
        "reporting_lines": {**lines},
        "coverage": {**coverage},
        "quotas": {**quotas},
        "assignments": {**assignments},
    }


def _records() -> dict[str, dict[str, Row]]:
    products = {
        key: Product(product=f"P-{key}", name=key.title(), list_price=Decimal("12.5")) for key in ("pen", "ink")
    }
    accounts = {key: Account(account=f"A-{key}", name=f"{key.title()} & Co", participant_id=key) for key in OWNERS}
    opportunities = {
        key: Opportunity(
            opportunity=f"D-{key}",
            participant_id=key,
            account_id=f"A-{key}",
            product_id="P-pen",
            stage="won",
            amount=Decimal("100.25"),
            currency="EUR",
            created_date=date(2026, 2, 2),
            close_date=LATER,
        )
        for key in OWNERS
    }
    stages = {key: StageChange(opportunity_id=f"D-{key}", stage="won", date=LATER) for key in OWNERS}
    orders = {key: _order(key, LATER, opportunity_id=f"D-{key}") for key in OWNERS}
    orders["before"] = _order("alice", date(2025, 3, 3), order="O-alice-before")
    order_lines = {
        key: OrderLine(order_id=one.order, line="1", product_id="P-pen", quantity=Decimal(8), amount=one.amount)
        for key, one in orders.items()
    }
    activities = {
        key: Activity(activity=f"T-{key}", participant_id=key, kind="call", date=LATER, account_id=f"A-{key}")
        for key in OWNERS
    }
    splits = {
        key: Split(fact_table="orders", fact=f"O-{key}", participant_id=key, share=Decimal(100)) for key in OWNERS
    }
    cancellations = {"": Cancellation(fact_table="orders", fact="O-none", date=LATER)}
    exchange_rates = {"": ExchangeRate(currency="SEK", to_currency="EUR", rate=Decimal("0.09"))}
    _make(products, accounts, opportunities, stages, orders, order_lines, activities, splits)
    _make(cancellations, exchange_rates)
    return {
        "cancellations": {**cancellations},
        "exchange_rates": {**exchange_rates},
        "products": {**products, "": products["pen"]},
        "accounts": {**accounts},
        "opportunities": {**opportunities},
        "stage_history": {**stages},
        "orders": {**orders},
        "order_lines": {**order_lines},
        "activities": {**activities},
        "splits": {**splits},
    }


def _order(owner: str, day: date, **more: Any) -> Order:
    told = {"order": f"O-{owner}", "participant_id": owner, "account_id": f"A-{owner}", "currency": "EUR", **more}
    return Order(date=day, amount=Decimal("100.25"), cost=Decimal(60), **told)


def _make(*tables: dict[str, Any]) -> None:
    for rows in tables:
        made: list[Model] = list(rows.values())
        type(made[0])._default_manager.bulk_create(made)
