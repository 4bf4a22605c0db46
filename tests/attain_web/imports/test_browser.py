"""AdventureWorks and Maven come in by the pages of the wizard in a real browser, go out, and come in again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import Sum
from django.test import Client
from playwright.sync_api import Page, expect, sync_playwright

from attain_web.access.models import RoleGrant, User
from attain_web.access.queries import viewer_of
from attain_web.crm.models import Opportunity, Order
from attain_web.imports.services import save_profile
from attain_web.quotas.models import Quota

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
CHROMIUM = "/usr/bin/chromium"
PATIENCE = 120_000
"""Milliseconds that a page may take on a machine that does much else."""

pytestmark = pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"There is no {CHROMIUM}.")


@pytest.fixture
def page(committed: None, live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:  # noqa: ARG001
    """A browser in which Olga of sales operations is signed in; the mappings of the examples are saved as profiles."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright runs a loop of its own in this thread
    user = User.objects.create(email="olga@example.com", name="Olga Ops")
    RoleGrant.objects.create(user=user, role="operations")
    for name in ("adventureworks", "maven"):
        save_profile(viewer_of(user), name, (EXAMPLES / name / "mapping.yaml").read_text())
    client = Client()
    client.force_login(user)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies([{**cookie, "url": live_server.url}])  # type: ignore[typeddict-item]
        opened = context.new_page()
        opened.set_default_timeout(PATIENCE)
        opened.goto(f"{live_server.url}/imports/")
        yield opened
        browser.close()
    with connection.cursor() as cursor:  # those of the server's threads, which it leaves open
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def work() -> None:
    """A worker takes every job that waits."""
    told = connection.get_connection_params()
    url = f"dbname={told['dbname']} user={told['user']} host={told['host']}"
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "attain_web.settings", "DATABASE_URL": url}
    command = [sys.executable, "-W", "ignore", "-m", "django", "procrastinate", "worker", "--one-shot"]
    subprocess.run(command, env=env, check=True, timeout=180)


def bring_in(page: Page, files: list[Path]) -> None:
    page.get_by_role("link", name="Imports", exact=True).first.click()
    page.get_by_role("link", name="Bring in files").click()
    page.get_by_label("Files").set_input_files(files)
    page.get_by_role("button", name="Hand in").click()
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_role("progressbar")).to_be_visible(timeout=PATIENCE)
    work()
    expect(page.get_by_role("button", name="Bring in")).to_be_visible(timeout=PATIENCE)
    if shots := os.environ.get("ATTAIN_SHOTS"):
        page.screenshot(path=f"{shots}/checked.png", full_page=True)
    page.get_by_role("button", name="Bring in").click()
    work()
    expect(page.get_by_role("button", name="Undo all").first).to_be_visible(timeout=PATIENCE)


def undo(page: Page) -> None:
    page.get_by_role("button", name="Undo all").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Undo all").click()
    expect(page.get_by_text("Undone:").first).to_be_visible(timeout=PATIENCE)


def test_both_companies_come_in_go_out_and_come_in_again(page: Page, shared: Path) -> None:
    adventure = sorted((shared / "data" / "adventureworks_oltp").glob("Sales*.csv"))
    maven = sorted((shared / "data" / "maven_crm").glob("[aps]*.csv"))
    bring_in(page, adventure)
    expect(page.get_by_text("3806").or_(page.get_by_text("3,806")).first).to_be_visible()
    assert round(Order.objects.aggregate(Sum("amount"))["amount__sum"], 2) == Decimal("80487704.18")
    assert Quota.objects.aggregate(Sum("quota"))["quota__sum"] == 95_714_000
    undo(page)
    assert not Order.objects.exists()
    bring_in(page, adventure)
    assert Order.objects.count() == 3806
    bring_in(page, maven)
    expect(page.get_by_text("'GTXPro' was read as 'GTX Pro'")).to_be_visible()
    won = Opportunity.objects.filter(stage="won")
    assert (won.count(), won.aggregate(Sum("amount"))["amount__sum"]) == (4238, 10_005_534)
    undo(page)
    assert not Opportunity.objects.exists()
    bring_in(page, maven)
    assert won.count() == 4238
