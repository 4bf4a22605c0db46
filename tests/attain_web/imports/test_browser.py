"""AdventureWorks and Maven come in by the pages of the wizard in a real browser, go out, and come in again."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Sum
from playwright.sync_api import Page, expect

from attain_web.access.models import RoleGrant, User
from attain_web.access.queries import viewer_of
from attain_web.crm.models import Opportunity, Order
from attain_web.imports.services import save_profile
from attain_web.quotas.models import Quota
from tests.attain_web.driven import CHROMIUM, EXAMPLES, PATIENCE, bring_in, windows

pytestmark = pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"There is no {CHROMIUM}.")


@pytest.fixture
def page(committed: None, live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:  # noqa: ARG001
    """A browser in which Olga of sales operations is signed in; the mappings of the examples are saved as profiles."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright runs a loop of its own in this thread
    user = User.objects.create(email="olga@example.com", name="Olga Ops")
    RoleGrant.objects.create(user=user, role="operations")
    for name in ("adventureworks", "maven"):
        save_profile(viewer_of(user), name, (EXAMPLES / name / "mapping.yaml").read_text())
    with windows(live_server.url) as window:
        yield window(user)


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
