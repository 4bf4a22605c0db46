"""The platform's commands, which the command line finds by their entry point; Django is imported when one is called."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from attain.errors import UsageError

Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for it
Command = Callable[[argparse.Namespace], int]


def add_commands(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add what ``attain`` can do with the platform installed."""
    serve = _command(commands, "serve", "serve the platform to browsers", _later("serve", "serve"))
    _serve_arguments(serve)
    _command(commands, "migrate", "bring the database to this version's form", _later("upkeep", "migrate"))
    admin = _command(commands, "createadmin", "make an administrator who can sign in", _later("upkeep", "create_admin"))
    admin.add_argument("--email", required=True)
    admin.add_argument("--name", required=True)
    admin.add_argument("--invite", action="store_true", help="print a link to set the password by, and ask for none")
    _command(commands, "unlock", "let everybody try to sign in again at once", _later("upkeep", "unlock"))
    audit = commands.add_parser("audit", help="check the audit trail", description="Check the audit trail.")
    actions = audit.add_subparsers(required=True, metavar="ACTION")
    verify = _command(
        actions, "verify", "tell whether the trail is as it was written", _later("upkeep", "verify_audit")
    )
    verify.add_argument("--heads", type=Path, metavar="FILE", help="a copy of var/audit/heads that was kept elsewhere")
    backup = _command(commands, "backup", "write everything into one file", _later("backup", "backup"))
    backup.add_argument("file", type=Path, metavar="FILE")
    restore = _command(commands, "restore", "bring back what a backup holds", _later("restore", "restore"))
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument("--replace", action="store_true", help="give up what the database holds now")
    demo = _command(commands, "load-demo", "fill an empty installation with the demo company", _later("demo", "load"))
    demo.add_argument("--reset", action="store_true", help="begin anew, if the installation is a demo's")


def _serve_arguments(serve: argparse.ArgumentParser) -> None:
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1, this machine)")
    serve.add_argument(
        "--port", type=_whole(1, 65535), default=8000, help="port to listen on (default: 8000)", metavar="PORT"
    )
    serve.add_argument("--workers", type=_whole(1, 64), metavar="N", help="web processes (default: by processors)")
    serve.add_argument("--certificate", type=Path, metavar="FILE", help="TLS certificate with its chain, PEM")
    serve.add_argument("--key", type=Path, metavar="FILE", help="the certificate's private key, PEM")
    serve.add_argument("--migrate", action="store_true", help="first bring the database to this version's form")


def _whole(least: int, most: int) -> Callable[[str], int]:
    """Read a whole number of a span."""

    def read(given: str) -> int:
        if not (given.isascii() and given.isdigit() and least <= int(given) <= most):
            raise argparse.ArgumentTypeError(f"'{given}' is no whole number from {least} to {most}")
        return int(given)

    return read


def _command(
    commands: Commands[argparse.ArgumentParser], name: str, told: str, command: Command
) -> argparse.ArgumentParser:
    """A command over an installation."""
    made = commands.add_parser(name, help=told, description=told[0].upper() + told[1:] + ".")
    made.set_defaults(command=command)
    made.add_argument(
        "--var",
        type=Path,
        default=Path(os.environ.get("ATTAIN_VAR", "var")),
        metavar="DIR",
        help="folder of the installation (default: ATTAIN_VAR, else var)",
    )
    return made


def _later(module: str, name: str) -> Command:
    """A command that is imported when it is called."""

    def call(asked: argparse.Namespace) -> int:
        if not find_spec("django"):
            raise UsageError("The platform is not installed, only the library. Install it: pip install 'attain[web]'")
        command: Command = getattr(import_module(f"attain_web.{module}"), name)
        return command(asked)

    return call
