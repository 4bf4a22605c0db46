"""The OpenAPI document: a golden file, valid, with every problem that an operation may answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
def document(api_of: Callable[..., Client]) -> dict[str, Any]:
    told: dict[str, Any] = api_of("participant").get("/api/v1/openapi.json").json()
    return told


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_the_document_is_as_agreed(document: dict[str, Any], golden: Callable[[str, str], None]) -> None:
    golden("openapi.json", json.dumps(document, indent=1, ensure_ascii=False))


def test_every_operation_declares_its_problems(document: dict[str, Any]) -> None:
    for name, operation in _operations(document):
        needed = {"401", "404", "406", "422", "429", "500"}
        if not name.startswith("GET"):
            needed |= {"400", "403", "409", "413", "415"}
        assert needed <= set(operation["responses"]), f"{name} does not declare every problem"
        assert operation["security"] == [{"Token": []}], f"{name} opens without a token"
        for status in needed:
            response = document["components"]["responses"][operation["responses"][status]["$ref"].rsplit("/", 1)[1]]
            assert set(response["content"]) == {"application/problem+json"}


def test_operations_are_named_once(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in _operations(document)]
    assert len(names) == len(set(names))


def test_what_is_referred_to_is_there(document: dict[str, Any]) -> None:
    for reference in _references(document):
        found: Any = document
        for step in reference.removeprefix("#/").split("/"):
            assert step in found, f"{reference} leads nowhere"
            found = found[step]


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for one in value.values():
            yield from _references(one)
    elif isinstance(value, list):
        for one in value:
            yield from _references(one)
