"""What the environment says of an installation, checked before anything is started: every fault is told at once."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from attain.errors import UsageError

MAIL = ("smtp", "smtps", "smtp+tls")
"""How mail is sent: in the open, over TLS, or over TLS once connected (STARTTLS)."""


def check_environment() -> None:
    """Raise UsageError with everything that a variable says and that cannot be."""
    if faults := [f"{name}: {told}" for name, told in _faults()]:
        raise UsageError("\n".join(faults))


def _faults() -> Iterator[tuple[str, str]]:
    for name, check in _CHECKS.items():
        if (given := os.environ.get(name)) and (told := check(given)):
            yield name, told


def _url(given: str) -> str:
    if _has_host(given) and urlsplit(given).scheme in ("http", "https"):
        return ""
    return f"“{given}” is no address that people use; write one such as https://attain.example.com"


def _mail(given: str) -> str:
    if _has_host(given) and urlsplit(given).scheme in MAIL:
        return ""
    return "write smtp+tls://user:password@host:587, or with smtps:// or smtp:// before the host"


def _has_host(given: str) -> bool:
    try:
        parts = urlsplit(given)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # a port that is none
        return False


def _time_zone(given: str) -> str:
    return "" if given in available_timezones() else f"“{given}” is no time zone; write one such as Europe/Amsterdam"


def _log_level(given: str) -> str:
    levels = [name for name, level in logging.getLevelNamesMapping().items() if level]
    return "" if given in levels else f"“{given}” is no level; there are {', '.join(levels)}"


def _database(given: str) -> str:
    try:
        conninfo_to_dict(given)
    except ProgrammingError:
        return "this is no address of a PostgreSQL; write postgresql://user:password@host/database"
    return ""


def _flag(given: str) -> str:
    return "" if given in ("0", "1") else f"“{given}” is neither 1 nor 0"


_CHECKS: dict[str, Callable[[str], str]] = {
    "ATTAIN_URL": _url,
    "ATTAIN_MAIL": _mail,
    "ATTAIN_TIME_ZONE": _time_zone,
    "ATTAIN_LOG_LEVEL": _log_level,
    "DATABASE_URL": _database,
    "ATTAIN_BEHIND_PROXY": _flag,
    "ATTAIN_MANAGERS_SEE_PAY": _flag,
    "ATTAIN_DEBUG": _flag,
}
