"""Homes on one day, and what a page of them shows."""

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from attain_web.home import views

ClientOf = Callable[[str], Client]
TODAY = date(2026, 3, 16)
"""A Monday in the quarter of the runs, on which 52 of its 64 working days are over."""


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "today", lambda: TODAY)


def page(client_of: ClientOf, who: str, query: str = "") -> str:
    """Somebody's home."""
    answer = client_of(who).get(f"/{query}")
    assert answer.status_code == 200
    return answer.content.decode()
