"""Programs list, read, check, write and publish plans, by the same rules as pages."""

from __future__ import annotations

import json
from typing import Any

import pytest


@pytest.fixture
def designer(api_of: Any) -> Any:
    """The designer's program."""
    return api_of("designer")


def _send(program: Any, method: str, path: str, body: dict[str, Any]) -> Any:
    return program.generic(method, f"/api/v1{path}", json.dumps(body), content_type="application/json")


def test_plans_are_listed_with_the_versions_that_one_may_see(everyone: Any, api_of: Any) -> None:
    plan = everyone.versions["published"].plan_id
    for name, states in (("designer", ["draft", "in_force"]), ("participant", ["in_force"])):
        items = api_of(name).get("/api/v1/plans").json()["items"]
        assert [(one["id"], [version["state"] for version in one["versions"]]) for one in items] == [(plan, states)]


def test_a_text_is_read_and_a_draft_is_hidden(everyone: Any, api_of: Any) -> None:
    published, draft = everyone.versions["published"], everyone.versions["draft"]
    assert api_of("participant").get(f"/api/v1/plan-versions/{published.pk}").json()["text"] == published.text
    assert api_of("participant").get(f"/api/v1/plan-versions/{draft.pk}").status_code == 404


def test_faults_of_a_text_have_line_and_column(everyone: Any, designer: Any) -> None:
    text = everyone.versions["draft"].text.replace("bookings", "bokings", 1)
    told = _send(designer, "POST", "/plans/check", {"text": text, "plan": everyone.versions["draft"].plan_id}).json()
    assert not told["is_ready"]
    assert (told["faults"][0]["line"], told["faults"][0]["column"]) == (8, 14)


def test_a_draft_is_saved_by_who_has_seen_it_and_published(everyone: Any, designer: Any) -> None:
    draft = everyone.versions["draft"]
    path = f"/plans/{draft.plan_id}"
    text = draft.text.replace("15 %", "16 %")
    assert _send(designer, "PATCH", f"{path}/draft", {"text": text}).status_code == 412
    seen = designer.get(f"/api/v1/plan-versions/{draft.pk}").json()["changed_at"]
    saved = _send(designer, "PATCH", f"{path}/draft", {"text": text, "seen": seen}).json()
    assert _send(designer, "POST", f"{path}/publish", {"seen": seen}).status_code == 412
    refused = _send(designer, "POST", f"{path}/publish", {"seen": saved["changed_at"]})
    assert refused.status_code == 422
    assert "plan:14" in refused.json()["errors"][0]["detail"]
    right = text.replace("1300.00", "1320.00")
    saved = _send(designer, "PATCH", f"{path}/draft", {"text": right, "seen": saved["changed_at"]}).json()
    assert _send(designer, "POST", f"{path}/publish", {"seen": saved["changed_at"]}).json()["state"] == "in_force"
    assert _send(designer, "POST", f"{path}/publish", {}).status_code == 409


def test_a_new_plan_is_a_draft(everyone: Any, designer: Any) -> None:
    answer = _send(designer, "POST", "/plans", {"text": "plan: Hunters\n"})
    assert answer.status_code == 201
    assert answer.json()["state"] == "draft"
    assert designer.get(answer["Location"]).json()["name"] == "Hunters"
    assert everyone
