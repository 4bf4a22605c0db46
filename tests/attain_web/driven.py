"""A real browser on a real server whose transactions end, and a worker that takes what waits."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.test import Client
from playwright.sync_api import Page, expect, sync_playwright

from attain_web.access.models import User

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
CHROMIUM = "/usr/bin/chromium"
PATIENCE = 120_000
"""Milliseconds that a page may take on a machine that does much else."""


@contextmanager
def windows(url: str) -> Iterator[Callable[[User], Page]]:
    """A browser in which windows are opened, each with somebody signed in."""
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])

        def window(user: User) -> Page:
            client = Client()
            client.force_login(user)
            cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
            context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=url)
            context.add_cookies([{**cookie, "url": url}])  # type: ignore[typeddict-item]
            opened = context.new_page()
            opened.set_default_timeout(PATIENCE)
            opened.goto("/")
            return opened

        yield window
        browser.close()
        connection.close()  # Django has one of its own in a browser's loop, which the next test would find dead
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
    """Hand files in, have them checked, and bring them in by the pages of the wizard."""
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
