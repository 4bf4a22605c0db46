"""What the platform changes in a plan's text is one value, and nothing around it."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest

from attain_web.plans.models import PlanVersion
from attain_web.plans.texts import name_in, with_name, with_number


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("plan: A\nversion: 1 # first\n", "plan: A\nversion: 7 # first\n"),
        ("version:1\nplan: A", "version: 7\nplan: A"),
        ("plan: A\r\nversion:   1   \r\n", "plan: A\r\nversion: 7   \r\n"),
        ("version:", "version: 7"),
        ("plan: A\n", "version: 7\nplan: A\n"),
    ],
)
def test_a_version_gets_another_number(text: str, changed: str) -> None:
    assert with_number(text, 7) == changed


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("plan: 'A # b' # c\n", "plan: N # c\n"),
        ("plan: Bob's plan\n", "plan: N\n"),
        ('x: 1\nplan: "A"\n', "x: 1\nplan: N\n"),
        ("plan: A#b # c", "plan: N # c"),
    ],
)
def test_a_plan_gets_another_name(text: str, changed: str) -> None:
    assert with_name(text, "N") == changed


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("plan: A  b # c\n: [", "A b"),
        ("plan: 'A # b' # c\n x: [", "A # b"),
        ("plan: Bob's\n[", "Bob's"),
        ("version: 1\n[", ""),
    ],
)
def test_a_text_that_cannot_be_read_yet_has_a_name(text: str, name: str) -> None:
    assert name_in(text) == name


def test_a_line_that_is_no_plan_is_read_at_once() -> None:
    assert name_in("plan: " + " " * 190_000 + "x\n[") == "x"
    assert with_number("version: " + "'" * 190_000 + "#", 7) == "version: 7"


@pytest.mark.parametrize(
    ("text", "told", "name"),
    [
        ('plan: "\\ud800"\nversion: 1\n', "is no character", "\\ud800"),
        ('plan: A\ncomponents:\n  - {name: "M\\ud800"}\n', "is no character", "A"),
        ('plan: "A\\0"\n', "is no character", "A\\0"),
        ("plan: A\nversion: " + "[" * 20_000, "nests too deeply", "A"),
    ],
)
def test_what_no_page_can_write_is_told_and_the_draft_opens(
    client_of: Any, api_of: Any, text: str, told: str, name: str
) -> None:
    designer = client_of("designer")
    assert told in unescape(designer.post("/plans/check/", {"text": text}).content.decode())
    (fault,) = api_of("designer").post("/api/v1/plans/check", {"text": text}, "application/json").json()["faults"]
    assert told in fault["message"]
    designer.post("/plans/new/", {"text": text, "step": "save"})
    draft = PlanVersion.objects.latest("pk")
    assert (draft.text.strip(), draft.plan.name) == (text.strip(), name)
    for page in (f"/plans/{draft.plan_id}/edit/", f"/plans/{draft.plan_id}/", "/plans/", "/runs/new/"):
        assert designer.get(page).status_code == 200
