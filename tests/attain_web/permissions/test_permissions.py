"""Every address × everybody × whose it is: each cell answers as ``cells.py`` says, and a refusal changes nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.cache import cache as throttled
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from attain_web.access.models import User, UserSession
from attain_web.access.queries import scopes_open_to
from attain_web.access.services import make_token
from attain_web.imports.services import hand_in
from attain_web.rows.table import row_tables
from tests.attain_web.permissions.asked import NOBODY, arguments, body, plans_of
from tests.attain_web.permissions.cells import EXCEPT, RIGHTS, ROLES, ROUTES, TABLES, TARGETS

pytestmark = pytest.mark.django_db
BY_TARGET = ("sees", "changes", "all", "own")


@dataclass(frozen=True)
class Route:
    """An address by its declared name; ``name`` is the program's, ``names`` are its arguments'."""

    declared: str
    name: str
    names: frozenset[str]
    table: str = ""

    @property
    def has_object(self) -> bool:
        """Whether it is about one thing."""
        return bool(self.names - {"name", "column", "link", "kind"})

    def __str__(self) -> str:
        return f"{self.declared}[{self.table}]" if self.table else self.declared


@dataclass(frozen=True)
class Cell:
    """One question: who asks what of whose."""

    route: Route
    method: str
    role: str
    target: str
    expected: int

    def __str__(self) -> str:
        return f"{self.method} {self.route} by {self.role}, {self.target}"


def _routes() -> Iterator[Route]:
    """Every address of the platform; those of tables once for each table."""
    for name, names in _named(get_resolver().url_patterns):
        table = next((one for one in TABLES if name.startswith(f"api-1:{one}-")), "")
        if table:
            yield Route(name.replace(f"{table}-", "<table>-"), name, names, table)
        elif name.startswith("rows:") and "name" in names:
            yield from (Route(name, name, names, one) for one in TABLES if "column" not in names or _refers(one))
        else:
            yield Route(name, name, names)


def _refers(table: str) -> bool:
    """Whether a table refers to others, so that there is a column to ask about."""
    return any(column.refers_to for column in row_tables()[table].columns.values())


def _named(patterns: Any, namespace: str = "") -> Iterator[tuple[str, frozenset[str]]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _named(pattern.url_patterns, inner)
        else:
            yield f"{namespace}{pattern.name}", frozenset(pattern.pattern.converters)


@cache
def _rights() -> dict[str, dict[str, str]]:
    first, *rest = (line.split() for line in RIGHTS.strip().splitlines())
    assert tuple(first) == ROLES
    return {area: dict(zip(ROLES, codes, strict=True)) for area, *codes in rest}


def _reaches(code: str, target: str, *, is_nobodys: bool) -> bool:
    near = {">": TARGETS[:2], ".": TARGETS[:1]}.get(code[1:], TARGETS)
    return is_nobodys or target in near


def expected(route: Route, method: str, role: str, target: str) -> int:
    """The status that is declared."""
    except_for = EXCEPT.get((route.declared, method), {})
    for key in (f"{role}, {target}", role, "*"):
        if key in except_for:
            return except_for[key]
    verb, _, area = ROUTES[route.declared][method].partition(" ")
    is_api = route.name.startswith("api-")
    done = {"GET": 200, "POST": 201 if is_api else 302, "PATCH": 200}[method]
    if role == "anonymous":
        return done if verb == "anybody" else 401 if is_api else 302
    if verb in {"anybody", "everybody"}:
        return done
    if verb == "own":
        return done if target == "own" else 404
    told = TABLES[route.table] if area.startswith("table") else area
    area, is_nobodys = told.split(",")[0].split(" ")[0], told.endswith("nobody's")
    code, is_nobodys = _rights()[area][role], is_nobodys or (verb == "all" and not route.has_object)
    sees = code != "-" and (verb in {"reads", "adds"} or _reaches(code, target, is_nobodys=is_nobodys))
    if not sees:
        return 404
    if verb in {"reads", "sees"}:
        return done
    if verb == "all" or is_nobodys:
        return done if code == "W" else 403
    is_form = verb == "adds" and method == "GET"
    return done if code[0] == "W" and (is_form or _reaches(code, target, is_nobodys=False)) else 403


def cells(route: Route) -> Iterator[Cell]:
    """Every cell of an address."""
    for method, rule in ROUTES.get(route.declared, {}).items():
        verb = rule.split()[0]
        is_by_target = not rule.endswith("…") and (verb == "adds" or (verb in BY_TARGET and route.has_object))
        targets = TARGETS if is_by_target else TARGETS[:1]
        for role, target in product(("anonymous", *ROLES), targets):
            if role != "anonymous" or target == "own":
                yield Cell(route, method, role, target, expected(route, method, role, target))


ROUTE_TABLE = list(dict.fromkeys(_routes()))  # a method more gives an address once more


def test_every_address_is_declared() -> None:
    known = {route.declared for route in ROUTE_TABLE}
    missing, gone = sorted(known - set(ROUTES)), sorted(set(ROUTES) - known)
    assert not missing, f"Say in tests/attain_web/permissions/cells.py who may open: {', '.join(missing)}"
    assert not gone, f"There is no such address any more; take it out of cells.py: {', '.join(gone)}"


def test_the_cells_are_many(record_testsuite_property: Callable[[str, object], None]) -> None:
    count = sum(1 for route in ROUTE_TABLE for _ in cells(route))
    record_testsuite_property("permission cells", count)
    assert count > 3000


@dataclass(frozen=True)
class World:
    """The organisation, a session and a program for each role."""

    everyone: Any
    sessions: dict[str, str]
    programs: dict[str, Client]
    browser: Client

    def signed_in(self, role: str) -> Client:
        """The browser, in which somebody is signed in; what the request before did to its cookies is forgotten."""
        self.browser.cookies.clear()
        if role in self.sessions:
            self.browser.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[role]
        return self.browser


@pytest.fixture(scope="module")
def world(lasting_everyone: Any) -> World:
    sessions: dict[str, str] = {}
    programs, browser = {"anonymous": Client()}, Client()
    for name in (*ROLES, "charlie"):
        user, viewer = User.objects.get(pk=lasting_everyone.users[name].pk), lasting_everyone.viewer(name)
        _, token = make_token(viewer, name="test", scopes=scopes_open_to(viewer), days=1)
        UserSession.objects.create(user=user, session_key=f"of {name}")
        programs[name] = Client(headers={"Authorization": f"Bearer {token}"})
        browser.cookies.clear()
        browser.force_login(user)
        sessions[name] = browser.cookies[settings.SESSION_COOKIE_NAME].value
    for client in (browser, *programs.values()):
        client.raise_request_exception = False
    file = SimpleUploadedFile("accounts.csv", b"account,name\nA-9,Nine\n")
    upload = hand_in(lasting_everyone.viewer("operations"), [file]).pk
    versions = lasting_everyone.versions | plans_of(("ann", "alice", "adam", "charlie"))
    return World(replace(lasting_everyone, upload=upload, versions=versions), sessions, programs, browser)


@pytest.mark.parametrize("route", ROUTE_TABLE, ids=str)
def test_each_cell_answers_as_declared(route: Route, world: World) -> None:
    throttled.clear()
    wrong = [f"{cell}: {told}" for cell in cells(route) if (told := _fault(cell, world))]
    assert not wrong, "\n".join([f"{len(wrong)} cells are not as declared in cells.py:", *wrong])


def _fault(cell: Cell, world: World) -> str:
    """What is wrong with the answer of a cell; nothing, where it is as declared."""
    role = "" if cell.role == "anonymous" else cell.role
    asked = arguments(world.everyone, cell.route.name, set(cell.route.names), role, cell.target, cell.route.table)
    before = _counts() if cell.method != "GET" else ""
    with transaction.atomic():
        response = _send(cell, world, asked)
        if response.streaming:
            response.getvalue()  # read to its end, it closes what it reads
        after = _counts() if cell.method != "GET" else ""
        transaction.set_rollback(True)
    if response.status_code != cell.expected:
        return f"{response.status_code}, not {cell.expected}"
    is_open = ROUTES[cell.route.declared][cell.method] == "anybody"
    if cell.role == "anonymous" and cell.expected == 302 and not is_open and "sign-in" not in response["Location"]:
        return f"sent to {response['Location']}, not to the page for signing in"
    if cell.expected >= 400 and before != after:
        return "refused, but something was written"
    if cell.expected == 404 and (missing := _missing(asked)) and not _alike(response, cell, world, asked, missing):
        return "the page tells that there is something"
    return ""


def _send(cell: Cell, world: World, asked: dict[str, Any]) -> Any:
    path = reverse(cell.route.name, kwargs=asked)
    told = body(world.everyone, cell.route.name, cell.method, cell.route.table, cell.role, cell.target)
    if not cell.route.name.startswith("api-"):
        browser = world.signed_in(cell.role)
        return browser.get(path) if cell.method == "GET" else browser.post(path, told)
    program = world.programs[cell.role]
    if "files" in told:
        return program.post(path, told)
    sent = "" if cell.method == "GET" else json.dumps(told)
    return program.generic(cell.method, path, sent, content_type="application/json")


def _missing(asked: dict[str, Any]) -> dict[str, Any]:
    """The same question about an object that does not exist."""
    objects = {
        name: "nobody-at-all" if name == "key" else NOBODY for name in asked if name not in {"name", "column", "kind"}
    }
    return {**asked, **objects} if objects else {}


def _alike(response: Any, cell: Cell, world: World, asked: dict[str, Any], missing: dict[str, Any]) -> bool:
    """Whether two answers differ in nothing but what was asked for."""
    with transaction.atomic():
        other = _send(cell, world, missing)
        transaction.set_rollback(True)
    return other.status_code == 404 and _plain(response, asked) == _plain(other, missing)


def _plain(response: Any, asked: dict[str, Any]) -> str:
    text = re.sub(r"\b[A-Za-z0-9]{64}\b", "", response.content.decode())  # what guards forms is new on every page
    for path_part in map(str, asked.values()):
        text = re.sub(rf"(?<=/){re.escape(path_part)}(?=[/\"])", "…", text)
    return text


@cache
def _count_all() -> str:
    """One query that counts every table of the platform; versions and events are among them, so no change hides."""
    tables = sorted(
        model._meta.db_table
        for app in apps.get_app_configs()
        if app.name.startswith("attain_web.")
        for model in app.get_models()
        if model._meta.model_name != "signinattempt"
    )
    return " UNION ALL ".join(f"SELECT '{table}' || count(*) FROM {table}" for table in tables)


def _counts() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_count_all())
        return sorted(row[0] for row in cursor.fetchall())
