"""What each address is asked with: whose object, and a body that would do something."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from attain_web.access.models import ApiToken, AuditEvent, User, UserSession
from attain_web.notices.models import Notice
from attain_web.plans.models import Plan, PlanVersion
from attain_web.rows.queries import value_of
from attain_web.rows.table import row_tables

MADE: dict[str, dict[str, str]] = {
    "participants": {"participant": "new", "name": "New"},
    "reporting_lines": {"participant": "dan", "manager": "bea"},
    "territories": {"territory": "new"},
    "coverage": {"participant": "{owner}", "territory": "south", "start": "1990-01-01", "end": "1990-02-01"},
    "accounts": {"account": "A-new", "participant": "{owner}"},
    "products": {"product": "P-new"},
    "opportunities": {"opportunity": "D-new", "participant": "{owner}", "stage": "open", "close_date": "2026-04-01"},
    "stage_history": {"opportunity": "D-{owner}", "stage": "lost", "date": "2026-04-01"},
    "orders": {"order": "O-new", "participant": "{owner}", "date": "2026-04-01", "amount": "1"},
    "order_lines": {"order": "O-{owner}", "line": "2", "amount": "1"},
    "activities": {"activity": "T-new", "participant": "{owner}", "kind": "call", "date": "2026-04-01"},
    "splits": {"fact_table": "orders", "fact": "O-new", "participant": "{owner}", "share": "100"},
    "quotas": {"participant": "{owner}", "measure": "calls", "start": "2026-01-01", "quota": "5"},
    "assignments": {"participant": "{owner}", "plan": "Sellers", "start": "1990-01-01", "end": "1990-02-01"},
    "relationships": {"participant": "{owner}", "relation": "coach", "of_table": "participants", "of": "ann"},
    "cancellations": {"fact_table": "orders", "fact": "O-new", "date": "2026-04-01"},
    "exchange_rates": {"currency": "CHF", "to_currency": "EUR", "rate": "1.05"},
    "quota_adjustments": {
        "adjustment": "Q-new",
        "participant": "{owner}",
        "measure": "bookings",
        "start": "2026-01-01",
        "end": "2026-02-01",
        "amount": "-5",
        "reason": "leave",
        "approver": "bea",
    },
    "objectives": {"objective": "M-new", "participant": "{owner}", "date": "2026-04-01", "weight": "0.5"},
    "adjustments": {
        "adjustment": "C-new",
        "participant": "{owner}",
        "plan": "Sellers",
        "date": "2026-04-01",
        "amount": "5",
        "reason": "correction",
        "approver": "bea",
    },
    "holds": {
        "hold": "H-new",
        "fact_table": "orders",
        "fact": "O-{owner}",
        "participant": "{owner}",
        "reason": "check",
        "approver": "bea",
    },
}
"""A new row of each table, of an owner."""

CHANGED: dict[str, dict[str, str]] = {
    "participants": {"title": "Changed"},
    "reporting_lines": {"end": "2099-01-01"},
    "territories": {"name": "Changed"},
    "coverage": {"end": "2099-01-01"},
    "accounts": {"name": "Changed"},
    "products": {"name": "Changed"},
    "opportunities": {"stage": "lost"},
    "stage_history": {"date": "2026-04-01"},
    "orders": {"amount": "5"},
    "order_lines": {"quantity": "5"},
    "activities": {"kind": "demo"},
    "splits": {"share": "50"},
    "quotas": {"quota": "5"},
    "assignments": {"end": "2099-01-01"},
    "relationships": {"end": "2099-01-01"},
    "cancellations": {"share": "50"},
    "exchange_rates": {"rate": "1.06"},
    "quota_adjustments": {"amount": "-6"},
    "objectives": {"score": "0.9"},
    "adjustments": {"amount": "6"},
    "holds": {"released": "2026-05-01"},
}
"""A change to a row of each table."""

_DO = {"step": "do"}  # without it, what would change is only shown
_FROM = {"day": "2026-06-01"}
_DAY = {**_FROM, **_DO}
MAPPING = """mapping: accounts
tables:
  accounts:
    file: accounts.csv
    columns:
      account: account
      name: name
