"""`attain load-demo`: the demo company in an empty installation, with one login for each role."""

from __future__ import annotations

import argparse
import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from psycopg import connect

from attain.cli.terminal import table
from attain.errors import UsageError
from attain_web import installation
from attain_web.postgres import ensure_unused
from attain_web.secrets import read_secret

SEED = 7
DOMAIN = "halden.example"
EVENT = "demo.load"
"""By this event in its audit trail an installation is known to be a demo's."""

PASSWORD = Path("demo", "password")


def load(asked: argparse.Namespace) -> int:
    """Load the demo company unless it is there, and print who can sign in."""
    with installation.installation(asked.var) as var:
        missing, is_empty = installation.missing_migrations()
        is_demo = not is_empty and not missing and _is_demo()
        if asked.reset and not is_empty:
            _reset(var, is_demo=is_demo)
            is_demo = False
        elif missing and not is_empty:
            raise UsageError("The database is from an older version: attain migrate, or RESET=1 for a new demo.")
        if not is_demo:
            _load(var)
        elif not (var / PASSWORD).is_file():
            raise UsageError(f"The demo's password is gone from {var / PASSWORD}: begin anew with RESET=1.")
        print(f"\n{'Found' if is_demo else 'Loaded'} in {var}: {_counts()}\n")
        print(_logins(var))
    return 0


def _is_demo() -> bool:
    from attain_web.access.queries import audit_events
    from attain_web.access.viewer import SYSTEM

    return audit_events(SYSTEM).filter(action=EVENT).exists()


def _reset(var: Path, *, is_demo: bool) -> None:
    """Take out a demo with all it left behind; never anything else."""
    if not is_demo:
        raise UsageError("This installation is not the demo's: it is left alone.")
    from django.db import connections

    connections.close_all()
    ensure_unused()
    with connect(os.environ["DATABASE_URL"]) as connection:
        connection.execute("SET client_min_messages = warning")
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    for name in ("audit", "files", "mail"):
        shutil.rmtree(var / name, ignore_errors=True)
    (var / PASSWORD).unlink(missing_ok=True)


def _load(var: Path) -> None:
    """Migrate, bring the company in, make the users: the last two wholly or not at all."""
    from attain.cli.demo import MARK, make_company  # slow to import, and a demo that is there needs none of it

    installation.migrate()
    from django.utils import timezone

    from attain.demo.as_of import write_as_of
    from attain_web.access.audit import recorded
    from attain_web.access.queries import users_found
    from attain_web.access.viewer import SYSTEM
    from attain_web.imports.services import load_folder

    if users_found(SYSTEM).count:
        raise UsageError("This installation has users already: the demo company is loaded into an empty one only.")
    company = var / "demo" / "company"
    make_company(company, seed=SEED)
    today = timezone.localdate()
    with (
        TemporaryDirectory(prefix="attain-demo-") as folder,
        recorded(SYSTEM, EVENT, company=MARK, seed=SEED, day=today),
    ):
        write_as_of(company, Path(folder), today)
        load_folder(SYSTEM, Path(folder))
        _make_users(read_secret("ATTAIN_DEMO_PASSWORD", var / PASSWORD, size=9))
        _publish_plans()
    _run_plans()


def _make_users(password: str) -> None:
    """One user for each role; seller, manager and executive are people of the company, in one line."""
    from attain_web.access.rights import Role
    from attain_web.access.services import make_user
    from attain_web.access.viewer import SYSTEM
    from attain_web.people.services import link_user

    people = _people()
    for role in Role:
        key, name, email = people.get(role, ("", f"Demo {str(role.label).lower()}", f"{role.value}@{DOMAIN}"))
        user = make_user(SYSTEM, email=email, name=name, roles=[role], password=password)
        if key:
            link_user(SYSTEM, key, user.pk)


def _publish_plans() -> None:
    """Publish the plans that the company's people signed, by its plan designer."""
    from attain.demo import PLANS
    from attain_web.access.rights import Role
    from attain_web.plans.services import publish, save_draft

    designer = _viewer(Role.DESIGNER)
    for file in sorted(PLANS.glob("*.yaml")):
        publish(designer, save_draft(designer, None, file.read_text(encoding="utf-8")))


def _run_plans() -> None:
    """Run every plan for the periods of its year: those that are over are approved, today's waits for what comes."""
    from django.utils import timezone

    from attain.calendar import KINDS, period_at, periods
    from attain_web.access.rights import Role
    from attain_web.payouts.queries import run_seen
    from attain_web.payouts.services import approve, start_due, start_run
    from attain_web.payouts.work import calculate
    from attain_web.plans.queries import checked_version, in_force

    today = timezone.localdate()
    designer, finance = _viewer(Role.DESIGNER), _viewer(Role.FINANCE)
    for version in in_force(today):
        checked = checked_version(version)
        calendar, used = checked.plan.calendar, {component.spec.every for component in checked.components}
        longest = next(kind for kind in reversed(KINDS) if kind in used)
        year = period_at(calendar, kind="year", day=today)
        for period in periods(calendar, kind=longest, start=year.start, end=today) if year else ():
            if period.end <= today:
                run = start_run(designer, version, period.name)
                calculate(run.pk)
                approve(finance, run_seen(finance, run.pk))
    for run in start_due():
        calculate(run.pk)


def _viewer(role: Any) -> Any:
    """Somebody of the demo who has a role by name only."""
    from attain_web.access.queries import user_with_email, viewer_of

    user = user_with_email(f"{role.value}@{DOMAIN}")
    if user is None:
        raise UsageError(f"The demo has no {role.label}.")
    return viewer_of(user)


def _people() -> dict[str, tuple[str, str, str]]:
    """The participants that sign in, by role: key, name, e-mail."""
    from attain_web.access.rights import Role

    people, lines = _standing("participants"), _standing("reporting_lines")
    found = {}
    key = people.filter(title="Account Executive").values_list("participant_id", flat=True)[0]
    for role in (Role.PARTICIPANT, Role.MANAGER, Role.EXECUTIVE):
        person = people.get(participant_id=key)
        found[role.value] = (key, person.name, person.attributes["email"])
        key = lines.get(participant_id=key).manager_id
    return found


def _standing(name: str) -> Any:
    """The rows of a dated table that have no end."""
    from attain_web.access.viewer import SYSTEM
    from attain_web.rows.queries import visible
    from attain_web.rows.table import row_tables

    rows: Any = visible(row_tables()[name], SYSTEM)
    return rows.filter(end=None).order_by("participant")


def _counts() -> str:
    """How many rows each table has."""
    from attain_web.access.viewer import SYSTEM
    from attain_web.rows.queries import visible
    from attain_web.rows.table import row_tables

    return ", ".join(f"{visible(one, SYSTEM).count():,} {name}" for name, one in row_tables().items())


def _logins(var: Path) -> str:
    """Who can sign in, and by which password."""
    from attain_web.access.queries import users_found
    from attain_web.access.viewer import SYSTEM

    users = users_found(SYSTEM).users
    rows = [(", ".join(str(grant) for grant in user.grants.all()), user.email, user.name) for user in users]
    password = read_secret("ATTAIN_DEMO_PASSWORD", var / PASSWORD)
    return f"{table(('sign in as', 'e-mail', 'name'), rows)}\nThe password of each: {password}   (made for this demo)"
