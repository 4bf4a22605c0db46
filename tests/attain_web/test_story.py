"""AdventureWorks in a real browser: from its files to a statement that says what ``attain explain`` says."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from attain.cli import main
from attain_web.access.models import RoleGrant, User
from attain_web.access.queries import viewer_of
from attain_web.access.viewer import SYSTEM
from attain_web.imports.services import save_profile
from attain_web.people.services import link_user
from tests.attain_web.driven import CHROMIUM, EXAMPLES, PATIENCE, bring_in, windows, work

pytestmark = pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"There is no {CHROMIUM}.")

COMPANY = EXAMPLES / "adventureworks"
SELLER = "288"
PEOPLE = {"operations": "Olga Ops", "designer": "Dora Design", "finance": "Finn Ledger", "participant": "Rachel Valdez"}

_READ = """() => {
function read(item) {
  const words = (scope, kind) => scope.querySelector(kind).textContent.trim();
  if (item.matches(".fact")) {
    const line = item.querySelector(".line");
    return {label: words(line, ".what"), amount: words(line, ".number"), unit: words(line, ".soft"),
            formula: words(item, ".formula"), children: []};
  }
  const opened = item.querySelector(":scope > details"), head = opened.querySelector("summary");
  const parts = opened.querySelectorAll(":scope > ul.parts > li:has(> details, > .line)");
  return {label: words(head, ".what"), amount: words(head, ".number"), unit: words(head, ".soft"),
          formula: words(opened, ":scope > .formula"), children: [...parts].map(read)};
}
return read(document.querySelector("#n0, #n1"));
}"""
"""The tree of a statement as its page shows it, once everything in it is open."""


@pytest.fixture
def users(committed: None, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, User]:  # noqa: ARG001
    """One user for each role of the story, and the mapping of the example as a profile."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright runs a loop of its own in this thread
    monkeypatch.setenv("ATTAIN_VAR", str(tmp_path))
    settings.MEDIA_ROOT = tmp_path / "files"
    made = {role: User.objects.create(email=f"{role}@example.com", name=name) for role, name in PEOPLE.items()}
    RoleGrant.objects.bulk_create(RoleGrant(user=user, role=role) for role, user in made.items())
    save_profile(viewer_of(made["operations"]), "adventureworks", (COMPANY / "mapping.yaml").read_text())
    return made


@pytest.fixture
def opened(users: dict[str, User], live_server: Any) -> Iterator[dict[str, Page]]:
    """A window for each of them."""
    with windows(live_server.url) as window:
        yield {role: window(user) for role, user in users.items()}


def test_from_files_to_a_statement(opened: dict[str, Page], users: dict[str, User], shared: Path) -> None:
    data = shared / "data" / "adventureworks_oltp"
    bring_in(opened["operations"], sorted(data.glob("Sales*.csv")))
    link_user(SYSTEM, SELLER, users["participant"].pk)
    _publish(opened["designer"], (COMPANY / "plan.yaml").read_text(encoding="utf-8"))
    _run(opened["designer"])
    _approve(opened["finance"])
    statement = opened["participant"]
    _open_statement(statement)
    expected = _explained(data)
    shown = _tree(statement)
    assert list(_differences(shown, expected)) == []
    assert sum(1 for _ in _nodes(shown)) > 300


def _publish(page: Page, text: str) -> None:
    page.get_by_role("link", name="Plans", exact=True).first.click()
    page.get_by_role("link", name="New plan").first.click()
    page.get_by_label("Text of the plan").fill(text)
    expect(page.locator("#checks")).not_to_contain_text("error", timeout=PATIENCE)
    page.get_by_role("button", name="Save and publish").click()
    page.get_by_role("button", name="Publish version 1").click()
    expect(page.get_by_text("AdventureWorks sellers").first).to_be_visible(timeout=PATIENCE)


def _run(page: Page) -> None:
    page.get_by_role("link", name="Runs", exact=True).first.click()
    page.get_by_role("link", name="Start a run").first.click()
    page.get_by_label("Period").fill("all")
    page.get_by_role("button", name="Calculate").click()
    expect(page.get_by_role("progressbar")).to_be_visible(timeout=PATIENCE)
    work()
    expect(page.get_by_text("511,232.16").first).to_be_visible(timeout=PATIENCE)
    assert page.get_by_role("button", name="Approve").count() == 0, "nobody approves what they started"


def _approve(page: Page) -> None:
    page.goto("/notices/")
    page.get_by_role("button", name="511,232.16").first.click()
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("dialog").get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Finn Ledger approved it").first).to_be_visible(timeout=PATIENCE)
    work()
    page.get_by_role("link", name="Attainment", exact=True).first.click()
    expect(page.get_by_role("table").first).to_be_visible(timeout=PATIENCE)


def _open_statement(page: Page) -> None:
    """From home to why, as a seller goes there."""
    page.goto("/")
    page.get_by_role("link", name="Statements").first.click()
    page.get_by_role("main").get_by_role("link", name="AdventureWorks sellers").or_(
        page.get_by_role("main").locator("table a")
    ).first.click()
    expect(page.get_by_role("heading", name="Where each number comes from")).to_be_visible(timeout=PATIENCE)


def _tree(page: Page) -> dict[str, Any]:
    """The tree that the page shows, with every number opened and every page of facts fetched."""
    for _ in range(400):
        expect(page.locator(".htmx-request")).to_have_count(0, timeout=PATIENCE)
        closed = page.locator(".parts details:not([open])")
        more = page.locator(".parts button[hx-get]:visible")
        if closed.count():
            page.evaluate(
                "document.querySelectorAll('.parts details:not([open])').forEach(one => { one.open = true; })"
            )
        elif more.count():
            more.first.click()
        elif not page.locator(".parts details > ul.parts > li > a:only-child").count():
            tree: dict[str, Any] = page.evaluate(_READ)
            return tree
        page.wait_for_timeout(60)
    raise AssertionError("the tree does not come to an end")


def _explained(data: Path) -> dict[str, Any]:
    """What ``attain explain`` says of the same."""
    told = io.StringIO()
    asked = ["explain", str(COMPANY / "plan.yaml"), "--mapping", str(COMPANY / "mapping.yaml"), "--data", str(data)]
    with contextlib.redirect_stdout(told):
        assert main([*asked, "--participant", SELLER, "--period", "all", "--json"]) == 0
    record: dict[str, Any] = json.loads(told.getvalue())
    return record


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node["children"]:
        yield from _nodes(child)


def _differences(shown: dict[str, Any], expected: dict[str, Any], path: str = "") -> Iterator[str]:
    """Where the page says something else than ``attain explain``."""
    place = f"{path} / {expected['label']}"
    for name in ("label", "unit", "formula"):
        if shown[name] != expected[name]:
            yield f"{place}: {name} is {shown[name]!r}, not {expected[name]!r}"
    amount = shown["amount"].replace(",", "")
    if (Decimal(amount) if amount not in ("", "–") else None) != (
        Decimal(expected["amount"]) if expected["amount"] else None
    ):
        yield f"{place}: {shown['amount']}, not {expected['amount']}"
    if len(shown["children"]) != len(expected["children"]):
        yield f"{place}: {len(shown['children'])} parts, not {len(expected['children'])}"
        return
    for one, other in zip(shown["children"], expected["children"], strict=True):
        yield from _differences(one, other, place)
