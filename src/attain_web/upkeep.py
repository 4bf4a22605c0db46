"""`attain migrate`, `createadmin`, `unlock` and `audit verify`: what an administrator does on the server itself."""

from __future__ import annotations

import argparse
import os
import sys
from getpass import getpass

from attain.errors import UsageError
from attain_web import installation

PASSWORD = "ATTAIN_ADMIN_PASSWORD"  # noqa: S105 - the variable's name


def migrate(asked: argparse.Namespace) -> int:
    """Bring the database to the form that this version needs."""
    with installation.installation(asked.var):
        missing, _ = installation.missing_migrations()
        installation.migrate()
        print(f"Done: {missing} migrations." if missing else "Nothing to do: the database is up to date.")
    return 0


def create_admin(asked: argparse.Namespace) -> int:
    """Make an administrator, by a password or by a link; also the way back in for who is locked out."""
    with installation.installation(asked.var):
        from django.core.exceptions import ValidationError

        from attain_web.access.links import Purpose, link_for
        from attain_web.access.services import make_administrator
        from attain_web.access.viewer import SYSTEM

        installation.ensure_migrated()
        try:
            password = None if asked.invite else _password()
            user = make_administrator(SYSTEM, email=asked.email, name=asked.name, password=password)
        except ValidationError as error:
            raise UsageError("\n".join(error.messages)) from None
        if asked.invite:
            print(f"{user.name} chooses a password here, within a week: {link_for(user, Purpose.INVITATION)}")
        else:
            print(f"{user.name} can sign in as {user.email}.")
    return 0


def unlock(asked: argparse.Namespace) -> int:
    """Let everybody whom failed sign-ins made to wait try again at once."""
    with installation.installation(asked.var, is_there=True):
        from attain_web.access.services import end_waits
        from attain_web.access.viewer import SYSTEM

        installation.ensure_migrated()
        count = end_waits(SYSTEM)
        print("Nobody has to wait to sign in any more." if count else "Nobody had to wait.")
    return 0


def _password() -> str:
    """The password that the environment gives, else the one typed twice."""
    if given := os.environ.get(PASSWORD):
        return given
    if not sys.stdin.isatty():
        raise UsageError(f"There is no terminal to ask for a password: set {PASSWORD}, or say --invite.")
    typed = getpass("Password (12 characters or more): ")
    if typed != getpass("The same again: "):
        raise UsageError("The two passwords differ.")
    return typed


def verify_audit(asked: argparse.Namespace) -> int:
    """Tell whether the audit trail is as it was written; 1 where it is not, with the first event that is not."""
    if asked.heads and not asked.heads.is_file():
        raise UsageError(f"There is no file {asked.heads} (--heads).")
    with installation.installation(asked.var, is_there=True):
        from attain_web.access.queries import audit_events
        from attain_web.access.verify import verify
        from attain_web.access.viewer import SYSTEM

        finding, count = verify(asked.heads), audit_events(SYSTEM).count()
    if finding:
        print(finding.sentence, file=sys.stderr)
        return 1
    print(f"The audit trail is as it was written: {count:,} events.")
    return 0
