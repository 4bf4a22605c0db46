"""The frame of every page: navigation by rights, theme, security policy, the style guide, pages for faults."""

from collections.abc import Callable

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

ClientOf = Callable[[str], Client]


@pytest.mark.parametrize(
    ("who", "sees", "misses"),
    [
        ("operations", {"/data/orders/", "/people/"}, {"/audit/"}),
        ("participant", {"/data/orders/", "/quotas/"}, {"/audit/", "/users/"}),
        ("administrator", {"/people/"}, {"/data/orders/", "/quotas/"}),
    ],
)
def test_the_navigation_shows_what_the_viewer_may_open(
    client_of: ClientOf, who: str, sees: set[str], misses: set[str]
) -> None:
    page = client_of(who).get("/").content.decode()
    side = page[page.index('<aside class="side"') : page.index("</aside>")]
    assert {path for path in sees if f'href="{path}"' in side} == sees
    assert not {path for path in misses if f'href="{path}"' in side}


def test_the_current_page_is_marked(client_of: ClientOf, everyone: object) -> None:  # noqa: ARG001 - rows
    page = client_of("operations").get("/data/orders/").content.decode()
    assert '<a href="/data/orders/" aria-current="page">' in page
    assert page.count("aria-current") == 1


def test_every_link_of_the_navigation_opens(client_of: ClientOf) -> None:
    for who in ("operations", "participant", "administrator", "auditor", "manager", "finance"):
        client = client_of(who)
        response = client.get("/")
        links = [link.url for _, group in response.context["navigation"] for link in group]
        links += [link.url for link in response.context["account_links"]]
        assert links
        for url in links:
            assert client.get(url).status_code == 200, (who, url)


@pytest.mark.parametrize(("cookie", "theme"), [("dark", "dark"), ("light", "light"), ('"><script>', "")])
def test_the_chosen_theme_is_remembered(client_of: ClientOf, cookie: str, theme: str) -> None:
    client = client_of("participant")
    client.cookies["theme"] = cookie
    page = client.get("/").content.decode()
    assert (f'data-theme="{theme}"' in page) == bool(theme)
    assert "<script>" not in page


def test_pages_are_served_under_a_strict_policy(client_of: ClientOf) -> None:
    response = client_of("participant").get("/")
    policy = response.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy


def test_the_style_guide_shows_every_component(client_of: ClientOf) -> None:
    page = client_of("participant").get(reverse("look:styleguide")).content.decode()
    for sign in ('class="card', 'class="badge', "<dialog", "<progress", 'class="empty"', 'class="chart'):
        assert sign in page, sign
    assert "toast success" in client_of("participant").get("/styleguide/?toast").content.decode()


def test_pages_for_faults(client_of: ClientOf) -> None:
    response = client_of("participant").get("/no/such/page/")
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()
    assert "Something broke" in render_to_string("500.html")
    assert "only so far" in render_to_string("403.html", {"told": "only so far"})