"""
BODIES: dict[str, dict[str, Any]] = {
    "plans:new": {"text": "version: 1", "do": "save"},
    "plans:assign": {"participant": "dan", "day": "2026-02-01"},
    "plans:end_assignment": {"end": "2099-01-01"},
    "api-1:plans": {"text": "plan: New"},
    "api-1:plans_check": {"text": "plan: New"},
    "access:sign_in": {"email": "nobody@example.com", "password": "not the password"},
    "access:reset": {"email": "nobody@example.com"},
    "access:account": {"name": "Changed"},
    "access:invite": {"email": "new@example.com", "name": "New", "roles": ["auditor"]},
    "access:user": {"name": "Changed", "roles": ["administrator"]},
    "access:new_token": {"name": "new", "days": "30", "scopes": ["people:read"]},
    "payouts:reject": {"why": "Not so"},
    "api-1:run_reject": {"note": "Not so"},
    "measures:new": {"view": "text", "name": "small_orders", "text": "count: orders\nwhere: amount < 100\n"},
    "quotas:grid": {"seen": "[]"},
    "people:join": {**_DAY, "key": "new", "name": "New"},
    "people:position": {**_DAY, "name": "Changed"},
    "people:manager": {**_DAY, "manager": ""},
    "people:leave": _DAY,
    "people:stay": {"step": "preview"},
    "people:unlink": _DO,
    "api-1:people": {**_FROM, "key": "new", "name": "New"},
    "api-1:person_position": {**_FROM, "name": "Changed"},
    "api-1:person_manager": {**_FROM, "manager": None},
    "api-1:person_leave": _FROM,
}
"""What is sent to other addresses; nothing where a button is all there is."""

OWNERS = {"participant": ("alice", "adam", "charlie")}
"""Who stands for own, own team and other team; everybody else is asked about Ann, Alice and Charlie."""
NOBODY = 987_654_321


def owner_of(role: str, target: str) -> str:
    """The participant who owns what somebody asks for."""
    place = ("own", "own team", "other team").index(target)
    return OWNERS.get(role, ("ann", "alice", "charlie"))[place]


def row_asked(everyone: Any, table: str, owner: str) -> Any:
    """The row of a table that somebody owns; of tables without owners, any."""
    rows = everyone.rows[table]
    return rows[owner] if owner in rows else rows[""]


def arguments(everyone: Any, route: str, names: set[str], role: str, target: str, table: str) -> dict[str, Any]:
    """The arguments of an address: of an object that is one's own, of one's team, or of another team."""
    owner = owner_of(role, target)
    found: dict[str, Any] = {}
    for name in names:
        if name in {"pk", "row"} and table:
            found[name] = row_asked(everyone, table, owner).pk
        elif name == "name":
            found[name] = table
        elif name == "column":
            found[name] = next((c.name for c in row_tables()[table].columns.values() if c.refers_to), "none")
        elif name == "key":
            found[name] = owner
        elif name in {"run", "number"} and "statement" in route:
            found[name] = everyone.runs["approved"].pk if name == "run" else 1
        elif name == "kind":
            found[name] = "csv"
        elif name == "measure":
            found[name] = "large_orders"
        elif name == "link":
            found[name] = "no-such-link"
        else:
            found[name] = _object(everyone, route, role, target)
    return found


def _of_plans(everyone: Any, route: str, owner: str) -> int:
    """A plan that only this owner is on, its published version, or an assignment of theirs."""
    if route == "plans:end_assignment":
        return int(everyone.rows["assignments"][owner].pk)
    version = everyone.versions[owner]
    return int(version.pk if route in {"plans:version", "plans:sql", "api-1:plan_version"} else version.plan_id)


def plans_of(owners: Iterable[str]) -> dict[str, PlanVersion]:
    """A plan for each owner, which only they are on, published and with a draft; the published version of each."""
    found = {}
    for owner in owners:
        plan = Plan.objects.create(name=f"Plan of {owner}")
        text = PLAN.format(owner=owner, version=1)
        dates = {"start": date(2026, 1, 1), "end": date(2027, 1, 1), "published_at": timezone.now()}
        found[owner] = PlanVersion.objects.create(plan=plan, number=1, text=text, state="published", **dates)
        PlanVersion.objects.create(plan=plan, number=2, text=PLAN.format(owner=owner, version=2))
    return found


PLAN = """\
plan: Plan of {owner}
version: {version}
currency: EUR
effective: 2026-01-01 .. 2027-01-01
participants: [{owner}]
components:
  - {{name: Bookings, measure: bookings, pays: flat_rate, rate: 1 %}}
examples:
  - given: {{bookings: 100}}
    expect: {{Bookings: 1.00}}
"""


def _object(everyone: Any, route: str, role: str, target: str) -> int:
    """A user, token, session or event: of the one who asks, or of somebody else."""
    is_own = target == "own"
    asks, other = everyone.users[role or "auditor"], everyone.users["charlie"]
    owner = asks if is_own else other
    if route.startswith("api-1:import"):
        return int(everyone.upload)
    if route.startswith(("plans:", "api-1:plan")):
        return _of_plans(everyone, route, owner_of(role, target))
    if route.startswith(("payouts:", "api-1:run")):
        return int(everyone.runs["calculated"].pk)
    if route.startswith("imports:"):
        is_upload = route in {f"imports:{name}" for name in ("upload", "mapping", "start", "progress", "undo_upload")}
        return int(everyone.upload if is_upload else everyone.batch.pk)
    if route == "notices:open":
        return Notice.objects.filter(user=owner).values_list("pk", flat=True)[0]
    if "token" in route:
        return ApiToken.objects.filter(user=owner).values_list("pk", flat=True)[0]
    if "end_session" in route and not route.endswith("s"):
        return UserSession.objects.filter(user=owner).values_list("pk", flat=True)[0]
    if "audit" in route:
        return AuditEvent.objects.filter(actor=owner.pk).values_list("number", flat=True)[0]
    return User.objects.get(pk=owner.pk if is_own else other.pk).pk


def body(everyone: Any, route: str, method: str, table: str, role: str, target: str) -> dict[str, Any]:
    """What is sent: a form's fields, or the API's document."""
    owner = owner_of(role, target)
    if (route, method) == ("api-1:imports", "POST"):
        return {"files": SimpleUploadedFile("accounts.csv", b"account,name\nA-9,Nine\n"), "mapping": MAPPING}
    if (route, method) == ("api-1:runs", "POST"):
        return {"version": everyone.versions["published"].pk, "period": "2026-Q2"}
    if route in {"plans:edit", "api-1:plan_draft"}:
        draft = PlanVersion.objects.get(plan=everyone.versions[owner].plan, state="draft")
        return {"text": f"{draft.text}# changed", "seen": draft.changed_at.isoformat()}
    if not table:
        return BODIES.get(route, {})
    if route == "rows:new" or (method == "POST" and route != "rows:edit"):
        return {name: text.format(owner=owner) for name, text in MADE[table].items()}
    if method == "PATCH":
        return CHANGED[table]
    row = row_asked(everyone, table, owner)
    now = {name: value_of(row, name) for name in row_tables()[table].columns}
    return {name: str(value) for name, value in now.items() if value is not None} | CHANGED[table]
