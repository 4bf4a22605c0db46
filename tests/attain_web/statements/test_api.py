"""Statements in the API: list, tree, lines page by page, files; outsiders are told that there is nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(everyone: Any) -> str:
    return f"/api/v1/statements/{everyone.runs['approved'].pk}/alice"


def told(client: Client, address: str) -> Any:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_list_holds_what_one_may_see_page_by_page(api_of: Callable[..., Client]) -> None:
    found = told(api_of("manager"), "/api/v1/statements?limit=2")
    rest = told(api_of("manager"), found["next"])
    assert {one["participant"] for one in found["items"] + rest["items"]} == {"ann", "alice", "adam"}
    assert rest["next"] is None
    one = told(api_of("participant"), "/api/v1/statements")["items"]
    assert [(row["participant"], row["amount"], row["state"]) for row in one] == [("alice", "10.03", "approved")]
    assert told(api_of("auditor"), "/api/v1/statements?person=Adler&since=2026-01-01")["items"] == one


def test_one_statement_has_its_tree_and_its_lines(api_of: Callable[..., Client], url: str) -> None:
    program = api_of("participant")
    tree = told(program, url)["tree"]
    assert (tree["n"], tree["amount"], tree["children"][0]["children"][0]["facts"]) == (1, "10.03", 1)
    lines = told(program, f"{url}/lines?limit=1")
    assert [(one["node"], one["fact"], one["paid"]) for one in lines["items"]] == [(3, "O-alice", "10.03")]
    assert told(program, lines["next"])["items"][0]["split"] == "100"
    assert [one["node"] for one in told(program, f"{url}/lines?node=4")["items"]] == [4]
    for kind, begins in (("xlsx", b"PK"), ("pdf", b"%PDF")):
        answer: Any = program.get(f"{url}/file?kind={kind}")
        assert b"".join(answer).startswith(begins)


def test_what_cannot_be_explained_is_told(api_of: Callable[..., Client], everyone: Any) -> None:
    answer = api_of("finance").get(f"/api/v1/statements/{everyone.runs['calculated'].pk}/alice")
    assert answer.status_code == 409
    assert "not kept any more" in answer.json()["detail"]


def test_outsiders_are_told_that_there_is_nothing(api_of: Callable[..., Client], url: str) -> None:
    for who in ("charlie", "executive", "administrator"):
        for path in (url, f"{url}/lines", f"{url}/file"):
            assert api_of(who).get(path).status_code == 404
    assert api_of("participant", "records:read").get(url).status_code == 404
