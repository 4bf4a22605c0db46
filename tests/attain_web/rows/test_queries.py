"""Who sees which rows, what a search finds, and what a row was before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.http import Http404

from attain.tables import TABLES
from attain_web.access.viewer import Viewer
from attain_web.rows.queries import Asked, found, history, page_of, row_of, value_of, visible
from attain_web.rows.services import save_row
from attain_web.rows.table import row_tables

ViewerOf = Callable[[str], Viewer]


def keys(table: str, viewer: Viewer, **asked: Any) -> list[str]:
    rows = found(row_tables()[table], viewer, Asked(**asked))
    return sorted(str(value_of(row, TABLES[table].key[0])) for row in rows)


def test_every_table_has_a_field_for_every_column_of_the_library() -> None:
    for name, table in row_tables().items():
        fields = {field.name for field in table.model._meta.get_fields()}
        assert set(table.columns) <= fields, name
        assert set(table.listed) <= set(table.columns), name
        assert {column for column, _ in table.searched} <= set(table.columns), name
    later = {"leads", "paid"}
    assert set(TABLES) - set(row_tables()) == later, "they come with the sell side and with the closing of periods"


@pytest.mark.parametrize(
    ("who", "orders"),
    [
        ("operations", {"O-ann", "O-alice", "O-adam", "O-charlie", "O-alice-before", "O-recorded"}),
        ("auditor", {"O-ann", "O-alice", "O-adam", "O-charlie", "O-alice-before", "O-recorded"}),
        ("participant", {"O-alice", "O-alice-before"}),
        ("manager", {"O-ann", "O-alice", "O-adam", "O-recorded"}),  # not what Alice sold in Dan's team
        ("bea", {"O-ann", "O-alice", "O-adam", "O-recorded"}),
        ("dan", {"O-charlie", "O-alice-before"}),
        ("charlie", {"O-charlie"}),
        ("administrator", set()),
    ],
)
def test_orders_are_seen_by_the_chain_on_their_day(viewer_of: ViewerOf, who: str, orders: set[str]) -> None:
    assert set(keys("orders", viewer_of(who))) == orders


@pytest.mark.parametrize(
    ("table", "who", "expected"),
    [
        ("accounts", "dan", ["A-charlie"]),  # today Alice is Ann's
        ("order_lines", "dan", ["O-alice-before", "O-charlie"]),
        ("stage_history", "participant", ["D-alice"]),
        ("products", "participant", ["P-ink", "P-pen"]),
        ("participants", "manager", ["adam", "alice", "ann"]),
        ("quotas", "charlie", ["charlie"]),
    ],
)
def test_other_tables_follow(viewer_of: ViewerOf, table: str, who: str, expected: list[str]) -> None:
    assert keys(table, viewer_of(who)) == expected


def test_a_search_and_filters(viewer_of: ViewerOf) -> None:
    sees_all = viewer_of("operations")
    assert keys("orders", sees_all, search="O-al") == ["O-alice", "O-alice-before"]
    assert keys("accounts", sees_all, search="adam & c") == ["A-adam"]
    assert keys("orders", sees_all, filters={"participant": "alice", "date.from": "2026-01-01"}) == ["O-alice"]
    assert keys("orders", sees_all, filters={"amount.from": "75", "amount.to": "100"}) == ["O-recorded"]
    assert keys("orders", sees_all, filters={"date.from": "soon"}) == []
    assert len(keys("orders", sees_all, filters={"no_such_column": "1"})) == 6
    page = page_of(row_tables()["orders"], sees_all, Asked(sort="-amount", page=9))
    assert (page.number, page.pages, page.count, page.is_capped) == (1, 1, 6, False)
    assert [row.amount for row in page.rows][-1] == Decimal("75.5")  # type: ignore[attr-defined]


def test_a_row_that_may_not_be_seen_is_not_there(everyone: Any, viewer_of: ViewerOf) -> None:
    table, row = row_tables()["orders"], everyone.row("orders", "charlie")
    assert row_of(table, viewer_of("dan"), row.pk) == row
    with pytest.raises(Http404):
        row_of(table, viewer_of("manager"), row.pk)


def test_what_may_be_read_is_not_all_that_may_be_written(viewer_of: ViewerOf) -> None:
    table = row_tables()["orders"]
    assert visible(table, viewer_of("auditor")).count() == 6
    assert visible(table, viewer_of("auditor"), to_write=True).count() == 0
    assert visible(row_tables()["products"], viewer_of("manager"), to_write=True).count() == 0
    assert visible(table, viewer_of("manager"), to_write=True).count() == 4


def test_history_tells_every_version_and_what_changed(everyone: Any, viewer_of: ViewerOf) -> None:
    table, row = row_tables()["orders"], everyone.row("orders", "alice")
    save_row(table, viewer_of("participant"), {"amount": Decimal(90), "date": date(2026, 3, 2)}, row=row)
    newest, first = history(table, row, viewer_of("operations"))
    assert (first["label"], newest["label"]) == ("made", "changed")
    assert newest["changed"] == {"amount": (Decimal("100.25"), Decimal(90))}
    assert newest["event"].changed_by == everyone.users["participant"]
