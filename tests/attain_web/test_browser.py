"""Every page in a real browser: nothing serious for axe, no sideways scrolling, no complaint, all by keyboard.

The browser asks the application itself, without a server between: so the pages show what the test has just written.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterator
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles import finders
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, Page, Route, sync_playwright

CHROMIUM = "/usr/bin/chromium"
HOST = "http://localhost"
WIDE: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"}
NARROW: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"There is no {CHROMIUM}: make test installs it."),
]

SEEN: dict[str, tuple[str, ...]] = {
    "": ("/sign-in/", "/reset/", "/reset/sent/"),
    "operations": (
        "/",
        "/styleguide/",
        "/data/",
        "/data/orders/",
        "/data/orders/?q=nothing-is-called-this",
        "/data/orders/{orders}/",
        "/data/orders/{orders}/edit/",
        "/data/opportunities/new/",
        "/people/",
        "/people/chart/",
        "/people/alice/",
        "/people/join/",
        "/people/alice/position/",
        "/people/alice/manager/",
        "/people/alice/leave/",
        "/measures/",
        "/measures/large_orders/",
        "/measures/bookings/values/",
        "/measures/bookings/facts/",
        "/measures/calendar-year/",
        "/quotas/",
        "/quotas/?measure=bookings&year=1990&who=with",
        "/quotas/history/alice/?measure=bookings&start=2026-01-01&end=2026-04-01",
        "/imports/",
        "/imports/new/",
        "/imports/{batch}/",
        "/no-such-page/",
    ),
    "administrator": (
        "/users/",
        "/users/invite/",
        "/users/{user}/",
        "/audit/",
        "/audit/1/",
        "/people/alice/link/",
        "/account/",
        "/account/password/",
        "/account/two-steps/",
        "/account/sessions/",
        "/account/tokens/",
        "/account/tokens/new/",
        "/notices/",
        "/notices/?show=unread",
        "/notices/mail/",
    ),
    "designer": (
        "/measures/new-measure/",
        "/measures/large_orders/edit/?view=text",
        "/plans/",
        "/plans/new/",
        "/plans/versions/{version}/",
        "/plans/{plan}/",
        "/plans/{plan}/edit/",
        "/plans/{plan}/people/",
        "/plans/{plan}/compare/",
        "/plans/{plan}/preview/?period=2026-Q1&show=1",
        "/plans/{plan}/publish/",
    ),
    "participant": (
        "/",
        "/data/orders/",
        "/people/alice/",
        "/statements/",
        "/statements/{run}/alice/",
        "/statements/{run}/alice/?node=3&place=0",
    ),
    "auditor": ("/data/orders/{orders}/edit/",),
}
"""Pages by who opens them; in braces the row of Alice's, the batch, the user."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for all pages. Playwright runs a loop of its own in this thread, which Django would shy away from."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as running:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
        connections.close_all()  # those of the loop, before it ends


@dataclass
class Opened:
    """A page in the browser whose requests the application answers, and what the browser complained of."""

    page: Page
    client: Client
    within: Context
    """Where the test's connection to the database is found: Playwright calls back from elsewhere."""
    complaints: list[str] = field(default_factory=list)

    def answer(self, route: Route) -> None:
        """Answer a request: files from where they are found, everything else by the application."""
        path = urlsplit(route.request.url).path
        if path.startswith("/static/"):
            file = finders.find(path.removeprefix("/static/"))
            kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
            route.fulfill(status=200 if file else 404, path=file, content_type=kind)
            return
        given = {name: text for name, text in route.request.headers.items() if name.startswith("hx-")}
        address = route.request.url.removeprefix(HOST)
        response = self.within.run(self.client.get, address, headers=given, SERVER_NAME="localhost")
        body = b"".join(response) if response.streaming else response.content
        route.fulfill(status=response.status_code, headers=dict(response.items()), body=body)


@pytest.fixture
def opened(chromium: Browser, client_of: Callable[[str], Client]) -> Iterator[Callable[..., Opened]]:
    """A new window in which somebody is signed in."""
    contexts = []

    def open_for(name: str, **window: Any) -> Opened:
        context = chromium.new_context(**window)
        contexts.append(context)
        shown = Opened(context.new_page(), client_of(name), copy_context())
        context.route("**/*", shown.answer)
        shown.page.on("console", lambda told: shown.complaints.append(told.text) if told.type == "error" else None)
        shown.page.on("pageerror", lambda told: shown.complaints.append(str(told)))
        return shown

    yield open_for
    for context in contexts:
        context.close()


def _addresses(name: str, everyone: Any) -> Iterator[tuple[str, int]]:
    """The addresses of somebody's pages, and the status that each answers."""
    alice = everyone.row("orders", "alice").pk
    for path in SEEN[name]:
        version = everyone.versions["published"]
        asked = {"plan": version.plan_id, "version": version.pk, "user": everyone.users["participant"].pk}
        address = path.format(run=everyone.runs["approved"].pk, orders=alice, batch=everyone.batch.pk, **asked)
        yield address, 404 if path == "/no-such-page/" else 403 if name == "auditor" else 200


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("window", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("name", SEEN, ids=lambda name: name or "anonymous")
def test_every_page_is_sound(
    opened: Callable[..., Opened], everyone: Any, name: str, window: dict[str, Any], scheme: str
) -> None:
    shown, axe, faults = opened(name, **window | {"color_scheme": scheme}), Axe(), []
    for address, status in _addresses(name, everyone):
        response = shown.page.goto(HOST + address)
        assert response is not None
        assert response.status == status, address
        shown.page.wait_for_load_state("networkidle")
        wide = shown.page.evaluate("document.documentElement.scrollWidth")
        if wide > window["viewport"]["width"]:
            faults.append(f"{address}: scrolls sideways ({wide} px)")
        found = [one for one in axe.run(shown.page).response["violations"] if one["impact"] in ("serious", "critical")]
        faults += [f"{address}: {one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]
        complaints = [told for told in shown.complaints if f"status of {status}" not in told]
        faults += [f"{address}: {told}" for told in complaints]
        shown.complaints.clear()
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("address", ["/", "/data/orders/", "/people/", "/imports/new/"])
def test_everything_that_can_be_clicked_is_reached_by_keyboard(opened: Callable[..., Opened], address: str) -> None:
    shown = opened("operations", **WIDE)
    shown.page.goto(HOST + address)
    shown.page.wait_for_load_state("networkidle")
    reached: list[int] = []
    for _ in range(300):
        shown.page.keyboard.press("Tab")
        place = shown.page.evaluate(
            """() => { const one = document.activeElement;
            if (!one || one === document.body) return -1;
            return [...document.querySelectorAll('*')].indexOf(one); }"""
        )
        if place == -1 or place in reached[:-1]:
            break
        if place not in reached:  # a date has several stops of its own
            reached.append(place)
    clickable: list[int] = shown.page.evaluate(
        """() => { const kinds = 'a[href],button,input:not([type=hidden]),select,summary';
        const seen = {visibilityProperty: true, opacityProperty: true};
        return [...document.querySelectorAll('*')].map((one, place) => [one, place])
            .filter(([one]) => one.matches(kinds) && one.checkVisibility(seen) && !one.disabled && one.tabIndex >= 0)
            .map(([, place]) => place); }"""
    )
    assert len(clickable) > 5
    missed = [place for place in clickable if place not in reached]
    html = shown.page.evaluate("at => at.map(n => document.querySelectorAll('*')[n].outerHTML.slice(0, 100))", missed)
    assert not missed, html
