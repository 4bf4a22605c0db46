"""`attain serve`: PostgreSQL, the web server and the worker for jobs, started together and stopped together."""

from __future__ import annotations

import argparse
import json
import logging
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from attain import __version__
from attain.errors import UsageError
from attain_web.database import undisturbed
from attain_web.environment import check_environment
from attain_web.installation import collect_static_files, ensure_migrated, installation

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_PATIENCE = 20
"""Seconds that a process has to stop in good order."""

log = logging.getLogger(__name__)


def serve(asked: argparse.Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM; 1 where the web server ended by itself."""
    check_environment()
    os.environ["ATTAIN_URL"] = address(asked)
    _ensure_free(asked.host, asked.port)
    os.environ["ATTAIN_COLLECTED"] = "1"
    with installation(asked.var) as var:
        ensure_migrated(is_asked=asked.migrate)
        collect_static_files()
        _tell_who_can_sign_in()
        told = f"Attain {__version__} serves {os.environ['ATTAIN_URL']}, its data in {var}. Ctrl-C stops it."
        try:
            return _run([*_python("attain_web.web"), json.dumps(_bound(asked)), told])
        except (KeyboardInterrupt, SystemExit):  # Ctrl-C, SIGTERM: everything was stopped in good order
            return 0


def address(asked: argparse.Namespace) -> str:
    """The address that people use, which must fit where and how the server listens."""
    if bool(asked.certificate) != bool(asked.key):
        raise UsageError("TLS needs both: --certificate FILE and --key FILE.")
    if asked.certificate:
        _ensure_pair(asked.certificate, asked.key)
    given = os.environ.get("ATTAIN_URL")
    if not given and asked.host not in LOOPBACK:
        raise UsageError(
            f"Listening on {asked.host} lets others in: say the address they use, such as ATTAIN_URL=https://attain.example.com"
        )
    if not given:
        host = f"[{asked.host}]" if ":" in asked.host else asked.host
        return f"{'https' if asked.certificate else 'http'}://{host}:{asked.port}"
    is_secure = urlsplit(given).scheme == "https"
    if is_secure and not asked.certificate and os.environ.get("ATTAIN_BEHIND_PROXY") != "1":
        raise UsageError(
            "ATTAIN_URL begins with https. Either a proxy in front does TLS and sets X-Forwarded-Proto: then say "
            "ATTAIN_BEHIND_PROXY=1. Or Attain does it: then name --certificate FILE and --key FILE."
        )
    if not is_secure and asked.certificate:
        raise UsageError("With --certificate, ATTAIN_URL must begin with https://")
    return given.rstrip("/")


def _ensure_pair(certificate: Path, key: Path) -> None:
    """Raise UsageError where a certificate and a key cannot be used together."""
    for file in (certificate, key):
        if not file.is_file():
            raise UsageError(f"There is no file {file}.")

    def refuse() -> str:
        raise UsageError(f"The key {key} is encrypted: nobody types its password when the server starts. Decrypt it.")

    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key, password=refuse)
    except (ssl.SSLError, OSError) as error:
        why = "they are not of one pair" if "MISMATCH" in str(error) else str(error)
        raise UsageError(f"{certificate} and {key} cannot be used for TLS: {why}.") from None


def _bound(asked: argparse.Namespace) -> dict[str, object]:
    """Where gunicorn listens and with how many workers, by its names."""
    host = f"[{asked.host}]" if ":" in asked.host else asked.host
    return {
        "bind": [f"{host}:{asked.port}"],
        "workers": asked.workers or max(2, min(os.cpu_count() or 2, 8)),
        "certfile": asked.certificate and str(asked.certificate),
        "keyfile": asked.key and str(asked.key),
    }


def _ensure_free(host: str, port: int) -> None:
    """Tell at once, before anything is started, that the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError as error:
            raise UsageError(
                f"Cannot listen on {host}:{port}: {error.strerror}. Name another one: --port (make: PORT=)"
            ) from None


def _tell_who_can_sign_in() -> None:
    """Say what to do first where nobody can."""
    from attain_web.access.queries import users_found
    from attain_web.access.viewer import SYSTEM

    if not users_found(SYSTEM).count:
        log.warning("Nobody can sign in yet: attain createadmin --email you@example.com --name 'Your Name'")


def _python(module: str) -> list[str]:
    return [sys.executable, "-m", module]


def _run(web: Sequence[str]) -> int:
    """Start both processes and watch them: without the web server everything stops, a lost worker is started anew."""
    worker = _python("attain_web.worker")
    with _started(web) as server:
        while server.poll() is None:
            with _started(worker) as jobs:
                while server.poll() is None and jobs.poll() is None:
                    time.sleep(0.2)
            if server.poll() is None:
                log.error("The worker for jobs ended (%s) and is started anew.", jobs.returncode)
                time.sleep(1)
    log.error("The web server ended (%s).", server.returncode)
    return 1


@contextmanager
def _started(command: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a session of its own, so that Ctrl-C reaches only this one, which stops it in good order."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603 - our own modules
    try:
        yield process
    finally:
        with undisturbed():
            process.terminate()
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdin:
                process.stdin.close()
