"""`attain serve`, started and stopped for real."""

from __future__ import annotations

import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPSHandler, OpenerDirector, Request, build_opener

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Attain = Callable[..., subprocess.CompletedProcess[str]]
PASSWORD = "a-long-enough-password"  # noqa: S105 - of a user who lives for one test
ADMIN = ("--email", "ada@example.com", "--name", "Ada")


def _free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        port: int = tried.getsockname()[1]
    return port


@contextmanager
def _served(
    folder: Path, surroundings: dict[str, str], *words: str, end: signal.Signals
) -> Iterator[subprocess.Popen[str]]:
    """A server that says it serves; afterwards it is stopped and must have left no process."""
    command = [sys.executable, "-m", "attain.cli", "serve", "--var", str(folder / "var"), "--workers", "2", *words]
    process = subprocess.Popen(command, env=surroundings, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert process.stdout
        assert "serves" in process.stdout.readline()
        yield process
        below = _below(process.pid)
        database = int((folder / "var/postgres/postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
        assert len(below) == 4, "the web server, its two workers, and the worker for jobs"
    finally:
        process.send_signal(end)
        process.wait(60)
        process.communicate()
    assert process.returncode == 0
    until = time.monotonic() + 5  # what has ended is listed until the system has taken note
    while left := [pid for pid in (*below, database) if Path("/proc", str(pid)).exists()]:
        assert time.monotonic() < until, left
        time.sleep(0.1)


def _below(pid: int) -> list[int]:
    """Every process that was started by one, directly or not."""
    told = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout
    return [one for child in map(int, told.split()) for one in (child, *_below(child))]


def _get(
    opener: OpenerDirector, url: str, form: dict[str, str] | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    data = urlencode(form).encode() if form else None
    request = Request(url, data, {name.replace("_", "-"): value for name, value in headers.items()})  # noqa: S310 - ours
    try:
        with opener.open(request) as answer:
            return answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()
    except HTTPError as error:
        with error:
            return error.code, {name.lower(): value for name, value in error.headers.items()}, error.read()


def test_serve_from_the_first_start_to_the_last_stop(
    folder: Path, surroundings: dict[str, str], attain: Attain
) -> None:
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    with _served(folder, surroundings, "--port", str(port), end=signal.SIGTERM) as process:
        _answers_with_care(url)
        _files_are_hashed_and_compressed(url)
        assert _get(build_opener(), url, Host="elsewhere.example")[0] == 400

        taken = attain("serve", "--var", folder / "other", "--port", str(port))
        assert taken.returncode == 2
        assert "--port" in taken.stderr
        assert not (folder / "other").exists()

        made = attain("createadmin", "--var", folder / "var", *ADMIN, ATTAIN_ADMIN_PASSWORD=PASSWORD)
        assert made.returncode == 0, made.stderr
        assert _can_sign_in(build_opener(HTTPCookieProcessor(CookieJar())), url)
        _lost_worker_is_replaced(process.pid)
    assert (folder / "var/secrets/key").stat().st_mode & 0o777 == 0o600
    assert (folder / "var").stat().st_mode & 0o066 == 0

    certificate, key = _certificate(folder)
    words = ("--port", str(port), "--certificate", str(certificate), "--key", str(key))
    started = time.monotonic()
    with _served(folder, surroundings, *words, end=signal.SIGINT):
        assert time.monotonic() - started < 40
        trusting = HTTPSHandler(context=ssl.create_default_context(cafile=certificate))
        opener = build_opener(trusting, HTTPCookieProcessor(jar := CookieJar()))
        status, headers, _ = _get(opener, f"https://127.0.0.1:{port}/sign-in/")
        assert status == 200
        assert headers["strict-transport-security"].startswith("max-age=31536000")
        assert _can_sign_in(opener, f"https://127.0.0.1:{port}"), "the data is still there"
        assert all(cookie.secure for cookie in jar)


def _answers_with_care(url: str) -> None:
    status, headers, page = _get(build_opener(), f"{url}/")
    assert status == 200
    assert b"csrfmiddlewaretoken" in page, "who is not signed in sees the sign-in page"
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert "strict-transport-security" not in headers
    status, _, page = _get(build_opener(), f"{url}/there-is-no-such-page/")
    assert b"Traceback" not in page
    assert b"DEBUG" not in page


def _files_are_hashed_and_compressed(url: str) -> None:
    page = _get(build_opener(), f"{url}/sign-in/")[2].decode()
    found = re.search(r"/static/[\w/.-]+\.[0-9a-f]{12}\.css", page)
    assert found, "no style sheet with a hash in its name"
    for coding in ("br", "gzip"):
        status, headers, _ = _get(build_opener(), url + found[0], Accept_Encoding=coding)
        assert status == 200
        assert headers["content-encoding"] == coding
        assert "immutable" in headers["cache-control"]
        assert "access-control-allow-origin" not in headers


def _can_sign_in(opener: OpenerDirector, url: str) -> bool:
    page = _get(opener, f"{url}/sign-in/")[2].decode()
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page)
    assert token
    form = {"csrfmiddlewaretoken": token[1], "email": ADMIN[1], "password": PASSWORD}
    status, _, page_after = _get(opener, f"{url}/sign-in/", form, Referer=f"{url}/sign-in/", Origin=url)
    return status == 200 and b'name="password"' not in page_after


def _lost_worker_is_replaced(pid: int) -> None:
    """The worker for jobs is the child that has no children."""

    def worker() -> int | None:
        children = [int(one) for one in _children(pid) if not _children(int(one))]
        return children[0] if children else None

    before = worker()
    assert before
    subprocess.run(["kill", "-KILL", str(before)], check=True)
    until = time.monotonic() + 30
    while (now := worker()) in (None, before):
        assert time.monotonic() < until, "no new worker was started"
        time.sleep(0.1)
    assert now != before


def _children(pid: int) -> list[str]:
    return subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout.split()


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of our own for this machine, and its key."""
    from ipaddress import ip_address  # noqa: PLC0415 - only here

    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")]), datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(made.public_bytes(encoding))
    files[1].write_bytes(key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return files


@pytest.mark.parametrize(
    ("words", "more", "told"),
    [
        (["--host", "0.0.0.0"], {}, "ATTAIN_URL"),  # noqa: S104 - refused
        (["--certificate", "cert.pem"], {}, "--key"),
        (["--certificate", "cert.pem", "--key", "key.pem"], {}, "no file"),
        ([], {"ATTAIN_URL": "https://attain.example.com"}, "ATTAIN_BEHIND_PROXY"),
        ([], {"ATTAIN_MAIL": "smtp+ssl://mail.example.com"}, "ATTAIN_MAIL"),
        (["--port", "0"], {}, "from 1 to 65535"),
    ],
)
def test_what_cannot_be_served_safely_is_refused_with_advice(
    attain: Attain, folder: Path, words: list[str], more: dict[str, str], told: str
) -> None:
    refused = attain("serve", "--var", folder / "var", *words, **more)
    assert refused.returncode == 2
    assert told in refused.stderr
    assert not (folder / "var").exists()


def test_files_that_are_no_pair_for_tls_are_refused(attain: Attain, folder: Path) -> None:
    for name in ("one", "other"):
        (folder / name).mkdir()
    (certificate, own), (_, others) = _certificate(folder / "one"), _certificate(folder / "other")
    key = serialization.load_pem_private_key(own.read_bytes(), None)
    secret = folder / "secret.pem"
    hidden = serialization.BestAvailableEncryption(b"nobody knows")
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, hidden))
    for file, told in ((others, "not of one pair"), (secret, "is encrypted"), (certificate, "cannot be used")):
        refused = attain("serve", "--var", folder / "var", "--certificate", certificate, "--key", file)
        assert refused.returncode == 2
        assert told in refused.stderr, refused.stderr


@pytest.mark.parametrize("words", [["audit", "verify"], ["unlock"], ["backup", "some.attain"]])
def test_a_folder_without_an_installation_is_not_made_one(attain: Attain, folder: Path, words: list[str]) -> None:
    refused = attain(*words, "--var", folder / "mistyped")
    assert refused.returncode == 2
    assert "no installation" in refused.stderr
    assert not (folder / "mistyped").exists()
