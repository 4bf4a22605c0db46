"""A statement over 100,000 orders: its tree stays small, and its lines come page by page from an index."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.test import Client

from attain_web.statements.models import Statement

pytestmark = pytest.mark.django_db
COUNT = 100_000
_MANY = """
INSERT INTO statements_statementline (statement_id, node, place, fact, date, amount, formula, kind, split, paid)
SELECT %s, 4, n, 'O' || lpad(n::text, 8, '0'), DATE '2026-01-01' + n %% 90, n, 'owner of orders', 'rollup', 100, 0.01
FROM generate_series(1, %s) n
"""


def test_it_opens_and_is_sorted_and_searched_page_by_page(
    client_of: Callable[[str], Client], everyone: Any, django_assert_max_num_queries: Any
) -> None:
    statement = Statement.objects.get(Q(participant="alice"))
    with connection.cursor() as cursor:
        cursor.execute(_MANY, [statement.pk, COUNT])
        cursor.execute("ANALYZE statements_statementline")
    statement.tree["children"][0]["children"][1]["facts"] = COUNT + 1
    statement.save()
    assert len(json.dumps(statement.tree)) < 5_000
    client, url = client_of("participant"), f"/statements/{everyone.runs['approved'].pk}/alice/"
    client.get(url)
    for asked in (
        "",
        "?page=2000",
        "?sort=-amount",
        "?q=O0009",
        "?date.from=2026-02-01&sort=fact",
        "?node=4&place=77777",
    ):
        with django_assert_max_num_queries(20):
            page = client.get(url + asked).content.decode()
        assert page.count("owner of orders") <= 101
    assert "100,001 found" in client.get(url).content.decode()
