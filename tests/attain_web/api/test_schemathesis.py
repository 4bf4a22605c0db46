"""Made-up requests to every operation, valid and not: no fault of ours, and nothing that the document does not say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import schemathesis
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from attain_web.access.queries import scopes_open_to
from attain_web.access.services import make_token
from attain_web.api import api
from attain_web.imports.services import hand_in
from tests.attain_web.permissions.asked import BODIES, CHANGED, MADE, row_asked

pytestmark = pytest.mark.django_db
EXAMPLES = 3
"""Requests for each operation, role and kind of data; always the same ones."""
SETTINGS = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    allow_header_conformance,
]


HANDLER = WSGIHandler()


def _served(environ: Any, start_response: Any) -> list[bytes]:
    """The application as servers run it: each answer is closed, and with it the files that were sent."""
    response = HANDLER(environ, start_response)
    try:
        return [b"".join(response)]
    finally:
        response.close()


def _operations() -> dict[str, Any]:
    """Every operation of the document by name."""
    schema = schemathesis.openapi.from_dict(api.get_openapi_schema())
    schema.app = _served
    found: list[Any] = [one.ok() for one in schema.get_all_operations()]  # type: ignore[union-attr] # faults fail here
    return {one.definition.raw["operationId"]: one for one in found}


OPERATIONS = _operations()


@pytest.fixture(scope="module", autouse=True)
def _one_connection() -> Iterator[None]:
    """Requests here are served amid a test's transaction: its connection stays open between them."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(scope="module")
def there(lasting_everyone: Any) -> Any:
    """The organisation, with files on their way in."""
    file = SimpleUploadedFile("accounts.csv", b"account,name\nA-9,Nine\n")
    return replace(lasting_everyone, upload=hand_in(lasting_everyone.viewer("operations"), [file]).pk)


@pytest.fixture(scope="module")
def tokens(lasting_everyone: Any) -> dict[str, str]:
    found = {}
    for role in ("operations", "participant", "auditor", "designer", "finance"):
        viewer = lasting_everyone.viewer(role)
        found[role] = make_token(viewer, name="test", scopes=scopes_open_to(viewer), days=1)[1]
    return found


def _table(name: str) -> str:
    return name.rsplit("_", 1)[0]


WRITES = {
    **dict.fromkeys(("plans", "runs", "assignments", "statements"), "designer"),
    **dict.fromkeys(("runs_approve", "runs_reject", "adjustments", "holds"), "finance"),
}
"""Who writes what an operation is about, where that is not sales operations, by its name or the area in it."""


def _writer(name: str) -> str:
    return WRITES.get(name) or WRITES.get(name.partition("_")[0], "operations")


def _path(name: str, everyone: Any) -> dict[str, Any]:
    """The path parameters of an operation on something that is there."""
    plan, run = everyone.versions["published"], everyone.runs["calculated"]
    area = {
        "plans": {"plan": plan.plan_id, "version": plan.pk},
        "runs": {"run": run.pk},
        "measures": {"measure": "large_orders"},
        "statements": {"run": everyone.runs["approved"].pk, "key": "alice"},
    }.get(name.partition("_")[0])
    if area:
        return {one: area[one] for one in re.findall(r"{(\w+)}", OPERATIONS[name].path)}
    if name.startswith("people_"):
        return {"key": "alice"}
    if name.startswith("imports_"):
        return {"upload": everyone.upload}
    if name == "users_row":
        return {"user": everyone.users["auditor"].pk}
    return {"number": 1} if name == "audit_row" else {"row": row_asked(everyone, _table(name), "alice").pk}


def _ask(case: Any, token: str) -> Any:
    """The answer to a made-up request, checked; whatever it wrote is put back."""
    cache.clear()
    headers = {"Authorization": f"Bearer {token}"}
    with transaction.atomic():
        response = case.call(headers=headers)
        case.validate_response(response, checks=CHECKS, headers=headers)
        transaction.set_rollback(True)
    return response


@pytest.mark.parametrize("name", OPERATIONS)
def test_no_fault_and_no_drift(name: str, there: Any, tokens: dict[str, str]) -> None:
    operation = OPERATIONS[name]
    known = {}
    if operation.path_parameters:
        known = {"path_parameters": _path(name, there)}
    asking = dict.fromkeys((_writer(name), "participant", "auditor"))
    strategy = operation.as_strategy(GenerationMode.POSITIVE, **known) | operation.as_strategy(GenerationMode.NEGATIVE)

    @SETTINGS
    @given(case=strategy)
    def ask(case: Any) -> None:
        for role in asking:
            _ask(case, tokens[role])

    ask()


NOT_DONE = {"imports_make", "imports_start", "imports_undo", "runs_stop", "people_stay"}
"""What needs files, an import that was checked or is in, a run at work, or somebody who leaves: other tests do it."""


def _body(name: str, table: str, everyone: Any) -> dict[str, Any]:
    """What is sent to an operation that does something."""
    bodies: dict[str, dict[str, Any]] = {
        "plans_make": {"text": "plan: New"},
        "plans_check": {"text": "plan: New"},
        "plans_draft": {"text": "plan: Sellers", "seen": everyone.versions["draft"].changed_at.isoformat()},
        "plans_publish": {"seen": everyone.versions["draft"].changed_at.isoformat()},
        "runs_start": {"version": everyone.versions["published"].pk, "period": "2026-Q2"},
        "runs_approve": {"note": ""},
        "runs_reject": {"note": "Not so"},
    }
    if name in bodies:
        return bodies[name]
    if table == "people":
        return BODIES["api-1:people" if name == "people_join" else f"api-1:{name.replace('people_', 'person_')}"]
    return {column: text.format(owner="alice") for column, text in MADE[table].items()}


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name not in NOT_DONE])
def test_every_operation_does_its_work(name: str, there: Any, tokens: dict[str, str]) -> None:
    operation, table = OPERATIONS[name], _table(name)
    told: dict[str, Any] = {}
    if operation.path_parameters:
        told["path_parameters"] = _path(name, there)
    if operation.body:
        is_change = operation.method == "patch" and table in CHANGED
        told |= {"body": CHANGED[table] if is_change else _body(name, table, there), "media_type": "application/json"}
    asks = "auditor" if table in {"users", "audit"} else _writer(name)
    response = _ask(operation.Case(**told), tokens[asks])
    assert response.status_code in {200, 201, 202}, response.text
